//! The polite frontier after Mercator: front queues by priority, back queues by host.
//!
//! Front queues say what comes first; back queues say when a host may be asked again. A host has one
//! back queue and at most one request under way; after its end it rests, for a time that grows with
//! how long the answer took. Addresses move from the front to the back when a host's turn comes.

use super::frontier::{Ended, Entry, Next, Pace};
use crate::base::{Instant, Span};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

/// Front queues: priority 0 comes first.
pub const FRONTS: usize = 4;
/// The most hosts that have a back queue at once.
pub const MAX_BACKS: usize = 1_024;
/// After so many failures in a row a host is given up.
pub const MAX_FAILURES: u8 = 6;

/// The queue of one host.
#[derive(Clone, Debug, Default)]
struct Back {
    entries: VecDeque<Entry>,
    /// When the host may be asked again; none while a request is under way.
    rests_until: Option<Instant>,
}

/// Front and back queues.
#[derive(Clone, Debug, Default)]
pub(super) struct Polite {
    fronts: [VecDeque<Entry>; FRONTS],
    /// How many addresses were drawn from the front.
    drawn: u64,
    backs: BTreeMap<String, Back>,
    /// The resting hosts by the end of their rest.
    resting: BTreeSet<(Instant, String)>,
    /// Failures in a row, of hosts that have any.
    failures: BTreeMap<String, u8>,
    /// No host is asked before this.
    quiet_until: Instant,
}

impl Polite {
    pub(super) fn quiet_until(moment: Instant) -> Self {
        Self { quiet_until: moment, ..Self::default() }
    }

    /// Takes an address back, as the next of its host.
    pub(super) fn hold(&mut self, entry: Entry) {
        match self.backs.get_mut(entry.address.host()) {
            Some(back) => back.entries.push_front(entry),
            None => self.push(entry),
        }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.fronts[usize::from(entry.priority).min(FRONTS - 1)].push_back(entry);
    }

    /// Which queue is drawn from: half the time the first, a quarter of it the second and so on, so
    /// that no queue starves; if it is empty, the first that is not.
    fn draw(&mut self) -> Option<Entry> {
        self.drawn = self.drawn.wrapping_add(1);
        let turn = (self.drawn.trailing_zeros() as usize).min(FRONTS - 1);
        let chosen = self.fronts[turn].pop_front();
        chosen.or_else(|| self.fronts.iter_mut().find_map(VecDeque::pop_front))
    }

    /// Gives hosts their back queues while there is room.
    fn refill(&mut self, now: Instant) {
        while self.backs.len() < MAX_BACKS {
            let Some(entry) = self.draw() else { return };
            let host = entry.address.host();
            if let Some(back) = self.backs.get_mut(host) {
                back.entries.push_back(entry);
                continue;
            }
            let host = String::from(host);
            let at = now.max(self.quiet_until);
            self.resting.insert((at, host.clone()));
            let entries = VecDeque::from([entry]);
            self.backs.insert(host, Back { entries, rests_until: Some(at) });
        }
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        self.refill(now);
        while let Some((at, _)) = self.resting.first() {
            if *at > now {
                return Next::At(*at);
            }
            let Some((_, host)) = self.resting.pop_first() else { break };
            let Some(back) = self.backs.get_mut(&host) else { continue };
            let Some(entry) = back.entries.pop_front() else {
                // It has rested and nothing is left of it: another host may have its place.
                self.backs.remove(&host);
                self.refill(now);
                continue;
            };
            back.rests_until = None;
            return Next::Fetch(entry);
        }
        if self.backs.is_empty() { Next::Empty } else { Next::Wait }
    }

    /// A request to a host has ended; what is given up with it.
    pub(super) fn done(
        &mut self,
        host: &str,
        now: Instant,
        ended: Ended,
        pace: &Pace,
    ) -> Vec<Entry> {
        let failures = match ended {
            Ended::Answered { .. } => {
                self.failures.remove(host);
                0
            }
            Ended::Failed => {
                let failures = self.failures.entry(String::from(host)).or_default();
                *failures = failures.saturating_add(1);
                *failures
            }
            Ended::NotAsked => 0,
        };
        let rest = match ended {
            Ended::Answered { took, asked } => pace.rest(took, asked),
            Ended::Failed => pace.rest_after(failures),
            Ended::NotAsked => Span::ZERO,
        };
        let Some(back) = self.backs.get_mut(host) else { return Vec::new() };
        let until = now + rest;
        if back.rests_until.is_none() {
            back.rests_until = Some(until);
            self.resting.insert((until, String::from(host)));
        }
        if failures < MAX_FAILURES {
            return Vec::new();
        }
        let mut given_up: Vec<Entry> = back.entries.drain(..).collect();
        for front in &mut self.fronts {
            let (of_host, others) =
                front.drain(..).partition::<VecDeque<_>, _>(|entry| entry.address.host() == host);
            *front = others;
            given_up.extend(of_host);
        }
        given_up
    }

    /// Whether a host was given up: nothing more of it is taken.
    pub(super) fn is_given_up(&self, host: &str) -> bool {
        self.failures.get(host).is_some_and(|&failures| failures >= MAX_FAILURES)
    }

    /// How many addresses wait in each front queue.
    pub(super) fn fronts(&self) -> [usize; FRONTS] {
        core::array::from_fn(|priority| self.fronts[priority].len())
    }

    /// Each host with a back queue: how many addresses wait, and until when it rests (none while it
    /// is being asked).
    pub(super) fn backs(&self) -> impl Iterator<Item = (&str, usize, Option<Instant>)> {
        self.backs.iter().map(|(host, back)| (host.as_str(), back.entries.len(), back.rests_until))
    }
}

impl Pace {
    /// How long a host rests after an answer that took so long, if its `robots.txt` asked for a
    /// pause of `asked`.
    fn rest(&self, took: Span, asked: Option<Span>) -> Span {
        let by_load = took * u64::from(self.factor);
        self.delay.max(by_load).max(asked.unwrap_or(Span::ZERO)).min(self.most.max(self.delay))
    }

    /// The same after so many failures in a row: twice as long with each.
    fn rest_after(&self, failures: u8) -> Span {
        let doubled = self.delay * (1 << u32::from(failures.min(20)));
        doubled.min(self.most.max(self.delay))
    }
}
