//! Mistakes to plant: what an engineer could get wrong, so that the checks of simulated worlds can show that they bite.
//!
//! Each stands as one line where it could be made, behind [`is_planted`]. Without the feature `mistakes` that is a
//! constant no, so that nothing remains of it in what ships: the compiler is asked to prove it below, and refuses to
//! build the server together with the feature. With it, [`Mistake::plant`] has one made on the thread that calls it, and
//! `cargo xtask mistakes` tells how many worlds it takes until each is found.
//!
//! ```
//! use ennead::base::mistake::{Mistake, is_planted};
//!
//! assert!(!Mistake::ALL.iter().any(|&mistake| is_planted(mistake)));
//! ```
//!
//! Source: DeMillo, Lipton and Sayward, "Hints on test data selection" (1978), who call it mutation testing.

use core::fmt;

macro_rules! mistakes {
    ($($name:ident, $text:literal;)*) => {
        /// One of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Mistake {
            $(#[doc = $text] $name,)*
        }

        impl Mistake {
            /// All of them: those of the store first.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as commands take it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What is done wrong, in a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

mistakes! {
    ForgetHint, "a hint is dropped when it is sent, not when its owner has it";
    AcknowledgeBeforeW, "a write is acknowledged with its first copy";
    AcknowledgeBeforeDurable, "a copy counts before it is on disk";
    DropSibling, "two replicas merge to the newest sibling alone";
    GiveDotTwice, "a node that starts again goes on with the dots where its disk ends, under its old incarnation";
    ResurrectByReadRepair, "what a read repairs is put in the place of what is held, not merged into it";
    ServeStaleLayout, "a node goes by the preference lists from before their first servers joined";
    LoseOnReconnect, "what was on its way when a connection broke counts as arrived";
    CountHintTowardsW, "a hint that the coordinator keeps for want of a stand-in counts as a copy";
    NeverAgeHeartbeat, "a silent member stays up";
    LetBallotGoBack, "a replica of a register accepts less than it has promised";
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a mistake is to be made here.
#[cfg(not(feature = "mistakes"))]
#[must_use]
pub const fn is_planted(_: Mistake) -> bool {
    false
}

#[cfg(not(feature = "mistakes"))]
const _: () = {
    let mut i = 0;
    while i < Mistake::ALL.len() {
        assert!(!is_planted(Mistake::ALL[i]));
        i += 1;
    }
};

#[cfg(feature = "mistakes")]
pub use planted::is_planted;

#[cfg(feature = "mistakes")]
mod planted {
    use super::Mistake;
    use core::cell::Cell;

    std::thread_local! {
        static PLANTED: Cell<Option<Mistake>> = const { Cell::new(None) };
    }

    /// Whether a mistake is to be made here.
    #[must_use]
    pub fn is_planted(mistake: Mistake) -> bool {
        PLANTED.get() == Some(mistake)
    }

    impl Mistake {
        /// Has it made on this thread, and no other, from now on; none for no mistake.
        pub fn plant(mistake: Option<Self>) {
            PLANTED.set(mistake);
        }
    }
}
