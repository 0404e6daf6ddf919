//! Ennead beside other crates. `cargo xtask bench beside` builds and runs it.
//!
//! Each measurement is made several times with the sides taking turns, so that what else the machine does
//! falls on all of them alike; medians and ratios are told.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program of the host: it measures time and prints"
)]

mod autocomplete;
mod ring;

fn main() {
    ring::run();
    autocomplete::run();
}
