//! The JavaScript API.
//!
//! | file | what |
//! | --- | --- |
//! | `argument.rs` | what callers pass, checked |
//! | `error.rs` | what is thrown |
//! | `ring.rs` | `HashRing` |
//! | `ids.rs` | `Snowflake` |
//! | `sketch.rs` | `BloomFilter`, `Base62` |
//! | `rate.rs` | `RateLimiter` |
//! | `feed.rs` | `mergeFeeds`, `FeedCosts` |
//! | `notification.rs` | `Backoff`, `Template` |
//! | `frontier.rs` | `Frontier` |
//! | `autocomplete.rs` | `Autocomplete` |
//! | `chat.rs` | `ChatDevice` |
//! | `cluster.rs` | `Cluster`: a simulated cluster that is driven by calls |
//! | `options.rs` | what a cluster is made of |
//! | `view.rs`, `log.rs` | what there is to see, as plain objects |
//! | `simulate.rs` | `simulate`: a whole world as a test, as `ennead sim` runs it |

mod argument;
mod autocomplete;
mod chat;
mod cluster;
mod error;
mod feed;
mod frontier;
mod ids;
mod log;
mod notification;
mod options;
mod rate;
mod ring;
mod simulate;
mod sketch;
mod view;
