//! Who is up, as seen from one node: gossip of heartbeat counters.
//!
//! Each node raises its own counter and sends the list of all counters it knows to a few random
//! members. A member whose counter has stood still for longer than its [`Rhythm`] lets expect is
//! suspected, then held down. Nobody decides for others: each node acts on what it sees.
//!
//! A node that stood still itself (its process was stopped, its machine overloaded) heard nobody and
//! accuses nobody: of the time that it missed it counts one round.
//!
//! A node that starts again begins at counter 1, below what others know. Whoever hears such a low
//! counter tells the sender the one it knows, and the sender goes on above it; so nothing needs to be
//! stored.
//!
//! # Limits
//! A round costs `fanout` messages a node, whatever the number of nodes; news reaches all in
//! O(log n) rounds. With all-to-all heartbeats ([`AllToAll`](super::AllToAll)) it would cost n - 1
//! messages a node. Both are measured side by side in `sim/detection.rs`.
//!
//! # Sources
//! van Renesse, Minsky and Hayden, "A gossip-style failure detection service" (1998). That the slow
//! must not accuse: Dadgar, Phillips and Currey, "Lifeguard: local health awareness for more accurate
//! failure detection" (2018).

use super::message::{Body, Effects, Event, Health, Heartbeat};
use super::rhythm::Rhythm;
use super::{Config, node::Outbox};
use crate::base::{Instant, Mistake, Now, Random, Span, is_planted};
use crate::ring::NodeId;
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
    /// How long its silence is tolerated from then on before it is held down.
    pub tolerated: Span,
    /// What follows from it.
    pub health: Health,
    /// Since when it has looked like this.
    pub since: Instant,
    rhythm: Rhythm,
}

/// The membership list of one node.
#[derive(Debug)]
pub(crate) struct Membership {
    me: NodeId,
    /// By number.
    views: Vec<MemberView>,
    /// Members whose connection broke. What others heard of them before counts for nothing: only
    /// they themselves can show that they are back.
    unheard: BTreeSet<NodeId>,
    /// When this node was last awake.
    awake: Instant,
}

impl Membership {
    /// Everybody is taken to be up until silent. The members come by number.
    pub(crate) fn new(
        now: Now,
        config: &Config,
        me: NodeId,
        members: impl Iterator<Item = NodeId>,
    ) -> Self {
        let rhythm = Rhythm::new(config);
        let views = members
            .map(|id| MemberView {
                id,
                counter: 0,
                risen: now.instant,
                tolerated: rhythm.tolerated(config).1,
                health: Health::Up,
                since: now.instant,
                rhythm,
            })
            .collect();
        Self { me, views, unheard: BTreeSet::new(), awake: now.instant }
    }

    pub(crate) fn views(&self) -> &[MemberView] {
        &self.views
    }

    fn view(&self, id: NodeId) -> Option<&MemberView> {
        let i = self.views.binary_search_by_key(&id, |view| view.id).ok()?;
        self.views.get(i)
    }

    fn view_mut(&mut self, id: NodeId) -> Option<&mut MemberView> {
        let i = self.views.binary_search_by_key(&id, |view| view.id).ok()?;
        self.views.get_mut(i)
    }

    pub(crate) fn is_member(&self, id: NodeId) -> bool {
        self.view(id).is_some()
    }

    /// Whether a member is worth asking: it is not held down.
    pub(crate) fn is_healthy(&self, id: NodeId) -> bool {
        id == self.me || self.view(id).is_some_and(|view| view.health != Health::Down)
    }

    /// Whether a member's counter rises.
    pub(crate) fn is_up(&self, id: NodeId) -> bool {
        id == self.me || self.view(id).is_some_and(|view| view.health == Health::Up)
    }

    /// All members but this one.
    pub(crate) fn others(&self) -> Vec<NodeId> {
        self.views.iter().map(|view| view.id).filter(|&id| id != self.me).collect()
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
        self.raise_and_judge(now, config, effects);
        for to in random.sample(&self.others(), usize::from(config.gossip_fanout)) {
            out.send(to, Body::Gossip(self.list()), effects);
        }
    }

    /// The half of a round that is the same whomever one tells. What others are to know of this node.
    pub(crate) fn raise_and_judge(
        &mut self,
        now: Now,
        config: &Config,
        effects: &mut Effects,
    ) -> Heartbeat {
        self.wake(now, config);
        let mut own = Heartbeat { member: self.me, counter: 0 };
        for view in &mut self.views {
            if view.id == self.me {
                view.counter = view.counter.saturating_add(1);
                view.risen = now.instant;
                own.counter = view.counter;
                continue;
            }
            let mut silent = now.instant.since(view.risen);
            if is_planted(Mistake::NeverAgeHeartbeat) {
                silent = Span::ZERO;
            }
            let (suspected, down) = view.rhythm.tolerated(config);
            let health = if silent >= down {
                Health::Down
            } else if silent >= suspected {
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
        own
    }

    /// Whoever stood still for longer than two rounds takes all but one of them out of the others'
    /// silence.
    fn wake(&mut self, now: Now, config: &Config) {
        let still = now.instant.since(self.awake);
        self.awake = now.instant;
        if still > config.gossip_every * 2 {
            let missed = still.as_micros().saturating_sub(config.gossip_every.as_micros());
            for view in &mut self.views {
                view.risen = (view.risen + Span::from_micros(missed)).min(now.instant);
            }
        }
    }

    /// Takes over what another node knows. Whether some member came back.
    pub(crate) fn handle_gossip(
        &mut self,
        now: Now,
        config: &Config,
        from: NodeId,
        list: &[Heartbeat],
        out: &Outbox,
        effects: &mut Effects,
    ) -> bool {
        self.wake(now, config);
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
                // From a member that was held down nothing is learnt: it may have been away.
                if view.health != Health::Down {
                    view.rhythm.learn(now.instant.since(view.risen));
                    view.tolerated = view.rhythm.tolerated(config).1;
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Wall;

    fn at(millis: u64) -> Now {
        Now { instant: Instant::from_micros(millis * 1_000), wall: Wall::from_millis(millis) }
    }

    #[test]
    fn r6_8_a_node_that_stood_still_accuses_nobody_and_still_notices_the_dead() {
        let (config, out, mut effects) = (Config::default(), Outbox::new(1), Effects::new());
        let mut random = Random::new(1);
        let mut list = Membership::new(at(0), &config, NodeId(0), (0..3).map(NodeId));
        let hear = |list: &mut Membership, millis: u64, who: u16| {
            let beats = [Heartbeat { member: NodeId(who), counter: millis }];
            list.handle_gossip(at(millis), &config, NodeId(who), &beats, &out, &mut Effects::new());
        };
        for millis in (200..=2_000).step_by(200) {
            [1, 2].into_iter().for_each(|who| hear(&mut list, millis, who));
            list.handle_round(at(millis), &config, &mut random, &out, &mut effects);
        }
        // Ten seconds pass without this node.
        list.handle_round(at(12_000), &config, &mut random, &out, &mut effects);
        assert!([1, 2].into_iter().all(|who| list.is_up(NodeId(who))), "{list:?}");
        // One of the others died meanwhile.
        for millis in (12_200..=14_200).step_by(200) {
            hear(&mut list, millis, 1);
            list.handle_round(at(millis), &config, &mut random, &out, &mut effects);
        }
        assert!(list.is_up(NodeId(1)) && !list.is_healthy(NodeId(2)), "{list:?}");
    }
}
