//! The chat server of one node: takes messages, gives them to the devices that are connected here.

use super::conversation::{self, Change, Group, members};
use super::inbox::{self, Conversation, Mark, Of};
use super::message::{Draft, Message, log};
use super::servers::News;
use super::session::{Event, Hub};
use super::sync::{Step, Sync};
use super::{ConversationId, Error, MAX_CARRIED, MAX_PAGE, RATE};
use crate::base::{Counted, Instant, RateLimiter, Span, all_of, all_within};
use crate::ids::{Id, Ids, Variant};
use crate::port::{self, Notify, People, Ports, UserId};
use crate::ring::NodeId;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use serde::{Deserialize, Serialize};
use spin::{Mutex, MutexGuard};

/// Users whose rates are remembered.
const RATED: usize = 100_000;
/// How long who waits for a message waits before it looks by itself.
const LOOK_AGAIN: Span = Span::from_secs(2);
/// Friends who are looked up at once.
const LOOKED_UP: usize = 16;

/// What came of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message's place in its conversation.
    pub number: u64,
    /// Whether it is there by this call; false if it was sent before.
    pub is_new: bool,
}

/// Which messages of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Those that follow on a number.
    After(u64),
    /// Those just before a number, or the last ones.
    Before(Option<u64>),
}

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages taken.
    pub sent: u64,
    /// Messages that had been taken before.
    pub known: u64,
    /// Messages given to devices.
    pub given: u64,
    /// Of those, how many were not read from the log.
    pub remembered: u64,
    /// Messages of which this node's workers raised the inboxes.
    pub synced: u64,
    /// Notices to users who were not on-line.
    pub notices: u64,
    /// Devices that connected.
    pub connected: u64,
    /// Devices whose connection was ended from this side.
    pub cut_off: u64,
}

impl Counters {
    /// Names, what they mean, and values.
    #[must_use]
    pub const fn named(&self) -> [Counted; 8] {
        [
            Counted::new("chat_sent", "Messages taken", self.sent),
            Counted::new("chat_known", "Messages that had been taken before", self.known),
            Counted::new("chat_given", "Messages given to devices", self.given),
            Counted::new("chat_remembered", "Messages given from memory", self.remembered),
            Counted::new("chat_synced", "Messages brought to inboxes", self.synced),
            Counted::new("chat_notices", "Notices to users who were off-line", self.notices),
            Counted::new("chat_connected", "Devices that connected", self.connected),
            Counted::new("chat_cut_off", "Devices whose connection was ended here", self.cut_off),
        ]
    }
}

/// What a node keeps in memory.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) hub: Hub,
    /// When it began to run.
    pub(super) since: Option<Instant>,
    /// Drawn then, and the number of the last beat.
    pub(super) life: u64,
    pub(super) sequence: u64,
    /// Users who came or went since the last beat, as they are now.
    pub(super) changes: BTreeMap<UserId, bool>,
    /// Users whose last device went, which the store is to be told.
    pub(super) gone: BTreeSet<UserId>,
    /// The queues that it works at.
    pub(super) queues: BTreeSet<(Step, u64)>,
    pub(super) counters: Counters,
}

/// The chat of one node. Any node serves any user.
#[derive(Debug)]
pub struct Chat<P, O> {
    pub(super) ports: P,
    pub(super) others: O,
    pub(super) node: NodeId,
    ids: Arc<Ids<P>>,
    // Neither lock is held while something is awaited.
    rates: Mutex<RateLimiter<UserId>>,
    state: Mutex<State>,
}

impl<P: Ports, O: People + Notify> Chat<P, O> {
    /// The chat of node `node`, on people and notices of others.
    #[must_use]
    pub fn new(ports: P, node: NodeId, ids: Arc<Ids<P>>, others: O) -> Self {
        let rates = Mutex::new(RateLimiter::new(RATE, RATED));
        Self { ports, others, node, ids, rates, state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut Counters)) {
        count(&mut self.lock().counters);
    }

    /// Whether a user may say one more thing now.
    ///
    /// # Errors
    /// [`Error::TooOften`].
    pub fn check_rate(&self, user: UserId) -> Result<(), Error> {
        let now = self.ports.now().instant;
        self.rates.lock().check(user, now).map_err(|after| Error::TooOften { after })
    }

    /// Says something. Once this returns, all members will get it, in the order of its number.
    ///
    /// # Errors
    /// [`Error`]. If the message may have been taken, sending it again under its id tells.
    pub async fn send(&self, author: UserId, draft: &Draft) -> Result<Sent, Error> {
        draft.check()?;
        self.check_rate(author)?;
        let now = self.ports.now();
        let conversation = draft.conversation;
        let members = members(&self.ports, conversation, author).await?;
        if let Some(other) = conversation.other(author) {
            self.check_reachable(author, other).await?;
        }
        let (name, body) = (draft.name(author), draft.body(author, now.wall));
        let appended = log(conversation)?.append(&self.ports, name, body, draft.after).await?;
        let number = appended.number;
        // Whoever appended it first knows its time; who finds it there leaves reading it to the receivers.
        let carried = appended.is_new && draft.text.len() <= MAX_CARRIED;
        let message = carried.then(|| {
            let (id, text) = (draft.id.clone(), Some(draft.text.clone()));
            Message { number, author, id, time: now.wall, text }
        });
        // Told only once it waits in the queue: the author's device takes it for done when it hears of it.
        let sync = Sync::new(author, draft, number, now.wall);
        self.push(Step::Raise, &sync).await.map_err(|reason| Error::Unsure { reason })?;
        self.publish(&News::Said { conversation, members, number, message });
        self.count(|counters| {
            let counter = if appended.is_new { &mut counters.sent } else { &mut counters.known };
            *counter += 1;
        });
        Ok(Sent { number, is_new: appended.is_new })
    }

    async fn check_reachable(&self, author: UserId, other: UserId) -> Result<(), Error> {
        // Copies that are cut off may not know whom the two have talked to for years.
        if self.others.profile(other).await?.is_none()
            && log(ConversationId::between(author, other)?)?.last(&self.ports).await? == 0
        {
            return Err(Error::NoUser { got: other });
        }
        if self.others.are_hidden(author, other).await? {
            return Err(Error::Blocked { got: other });
        }
        Ok(())
    }

    /// Messages of a conversation, in order, as one of its members sees them: at most `limit`, itself at most
    /// [`MAX_PAGE`], and fewer if they are long.
    ///
    /// # Errors
    /// [`Error::NotMember`], [`Error::Port`], [`Error::Log`].
    pub async fn history(
        &self,
        reader: UserId,
        conversation: ConversationId,
        part: Part,
        limit: u16,
    ) -> Result<Vec<Message>, Error> {
        members(&self.ports, conversation, reader).await?;
        let (log, limit) = (log(conversation)?, limit.clamp(1, MAX_PAGE));
        let entries = match part {
            Part::After(after) => log.read_after(&self.ports, after, limit).await?,
            Part::Before(before) => log.read_before(&self.ports, before, limit).await?,
        };
        let hidden = self.others.hidden_from(reader).await?;
        let messages = entries.iter().map(Message::read);
        Ok(messages.map(|message| seen_by(&hidden, message)).collect())
    }

    /// The same of what follows on a number; if there is nothing yet, waits for it until a moment of this node's
    /// steady clock.
    ///
    /// # Errors
    /// As [`Chat::history`].
    pub async fn history_once_there(
        &self,
        reader: UserId,
        conversation: ConversationId,
        after: u64,
        limit: u16,
        until: Instant,
    ) -> Result<Vec<Message>, Error> {
        loop {
            // What comes between reading and waiting is noticed by looking again.
            let found = self.history(reader, conversation, Part::After(after), limit).await?;
            let left = until.since(self.ports.now().instant);
            if !found.is_empty() || left == Span::ZERO {
                return Ok(found);
            }
            let mut sleep = pin!(self.ports.sleep(left.min(LOOK_AGAIN)));
            let mut is_first = true;
            poll_fn(|context| {
                if !is_first {
                    return Poll::Ready(()); // by whatever: it looks again
                }
                is_first = false;
                self.lock().hub.wait(conversation, context.waker());
                sleep.as_mut().poll(context)
            })
            .await;
        }
    }

    /// The conversations of a user, the one that spoke last first.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn conversations(&self, user: UserId) -> Result<Vec<Conversation>, Error> {
        inbox::list(&self.ports, user).await
    }

    /// A user has read a conversation up to a number; further than there are messages counts as all.
    ///
    /// # Errors
    /// [`Error::TooOften`], [`Error::NotMember`], [`Error::Port`].
    pub async fn read(
        &self,
        user: UserId,
        conversation: ConversationId,
        number: u64,
    ) -> Result<(), Error> {
        self.check_rate(user)?;
        let to = members(&self.ports, conversation, user).await?;
        let number = number.min(log(conversation)?.last(&self.ports).await?);
        let mark = Mark { number, time: self.ports.now().wall };
        inbox::raise(&self.ports, user, Of::Read, conversation, mark).await?;
        self.publish(&News::Event { to, event: Event::Read { conversation, user, number } });
        Ok(())
    }

    /// A user is typing. Nothing is stored; whoever is not there does not miss it.
    ///
    /// # Errors
    /// [`Error::TooOften`], [`Error::NotMember`], [`Error::Port`].
    pub async fn typing(&self, user: UserId, conversation: ConversationId) -> Result<(), Error> {
        self.check_rate(user)?;
        let members = members(&self.ports, conversation, user).await?;
        let to = members.into_iter().filter(|&member| member != user).collect();
        self.publish(&News::Event { to, event: Event::Typing { conversation, user } });
        Ok(())
    }

    /// Only friends are put into a group: others have not asked for what is said there.
    async fn check_friends(
        &self,
        by: UserId,
        others: impl Iterator<Item = UserId>,
    ) -> Result<(), Error> {
        let check = async |other| match self.others.are_friends(by, other).await? {
            true => Ok(()),
            false => Err(Error::NotFriends { got: other }),
        };
        all_within(others.map(check).collect(), LOOKED_UP).await.into_iter().collect()
    }

    /// Opens a group of its owner and friends of the owner.
    ///
    /// # Errors
    /// [`Error`]. If the store did not answer, a group that nobody knows may be there.
    pub async fn open_group(
        &self,
        owner: UserId,
        name: &str,
        others: &[UserId],
    ) -> Result<(ConversationId, Group), Error> {
        let group = Group::new(name, owner, others)?;
        self.check_rate(owner)?;
        let others = group.members.iter().copied().filter(|&member| member != owner);
        self.check_friends(owner, others).await?;
        let ids = self.ids.issue(Variant::Snowflake, 1).await?;
        let Some(&Id::Number(number)) = ids.first() else { return Err(Error::Contended) };
        conversation::create(&self.ports, number, &group).await?;
        let conversation = ConversationId::Group(number);
        // Whom this does not reach finds it in the inbox once something is said there.
        let mark = Mark { number: 0, time: self.ports.now().wall };
        let list = |&user| inbox::raise(&self.ports, user, Of::Last, conversation, mark);
        all_of(group.members.iter().map(list)).await;
        self.tell_of_group(conversation, &group.members);
        Ok((conversation, group))
    }

    /// A group, as one of its members sees it.
    ///
    /// # Errors
    /// [`Error::NotMember`], [`Error::Port`].
    pub async fn group(&self, by: UserId, number: u64) -> Result<Group, Error> {
        conversation::look(&self.ports, number, by).await
    }

    /// Changes a group, and what it is then. Whoever adds a member is a friend of that one.
    ///
    /// # Errors
    /// [`Error`]. Making a change again that may have been made does no harm.
    pub async fn change_group(
        &self,
        by: UserId,
        number: u64,
        change: &Change,
    ) -> Result<Group, Error> {
        self.check_rate(by)?;
        if let Change::Add(user) = change {
            self.check_friends(by, [*user].into_iter()).await?;
        }
        let (group, is_new) = conversation::change(&self.ports, number, by, change).await?;
        let conversation = ConversationId::Group(number);
        let listed = self.list_or_not(conversation, change).await;
        if is_new {
            let mut told = group.members.clone();
            if let Change::Remove(user) = change {
                told.insert(*user);
            }
            self.tell_of_group(conversation, &told);
        }
        listed.map_err(|reason| Error::Unsure { reason })?;
        Ok(group)
    }

    /// Whoever has come finds the group in the inbox, and whoever has left does not.
    async fn list_or_not(
        &self,
        conversation: ConversationId,
        change: &Change,
    ) -> Result<(), port::Error> {
        match change {
            Change::Add(user) => {
                let time = self.ports.now().wall;
                let Ok(log) = log(conversation) else { return Ok(()) };
                let mark = Mark { number: log.last(&self.ports).await?, time };
                inbox::enter(&self.ports, *user, conversation, mark).await?;
                // Unless others have taken the user out again before that was written.
                inbox::forget(&self.ports, *user, conversation).await
            }
            Change::Remove(user) => inbox::forget(&self.ports, *user, conversation).await,
            Change::Rename(_) => Ok(()),
        }
    }

    fn tell_of_group(&self, conversation: ConversationId, members: &BTreeSet<UserId>) {
        let to = members.iter().copied().collect();
        self.publish(&News::Event { to, event: Event::Group { conversation } });
    }
}

/// A message, as a reader sees it from whom some words are hidden.
pub(super) fn seen_by(hidden: &BTreeSet<UserId>, message: Message) -> Message {
    if hidden.contains(&message.author) { message.hidden() } else { message }
}
