//! The devices that are connected to this node: they come, are told, and go.

use super::conversation::members;
use super::inbox::{self, Of};
use super::message::log;
use super::service::seen_by;
use super::session::{Event, Hello, LOOK_EVERY, Login, Session, SessionId, Turn};
use super::{Chat, Closed, ConversationId, Error, MAX_BACKLOG, MAX_KNOWN, MAX_PAGE, Message};
use crate::base::Span;
use crate::port::{self, LogError, Notify, People, Ports, UserId};
use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

/// Before what failed is tried again.
const AGAIN: Span = Span::from_millis(250);
/// Between a session's first look and its second.
const SOON: Span = Span::from_secs(1);
/// Every so many looks a session learns anew who its user's friends are.
const FRIENDS_EVERY: u64 = 6;
/// Every so many looks the store is told that the user is active.
const ACTIVE_EVERY: u64 = 12;

/// A connection, as it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Its number here.
    pub session: SessionId,
    /// Which friends are on-line.
    pub online: Vec<UserId>,
}

/// How the user stands to whoever said something has changed while it was read: it is learnt first.
struct Unlearnt;

impl<P: Ports, O: People + Notify> Chat<P, O> {
    /// A device connects. It is on-line from now on, until [`Chat::disconnect`], its login ends, or nothing is
    /// heard of it ([`Chat::heard`]) for [`OFFLINE_AFTER`].
    ///
    /// # Errors
    /// [`Error::Known`], [`Error::Full`], [`Error::Devices`], [`Error::Port`].
    pub async fn connect(&self, hello: Hello) -> Result<Connected, Error> {
        if hello.known.len() > MAX_KNOWN {
            return Err(Error::Known { got: hello.known.len() as u64 });
        }
        let hello = Hello { backlog: hello.backlog.min(MAX_BACKLOG), ..hello };
        let (user, now) = (hello.user, self.ports.now());
        let (session, first) = {
            let state = &mut *self.lock();
            let (session, is_first) = state.hub.open(hello, now.instant)?;
            (session, is_first.then(|| state.changed(self.node, [(user, true)])))
        };
        first.iter().flatten().for_each(|news| self.publish(news));
        let known = self.learn_friends(session).await;
        if let Err(error) = known.and(self.look(session).await) {
            self.disconnect(session);
            return Err(error.into());
        }
        // Should it not be written, it is at the next beat or look.
        let _ = self.write_active(user, true).await;
        let mut state = self.lock();
        state.counters.connected += 1;
        let Some(found) = state.hub.sessions.get(&session) else { return Err(Error::NotConnected) };
        let friends = found.friends.iter().copied();
        let online = friends.filter(|&friend| state.hub.directory.is_online(friend)).collect();
        Ok(Connected { session, online })
    }

    /// A device goes, of its own accord or since its connection broke. If it was the last one of its user, the
    /// user is off-line at once.
    pub fn disconnect(&self, session: SessionId) {
        self.end(|hub| hub.end(session));
    }

    /// A device was heard of: a heartbeat, or anything else that it says.
    pub fn heard(&self, session: SessionId) {
        let now = self.ports.now().instant;
        if let Some(session) = self.lock().hub.sessions.get_mut(&session) {
            session.heard = now;
        }
    }

    /// What the device is to be told next; waits for it. The future may be dropped at any time: nothing is
    /// lost by that.
    ///
    /// # Errors
    /// [`Closed`]: the connection is to be ended.
    pub async fn next(&self, session: SessionId) -> Result<Event, Closed> {
        loop {
            let turn = self.next_turn(session).await;
            match turn.inspect_err(|_| self.count(|counters| counters.cut_off += 1))? {
                Turn::News(event) => return Ok(event),
                // What cannot be learnt or looked at now is at its next time; all else goes on meanwhile.
                Turn::Learn => drop(self.learn_friends(session).await),
                Turn::Look => drop(self.look(session).await),
                Turn::Give(conversation, after) => {
                    match self.following(session, conversation, after).await {
                        Ok(messages) => match self.given(session, conversation, after, messages) {
                            Ok(Some(event)) => return Ok(event),
                            Ok(None) => {}
                            Err(Unlearnt) => self.put_off(session, conversation),
                        },
                        Err(Error::NotMember { .. }) => self.leave(session, conversation).await,
                        Err(_) => self.put_off(session, conversation),
                    }
                }
            }
        }
    }

    fn put_off(&self, session: SessionId, conversation: ConversationId) {
        let until = self.ports.now().instant + AGAIN;
        if let Some(session) = self.lock().hub.sessions.get_mut(&session) {
            session.put_off(conversation, until);
        }
    }

    /// The user is no member of a conversation any more. A worker that read the members before may have put it back into
    /// the inbox; should it not be taken out, it is at the next look.
    async fn leave(&self, session: SessionId, conversation: ConversationId) {
        let user = self.lock().hub.sessions.get_mut(&session).map(|session| {
            session.leave(conversation);
            session.user
        });
        if let Some(user) = user {
            let _ = inbox::forget(&self.ports, user, conversation).await;
        }
    }

    async fn next_turn(&self, session: SessionId) -> Result<Turn, Closed> {
        loop {
            let next_at = self.lock().hub.sessions.get(&session).map(Session::next_at);
            let next_at = next_at.unwrap_or_default();
            let mut sleep = pin!(self.ports.sleep(next_at.since(self.ports.now().instant)));
            let turn = poll_fn(|context| {
                let now = self.ports.now().instant;
                let mut state = self.lock();
                let Some(session) = state.hub.sessions.get_mut(&session) else {
                    return Poll::Ready(Some(Err(Closed::Gone)));
                };
                match session.turn(now, context.waker()) {
                    Some(turn) => Poll::Ready(Some(turn)),
                    // What woke it is due, but not yet.
                    None if session.next_at() < next_at => Poll::Ready(None),
                    None => {
                        drop(state);
                        sleep.as_mut().poll(context).map(|()| None)
                    }
                }
            });
            if let Some(turn) = turn.await {
                return turn;
            }
        }
    }

    /// What follows on a number: from what was published, or from the log.
    async fn following(
        &self,
        session: SessionId,
        conversation: ConversationId,
        after: u64,
    ) -> Result<Vec<Message>, Error> {
        let (user, found) = {
            let mut state = self.lock();
            let found = state.hub.recent(conversation, after + 1).cloned();
            state.counters.remembered += u64::from(found.is_some());
            let session = state.hub.sessions.get(&session).ok_or(Error::NotConnected)?;
            (session.user, found)
        };
        if let Some(message) = found {
            return Ok([message].into());
        }
        members(&self.ports, conversation, user).await?;
        let entries = log(conversation)?.read_after(&self.ports, after, MAX_PAGE).await?;
        if entries.is_empty() {
            return Err(LogError::Gap { number: after + 1 }.into());
        }
        Ok(entries.iter().map(Message::read).collect())
    }

    fn given(
        &self,
        session: SessionId,
        conversation: ConversationId,
        after: u64,
        messages: Vec<Message>,
    ) -> Result<Option<Event>, Unlearnt> {
        let Some(to) = messages.last().map(|message| message.number) else { return Ok(None) };
        let mut state = self.lock();
        let Some(session) = state.hub.sessions.get_mut(&session) else { return Ok(None) };
        if session.is_unsure_of(&messages) {
            return Err(Unlearnt);
        }
        if !session.give(conversation, after, to) {
            return Ok(None);
        }
        let messages: Vec<Message> =
            messages.into_iter().map(|message| seen_by(&session.hidden, message)).collect();
        state.counters.given += messages.len() as u64;
        Ok(Some(Event::Messages { conversation, messages }))
    }

    /// Looks into the inbox for what was published in vain, and now and then whether friends changed.
    async fn look(&self, session: SessionId) -> Result<(), port::Error> {
        let now = self.ports.now().instant;
        let (user, looks) = {
            let mut state = self.lock();
            let Some(session) = state.hub.sessions.get_mut(&session) else { return Ok(()) };
            session.looks += 1;
            // What was said while it connected is in the inbox a moment later.
            session.look_at = now + if session.looks == 1 { SOON } else { LOOK_EVERY };
            (session.user, session.looks)
        };
        let marks = inbox::marks(&self.ports, user, Of::Last).await?;
        if let Some(session) = self.lock().hub.sessions.get_mut(&session) {
            session.note_all(&marks);
        }
        if looks.is_multiple_of(FRIENDS_EVERY) {
            self.learn_friends(session).await?;
        }
        if looks.is_multiple_of(ACTIVE_EVERY) {
            self.write_active(user, true).await?;
        }
        Ok(())
    }

    async fn learn_friends(&self, session: SessionId) -> Result<(), port::Error> {
        let of = self.lock().hub.sessions.get(&session).map(|it| (it.user, it.changes()));
        let Some((user, changes)) = of else { return Ok(()) };
        let learnt = async {
            let friends = self.others.friends(user).await?;
            Ok::<_, port::Error>((friends, self.others.hidden_from(user).await?))
        };
        let learnt = learnt.await;
        let now = self.ports.now().instant;
        if let Some(session) = self.lock().hub.sessions.get_mut(&session) {
            match learnt {
                Ok((friends, hidden)) => session.learn(now, changes, friends, hidden),
                Err(error) => {
                    session.learn_at = now + AGAIN;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// A login has ended: the connections that were made with it do, and its user is off-line at once, unless there
    /// are others.
    pub fn log_out(&self, login: &Login) {
        self.end(|hub| hub.log_out(login));
    }

    /// Two users are friends, or no longer, or one has blocked the other, or no longer: their devices here learn it
    /// at once. Should word of it be lost, they do within half a minute.
    pub fn stand_anew(&self, one: UserId, other: UserId) {
        self.lock().hub.stand_anew([one, other]);
    }
}
