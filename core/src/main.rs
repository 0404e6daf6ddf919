//! The program `ennead`.
#![forbid(unsafe_code)]

fn main() {}
