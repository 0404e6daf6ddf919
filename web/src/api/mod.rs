//! The JavaScript API.
//!
//! | file | what |
//! | --- | --- |
//! | `argument.rs` | what callers pass, checked |
//! | `error.rs` | what is thrown |
//! | `ring.rs` | `HashRing` |
//! | `cluster.rs` | `Cluster`: a simulated cluster that is driven by calls |
//! | `options.rs` | what a cluster is made of |
//! | `view.rs`, `log.rs` | what there is to see, as plain objects |
//! | `simulate.rs` | `simulate`: a whole world as a test, as `ennead sim` runs it |

mod argument;
mod cluster;
mod error;
mod log;
mod options;
mod ring;
mod simulate;
mod view;
