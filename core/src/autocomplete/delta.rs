//! The delta: queries counted since the snapshot, in a radix trie that grows.
//!
//! Each node holds the [`MAX_TOP`](super::MAX_TOP) best of the keys below it, by their *whole* score: what the
//! snapshot holds and what came since. A score only rises, so that a key that was just counted is all that can
//! enter the lists on its path, and nothing else need be looked at.

use super::rank::{Ranked, Top};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// A key counted since the snapshot.
#[derive(Clone, Debug)]
struct Entry {
    key: Box<str>,
    /// Its whole score.
    total: u64,
    /// What came since the snapshot.
    added: u64,
    is_hidden: bool,
}

/// A node: the bytes `from..to` of an entry's key lead to it from its parent.
#[derive(Clone, Debug)]
struct Node {
    label: u32,
    from: u16,
    to: u16,
    /// The entry whose key ends here.
    entry: Option<u32>,
    /// By the first byte of their labels.
    children: Vec<u32>,
    top: Top,
}

impl Node {
    const fn new(label: u32, from: u16, to: u16) -> Self {
        Self { label, from, to, entry: None, children: Vec::new(), top: Top::EMPTY }
    }
}

const ROOT: u32 = 0;

/// Live counts over a snapshot.
#[derive(Clone, Debug)]
pub(super) struct Delta {
    entries: Vec<Entry>,
    nodes: Vec<Node>,
}

impl Default for Delta {
    fn default() -> Self {
        Self { entries: Vec::new(), nodes: alloc::vec![Node::new(0, 0, 0)] }
    }
}

impl Delta {
    /// How many keys were counted.
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds to the score of a key; `base` tells what it was before the delta, and is asked for a new key only.
    /// Scores stop at the greatest number. O(length of the key). The key is at most
    /// [`MAX_KEY`](super::query::MAX_KEY) bytes.
    pub(super) fn add(
        &mut self,
        key: &str,
        score: u64,
        is_hidden: bool,
        base: impl FnOnce() -> u64,
    ) {
        let mut path = Vec::with_capacity(16);
        let (mut at, mut matched) = (ROOT, 0);
        let bytes = key.as_bytes();
        let number = loop {
            path.push(at);
            if matched == bytes.len() {
                break self.nodes[at as usize].entry.unwrap_or(narrow(self.entries.len()));
            }
            match self.child(at, bytes[matched]) {
                Ok(place) => {
                    let child = self.nodes[at as usize].children[place];
                    let label = self.label(child);
                    let shared =
                        label.iter().zip(&bytes[matched..]).take_while(|(a, b)| a == b).count();
                    let is_whole = shared == label.len();
                    at = if is_whole { child } else { self.split(at, place, shared) };
                    matched += shared;
                }
                Err(place) => {
                    let number = narrow(self.entries.len());
                    let leaf = narrow(self.nodes.len());
                    self.nodes.push(Node::new(number, short(matched), short(bytes.len())));
                    self.nodes[at as usize].children.insert(place, leaf);
                    path.push(leaf);
                    at = leaf;
                    break number;
                }
            }
        };
        self.nodes[at as usize].entry = Some(number);
        match self.entries.get_mut(number as usize) {
            Some(entry) => {
                entry.total = entry.total.saturating_add(score);
                entry.added = entry.added.saturating_add(score);
            }
            None => {
                let (key, total) = (Box::from(key), base().saturating_add(score));
                self.entries.push(Entry { key, total, added: score, is_hidden });
            }
        }
        if !self.entries[number as usize].is_hidden {
            let entries = &self.entries;
            for node in path {
                self.nodes[node as usize]
                    .top
                    .offer(number, |a, b| ranked(entries, a) > ranked(entries, b));
            }
        }
    }

    /// The whole score of a key, if it was counted. O(length of the key).
    #[must_use]
    pub(super) fn score(&self, key: &str) -> Option<u64> {
        let node = &self.nodes[self.find(key.as_bytes())? as usize];
        let entry = &self.entries[node.entry? as usize];
        (*entry.key == *key).then_some(entry.total)
    }

    /// Adds to `out` the best keys that begin with `prefix`, as
    /// [`Snapshot::best`](super::Snapshot::best) does. O(length of the prefix).
    pub(super) fn best<'a>(
        &'a self,
        prefix: &str,
        shows: impl Fn(&str) -> bool,
        out: &mut Vec<Ranked<'a>>,
    ) {
        if let Some(node) = self.find(prefix.as_bytes()) {
            let top = self.nodes[node as usize].top.entries();
            let top = top.iter().map(|&entry| ranked(&self.entries, entry));
            out.extend(top.filter(|found| shows(found.key)));
        }
    }

    /// The numbers of the entries in the order of their keys, from the node where `walk` stands on.
    pub(super) fn next(&self, walk: &mut Walk) -> Option<Ranked<'_>> {
        loop {
            let node = &self.nodes[walk.ahead.pop()? as usize];
            walk.ahead.extend(node.children.iter().rev());
            if let Some(entry) = node.entry {
                return Some(ranked(&self.entries, entry));
            }
        }
    }

    /// Each key with what came since the snapshot, in the order in which they first came.
    pub(super) fn added(&self) -> impl Iterator<Item = (&str, u64)> {
        self.entries.iter().map(|entry| (&*entry.key, entry.added))
    }

    /// The keys that begin with `prefix`, in order.
    pub(super) fn below(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let mut walk = Walk { ahead: self.find(prefix.as_bytes()).into_iter().collect() };
        core::iter::from_fn(move || self.next(&mut walk)).map(|found| found.key)
    }

    /// Adds to `out` the characters that follow `prefix` in its keys. O(characters times their branches).
    pub(super) fn next_characters(&self, prefix: &str, out: &mut BTreeSet<char>) {
        let mut ahead: Vec<u32> = self.find(prefix.as_bytes()).into_iter().collect();
        while let Some(node) = ahead.pop() {
            let Node { label, to, children, .. } = &self.nodes[node as usize];
            let next = self.entries.get(*label as usize);
            let next = next.and_then(|entry| entry.key.get(prefix.len()..)?.chars().next());
            match next {
                Some(c) if usize::from(*to) >= prefix.len() + c.len_utf8() => {
                    out.insert(c); // all keys below share it
                }
                _ => ahead.extend(children),
            }
        }
    }

    /// The node below which all keys begin with `prefix`.
    fn find(&self, prefix: &[u8]) -> Option<u32> {
        let (mut at, mut matched) = (ROOT, 0);
        while matched < prefix.len() {
            let place = self.child(at, prefix[matched]).ok()?;
            at = self.nodes[at as usize].children[place];
            let (label, rest) = (self.label(at), &prefix[matched..]);
            let until = label.len().min(rest.len());
            if label[..until] != rest[..until] {
                return None;
            }
            matched += until;
        }
        Some(at)
    }

    /// Where among the children the one stands whose label begins with `byte`, or would.
    fn child(&self, node: u32, byte: u8) -> Result<usize, usize> {
        let children = &self.nodes[node as usize].children;
        children.binary_search_by_key(&byte, |&child| self.label(child)[0]) // only the root's is empty
    }

    fn label(&self, node: u32) -> &[u8] {
        let Node { label, from, to, .. } = self.nodes[node as usize];
        &self.entries[label as usize].key.as_bytes()[usize::from(from)..usize::from(to)]
    }

    /// Puts a node between a child and its parent, after `shared` bytes of the child's label.
    fn split(&mut self, parent: u32, place: usize, shared: usize) -> u32 {
        let new = narrow(self.nodes.len());
        let child = core::mem::replace(&mut self.nodes[parent as usize].children[place], new);
        let lower = &mut self.nodes[child as usize];
        let middle = lower.from + short(shared);
        let upper = Node {
            children: alloc::vec![child],
            top: lower.top,
            ..Node::new(lower.label, lower.from, middle)
        };
        lower.from = middle;
        self.nodes.push(upper);
        new
    }
}

/// How far a walk over all entries has come.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    ahead: Vec<u32>,
}

impl Walk {
    pub(super) fn new() -> Self {
        Self { ahead: alloc::vec![ROOT] }
    }
}

fn ranked(entries: &[Entry], number: u32) -> Ranked<'_> {
    let entry = &entries[number as usize];
    Ranked { key: &entry.key, score: entry.total }
}

/// The index bounds a delta far below this.
fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Keys are shorter than this.
fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
