//! The snapshot: all queries up to some moment, immutable and compact.
//!
//! Keys lie one after the other in sorted order, so that each prefix is a run of neighbours. Over them stands a
//! radix trie whose nodes hold the [`MAX_TOP`] best of their run. A run of up to [`BUCKET`] keys has no node:
//! looking through it costs no more than going on. [`Builder`] makes all of it in one pass, the trie from the
//! lengths that neighbours share (a node is closed as soon as a key shares less than its depth).

use super::error::{QueryError, SnapshotError};
use super::query::{MAX_KEY, MAX_TOP, fold_prefix, prefixes};
use super::rank::{Ranked, Suggestion, Top};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// The most keys that share a prefix without a node for it.
const BUCKET: u32 = 16;
/// The most bytes of all keys together.
const MAX_TEXT: u64 = u32::MAX as u64;

/// A node of the trie: a run of keys that share their first `depth` bytes.
#[derive(Clone, Copy, Debug)]
struct Node {
    first: u32,
    end: u32,
    /// Where its children begin; they are neighbours, in order.
    children: u32,
    fanout: u16,
    depth: u16,
    /// The first byte that the parent's keys do not share.
    byte: u8,
    top: Top,
}

/// Queries with their scores, sorted, with the best of each prefix at hand.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    text: String,
    /// Where each key begins in `text`, and where the last one ends.
    starts: Vec<u32>,
    scores: Vec<u64>,
    nodes: Vec<Node>,
    root: Option<Node>,
}

impl Snapshot {
    /// How many queries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// Bytes of memory that it holds.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let lists = self.starts.capacity() * size_of::<u32>()
            + self.scores.capacity() * size_of::<u64>()
            + self.nodes.capacity() * size_of::<Node>();
        (self.text.capacity() + lists) as u64
    }

    /// Nodes of its trie.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes.len() + usize::from(self.root.is_some())
    }

    /// The `i`th key in order; empty if there is none.
    #[must_use]
    pub fn key(&self, i: usize) -> &str {
        match self.starts.get(i..i.saturating_add(2)) {
            Some(&[start, end]) => &self.text[start as usize..end as usize],
            _ => "",
        }
    }

    /// The `i`th key in order with its score.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<Ranked<'_>> {
        Some(Ranked { key: self.key(i), score: *self.scores.get(i)? })
    }

    /// The score of a key, 0 if it is not there. O(length of the key).
    #[must_use]
    pub fn score(&self, key: &str) -> u64 {
        let range = self.range(key);
        match self.get(range.start) {
            Some(found) if found.key == key => found.score,
            _ => 0,
        }
    }

    /// The keys that begin with `prefix`, by number. O(length of the prefix).
    #[must_use]
    pub fn range(&self, prefix: &str) -> Range<usize> {
        self.find(prefix.as_bytes()).0
    }

    /// Adds to `out` the best [`MAX_TOP`] keys that begin with `prefix` and that `shows` lets pass. What was
    /// hidden when the snapshot was built is not among them; what `shows` alone holds back leaves a gap.
    /// O(length of the prefix).
    pub fn best<'a>(
        &'a self,
        prefix: &str,
        shows: impl Fn(&str) -> bool,
        out: &mut Vec<Ranked<'a>>,
    ) {
        let (range, node) = self.find(prefix.as_bytes());
        match node {
            Some(node) => {
                let top = node.top.entries().iter().filter_map(|&i| self.get(i as usize));
                out.extend(top.filter(|found| shows(found.key)));
            }
            None => {
                let from = out.len();
                out.extend(range.filter_map(|i| self.get(i)).filter(|found| shows(found.key)));
                out[from..].sort_unstable_by(|a, b| b.cmp(a));
                out.truncate(from + MAX_TOP);
            }
        }
    }

    /// Adds to `out` the characters that follow `prefix` in its keys. O(characters).
    pub(super) fn next_characters(&self, prefix: &str, out: &mut BTreeSet<char>) {
        let Range { mut start, end } = self.range(prefix);
        let mut longer = String::from(prefix);
        while start < end {
            start = match self.key(start).get(prefix.len()..).and_then(|rest| rest.chars().next()) {
                Some(c) => {
                    out.insert(c);
                    longer.truncate(prefix.len());
                    longer.push(c);
                    self.range(&longer).end.max(start + 1)
                }
                None => start + 1,
            };
        }
    }

    fn find(&self, prefix: &[u8]) -> (Range<usize>, Option<&Node>) {
        let Some(root) = &self.root else {
            return (0..0, None);
        };
        let (mut node, mut matched) = (root, 0);
        let within = loop {
            let (label, depth) =
                (self.key(node.first as usize).as_bytes(), usize::from(node.depth));
            let until = depth.min(prefix.len());
            if label.get(matched..until) != prefix.get(matched..until) {
                return (0..0, None);
            }
            if prefix.len() <= depth {
                return (node.first as usize..node.end as usize, Some(node));
            }
            matched = depth;
            let children = self.children(node);
            match children.binary_search_by_key(&prefix[matched], |child| child.byte) {
                Ok(i) => node = &children[i],
                // The keys between two children: no more than a bucket of them share the next byte.
                Err(i) => {
                    let before = i.checked_sub(1).and_then(|i| children.get(i));
                    let from = before.map_or(node.first, |child| child.end);
                    let to = children.get(i).map_or(node.end, |child| child.first);
                    break from as usize..to as usize;
                }
            }
        };
        let first = self.partition(within.clone(), |key| key < prefix);
        (first..self.partition(first..within.end, |key| key.starts_with(prefix)), None)
    }

    /// The best queries that begin with what was typed, where scores are counts.
    ///
    /// # Errors
    /// [`QueryError::TooLong`], [`QueryError::Limit`] unless `limit` is 1 to [`MAX_TOP`].
    pub fn suggest(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, QueryError> {
        if limit == 0 || limit > MAX_TOP {
            return Err(QueryError::Limit { got: limit as u64 });
        }
        let mut found = Vec::with_capacity(2 * MAX_TOP);
        for prefix in prefixes(&fold_prefix(typed)?) {
            self.best(&prefix, |_| true, &mut found);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        Ok(found.iter().take(limit).map(|found| found.shown(0)).collect())
    }

    fn children(&self, node: &Node) -> &[Node] {
        let first = node.children as usize;
        self.nodes.get(first..first + usize::from(node.fanout)).unwrap_or_default()
    }

    /// The first number in `within` whose key fails `holds`, which holds for those before it alone.
    fn partition(&self, within: Range<usize>, holds: impl Fn(&[u8]) -> bool) -> usize {
        let Range { mut start, mut end } = within;
        while start < end {
            let middle = start.midpoint(end);
            if holds(self.key(middle).as_bytes()) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }
}

/// A node whose run still grows.
#[derive(Clone, Debug)]
struct Open {
    first: u32,
    depth: u16,
    top: Top,
    children: Vec<Node>,
}

impl Open {
    const fn new(first: u32, depth: u16, top: Top) -> Self {
        Self { first, depth, top, children: Vec::new() }
    }
}

/// Builds a snapshot from keys in ascending order, one by one, so that a host may do other things between.
#[derive(Clone, Debug)]
pub struct Builder {
    made: Snapshot,
    /// The nodes on the way to the last key; the first is the root.
    open: Vec<Open>,
    /// Whether the last key stays out of every list of the best.
    is_hidden: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// Without keys yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0, 0)
    }

    /// With room for so many keys and bytes of them.
    #[must_use]
    pub fn with_capacity(keys: usize, bytes: usize) -> Self {
        let made = Snapshot {
            text: String::with_capacity(bytes),
            starts: Vec::with_capacity(keys + 1),
            scores: Vec::with_capacity(keys),
            ..Snapshot::default()
        };
        Self { made, open: Vec::new(), is_hidden: false }
    }

    /// How many keys there are so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.made.len()
    }

    /// Whether there are none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.made.is_empty()
    }

    /// Adds the next key; a hidden one is counted and never among the best. O(length of the key) amortised.
    ///
    /// # Errors
    /// [`SnapshotError::Order`], [`SnapshotError::Length`], [`SnapshotError::TooLarge`]; what was built stays
    /// as it was.
    pub fn push(&mut self, key: &str, score: u64, is_hidden: bool) -> Result<(), SnapshotError> {
        if key.is_empty() || key.len() > MAX_KEY {
            let (got, most) = (key.len() as u64, MAX_KEY as u64);
            return Err(SnapshotError::Length { got, most });
        }
        let full = Err(SnapshotError::TooLarge { limit: MAX_TEXT });
        let Ok(end) = u32::try_from(self.made.text.len() + key.len()) else {
            return full;
        };
        let Some(number) = u32::try_from(self.made.len()).ok().filter(|&n| n < u32::MAX) else {
            return full;
        };
        match number.checked_sub(1) {
            None => {
                self.open.push(Open::new(0, 0, Top::EMPTY));
                self.made.starts.push(0);
            }
            Some(last) => {
                let before = self.made.key(last as usize);
                if key <= before {
                    let (before, got) = (String::from(before), String::from(key));
                    return Err(SnapshotError::Order { before, got });
                }
                let shared = before.bytes().zip(key.bytes()).take_while(|(a, b)| a == b).count();
                self.branch(last, u16::try_from(shared).unwrap_or(u16::MAX));
            }
        }
        self.made.text.push_str(key);
        self.made.starts.push(end);
        self.made.scores.push(score);
        self.is_hidden = is_hidden;
        Ok(())
    }

    /// The snapshot of all keys so far.
    #[must_use]
    pub fn finish(mut self) -> Snapshot {
        if let Some(last) = u32::try_from(self.made.len()).ok().and_then(|n| n.checked_sub(1)) {
            self.settle(last);
            while let Some(open) = self.open.pop() {
                let node = close(&mut self.made, open, last + 1);
                match self.open.last_mut() {
                    Some(parent) => adopt(&self.made, parent, node),
                    None => self.made.root = Some(node),
                }
            }
        }
        self.made
    }

    /// Key `last` and the next one share `shared` bytes: opens and closes the nodes between them.
    fn branch(&mut self, last: u32, shared: u16) {
        if self.open.last().is_some_and(|open| open.depth < shared) {
            self.open.push(Open::new(last, shared, Top::EMPTY));
        }
        self.settle(last);
        while self.open.last().is_some_and(|open| open.depth > shared) {
            let Some(open) = self.open.pop() else { return };
            let node = close(&mut self.made, open, last + 1);
            if self.open.last().is_some_and(|parent| parent.depth < shared) {
                self.open.push(Open::new(node.first, shared, Top::EMPTY));
            }
            if let Some(parent) = self.open.last_mut() {
                adopt(&self.made, parent, node);
            }
        }
    }

    /// Key `last` belongs to the deepest open node, and to no deeper one.
    fn settle(&mut self, last: u32) {
        if let (false, Some(open)) = (self.is_hidden, self.open.last_mut()) {
            open.top.offer(last, is_better(&self.made.scores));
        }
    }
}

/// Keys are numbered in order, so that of equal scores the lower number is the better.
fn is_better(scores: &[u64]) -> impl Fn(u32, u32) -> bool {
    let score = |i: u32| scores.get(i as usize).copied().unwrap_or(0);
    move |a, b| (score(b), a) < (score(a), b)
}

/// A node that no further key belongs to: its children get their places.
fn close(made: &mut Snapshot, open: Open, end: u32) -> Node {
    let children = u32::try_from(made.nodes.len()).unwrap_or(u32::MAX);
    let fanout = u16::try_from(open.children.len()).unwrap_or(u16::MAX); // 256 at most
    made.nodes.extend(open.children);
    Node { first: open.first, end, children, fanout, depth: open.depth, byte: 0, top: open.top }
}

/// Hands a closed node to its parent.
fn adopt(made: &Snapshot, parent: &mut Open, mut node: Node) {
    for &entry in node.top.entries() {
        parent.top.offer(entry, is_better(&made.scores));
    }
    if node.end - node.first > BUCKET {
        let key = made.key(node.first as usize).as_bytes();
        node.byte = key.get(usize::from(parent.depth)).copied().unwrap_or(0);
        parent.children.push(node);
    }
}
