//! Who is on-line, and which chat servers there are.
//!
//! Each server publishes a beat every [`BEAT`]: how many devices it has, and which users. A server of which
//! [`MISSED`] beats in a row were missed is lost, and its users are off-line unless they are elsewhere. Between
//! beats it publishes who came and went, each time all since the last beat, so that what overtakes takes nothing away.
//! What is lost of that the next beat mends, so all servers agree within a beat, and nobody writes a row for each
//! heartbeat of each device.

use crate::base::{Instant, Span};
use crate::port::UserId;
use crate::ring::NodeId;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Bound;
use serde::{Deserialize, Serialize};

/// Between two beats of a server.
pub const BEAT: Span = Span::from_secs(2);
/// Beats that may be missed before a server is lost.
pub const MISSED: u64 = 3;
/// Users that a beat names; with more, it comes in pieces.
pub(super) const PIECE: usize = 4_000;
/// Users who may come or go between two beats, named one by one; with more the next beat comes at once.
pub(super) const CHANGES: usize = 64;

/// What a server publishes, with its number: later ones have greater ones, the pieces of one beat the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beat {
    pub(super) server: NodeId,
    /// Drawn when the server started.
    pub(super) life: u64,
    pub(super) sequence: u64,
    pub(super) what: Said,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Said {
    /// All of its users from one to before another, or to the end.
    Users { from: UserId, until: Option<UserId>, users: Vec<UserId>, load: Load },
    /// Of whom the first device came, or the last one went, since the last beat.
    Changed(Vec<Changed>),
}

/// What there is to choose a server by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Devices connected.
    pub connections: u64,
    /// Whether it is about to stop.
    pub is_draining: bool,
}

#[derive(Debug)]
struct Server {
    life: u64,
    sequence: u64,
    heard: Instant,
    load: Load,
    users: BTreeSet<UserId>,
}

/// All servers that are heard of.
#[derive(Debug, Default)]
pub(super) struct Directory {
    servers: BTreeMap<NodeId, Server>,
}

/// A user came or went.
pub(super) type Changed = (UserId, bool);

impl Directory {
    /// Whether a user is on-line somewhere.
    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.servers.values().any(|server| server.users.contains(&user))
    }

    /// How many users are on-line.
    pub(super) fn online(&self) -> u64 {
        self.servers.values().map(|server| server.users.len() as u64).sum()
    }

    /// Takes in what a server said; who came and went by that.
    pub(super) fn hear(&mut self, now: Instant, beat: Beat) -> Vec<Changed> {
        let Beat { server: node, life, sequence, what } = beat;
        let mut changed = Vec::new();
        if self.servers.get(&node).is_some_and(|server| server.life != life) {
            changed.extend(self.lose(node));
        }
        let server = self.servers.entry(node).or_insert_with(|| Server {
            life,
            sequence: 0,
            heard: now,
            load: Load::default(),
            users: BTreeSet::new(),
        });
        let is_piece = matches!(what, Said::Users { .. });
        if sequence < server.sequence || sequence == server.sequence && !is_piece {
            return changed; // overtaken by later news
        }
        (server.sequence, server.heard) = (sequence, now);
        let (mut came, mut went) = (Vec::new(), Vec::new());
        match what {
            Said::Users { from, until, users, load } => {
                server.load = load;
                let until = until.map_or(Bound::Unbounded, Bound::Excluded);
                let old: Vec<UserId> =
                    server.users.range((Bound::Included(from), until)).copied().collect();
                let new: BTreeSet<UserId> = users.into_iter().collect();
                went.extend(old.into_iter().filter(|user| !new.contains(user)));
                came.extend(new.into_iter().filter(|user| !server.users.contains(user)));
            }
            Said::Changed(users) => {
                let new = users.into_iter().filter(|(user, is)| *is != server.users.contains(user));
                for (user, is_online) in new {
                    if is_online { came.push(user) } else { went.push(user) }
                }
            }
        }
        went.iter().for_each(|user| {
            server.users.remove(user);
        });
        changed.extend(went.into_iter().filter(|&user| !self.is_online(user)).map(|u| (u, false)));
        for user in came {
            if !self.is_online(user) {
                changed.push((user, true));
            }
            if let Some(server) = self.servers.get_mut(&node) {
                server.users.insert(user);
            }
        }
        changed
    }

    /// Forgets servers that have not been heard; who went by that.
    pub(super) fn forget_lost(&mut self, now: Instant) -> Vec<Changed> {
        let is_lost = |server: &Server| now.since(server.heard) > BEAT * MISSED;
        let lost: Vec<NodeId> =
            self.servers.iter().filter(|(_, server)| is_lost(server)).map(|(&id, _)| id).collect();
        lost.into_iter().flat_map(|node| self.lose(node)).collect()
    }

    fn lose(&mut self, node: NodeId) -> Vec<Changed> {
        let users = self.servers.remove(&node).map(|server| server.users).unwrap_or_default();
        users.into_iter().filter(|&user| !self.is_online(user)).map(|user| (user, false)).collect()
    }

    /// The servers, each with its load.
    pub(super) fn servers(&self) -> impl Iterator<Item = (NodeId, Load)> {
        self.servers.iter().map(|(&id, server)| (id, server.load))
    }

    /// The best server for one more device: of those that are heard and stay, the one with the fewest
    /// connections; of equals the first.
    pub(super) fn recommended(&self) -> Option<(NodeId, Load)> {
        let staying = self.servers().filter(|(_, load)| !load.is_draining);
        staying.min_by_key(|&(id, load)| (load.connections, id))
    }
}

/// The users of a server in pieces that can be published: from where, to where, and who.
pub(super) fn pieces(users: &[UserId]) -> Vec<(UserId, Option<UserId>, Vec<UserId>)> {
    let starts = (0..users.len().max(1)).step_by(PIECE);
    let piece = |start: usize| {
        let end = users.len().min(start + PIECE);
        let from = if start == 0 { UserId(0) } else { users[start] };
        (from, users.get(end).copied(), users[start..end].to_vec())
    };
    starts.map(piece).collect()
}
