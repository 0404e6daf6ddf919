//! Nine classic distributed systems as one deterministic core.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod base;
pub mod kv;
pub mod ring;
pub mod sim;
