//! What every layer stands on: time, chance, hashing, rates, frames, effects and timers.
//!
//! Nothing here, and nothing above it below the hosts, reads a clock, a source of entropy or the
//! order of a hash map. Time and seeds are arguments, so that one seed gives one trace on every
//! machine.

mod bell;
pub mod cache;
mod counted;
pub mod effects;
pub mod hash;
pub mod jobs;
pub mod mistake;
pub mod random;
pub mod rate;
pub mod recent;
pub mod time;
pub mod timers;
pub mod wire;

pub use bell::Bell;
pub use cache::Cache;
pub use counted::Counted;
pub use effects::{Effect, Effects};
pub use jobs::{all_of, all_within, next_of};
pub use mistake::{Mistake, is_planted};
pub use random::{Random, Ratio};
pub use rate::{Rate, RateLimiter};
pub use recent::Recent;
pub use time::{Instant, Now, Span, Wall};
pub use timers::Timers;
