//! Who is up, as seen from one node: gossip of heartbeat counters.
//!
//! Each node raises its own counter and sends the list of all counters it knows to a few random
//! members. A member whose counter has stood still for too long is suspected, then held down.
//! Nobody decides for others: each node acts on what it sees.
//!
//! A node that starts again begins at counter 1, below what others know. Whoever hears such a low
//! counter tells the sender the one it knows, and the sender goes on above it; so nothing needs to be
//! stored.
//!
//! # Limits
//! A round costs `fanout` messages a node, whatever the number of nodes; news reaches all in
//! O(log n) rounds. With all-to-all heartbeats it would cost n - 1 messages a node.
//!
//! # Sources
//! van Renesse, Minsky and Hayden, "A gossip-style failure detection service" (1998).

use super::message::{Body, Effects, Event, Health, Heartbeat};
use super::{Config, node::Outbox};
use crate::base::{Instant, Now, Random};
use crate::ring::{Layout, NodeId};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// How far a counter may be ahead of what is known: at five a second, seven thousand years.
const MOST_AHEAD: u64 = 1 << 40;

/// How one member looks from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Who.
    pub id: NodeId,
    /// The greatest counter heard of.
    pub counter: u64,
    /// When that was.
    pub risen: Instant,
    /// What follows from it.
    pub health: Health,
    /// Since when it has looked like this.
    pub since: Instant,
}

/// The membership list of one node.
#[derive(Debug)]
pub(crate) struct Membership {
    me: NodeId,
    views: Vec<MemberView>,
    /// Members whose connection broke. What others heard of them before counts for nothing: only
    /// they themselves can show that they are back.
    unheard: BTreeSet<NodeId>,
}

impl Membership {
    /// Everybody is taken to be up until silent.
    pub(crate) fn new(now: Now, me: NodeId, layout: &Layout) -> Self {
        let views = layout
            .members()
            .iter()
            .map(|member| MemberView {
                id: member.id,
                counter: 0,
                risen: now.instant,
                health: Health::Up,
                since: now.instant,
            })
            .collect();
        Self { me, views, unheard: BTreeSet::new() }
    }

    pub(crate) fn views(&self) -> &[MemberView] {
        &self.views
    }

    fn view_mut(&mut self, id: NodeId) -> Option<&mut MemberView> {
        self.views.iter_mut().find(|view| view.id == id)
    }

    pub(crate) fn is_member(&self, id: NodeId) -> bool {
        self.views.iter().any(|view| view.id == id)
    }

    /// Whether a member is worth asking: it is not held down.
    pub(crate) fn is_healthy(&self, id: NodeId) -> bool {
        id == self.me || self.views.iter().any(|view| view.id == id && view.health != Health::Down)
    }

    /// Whether a member's counter rises.
    pub(crate) fn is_up(&self, id: NodeId) -> bool {
        id == self.me || self.views.iter().any(|view| view.id == id && view.health == Health::Up)
    }

    /// The connection to a member broke: it is held down until it speaks again.
    pub(crate) fn handle_disconnected(&mut self, now: Now, peer: NodeId, effects: &mut Effects) {
        self.unheard.insert(peer);
        let Some(view) = self.view_mut(peer) else { return };
        if view.health != Health::Down {
            view.health = Health::Down;
            view.since = now.instant;
            effects.tell(Event::MemberIs { member: peer, health: Health::Down });
        }
    }

    fn list(&self) -> Vec<Heartbeat> {
        self.views.iter().map(|view| Heartbeat { member: view.id, counter: view.counter }).collect()
    }

    /// One round: raises the own counter, judges the others, tells some.
    pub(crate) fn handle_round(
        &mut self,
        now: Now,
        config: &Config,
        random: &mut Random,
        out: &Outbox,
        effects: &mut Effects,
    ) {
        let me = self.me;
        if let Some(view) = self.view_mut(me) {
            view.counter = view.counter.saturating_add(1);
            view.risen = now.instant;
        }
        for view in self.views.iter_mut().filter(|view| view.id != me) {
            let silent = now.instant.since(view.risen);
            let health = if silent >= config.down_after {
                Health::Down
            } else if silent >= config.suspect_after {
                Health::Suspected
            } else {
                Health::Up
            };
            // Silence only makes things worse: a rising counter alone makes them better.
            if health > view.health {
                view.health = health;
                view.since = now.instant;
                effects.tell(Event::MemberIs { member: view.id, health });
            }
        }
        let others: Vec<NodeId> =
            self.views.iter().map(|view| view.id).filter(|&id| id != me).collect();
        for to in random.sample(&others, usize::from(config.gossip_fanout)) {
            out.send(to, Body::Gossip(self.list()), effects);
        }
    }

    /// Takes over what another node knows. Whether some member came back.
    pub(crate) fn handle_gossip(
        &mut self,
        now: Now,
        from: NodeId,
        list: &[Heartbeat],
        out: &Outbox,
        effects: &mut Effects,
    ) -> bool {
        let (me, mut returned, mut sender_is_behind) = (self.me, false, false);
        self.unheard.remove(&from);
        for heard in list {
            let is_unheard = self.unheard.contains(&heard.member);
            let Some(view) = self.view_mut(heard.member) else {
                continue;
            };
            if heard.counter > view.counter.saturating_add(MOST_AHEAD) {
                continue; // no node counts that fast: the news is damaged
            }
            if heard.member == me {
                // An earlier life of this node counted further: go on above it.
                if heard.counter > view.counter {
                    view.counter = heard.counter.saturating_add(1);
                }
            } else if heard.counter > view.counter {
                view.counter = heard.counter;
                view.risen = now.instant;
                if view.health != Health::Up && !is_unheard {
                    view.health = Health::Up;
                    view.since = now.instant;
                    returned = true;
                    effects.tell(Event::MemberIs { member: heard.member, health: Health::Up });
                }
            } else if heard.member == from && heard.counter < view.counter {
                sender_is_behind = true;
            }
        }
        if sender_is_behind {
            out.send(from, Body::Gossip(self.list()), effects);
        }
        returned
    }
}
