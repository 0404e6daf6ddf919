//! What a feed costs by each way of fan-out, counted in rows written and ranges read.
//!
//! ```
//! use ennead::feed::{Costs, Way};
//! let mut costs = Costs::new(500);
//! costs.publish(200); // by somebody with 200 friends
//! costs.publish(5_000); // by somebody famous
//! costs.read(300, 2); // by somebody with 300 friends, two of them famous
//! assert_eq!(costs.of(Way::Push), (5_202, 1));
//! assert_eq!(costs.of(Way::Pull), (0, 301));
//! assert_eq!(costs.of(Way::Hybrid), (200, 4));
//! ```

use serde::{Deserialize, Serialize};

/// A way in which posts come into feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Way {
    /// On write: a row for each friend of the author, and its own; a reader reads one range.
    Push,
    /// On read: nothing is written; a reader reads a range of each friend, and its own.
    Pull,
    /// On write for most authors, on read for those with more friends than a threshold.
    Hybrid,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Push, Self::Pull, Self::Hybrid];
}

/// What was written and read so far, had each way been the only one. What all ways have in common is not counted: the post
/// itself, and looking it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    threshold: u64,
    writes: [u64; 3],
    reads: [u64; 3],
}

impl Costs {
    /// Nothing yet; whoever has more friends than `threshold` is famous.
    #[must_use]
    pub const fn new(threshold: u64) -> Self {
        Self { threshold, writes: [0; 3], reads: [0; 3] }
    }

    /// Somebody with so many friends has posted.
    pub const fn publish(&mut self, friends: u64) {
        let pushed = if friends > self.threshold { 0 } else { friends };
        self.writes[Way::Push as usize] += friends + 1;
        self.writes[Way::Hybrid as usize] += pushed;
    }

    /// Somebody with so many friends, so many of them famous, has read a page.
    pub const fn read(&mut self, friends: u64, famous: u64) {
        self.reads[Way::Push as usize] += 1;
        self.reads[Way::Pull as usize] += friends + 1;
        // The inbox, one's own posts, and those of the famous.
        self.reads[Way::Hybrid as usize] += 2 + famous;
    }

    /// Rows written and ranges read by one way.
    #[must_use]
    pub const fn of(&self, way: Way) -> (u64, u64) {
        (self.writes[way as usize], self.reads[way as usize])
    }
}
