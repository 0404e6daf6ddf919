//! All-to-all heartbeats: what gossip is measured against, used by no node.
//!
//! Each node tells every other one its own counter, in every round. What is made of what is heard is
//! the same as with gossip.
//!
//! # Limits
//! n (n - 1) messages a round: 20 a round among 5 nodes, 4,032 among 64, 39,800 among 200. And each way
//! is the only one: a member that one link does not reach is held down at its end, though all others
//! hear it. Messages are as small as can be, which gossip's are not.
//!
//! # Sources
//! Aguilera, Chen and Toueg, "Heartbeat: a timeout-free failure detector for quiescent reliable
//! communication" (1997), and what every cluster began with.

use super::membership::{MemberView, Membership};
use super::message::{Body, Effects, Heartbeat};
use super::{Config, node::Outbox};
use crate::base::{Now, Random};
use crate::ring::NodeId;

/// The membership list of a node that is told by all itself.
#[derive(Debug)]
pub(crate) struct AllToAll(Membership);

impl AllToAll {
    /// Everybody is taken to be up until silent. The members come by number.
    pub(crate) fn new(
        now: Now,
        config: &Config,
        me: NodeId,
        members: impl Iterator<Item = NodeId>,
    ) -> Self {
        Self(Membership::new(now, config, me, members))
    }

    pub(crate) fn views(&self) -> &[MemberView] {
        self.0.views()
    }

    /// One round: raises the own counter, judges the others, tells all.
    pub(crate) fn handle_round(
        &mut self,
        now: Now,
        config: &Config,
        _random: &mut Random,
        out: &Outbox,
        effects: &mut Effects,
    ) {
        let own = self.0.raise_and_judge(now, config, effects);
        for to in self.0.others() {
            out.send(to, Body::Gossip(alloc::vec![own]), effects);
        }
    }

    /// Takes over what another node says of itself. Whether it came back.
    pub(crate) fn handle_gossip(
        &mut self,
        now: Now,
        config: &Config,
        from: NodeId,
        list: &[Heartbeat],
        out: &Outbox,
        effects: &mut Effects,
    ) -> bool {
        self.0.handle_gossip(now, config, from, list, out, effects)
    }
}
