//! The devices that are connected to one node, and what each is yet to be given.
//!
//! A session keeps no messages: only how far its device is in each conversation and how far the conversation is.
//! Messages come from the log when the device is ready to take them, so a slow device costs a node nothing, and one
//! that was away goes on the same way as one that was there. Only small news (who came, who reads, who types) wait in
//! a bounded queue; whoever lets that fill is cut off.

use super::inbox::Mark;
use super::presence::{Changed, Directory};
use super::{Closed, ConversationId, MAX_KNOWN, Message};
use crate::base::{Instant, Span};
use crate::port::UserId;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::ops::Bound;
use core::task::Waker;
use serde::{Deserialize, Serialize};

/// Devices that a node serves.
pub const MAX_SESSIONS: usize = 10_000;
/// Devices of one user that a node serves.
pub const MAX_SESSIONS_OF_USER: usize = 16;
/// News that wait for a device before it is cut off.
pub const MAX_NEWS: usize = 256;
/// A device that was not heard for so long is off-line: three heartbeats of [`HEARTBEAT`].
pub const OFFLINE_AFTER: Span = Span::from_secs(15);
/// How often a device says that it is there, if it says nothing else.
pub const HEARTBEAT: Span = Span::from_secs(5);
/// How often a session looks into the inbox for what was published in vain.
pub(super) const LOOK_EVERY: Span = Span::from_secs(5);
/// Between two times that a session learns who its user's friends are, however often that changes.
const LEARN_EVERY: Span = Span::from_millis(250);
/// The fewest messages that a device is given of a conversation that it does not know.
const MIN_BACKLOG: u64 = 16;
/// Messages that were published a moment ago: most are taken from here.
const RECENT: usize = 256;

/// What a device says when it connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Whose it is.
    pub user: UserId,
    /// The login that it connects with: when that ends, the connection does.
    pub login: Login,
    /// How far it is in the conversations that it knows, at most [`super::MAX_KNOWN`] of them.
    pub known: BTreeMap<ConversationId, u64>,
    /// How many of the last messages it wants of conversations that it does not know, at most
    /// [`super::MAX_BACKLOG`].
    pub backlog: u16,
}

/// A login, by a name of accounts; zeros for none.
pub type Login = [u8; 32];

impl Hello {
    /// A device of a user that knows nothing and wants the last messages of each conversation.
    #[must_use]
    pub const fn new(user: UserId) -> Self {
        Self { user, login: [0; 32], known: BTreeMap::new(), backlog: 50 }
    }
}

/// A connection of a device to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub(super) u64);

/// What a device is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Messages of a conversation, in order; the first follows on what the device has, or is the first that
    /// it gets of it.
    Messages {
        /// Which.
        conversation: ConversationId,
        /// At least one.
        messages: Vec<Message>,
    },
    /// A member, perhaps this user on another device, has read so far.
    Read {
        /// Where.
        conversation: ConversationId,
        /// Who.
        user: UserId,
        /// The last message that was read.
        number: u64,
    },
    /// A member is typing.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        user: UserId,
    },
    /// A friend came or went.
    Presence {
        /// Who.
        user: UserId,
        /// Whether any device is on-line.
        is_online: bool,
    },
    /// The members or the name of a group changed.
    Group {
        /// Its conversation.
        conversation: ConversationId,
    },
}

impl Event {
    /// Whose doing it is, if whoever has blocked that one is not to hear of it. Messages are hidden each by itself.
    const fn by(&self) -> Option<UserId> {
        match self {
            Self::Read { user, .. } | Self::Typing { user, .. } => Some(*user),
            Self::Messages { .. } | Self::Presence { .. } | Self::Group { .. } => None,
        }
    }
}

/// How far a device is in a conversation, and how far that is.
#[derive(Clone, Copy, Debug)]
struct Progress {
    given: u64,
    last: u64,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) user: UserId,
    login: Login,
    backlog: u64,
    progress: BTreeMap<ConversationId, Progress>,
    /// Those in which something is to be given.
    behind: BTreeSet<ConversationId>,
    /// Those of them that could not be given: not before then are they tried again, and the others come first.
    put_off: BTreeMap<ConversationId, Instant>,
    /// Where something was given last: the next one has its turn.
    turn: Option<ConversationId>,
    news: VecDeque<Event>,
    /// Friends who came or went; only how it is now counts.
    presence: BTreeMap<UserId, bool>,
    /// In order.
    pub(super) friends: Vec<UserId>,
    /// Those whose words this user is not to see.
    pub(super) hidden: BTreeSet<UserId>,
    /// How often friends and blocks of the user have changed as far as was heard, and which of that is known.
    changes: u64,
    known_changes: u64,
    /// To whom the user stands in another way that is not known yet, and by which change: until it is, nothing of
    /// theirs is told.
    unsure: BTreeMap<UserId, u64>,
    /// Not before then is it learnt again.
    pub(super) learn_at: Instant,
    pub(super) heard: Instant,
    pub(super) look_at: Instant,
    pub(super) looks: u64,
    closed: Option<Closed>,
    waker: Option<Waker>,
}

/// What a session can do next.
pub(super) enum Turn {
    News(Event),
    /// Learn who the user's friends are, and whom blocks are between.
    Learn,
    /// Give what follows on a number.
    Give(ConversationId, u64),
    Look,
}

impl Session {
    fn new(hello: Hello, now: Instant) -> Self {
        let progress = |(id, given)| (id, Progress { given, last: given });
        Self {
            user: hello.user,
            login: hello.login,
            backlog: u64::from(hello.backlog).max(MIN_BACKLOG),
            progress: hello.known.into_iter().map(progress).collect(),
            behind: BTreeSet::new(),
            put_off: BTreeMap::new(),
            turn: None,
            news: VecDeque::new(),
            presence: BTreeMap::new(),
            friends: Vec::new(),
            hidden: BTreeSet::new(),
            changes: 0,
            known_changes: 0,
            unsure: BTreeMap::new(),
            learn_at: now,
            heard: now,
            look_at: now + LOOK_EVERY,
            looks: 0,
            closed: None,
            waker: None,
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// A conversation has come so far.
    pub(super) fn note(&mut self, conversation: ConversationId, last: u64) {
        let first = last.saturating_sub(self.backlog);
        let progress =
            self.progress.entry(conversation).or_insert(Progress { given: first, last: first });
        progress.last = progress.last.max(last);
        if progress.given < progress.last {
            self.behind.insert(conversation);
            self.wake();
        }
    }

    /// The inbox says how far conversations are. Of those that the device does not know only the [`MAX_KNOWN`] that
    /// spoke last are given to it; where nothing was said yet comes after all others.
    pub(super) fn note_all(&mut self, marks: &BTreeMap<ConversationId, Mark>) {
        let mut latest: Vec<_> = marks.iter().collect();
        if latest.len() > MAX_KNOWN {
            latest.sort_by_key(|(_, mark)| Reverse((mark.number > 0, mark.time)));
        }
        for (place, (&id, mark)) in latest.into_iter().enumerate() {
            if place < MAX_KNOWN || self.progress.contains_key(&id) {
                self.note(id, mark.number);
            }
        }
    }

    /// The user may stand to another in another way.
    fn stand_anew(&mut self, other: UserId) {
        self.changes += 1;
        self.unsure.insert(other, self.changes);
        self.wake();
    }

    /// How often they have changed: said again with what was learnt after this.
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    /// Who the friends are and who is hidden, as it was after so many changes. What waits is told only if it still may be.
    pub(super) fn learn(
        &mut self,
        now: Instant,
        changes: u64,
        friends: Vec<UserId>,
        hidden: BTreeSet<UserId>,
    ) {
        self.unsure.retain(|_, change| *change > changes);
        self.news.retain(|event| !event.by().is_some_and(|user| hidden.contains(&user)));
        self.presence.retain(|user, _| friends.binary_search(user).is_ok());
        (self.known_changes, self.friends, self.hidden) = (changes, friends, hidden);
        self.learn_at = now + LEARN_EVERY;
    }

    /// Whether it is not known yet how the user stands to one of the authors.
    pub(super) fn is_unsure_of(&self, messages: &[Message]) -> bool {
        messages.iter().any(|message| self.unsure.contains_key(&message.author))
    }

    /// Friends who are among those that came or went will be told of. O(the fewer of both, log of the others).
    fn hear_of(&mut self, changed: &BTreeMap<UserId, bool>) {
        let before = self.presence.len();
        if changed.len() <= self.friends.len() {
            let friends = &self.friends;
            let of_friends = changed.iter().filter(|(user, _)| friends.binary_search(user).is_ok());
            self.presence.extend(of_friends);
        } else {
            let is = |user: &UserId| changed.get(user).map(|&is_online| (*user, is_online));
            self.presence.extend(self.friends.iter().filter_map(is));
        }
        if self.presence.len() > before {
            self.wake();
        }
    }

    /// The device is given what follows on `after` up to a number; false if it no longer wants that.
    pub(super) fn give(&mut self, conversation: ConversationId, after: u64, to: u64) -> bool {
        let Some(progress) = self.progress.get_mut(&conversation) else { return false };
        if progress.given != after || to < after {
            return false;
        }
        progress.given = to;
        if progress.given >= progress.last {
            self.behind.remove(&conversation);
        }
        self.put_off.remove(&conversation);
        self.turn = Some(conversation);
        true
    }

    /// A conversation cannot be given for now: the others go on meanwhile.
    pub(super) fn put_off(&mut self, conversation: ConversationId, until: Instant) {
        if self.behind.contains(&conversation) {
            self.put_off.insert(conversation, until);
        }
    }

    /// The user has left a conversation.
    pub(super) fn leave(&mut self, conversation: ConversationId) {
        self.progress.remove(&conversation);
        self.behind.remove(&conversation);
        self.put_off.remove(&conversation);
    }

    fn tell(&mut self, event: Event) {
        if event.by().is_some_and(|user| self.hidden.contains(&user)) {
            return;
        }
        if self.news.len() >= MAX_NEWS {
            return self.close(Closed::Slow);
        }
        self.news.push_back(event);
        self.wake();
    }

    pub(super) fn close(&mut self, why: Closed) {
        self.closed.get_or_insert(why);
        self.wake();
    }

    /// What is next at a moment, if anything; else it is woken when there is.
    pub(super) fn turn(&mut self, now: Instant, waker: &Waker) -> Option<Result<Turn, Closed>> {
        if let Some(why) = self.closed {
            return Some(Err(why));
        }
        if self.has_to_learn() && now >= self.learn_at {
            return Some(Ok(Turn::Learn));
        }
        let is_sure = |user: &UserId| !self.unsure.contains_key(user);
        let place = self.news.iter().position(|event| event.by().is_none_or(|user| is_sure(&user)));
        if let Some(event) = place.and_then(|place| self.news.remove(place)) {
            return Some(Ok(Turn::News(event)));
        }
        let friend = self.presence.keys().copied().find(is_sure);
        if let Some((user, is_online)) = friend.and_then(|user| self.presence.remove_entry(&user)) {
            return Some(Ok(Turn::News(Event::Presence { user, is_online })));
        }
        if now >= self.look_at {
            return Some(Ok(Turn::Look));
        }
        if let Some(conversation) = self.next_behind(now) {
            let after = self.progress.get(&conversation).map_or(0, |progress| progress.given);
            return Some(Ok(Turn::Give(conversation, after)));
        }
        self.waker = Some(waker.clone());
        None
    }

    const fn has_to_learn(&self) -> bool {
        self.known_changes < self.changes
    }

    /// In which conversation something is given next: in turn, and what was put off once all others have everything.
    fn next_behind(&self, now: Instant) -> Option<ConversationId> {
        let after_turn = self.turn.map_or(Bound::Unbounded, Bound::Excluded);
        let mut behind = self.behind.range((after_turn, Bound::Unbounded)).chain(&self.behind);
        let in_turn = behind.find(|id| !self.put_off.contains_key(id));
        let put_off = || self.put_off.iter().min_by_key(|(_, until)| **until);
        in_turn.or_else(|| put_off().filter(|(_, until)| **until <= now).map(|(id, _)| id)).copied()
    }

    /// When there is something next, though nothing wakes it before.
    pub(super) fn next_at(&self) -> Instant {
        let learn_at = self.has_to_learn().then_some(self.learn_at);
        let put_off = self.put_off.values().min().copied();
        learn_at.into_iter().chain(put_off).fold(self.look_at, Instant::min)
    }
}

/// What one node knows of devices, servers and what was said a moment ago.
#[derive(Debug, Default)]
pub(super) struct Hub {
    last: u64,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    by_user: BTreeMap<UserId, BTreeSet<SessionId>>,
    recent: VecDeque<(ConversationId, Message)>,
    pub(super) directory: Directory,
    pub(super) is_draining: bool,
    /// Who waits for a conversation without a session.
    waiting: Vec<(ConversationId, Waker)>,
}

impl Hub {
    /// One more session; none if there are too many, and whether it is the user's first.
    pub(super) fn open(
        &mut self,
        hello: Hello,
        now: Instant,
    ) -> Result<(SessionId, bool), super::Error> {
        if self.sessions.len() >= MAX_SESSIONS || self.is_draining {
            return Err(super::Error::Full);
        }
        let of_user = self.by_user.entry(hello.user).or_default();
        if of_user.len() >= MAX_SESSIONS_OF_USER {
            return Err(super::Error::Devices);
        }
        self.last += 1;
        let id = SessionId(self.last);
        of_user.insert(id);
        let is_first = of_user.len() == 1;
        self.sessions.insert(id, Session::new(hello, now));
        Ok((id, is_first))
    }

    /// One session less; the user, if it was the last one there.
    pub(super) fn end(&mut self, id: SessionId) -> Option<UserId> {
        let gone = self.part(id);
        if let Some(mut session) = self.sessions.remove(&id) {
            session.close(Closed::Gone);
        }
        gone
    }

    /// A session no longer counts for its user; the user, if it was the last one that did.
    fn part(&mut self, id: SessionId) -> Option<UserId> {
        let user = self.sessions.get(&id)?.user;
        let of_user = self.by_user.get_mut(&user)?;
        let is_last = of_user.remove(&id) && of_user.is_empty();
        if is_last {
            self.by_user.remove(&user);
        }
        is_last.then_some(user)
    }

    /// Whether a user is connected here.
    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.by_user.contains_key(&user)
    }

    /// The users who are connected here, in order.
    pub(super) fn users(&self) -> Vec<UserId> {
        self.by_user.keys().copied().collect()
    }

    fn sessions_of(&mut self, user: UserId, mut each: impl FnMut(&mut Session)) {
        for id in self.by_user.get(&user).into_iter().flatten() {
            if let Some(session) = self.sessions.get_mut(id) {
                each(session);
            }
        }
    }

    /// A conversation has come so far, perhaps with the message itself.
    pub(super) fn said(
        &mut self,
        conversation: ConversationId,
        members: &[UserId],
        number: u64,
        message: Option<Message>,
    ) {
        if let Some(message) = message {
            if self.recent.len() >= RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back((conversation, message));
        }
        for &member in members {
            self.sessions_of(member, |session| session.note(conversation, number));
        }
        for (_, waker) in self.waiting.extract_if(.., |(id, _)| *id == conversation) {
            waker.wake();
        }
    }

    /// Wakes somebody when something is said in a conversation; whoever waits looks again by itself after a
    /// while, so that forgetting the oldest does no harm.
    pub(super) fn wait(&mut self, conversation: ConversationId, waker: &Waker) {
        if self.waiting.len() >= MAX_SESSIONS {
            self.waiting.remove(0);
        }
        self.waiting.push((conversation, waker.clone()));
    }

    /// A message that was published a moment ago.
    pub(super) fn recent(&self, conversation: ConversationId, number: u64) -> Option<&Message> {
        let is_it = |(id, message): &&(ConversationId, Message)| {
            *id == conversation && message.number == number
        };
        self.recent.iter().rev().find(is_it).map(|(_, message)| message)
    }

    /// Tells the devices of some users.
    pub(super) fn tell(&mut self, users: &[UserId], event: &Event) {
        for &user in users {
            self.sessions_of(user, |session| session.tell(event.clone()));
        }
    }

    /// Tells whoever has them for friends that users came or went.
    pub(super) fn tell_friends(&mut self, changed: Vec<Changed>) {
        let changed: BTreeMap<UserId, bool> = changed.into_iter().collect();
        if !changed.is_empty() {
            self.sessions.values_mut().for_each(|session| session.hear_of(&changed));
        }
    }

    /// Friends or blocks of users may have changed: their devices learn it before they are told anything more of the
    /// other.
    pub(super) fn stand_anew(&mut self, [one, other]: [UserId; 2]) {
        self.sessions_of(one, |session| session.stand_anew(other));
        self.sessions_of(other, |session| session.stand_anew(one));
    }

    /// Ends the sessions that match: they count no longer, and their devices are told why. The users who are gone by
    /// that.
    pub(super) fn close(&mut self, why: Closed, which: impl Fn(&Session) -> bool) -> Vec<UserId> {
        let open = self.sessions.iter_mut().filter(|(_, session)| session.closed.is_none());
        let matching = open.filter(|(_, session)| which(session));
        let ids: Vec<SessionId> = matching
            .map(|(&id, session)| {
                session.close(why);
                id
            })
            .collect();
        ids.into_iter().filter_map(|id| self.part(id)).collect()
    }

    /// Ends the sessions of a login.
    pub(super) fn log_out(&mut self, login: &Login) -> Vec<UserId> {
        self.close(Closed::LoggedOut, |session| session.login == *login)
    }

    /// Those of which nothing was heard for longer than that.
    pub(super) fn silent(&self, now: Instant, span: Span) -> Vec<SessionId> {
        let is_silent = |session: &Session| now.since(session.heard) > span;
        self.sessions.iter().filter(|(_, s)| is_silent(s)).map(|(&id, _)| id).collect()
    }
}
