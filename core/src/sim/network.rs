//! The network: which messages get through, and when.

use super::options::Options;
use super::transition::Fault;
use crate::base::{Instant, Random, Ratio, Span};
use crate::ring::NodeId;
use alloc::vec::Vec;

/// One direction between two nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Direction {
    is_cut: bool,
    is_slow: bool,
    is_lossy: bool,
    /// What is sent before waits until then.
    clogged_until: Instant,
    /// When its connection was made: what was sent before is lost.
    connected: Instant,
}

/// What becomes of a message: up to two arrivals, after these delays.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivery {
    pub(crate) first: Option<Span>,
    pub(crate) second: Option<Span>,
}

#[derive(Debug)]
pub(crate) struct Network {
    directions: Vec<Direction>,
    nodes: usize,
    random: Random,
}

impl Network {
    pub(crate) fn new(nodes: u16, random: Random) -> Self {
        let nodes = usize::from(nodes);
        Self { directions: alloc::vec![Direction::default(); nodes * nodes], nodes, random }
    }

    fn direction(&mut self, from: NodeId, to: NodeId) -> Option<&mut Direction> {
        let is_link = from.index() < self.nodes && to.index() < self.nodes;
        let index = is_link.then(|| from.index() * self.nodes + to.index())?;
        self.directions.get_mut(index)
    }

    /// Holds back what is sent in one direction until a moment; then all of it is let through.
    pub(crate) fn clog(&mut self, from: NodeId, to: NodeId, until: Instant) {
        if let Some(direction) = self.direction(from, to) {
            direction.clogged_until = direction.clogged_until.max(until);
        }
    }

    /// The connection between two nodes breaks and is made anew: what is on its way is lost.
    pub(crate) fn reset(&mut self, a: NodeId, b: NodeId, now: Instant) {
        self.both(a, b, |direction| direction.connected = now);
    }

    /// Whether a message arrives that was sent at a moment, and was not lost before.
    pub(crate) fn lets_through(&self, from: NodeId, to: NodeId, sent: Instant) -> bool {
        let direction = self.directions.get(from.index() * self.nodes + to.index());
        direction.is_some_and(|direction| !direction.is_cut && direction.connected <= sent)
    }

    fn both(&mut self, a: NodeId, b: NodeId, change: impl Fn(&mut Direction)) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(direction) = self.direction(from, to) {
                change(direction);
            }
        }
    }

    fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes).filter_map(|i| u16::try_from(i).ok()).map(NodeId)
    }

    /// Breaks or mends links; whether the fault was one of links.
    pub(crate) fn apply(&mut self, fault: &Fault) -> bool {
        match fault {
            Fault::CutOff(node) => {
                for other in self.ids() {
                    self.both(*node, other, |direction| direction.is_cut = true);
                }
            }
            Fault::Split(group) => {
                for a in self.ids().filter(|id| group.contains(id)) {
                    for b in self.ids().filter(|id| !group.contains(id)) {
                        self.both(a, b, |direction| direction.is_cut = true);
                    }
                }
            }
            Fault::Cut { from, to } => {
                if let Some(direction) = self.direction(*from, *to) {
                    direction.is_cut = true;
                }
            }
            Fault::Slow { a, b } => self.both(*a, *b, |direction| direction.is_slow = true),
            Fault::Lose { a, b } => self.both(*a, *b, |direction| direction.is_lossy = true),
            Fault::HealLink { a, b } => {
                self.both(*a, *b, |direction| *direction = Direction::default());
            }
            Fault::HealNetwork => self.directions.fill(Direction::default()),
            _ => return false,
        }
        true
    }

    fn list(&self, is: impl Fn(&Direction) -> bool) -> Vec<(NodeId, NodeId)> {
        let pairs = self.ids().flat_map(|from| self.ids().map(move |to| (from, to)));
        pairs.zip(&self.directions).filter(|(_, d)| is(d)).map(|(pair, _)| pair).collect()
    }

    /// Directions in which nothing gets through.
    pub(crate) fn cuts(&self) -> Vec<(NodeId, NodeId)> {
        self.list(|direction| direction.is_cut)
    }

    /// Directions that are slow, lossy or clogged now.
    pub(crate) fn impaired(&self, now: Instant) -> Vec<(NodeId, NodeId)> {
        self.list(|direction| {
            direction.is_slow || direction.is_lossy || direction.clogged_until > now
        })
    }

    pub(crate) fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.directions
            .get(from.index() * self.nodes + to.index())
            .is_none_or(|direction| direction.is_cut)
    }

    /// Decides what becomes of a message that is sent now.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        from: NodeId,
        to: NodeId,
        options: &Options,
    ) -> Delivery {
        let Some(direction) = self.direction(from, to) else { return Delivery::default() };
        let Direction { is_cut, is_slow, is_lossy, clogged_until, .. } = *direction;
        let random = &mut self.random;
        if is_cut || random.chance(options.loss) || (is_lossy && random.chance(Ratio::new(1, 2))) {
            return Delivery::default();
        }
        let mut delay = || {
            let mut span = options.latency.draw(random);
            if random.chance(options.reordering) {
                span = span + options.latency.most * random.below(10);
            }
            clogged_until.since(now) + if is_slow { span * 20 } else { span }
        };
        let first = Some(delay());
        let late = delay();
        let second = random.chance(options.duplication).then_some(late);
        Delivery { first, second }
    }
}
