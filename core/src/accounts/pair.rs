//! What two users are to each other: decided once for both, in one register.
//!
//! A friendship is what both want, so it does not matter who asked first, nor whether both did at once. What a
//! register decides is then written down for each side, so that one range lists all that a user has to do
//! with. The register's version goes with it: of two that differ, the later one holds.

use super::Error;
use crate::base::Wall;
use crate::port::UserId;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What one user wants of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Side {
    /// To be friends.
    pub wants: bool,
    /// To have nothing to do with the other.
    pub blocks: bool,
}

/// What somebody does about somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Ask to be friends, or accept.
    Befriend,
    /// End a friendship, decline one, or take the question back.
    Part,
    /// Have nothing more to do with the other; a friendship ends by it.
    Block,
    /// Take that back. What was before does not come back.
    Unblock,
}

/// Two users, as the register keeps them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pair {
    /// The side of the lower number, then of the higher one.
    sides: [Side; 2],
    /// When it became so.
    since: Wall,
}

/// How a user stands to another, as is written down for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    /// How many decisions there were about the two.
    pub version: u64,
    /// What the user wants.
    pub mine: Side,
    /// What the other wants.
    pub theirs: Side,
    /// Since when.
    pub since: Wall,
}

/// A standing in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Relation {
    /// Both want to be friends.
    Friends,
    /// The user has asked, the other has not answered.
    Asked,
    /// The other has asked, the user has not answered.
    Asks,
    /// The user has blocked the other. Whether the other has blocked the user is not told.
    Blocked,
    /// Nothing.
    Strangers,
}

impl Standing {
    /// In one word.
    #[must_use]
    pub const fn relation(&self) -> Relation {
        match (self.mine.blocks, self.mine.wants, self.theirs.wants) {
            (true, _, _) => Relation::Blocked,
            (false, true, true) => Relation::Friends,
            (false, true, false) => Relation::Asked,
            (false, false, true) => Relation::Asks,
            (false, false, false) => Relation::Strangers,
        }
    }

    /// Whether neither is to see the other's words.
    #[must_use]
    pub const fn is_hidden(&self) -> bool {
        self.mine.blocks || self.theirs.blocks
    }
}

/// Which of the sides is `me`'s.
fn side(me: UserId, other: UserId) -> usize {
    usize::from(me > other)
}

impl Pair {
    /// The pair after a step of `me`.
    ///
    /// # Errors
    /// [`Error::Blocked`], or [`Error::Closed`] if it is the other who blocks.
    pub(super) fn after(
        mut self,
        step: Step,
        me: UserId,
        other: UserId,
        now: Wall,
    ) -> Result<Self, Error> {
        let before = self.sides;
        let mine = side(me, other);
        match step {
            Step::Befriend if before[mine].blocks => return Err(Error::Blocked { user: other }),
            Step::Befriend if before[1 - mine].blocks => return Err(Error::Closed { user: other }),
            Step::Befriend => self.sides[mine].wants = true,
            Step::Part => self.part(),
            Step::Block => {
                self.part();
                self.sides[mine].blocks = true;
            }
            Step::Unblock => self.sides[mine].blocks = false,
        }
        if self.sides != before {
            self.since = now;
        }
        Ok(self)
    }

    fn part(&mut self) {
        self.sides.iter_mut().for_each(|side| side.wants = false);
    }

    /// How `me` stands to the other by it.
    pub(super) fn standing(&self, me: UserId, other: UserId, version: u64) -> Standing {
        let mine = side(me, other);
        let [mine, theirs] = [self.sides[mine], self.sides[1 - mine]];
        Standing { version, mine, theirs, since: self.since }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Friends => "friends",
            Self::Asked => "asked",
            Self::Asks => "asks",
            Self::Blocked => "blocked",
            Self::Strangers => "strangers",
        })
    }
}
