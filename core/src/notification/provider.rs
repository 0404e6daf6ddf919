//! The port to those who bring messages to devices.

use super::template::cut;
use super::{DeliveryId, Message};
use crate::base::Span;
use crate::port::{Channel, Contact};
use alloc::string::String;

/// What a provider is asked to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Which delivery it is. A repetition has the same, so that a provider can tell.
    pub delivery: DeliveryId,
    /// Where to, and by which way.
    pub contact: Contact,
    /// The words.
    pub message: Message,
}

/// Why a provider does not deliver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not now.
    #[error("not now: {reason}")]
    Later {
        /// Not before this has passed, if the provider said so (`Retry-After`).
        after: Option<Span>,
        /// In the provider's words.
        reason: String,
    },
    /// This recipient cannot be reached now, though the provider is well: a full mailbox, a number that is off.
    #[error("not there now: {reason}")]
    Recipient {
        /// In the provider's words.
        reason: String,
    },
    /// It is not known whether it was delivered.
    #[error("unclear: {reason}")]
    Unsure {
        /// What happened.
        reason: String,
    },
    /// The device is gone: its token is dead (410, `UNREGISTERED`).
    #[error("the device is gone")]
    Gone,
    /// Never, however often it is tried.
    #[error("{reason}")]
    Never {
        /// In the provider's words.
        reason: String,
    },
}

/// Those who bring messages to devices, one for each channel.
#[allow(async_fn_in_trait)] // no bound is wanted: see `port`
pub trait Provider {
    /// Hands a message to the channel's provider; the name under which the provider took it. It ends within a minute:
    /// a provider that is silent for longer is [`Refusal::Unsure`].
    ///
    /// # Errors
    /// [`Refusal`].
    async fn deliver(&self, envelope: &Envelope) -> Result<String, Refusal>;
}

/// The most characters of a body on each channel. Push services take 4 kB in all; 459 characters are
/// three text messages.
#[must_use]
pub const fn most_characters(channel: Channel) -> usize {
    match channel {
        Channel::ApplePush | Channel::AndroidPush | Channel::WebPush => 800,
        Channel::Sms => 459,
        Channel::Email => 100_000,
    }
}

impl Message {
    /// As much of it as a channel carries.
    #[must_use]
    pub fn cut_for(&self, channel: Channel) -> Self {
        Self { title: cut(&self.title, 200), body: cut(&self.body, most_characters(channel)) }
    }
}
