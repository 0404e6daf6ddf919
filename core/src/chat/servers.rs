//! This node among the chat servers: what it says and hears of them, and what goes on beside requests.

use super::presence::{BEAT, Beat, CHANGES, Changed, Load, MISSED, Said, pieces};
use super::service::State;
use super::session::{Event, Hub, OFFLINE_AFTER};
use super::sync::Step;
use super::{Chat, Closed, ConversationId, Error, MAX_ASKED, Message, SHARDS, TOPIC};
use crate::base::{Wall, all_within, next_of};
use crate::kv::Key;
use crate::port::{self, Notify, People, Ports, Row, UserId, partition};
use crate::ring::NodeId;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use bytes::Bytes;
use core::pin::Pin;
use serde::{Deserialize, Serialize};

/// What goes on beside requests.
enum Duty {
    Beat,
    WriteGone,
    /// Serve a shard of a message sync queue.
    Serve(Step, u64),
}

/// Rows that say when a user was last active which are written at once.
const WRITES: usize = 32;

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

impl State {
    /// What this node says as a server of users who came or went. Whoever draws its number still holds what it says
    /// locked, so that the greater number says the later.
    pub(super) fn changed(
        &mut self,
        server: NodeId,
        users: impl IntoIterator<Item = Changed>,
    ) -> Vec<News> {
        self.changes.extend(users);
        match self.changes.len() {
            0 => Vec::new(),
            1..=CHANGES => {
                let what = Said::Changed(self.changes.iter().map(|(&id, &is)| (id, is)).collect());
                self.sequence += 1;
                [News::Beat(Beat { server, life: self.life, sequence: self.sequence, what })].into()
            }
            _ => self.beat(server),
        }
    }

    /// The same of all users and of the load, in pieces.
    fn beat(&mut self, server: NodeId) -> Vec<News> {
        self.changes.clear();
        self.sequence += 1;
        let (life, sequence) = (self.life, self.sequence);
        let connections = self.hub.sessions.len() as u64;
        let load = Load { connections, is_draining: self.hub.is_draining };
        let pieces = pieces(&self.hub.users()).into_iter();
        pieces
            .map(|(from, until, users)| {
                let what = Said::Users { from, until, users, load };
                News::Beat(Beat { server, life, sequence, what })
            })
            .collect()
    }
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
        self.end(|hub| {
            hub.is_draining = true;
            hub.close(Closed::Draining, |_| true)
        });
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
    /// [`Error::Asked`], [`Error::TooOften`], [`Error::Port`].
    pub async fn presence(&self, by: UserId, users: &[UserId]) -> Result<Vec<Presence>, Error> {
        if users.len() > MAX_ASKED {
            return Err(Error::Asked { got: users.len() as u64 });
        }
        self.check_rate(by)?;
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

    /// Ends connections. Of users whose last device went by that it is said at once, and written down in a moment.
    pub(super) fn end<I: IntoIterator<Item = UserId>>(&self, end: impl FnOnce(&mut Hub) -> I) {
        let news = {
            let state = &mut *self.lock();
            let gone: Vec<UserId> = end(&mut state.hub).into_iter().collect();
            state.gone.extend(&gone);
            let is_any = !gone.is_empty();
            let news = is_any.then(|| state.changed(self.node, gone.iter().map(|&it| (it, false))));
            news.unwrap_or_default()
        };
        news.iter().for_each(|news| self.publish(news));
    }

    fn publish_beat(&self) {
        let beats = self.lock().beat(self.node);
        beats.iter().for_each(|news| self.publish(news));
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

    /// What the chat does as long as its node runs: being a chat server, and serving queues. Never ends.
    pub async fn run(&self) {
        {
            let state = &mut *self.lock();
            (state.since, state.life) = (Some(self.ports.now().instant), self.ports.random());
        }
        let serve = |shard| [Step::Raise, Step::Tell].map(|step| Duty::Serve(step, shard));
        let duties = [Duty::Beat, Duty::WriteGone].into_iter().chain((0..SHARDS).flat_map(serve));
        let mut works: Vec<Pin<Box<_>>> = duties.map(|duty| Box::pin(self.go_on(duty))).collect();
        next_of(&mut works, core::future::pending()).await;
    }

    async fn go_on(&self, duty: Duty) {
        match duty {
            Duty::Beat => self.beat().await,
            Duty::WriteGone => self.write_gone().await,
            Duty::Serve(step, shard) => self.serve_queue(step, shard).await,
        }
    }

    /// Says who is here, and finds who is gone: never held up, or others take this server for lost.
    async fn beat(&self) {
        loop {
            let now = self.ports.now().instant;
            self.end(|hub| {
                let changed = hub.directory.forget_lost(now);
                hub.tell_friends(changed);
                hub.close(Closed::Silent, |session| now.since(session.heard) > OFFLINE_AFTER)
            });
            // Those whose hosts have forgotten them.
            let forgotten = self.lock().hub.silent(now, OFFLINE_AFTER * 2);
            forgotten.into_iter().for_each(|session| self.disconnect(session));
            self.publish_beat();
            self.ports.sleep(BEAT).await;
        }
    }

    /// Writes down who is gone: many at once, and again what failed.
    async fn write_gone(&self) {
        loop {
            let gone = core::mem::take(&mut self.lock().gone);
            let writes = gone.into_iter().map(async |user| {
                // Whoever has come back meanwhile is written down as such.
                let is_here = self.lock().hub.is_here(user);
                if !is_here && self.write_active(user, false).await.is_err() {
                    self.lock().gone.insert(user);
                }
            });
            all_within(writes.collect(), WRITES).await;
            self.ports.sleep(BEAT).await;
        }
    }
}
