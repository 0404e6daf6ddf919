//! Chapter 10: notifications.
//!
//! ```
//! use ennead::base::Span;
//! use ennead::notification::{Backoff, NotificationId, Template};
//! use std::collections::BTreeMap;
//!
//! let template = Template::new("{from} wrote", "{text}").unwrap();
//! let fields = BTreeMap::from([("from".into(), "Ana".into()), ("text".into(), "Tea?".into())]);
//! assert_eq!(template.render(&fields).title, "Ana wrote");
//!
//! // An event has one number, whichever node it is given to: the second time nothing is delivered.
//! assert_eq!(NotificationId::of("shop", "order 7"), NotificationId::of("shop", "order 7"));
//!
//! // A failure is followed by a wait that doubles, and chance spreads it.
//! let backoff = Backoff { first: Span::from_secs(1), most: Span::from_secs(900) };
//! assert!(backoff.wait(5, 1 << 63) <= Span::from_secs(16));
//! ```
//!
//! # The flow
//! ```text
//! application, service or schedule
//!   -> any node: event known? then no more than what is missing of it
//!                words from the template -> contacts of the user -> row of the notification
//!                -> an item for each contact in its channel's queue -> acknowledged
//!   -> the queue's worker, on any node, when the item is due:
//!                state -> opted out? -> too often? -> provider -> state -> item done
//!   -> provider -> device
//! ```
//! Taking over and delivering are roles that every node plays; a queue has one worker at a time, by a lease, and each
//! channel has [`SHARDS`] queues, so that up to ten nodes deliver at once. A worker has [`IN_HAND`] deliveries under way,
//! and the length of its queue is a gauge for whoever adds nodes. A queue of which nothing is heard has no worker and costs
//! nothing but a look in two minutes.
//!
//! # Why nothing is lost
//! What is acknowledged is in the table: the notification's row, and an item for each delivery. An item goes only after its
//! delivery's state says `sent`, `gone`, `opted-out` or `dead` (and then its letter is written), or after the next item stands. The state is the truth
//! and items are reminders of it: each has one place, given by when its delivery is due, so what is pushed twice is one item.
//! An item that is older than the state puts the state's item into its place and goes; never does one give way to an older one,
//! since what looks like it may be an old copy of the state. A worker that is killed anywhere between leaves an item, and the next
//! worker goes on from the state.
//!
//! # What may happen twice
//! A worker that dies after its provider took a message and before that is stored leaves a delivery that is made again. So at the
//! provider's door it is *at least once*; each repetition has the number of the first, and where the provider drops a number
//! that it has seen (an `Idempotency-Key`, a `Message-ID`) the device is told *exactly once*. Never is anything marked as sent before
//! its provider has answered. What decides whether somebody is written to, a state and what its user has opted out of, is read
//! from the owners of the row alone; while they are away it waits.
//!
//! # When a provider fails
//! | answer | what is done |
//! | --- | --- |
//! | not now, perhaps with a time (429, 503, `Retry-After`) | tried again, not before that time, after a wait with full jitter |
//! | none, or an unclear one | the same |
//! | the device is gone (410, `UNREGISTERED`) | the token is taken from the user's devices |
//! | this recipient not now (a full mailbox) | the same, and the provider is not blamed for it |
//! | never | a dead letter |
//!
//! After [`Options::attempts`] attempts or [`Options::give_up`] it is a dead letter too: kept until a person replays or discards it.
//! [`Breaker`]: after five failures in a row a worker leaves its provider alone for 2 s, then tries one, and doubles
//! that up to a minute; what waits meanwhile spends no attempts.
//!
//! # What stands where
//! | key | what |
//! | --- | --- |
//! | table `notification/of/ID`, sort key empty | what was given over; never changed |
//! | the same, sort key `delivery/ID` | how a delivery stands; of siblings the greatest |
//! | the same, sort key `tracked/WHAT/ID` | when it was delivered, opened, clicked, converted |
//! | table `notification/queue/CHANNEL/SHARD`, sort key of time and number | items |
//! | register of the same partition, sort key `worker` | the lease |
//! | table `notification/queue/CHANNEL/SHARD/notes` | how far its workers have looked ([`Queue`](crate::port::Queue)) |
//! | table `notification/dead`, sort key of time and number | dead letters |
//! | table `notification/user/USER`, sort key `settings` | what a user has opted out of; siblings are united |
//! | table `notification/templates`, sort key of the name | templates |
//! | table `notification/app/KEY`, sort key empty | an application and its secret |
//!
//! # Limits
//! - The design load: 10 million pushes, 1 million text messages and 5 million mails a day: 116, 12 and 58 a second on average.
//!   Taking over costs two reads and, for each delivery, one write more than one; delivering two reads and two writes.
//! - Words of up to [`MAX_WORDS`] bytes, events of up to [`MAX_EVENT`] bytes, at most [`MAX_PLACES`] fields of [`MAX_FIELD`] characters, [`MAX_CONTACTS`] contacts, a year ahead.
//! - The row of an event is kept for ever, and so is what it keeps from being told twice.
//! - A user's rate is kept by the worker of a queue, in its memory: whoever takes over begins with a full burst. What
//!   is over the rate waits in line, it is not dropped.
//! - A queue whose node is killed is served again within about fifteen seconds (the lease's term, and a look in two seconds),
//!   or within two minutes if nobody pushes to it meanwhile.
//! - Not yet: quiet hours, digests, priorities.
//!
//! # Sources
//! RFC 8030 (Web Push) for tokens that are gone and `Retry-After`; RFC 9110, section 10.2.3, for that header; RFC 5321, section
//! 4.5.4, for when to give a mail up; Brooker, "Exponential backoff and jitter" (2015); Nygard, "Release It!" (2007), for
//! breakers; Helland, "Idempotence is not a medical condition" (2012).

mod app;
mod ask;
mod backoff;
mod breaker;
mod delivery;
mod error;
mod limits;
mod provider;
mod service;
mod settings;
mod template;
mod templates;
#[cfg(test)]
mod tests;
mod worker;

pub use app::{App, CLOCKS, MAX_APP_NAME, Secret, Signed, sign};
pub use ask::{Answered, Ask};
pub use backoff::Backoff;
pub use breaker::{Breaker, COOL, FAILURES};
pub use delivery::{DeadLetter, Delivery, Notification, SHARDS, State, Status, Tracked, queue_of};
pub use error::Error;
pub use provider::{Envelope, Provider, Refusal, most_characters};
pub use service::{
    Accepted, Counters, Gauge, MAX_AHEAD, MAX_CONTACTS, MAX_EVENT, MAX_FIELD, NotificationView,
    Notifications, Options, SERVICES, TOPIC,
};
pub use settings::{MAX_REFUSED, Settings};
pub use template::{
    BUILT_IN, MAX_BODY, MAX_NAME, MAX_PLACES, MAX_TITLE, MAX_WORDS, Message, Template,
};
pub use templates::MAX_TEMPLATES;
pub use worker::IN_HAND;

use core::fmt;
use serde::{Deserialize, Serialize};

/// A notification's number: a hash of its sender and event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotificationId(pub u128);

/// A delivery's number: a hash of its notification and contact, and the same in every attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeliveryId(pub u128);

/// Reads 32 hexadecimal digits.
fn parse(text: &str) -> Option<u128> {
    let is_number = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_number.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl NotificationId {
    /// The number that [`fmt::Display`] has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
    }
}

impl DeliveryId {
    /// The number that [`fmt::Display`] has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
    }
}

impl fmt::Display for NotificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
