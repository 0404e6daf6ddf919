//! Small structures: sets in few bits, numbers as short text, orders that cannot be guessed.
//!
//! | file | what |
//! | --- | --- |
//! | `bloom.rs` | [`BloomFilter`]: whether something was surely never met |
//! | `base62.rs` | [`base62`]: numbers as short text |
//! | `permutation.rs` | [`Permutation`]: a counter's numbers out of order, and back |
//! | `simhash.rs` | [`simhash`], [`NearTexts`]: whether two texts are nearly equal |

pub mod base62;
mod bloom;
mod permutation;
mod simhash;

pub use bloom::{BloomError, BloomFilter, MAX_BITS};
pub use permutation::{Permutation, ROUNDS};
pub use simhash::{MAX_LISTED, NEAR, NearTexts, simhash};
