//! The frontier: which address comes next, and when.
//!
//! ```
//! use ennead::base::{Instant, Span};
//! use ennead::crawler::{Address, Ended, Entry, Frontier, Next, Order, Pace};
//!
//! let mut frontier = Frontier::new(Order::PoliteBreadthFirst, Pace::default());
//! for path in ["/a", "/b"] {
//!     let address = Address::parse(&format!("http://one.example{path}")).unwrap();
//!     frontier.push(Entry::new(address, 0));
//! }
//! let now = Instant::ZERO;
//! let Next::Fetch(first) = frontier.next(now) else { panic!() };
//! assert_eq!(first.address.path(), "/a");
//! assert_eq!(frontier.next(now), Next::Wait); // one request a host at once
//!
//! let took = Span::from_millis(20);
//! frontier.done("one.example", now + took, Ended::Answered { took, asked: None });
//! let Next::At(moment) = frontier.next(now + took) else { panic!() };
//! assert_eq!(moment, now + took + Pace::default().delay); // and a rest after it
//! ```

use super::address::Address;
use super::polite::{FRONTS, Polite};
use crate::base::{Instant, Span};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// In which order pages are fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// The newest address first: goes ever deeper, and stays in the first trap.
    DepthFirst,
    /// The oldest first, host after host as they come, without a pause.
    BreadthFirst,
    /// The nearest first, one request a host at once and a rest after each.
    #[default]
    PoliteBreadthFirst,
}

/// How a host is spared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// The least rest of a host between two requests.
    pub delay: Span,
    /// How many times the length of its last answer a host rests.
    pub factor: u8,
    /// The longest rest, whatever `robots.txt` or a slow answer ask for.
    pub most: Span,
}

impl Default for Pace {
    fn default() -> Self {
        Self { delay: Span::from_secs(1), factor: 10, most: Span::from_secs(60) }
    }
}

/// An address that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address.
    pub address: Address,
    /// Steps from a seed.
    pub depth: u16,
    /// 0 comes first, [`FRONTS`] - 1 last.
    pub priority: u8,
    /// How often it was tried in vain.
    pub tries: u8,
    /// How often it was visited before.
    pub visits: u32,
}

impl Entry {
    /// An address met so many steps from a seed: the fewer, the more important.
    #[must_use]
    pub const fn new(address: Address, depth: u16) -> Self {
        let priority = match depth {
            0..=1 => 0,
            2..=3 => 1,
            4..=7 => 2,
            _ => 3,
        };
        Self { address, depth, priority, tries: 0, visits: 0 }
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This, now.
    Fetch(Entry),
    /// Nothing before this moment.
    At(Instant),
    /// Nothing before a request that is under way has ended.
    Wait,
    /// Nothing at all.
    Empty,
}

/// How a request ended, as far as politeness goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The host answered.
    Answered {
        /// How long it took.
        took: Span,
        /// The pause that its `robots.txt` asks for.
        asked: Option<Span>,
    },
    /// It did not, or said that it cannot now.
    Failed,
    /// It was not asked after all.
    NotAsked,
}

/// The addresses that wait, in an order.
#[derive(Clone, Debug)]
pub struct Frontier {
    queues: Queues,
    pace: Pace,
    waiting: usize,
    under_way: BTreeMap<String, u32>,
    /// Addresses to be visited again, by when.
    again: BTreeMap<(Instant, u64), Entry>,
    ordered: u64,
}

#[derive(Clone, Debug)]
enum Queues {
    Stack(Vec<Entry>),
    Line(VecDeque<Entry>),
    Polite(Polite),
}

impl Frontier {
    /// An empty one.
    #[must_use]
    pub fn new(order: Order, pace: Pace) -> Self {
        Self::quiet_until(order, pace, Instant::ZERO)
    }

    /// An empty one that asks politely, if it does, no host before a moment.
    #[must_use]
    pub fn quiet_until(order: Order, pace: Pace, moment: Instant) -> Self {
        let queues = match order {
            Order::DepthFirst => Queues::Stack(Vec::new()),
            Order::BreadthFirst => Queues::Line(VecDeque::new()),
            Order::PoliteBreadthFirst => Queues::Polite(Polite::quiet_until(moment)),
        };
        Self {
            queues,
            pace,
            waiting: 0,
            under_way: BTreeMap::new(),
            again: BTreeMap::new(),
            ordered: 0,
        }
    }

    /// Takes an address; whether it did: not of a host that was given up. O(1).
    pub fn push(&mut self, entry: Entry) -> bool {
        match &mut self.queues {
            Queues::Stack(stack) => stack.push(entry),
            Queues::Line(line) => line.push_back(entry),
            Queues::Polite(polite) if polite.is_given_up(entry.address.host()) => return false,
            Queues::Polite(polite) => polite.push(entry),
        }
        self.waiting += 1;
        true
    }

    /// Takes an address that is not to be visited before a moment. O(log addresses).
    pub fn push_at(&mut self, entry: Entry, at: Instant) {
        self.ordered += 1;
        self.again.insert((at, self.ordered), entry);
    }

    /// What comes next. Whoever fetches it says so by [`Frontier::done`]. Amortised O(log hosts).
    pub fn next(&mut self, now: Instant) -> Next {
        while let Some(first) = self.again.first_entry().filter(|first| first.key().0 <= now) {
            let entry = first.remove();
            self.push(entry);
        }
        let next = match &mut self.queues {
            Queues::Stack(stack) => stack.pop().map_or(Next::Empty, Next::Fetch),
            Queues::Line(line) => line.pop_front().map_or(Next::Empty, Next::Fetch),
            Queues::Polite(polite) => polite.next(now),
        };
        if let Next::Fetch(entry) = &next {
            self.waiting -= 1;
            *self.under_way.entry(String::from(entry.address.host())).or_default() += 1;
            return next;
        }
        let again = self.again.keys().next().map(|key| key.0);
        match (next, again) {
            (Next::At(at), Some(again)) => Next::At(at.min(again)),
            (Next::Empty | Next::Wait, Some(again)) => Next::At(again),
            (Next::Empty, None) if !self.under_way.is_empty() => Next::Wait,
            (next, _) => next,
        }
    }

    /// Takes back what [`Frontier::next`] gave, as the next of its host once what is under way there
    /// has ended.
    pub(super) fn hold(&mut self, entry: Entry) {
        self.waiting += 1;
        match &mut self.queues {
            Queues::Stack(stack) => stack.push(entry),
            Queues::Line(line) => line.push_front(entry),
            Queues::Polite(polite) => polite.hold(entry),
        }
    }

    /// The same, and nothing of it is under way.
    pub(super) fn put_back(&mut self, entry: Entry) {
        self.no_longer_under_way(entry.address.host());
        self.hold(entry);
    }

    fn no_longer_under_way(&mut self, host: &str) {
        if let Some(count) = self.under_way.get_mut(host) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(host);
            }
        }
    }

    /// A request to a host has ended. Gives the addresses that are given up with the host, after
    /// [`super::MAX_FAILURES`] failures in a row.
    pub fn done(&mut self, host: &str, now: Instant, ended: Ended) -> Vec<Entry> {
        self.no_longer_under_way(host);
        let Queues::Polite(polite) = &mut self.queues else { return Vec::new() };
        let mut given_up = polite.done(host, now, ended, &self.pace);
        self.waiting -= given_up.len();
        if !given_up.is_empty() {
            let of_host = |entry: &Entry| entry.address.host() == host;
            let again = self.again.iter().filter(|(_, entry)| of_host(entry)).map(|(key, _)| *key);
            for key in again.collect::<Vec<_>>() {
                given_up.extend(self.again.remove(&key));
            }
        }
        given_up
    }

    /// Whether a host was given up.
    #[must_use]
    pub fn is_given_up(&self, host: &str) -> bool {
        matches!(&self.queues, Queues::Polite(polite) if polite.is_given_up(host))
    }

    /// How many addresses wait for their first visit or a repeated one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting + self.again.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Requests under way by host.
    #[must_use]
    pub const fn under_way(&self) -> &BTreeMap<String, u32> {
        &self.under_way
    }

    /// How many addresses wait in each front queue; without front queues, all in the first.
    #[must_use]
    pub fn fronts(&self) -> [usize; FRONTS] {
        match &self.queues {
            Queues::Polite(polite) => polite.fronts(),
            _ => core::array::from_fn(|i| if i == 0 { self.waiting } else { 0 }),
        }
    }

    /// The back queues: host, addresses that wait, and until when it rests (none while it is being
    /// asked). Empty without politeness.
    #[must_use]
    pub fn backs(&self) -> Vec<(&str, usize, Option<Instant>)> {
        match &self.queues {
            Queues::Polite(polite) => polite.backs().collect(),
            _ => Vec::new(),
        }
    }
}
