//! The native host: sockets, files, threads and the real clock around the store node.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod alone;
mod autocomplete;
pub mod bench;
pub mod cli;
pub mod client;
pub mod clock;
pub mod cluster;
pub mod crawl;
pub mod engine;
pub mod error;
pub mod fetch;
pub mod founding;
pub mod host;
pub mod http;
mod ids;
pub mod inside;
pub mod link;
pub mod node_thread;
pub mod peers;
pub mod ports;
pub mod providers;
pub mod resp;
pub mod serve;
pub mod simulate;
#[cfg(test)]
mod tests;

pub use error::{EngineError, HelloError, HostError};
