//! The clients of a world: who asks what, and what they have seen.
//!
//! Keys of even number are written blindly, those of odd number with what the client has seen, so
//! that both ways of writing can be judged.

use super::options::Options;
use super::transition::{Transition, Wish};
use crate::base::{Random, Ratio, Span};
use crate::kv::{Answer, Context, Key, Operation, Request, Update, Wishes};
use crate::ring::NodeId;
use crate::services::Ask;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use bytes::Bytes;

/// Clients that ask at random.
#[derive(Debug)]
pub(crate) struct Load {
    random: Random,
    keys: Vec<Key>,
    clients: Vec<BTreeMap<Key, Context>>,
    registers: Vec<Key>,
    /// What each client saw last in each register.
    last_values: Vec<BTreeMap<Key, Option<Bytes>>>,
    asked: u64,
}

const CLIENTS: usize = 8;
const REGISTERS: u32 = 4;

impl Load {
    pub(crate) fn new(options: &Options, random: Random) -> Self {
        let keys = (0..options.keys.max(1))
            .filter_map(|i| Key::new(format!("key-{i}").into_bytes(), "").ok())
            .collect();
        let registers = (0..REGISTERS)
            .filter_map(|i| Key::new(format!("register-{i}").into_bytes(), "").ok())
            .collect();
        let (clients, last_values) =
            (alloc::vec![BTreeMap::new(); CLIENTS], alloc::vec![BTreeMap::new(); CLIENTS]);
        Self { random, keys, clients, registers, last_values, asked: 0 }
    }

    /// How long until the next request.
    pub(crate) fn pause(&mut self, options: &Options) -> Span {
        let mean = 1_000_000 / u64::from(options.operations.max(1));
        Span::from_micros(self.random.below(2 * mean + 1))
    }

    /// What a client asks next; nothing while nobody runs.
    pub(crate) fn next(&mut self, options: &Options, running: &[NodeId]) -> Option<Transition> {
        let at = *self.random.pick(running)?;
        self.asked += 1;
        #[allow(clippy::cast_possible_truncation)]
        // at most 8 clients, and as many keys as options have
        let (client, number) =
            (self.random.index(CLIENTS) as u8, self.random.index(self.keys.len()) as u32);
        if self.random.chance(options.updates) {
            let wish = match self.random.below(3) {
                0 => Wish::Read,
                1 => Wish::Add,
                _ => Wish::Swap(self.asked * 1_000),
            };
            let number = number % REGISTERS;
            return Some(Transition::Client { client, at, number, wish });
        }
        let wish = if self.random.chance(options.reads) {
            Wish::Get
        } else if self.random.chance(Ratio::new(1, 10)) {
            Wish::Delete
        } else {
            Wish::Put(self.asked)
        };
        Some(Transition::Client { client, at, number, wish })
    }

    /// The request that a wish of a client is by now; none of one that there is not.
    pub(crate) fn request(&self, client: u8, number: u32, wish: Wish) -> Option<Request> {
        let index = usize::try_from(number).ok()?;
        let (seen, last) =
            (self.clients.get(usize::from(client))?, self.last_values.get(usize::from(client))?);
        let put = |value: Option<Bytes>| {
            let key = self.keys.get(index)?.clone();
            let seen = (number % 2 == 1).then(|| seen.get(&key).cloned().unwrap_or_default());
            Some(Operation::Put { key, value, seen })
        };
        let update = |key: &Key, update| Request::update(key.clone(), update);
        let operation = match wish {
            Wish::Get => Operation::Get { key: self.keys.get(index)?.clone() },
            Wish::Put(value) => put(Some(format!("value-{value}").into_bytes().into()))?,
            Wish::Delete => put(None)?,
            Wish::Read => return Some(update(self.registers.get(index)?, Update::Read)),
            Wish::Add => return Some(update(self.registers.get(index)?, Update::Add(1))),
            Wish::Swap(value) => {
                let key = self.registers.get(index)?;
                let expected = last.get(key).cloned().flatten();
                let value = Some(format!("{value}").into_bytes().into());
                return Some(update(key, Update::CompareAndSet { expected, value }));
            }
        };
        Some(Request { operation, wishes: Wishes::default() })
    }

    /// A client is answered.
    pub(crate) fn answered(&mut self, client: usize, key: &Key, answer: &Answer) {
        if let Answer::Updated(updated) = answer
            && let Some(values) = self.last_values.get_mut(client)
        {
            values.insert(key.clone(), updated.value.clone());
        }
        let seen = match answer {
            Answer::Got(versions) => versions.context().clone(),
            Answer::Written { seen, .. } => seen.clone(),
            Answer::Page { .. } | Answer::Updated(_) => return,
        };
        if let Some(client) = self.clients.get_mut(client) {
            client.insert(key.clone(), seen);
        }
    }
}

/// Clients that ask services one question after the other, at a fixed pace.
#[derive(Debug)]
pub(crate) struct Steady {
    every: Span,
    asks: Vec<Ask>,
    asked: usize,
}

impl Steady {
    /// The most of them in a world.
    pub(crate) const MOST: usize = 32;
    const LEAST_PAUSE: Span = Span::from_millis(10);

    /// None without a question.
    pub(crate) fn new(every: Span, asks: Vec<Ask>) -> Option<Self> {
        let every = every.max(Self::LEAST_PAUSE);
        (!asks.is_empty()).then_some(Self { every, asks, asked: 0 })
    }

    /// The time between two questions.
    pub(crate) const fn every(&self) -> Span {
        self.every
    }

    /// The next question and whom it goes to; none while nobody runs. Nodes are shifted with each
    /// round, so that every node is asked every question.
    pub(crate) fn next(&mut self, running: &[NodeId]) -> Option<(NodeId, Ask)> {
        let count = self.asks.len();
        let node = (self.asked % count).wrapping_add(self.asked / count);
        let at = *running.get(node.checked_rem(running.len())?)?;
        let ask = self.asks.get(self.asked % count)?.clone();
        self.asked = self.asked.wrapping_add(1);
        Some((at, ask))
    }
}

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The client, or none for the person at the page.
    pub(crate) client: Option<usize>,
    pub(crate) key: Key,
}
