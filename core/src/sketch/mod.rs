//! Small structures that answer with few bits.
//!
//! | file | what |
//! | --- | --- |
//! | `bloom.rs` | [`BloomFilter`]: whether something was surely never met |

mod bloom;

pub use bloom::{BloomError, BloomFilter, MAX_BITS};
