//! This node among the chat servers: what it says and hears of them, and what goes on beside requests.

use super::presence::{BEAT, Beat, Load, MISSED, Said, pieces};
use super::session::{Event, OFFLINE_AFTER};
use super::{Chat, Closed, ConversationId, Error, MAX_ASKED, Message, SHARDS, TOPIC};
use crate::base::Wall;
use crate::kv::Key;
use crate::port::{self, Notify, People, Ports, Row, UserId, partition};
use crate::ring::NodeId;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use bytes::Bytes;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::Poll;
use serde::{Deserialize, Serialize};

/// What others see of a user's devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Who.
    pub user: UserId,
    /// Whether any device is on-line.
    pub is_online: bool,
    /// When one was last known to be, by the wall clock of its server; none if never.
    pub last_active: Option<Wall>,
}

/// What nodes tell each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum News {
    Said {
        conversation: ConversationId,
        members: Vec<UserId>,
        number: u64,
        /// Unless it is long.
        message: Option<Message>,
    },
    Event {
        to: Vec<UserId>,
        event: Event,
    },
    Beat(Beat),
}

/// When a user was last active, as the store keeps it; of siblings the latest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Active {
    time: Wall,
    is_online: bool,
    server: NodeId,
}

fn active_key(user: UserId) -> Result<Key, port::Error> {
    Ok(Key::new(partition("chat", &format!("active/{user}")), "")?)
}

fn read_active(row: &Row) -> Option<Active> {
    row.values.iter().filter_map(|value| postcard::from_bytes(value).ok()).max()
}

impl<P: Ports, O: People + Notify> Chat<P, O> {
    pub(super) async fn write_active(
        &self,
        user: UserId,
        is_online: bool,
    ) -> Result<(), port::Error> {
        let active = Active { time: self.ports.now().wall, is_online, server: self.node };
        let value = postcard::to_allocvec(&active).map(Bytes::from).ok();
        self.ports.put(&active_key(user)?, value, None).await.map(drop)
    }

    /// Ends all connections, and takes no more: the node is about to stop.
    pub fn drain(&self) {
        let gone = {
            let mut state = self.lock();
            state.hub.is_draining = true;
            state.hub.close(Closed::Draining, |_| true)
        };
        self.are_gone(gone);
        self.publish_beat();
    }
    /// Whether a user is on-line, as far as this node knows.
    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.lock().hub.directory.is_online(user)
    }

    /// Whether it has been there for as long as all the other servers take to be heard of.
    pub(super) fn has_heard_of_servers(&self) -> bool {
        let now = self.ports.now().instant;
        self.lock().since.is_some_and(|since| now.since(since) > BEAT * MISSED)
    }

    /// How users are, at most [`MAX_ASKED`] of them; those who have blocked the asker, or whom the asker has,
    /// look as if they had never been there.
    ///
    /// # Errors
    /// [`Error::Asked`], [`Error::Port`].
    pub async fn presence(&self, by: UserId, users: &[UserId]) -> Result<Vec<Presence>, Error> {
        if users.len() > MAX_ASKED {
            return Err(Error::Asked { got: users.len() as u64 });
        }
        self.activate();
        let hidden = self.others.hidden_from(by).await?;
        let mut found = Vec::new();
        for &user in users {
            if hidden.contains(&user) {
                found.push(Presence { user, is_online: false, last_active: None });
                continue;
            }
            let active = read_active(&self.ports.get(&active_key(user)?).await?);
            let last_active = active.map(|active| active.time);
            found.push(Presence { user, is_online: self.is_online(user), last_active });
        }
        Ok(found)
    }

    /// The best server for one more device: of those that are heard of and stay, the one with the fewest
    /// connections; of equals the first. This one, if none is heard of.
    #[must_use]
    pub fn recommended(&self) -> (NodeId, Load) {
        self.activate();
        let state = self.lock();
        let connections = state.hub.sessions.len() as u64;
        let is_draining = state.hub.is_draining;
        let own = (self.node, Load { connections, is_draining });
        state.hub.directory.recommended().unwrap_or(own)
    }

    /// The servers that are heard of, and how many users are on-line at them.
    #[must_use]
    pub fn servers(&self) -> (Vec<(NodeId, Load)>, u64) {
        let state = self.lock();
        (state.hub.directory.servers().collect(), state.hub.directory.online())
    }

    /// The last devices of some users went from here: says so, and has the store told.
    pub(super) fn are_gone(&self, users: impl IntoIterator<Item = UserId>) {
        for user in users {
            self.lock().gone.insert(user);
            self.say(Said::User { user, is_online: false });
        }
    }

    /// Says something as a server, numbered.
    pub(super) fn say(&self, what: Said) {
        let (life, sequence) = {
            let mut state = self.lock();
            state.sequence += 1;
            (state.life, state.sequence)
        };
        self.publish(&News::Beat(Beat { server: self.node, life, sequence, what }));
    }

    fn publish_beat(&self) {
        let (users, load) = {
            let state = self.lock();
            let (connections, is_draining) =
                (state.hub.sessions.len() as u64, state.hub.is_draining);
            (state.hub.users(), Load { connections, is_draining })
        };
        for (from, until, users) in pieces(&users) {
            self.say(Said::Users { from, until, users, load });
        }
    }

    pub(super) fn publish(&self, news: &News) {
        // What is too long to publish is looked for by those whom it concerns.
        if let Ok(body) = postcard::to_allocvec(news) {
            self.ports.publish(TOPIC, body.into());
        }
    }

    /// A node, perhaps this one, has published something under [`TOPIC`].
    pub fn handle_published(&self, body: &[u8]) {
        let Ok(news) = postcard::from_bytes(body) else {
            return; // of another version; the inboxes will tell
        };
        self.activate();
        let now = self.ports.now().instant;
        let hub = &mut self.lock().hub;
        match news {
            News::Said { conversation, members, number, message } => {
                hub.said(conversation, &members, number, message);
            }
            News::Event { to, event } => hub.tell(&to, &event),
            News::Beat(beat) => {
                let changed = hub.directory.hear(now, beat);
                hub.tell_friends(changed);
            }
        }
    }

    /// What the chat does as long as its node runs; never ends.
    pub async fn run(&self) {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.is_active {
                return Poll::Ready(());
            }
            state.runner = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        let mut shards: Vec<_> =
            (0..SHARDS).map(|shard| Box::pin(self.serve_shard(shard))).collect();
        let mut beats = pin!(self.beat());
        poll_fn(|context| {
            let _: Poll<()> = beats.as_mut().poll(context);
            shards.iter_mut().for_each(|shard| {
                let _: Poll<()> = Pin::as_mut(shard).poll(context);
            });
            Poll::Pending
        })
        .await
    }

    async fn beat(&self) {
        loop {
            let now = self.ports.now().instant;
            let silent = {
                let mut state = self.lock();
                let changed = state.hub.directory.forget_lost(now);
                state.hub.tell_friends(changed);
                state.hub.close(Closed::Silent, |session| now.since(session.heard) > OFFLINE_AFTER)
            };
            self.are_gone(silent);
            // Those whose hosts have forgotten them.
            let forgotten = self.lock().hub.silent(now, OFFLINE_AFTER * 2);
            forgotten.into_iter().for_each(|session| self.disconnect(session));
            self.publish_beat();
            let gone = core::mem::take(&mut self.lock().gone);
            for user in gone {
                if self.write_active(user, false).await.is_err() {
                    self.lock().gone.insert(user);
                }
            }
            self.ports.sleep(BEAT).await;
        }
    }
}
