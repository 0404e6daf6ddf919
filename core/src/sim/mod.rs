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
//! further events. What is done to it are [`Transition`]s: by a person, by the clients and the weather
//! that its [`Options`] have, or by a list. Seed, options and transitions replay a world on any
//! machine, and a [`Link`] carries them.
//!
//! [`Options::swarm`] draws a world from a seed: its size and quorums, how the network, the disks and
//! the clocks are, what clients do, and which kinds of fault come how often. Most worlds lack some of
//! them, since one fault often hides another.
//!
//! [`run`] is a test: first faults, and safety is checked; then everything is healed, and the world
//! must come to rest with all replicas equal. The [`check`] stands outside: it knows what clients
//! asked and were answered, and looks at what nodes hold, but shares no code with them. Of a run that
//! fails [`record`] gives the transitions as a list, and [`Report::shrink`] leaves out all that it fails
//! without.
//!
//! # Limits
//! Machines stop and forget, but do not lie: no disk gives back other bytes than it was given, and no message is
//! changed on its way (checksums of the hosts catch both). Steady clocks of all machines run at one
//! pace. A world has at most 64 nodes; one of five nodes and 100 operations a second runs some
//! 1,200 times as fast as time.
//!
//! # Sources
//! FoundationDB's simulation (Zhou et al., 2021); TigerBeetle's VOPR; van Renesse and Schneider on
//! fault injection by seed; Groce et al., "Swarm testing" (ISSTA 2012); Zeller and Hildebrandt on delta
//! debugging (2002).

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
mod shrink;
mod silence;
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
pub use run::{Report, Shrunk, follow, record, replay, run};
pub use shrink::shrink;
pub use transition::{Fault, Logged, Sight, Transition, Wish};
pub use view::{CopyView, Flight, KeyView, Mark, NodeView, RegisterView, Status, View};
pub use web::{SandboxAnswer, SandboxWeb, Temper, Visit};
pub use world::{TalkView, World};
