//! Worlds from seeds: the shipped nodes on a virtual clock, network and disks, with faults.
//!
//! ```
//! use ennead::base::Span;
//! use ennead::sim::{Options, World, run};
//!
//! let report = run(7, Options::from_seed(7, 5), Span::from_secs(20), |_| {});
//! assert_eq!(report.violations, []);
//! assert_eq!(report.digest, run(7, Options::from_seed(7, 5), Span::from_secs(20), |_| {}).digest);
//! ```
//!
//! # How it works
//! A [`World`] holds nodes, the messages between them and what is due when. It takes one event at a
//! time, in an order that its seed determines, and hands it to a node; what the node wishes becomes
//! further events. Faults come from the seed too, or from a person as [`Transition`]s, which are logged:
//! seed, options and transitions replay a world on any machine, and a [`Link`] carries them.
//!
//! [`run`] is a test: first faults, and safety is checked; then everything is healed, and the world
//! must come to rest with all replicas equal. The [`check`] stands outside: it knows what clients
//! asked and were answered, and looks at what nodes hold, but shares no code with them.
//!
//! # Sources
//! FoundationDB's simulation (Zhou et al., 2021); TigerBeetle's VOPR; van Renesse and Schneider on
//! fault injection by seed.

pub mod check;
mod crawl;
pub mod detection;
mod disk;
pub mod linearizable;
mod link;
mod load;
mod log;
mod network;
mod options;
mod people;
mod phone;
mod ports;
mod providers;
mod run;
#[cfg(test)]
mod service_tests;
#[cfg(test)]
mod tests;
mod transition;
mod view;
mod weather;
mod web;
mod world;

pub use check::Violation;
pub use crawl::{Found, SandboxCrawl, UnderWay};
pub use link::{Link, LinkError};
pub use log::{Entry, What};
pub use options::{Between, Options, Spell, Weather};
pub use people::{CAST, CAST_FRIENDS, cast, feed_options};
pub use phone::{Phone, PhoneNews, Touch};
pub use ports::Handle;
pub use providers::{Arrival, SandboxProviders, Tally};
pub use run::{Report, run};
pub use transition::{Fault, Logged, Sight, Transition};
pub use view::{CopyView, Flight, KeyView, Mark, NodeView, RegisterView, Status, View};
pub use web::{SandboxAnswer, SandboxWeb, Temper, Visit};
pub use world::{TalkView, World};
