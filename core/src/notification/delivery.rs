//! What is stored of a notification: what was given over, and how each of its deliveries stands.

use super::{DeliveryId, Message, NotificationId};
use crate::base::Wall;
use crate::base::hash::{keyed, sha1};
use crate::kv::Key;
use crate::port::{self, Channel, Contact, ItemId, Notice, Row, UserId, partition};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Sort keys of deliveries begin with this, those of what became of them with [`TRACKED`].
pub(super) const DELIVERIES: &str = "delivery/";
pub(super) const TRACKED: &str = "tracked/";

/// A notification as it was given over. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notification {
    /// When it was given over.
    pub accepted: Wall,
    /// From when on it is delivered.
    pub due: Wall,
    /// Who gave it: an application, or [`super::SERVICES`].
    pub sender: String,
    /// The event's name, by its sender.
    pub event: String,
    /// Who is told.
    pub to: UserId,
    /// The kind: the name of its template.
    pub template: String,
    /// Its words.
    pub message: Message,
    /// A hash of all that its sender asked, by which a repetition is known.
    pub asked: u128,
    /// Where its user was reached then.
    pub contacts: Vec<Contact>,
}

/// One delivery, as it waits in its channel's queue: all that a worker has to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Delivery {
    /// Of which notification.
    pub notification: NotificationId,
    /// Who is told.
    pub to: UserId,
    /// The kind: the name of its template.
    pub template: String,
    /// Where to.
    pub contact: Contact,
    /// The words, as much of them as the channel carries.
    pub message: Message,
    /// How often it was taken back from the dead letters.
    pub round: u32,
    /// How often it was put off in this round: which of its items this is.
    pub step: u32,
    /// When it was first due in this round.
    pub since: Wall,
}

/// How a delivery stands. Of two that were written at once the greater one counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct State {
    /// The round of its delivery.
    pub round: u32,
    /// How it stands in this round.
    pub status: Status,
}

/// How a delivery stands. The order is that in which one gives way to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// It is tried when it is due.
    Waiting {
        /// How often it was put off: its item has the same number.
        step: u32,
        /// How often it has been tried.
        attempts: u16,
        /// When it is again.
        due: Wall,
        /// Why it waits, in words.
        reason: String,
    },
    /// It was set aside, and waits for a person.
    Dead {
        /// Since when.
        at: Wall,
        /// How often it was tried.
        attempts: u16,
        /// Why, in words.
        reason: String,
    },
    /// The device is gone.
    Gone {
        /// Since when that is known.
        at: Wall,
    },
    /// Its user does not want it.
    OptedOut {
        /// When that was looked at.
        at: Wall,
    },
    /// The provider took it.
    Sent {
        /// When.
        at: Wall,
        /// How often it was tried until then.
        attempts: u16,
        /// The provider's name for it.
        receipt: String,
    },
}

/// A delivery that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Since when.
    pub at: Wall,
    /// The delivery.
    pub delivery: Delivery,
    /// How often it was tried.
    pub attempts: u16,
    /// Why, in words.
    pub reason: String,
}

/// What became of a delivery after it was sent, as devices and applications tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tracked {
    /// It reached the device.
    Delivered,
    /// It was looked at.
    Opened,
    /// A link in it was followed.
    Clicked,
    /// Whoever got it did what it was meant for.
    Converted,
}

impl Tracked {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Opened, Self::Clicked, Self::Converted];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Converted => "converted",
        }
    }
}

impl Status {
    /// Whether nothing more is done about it, unless a person wants it.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Waiting { .. })
    }

    /// A word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Dead { .. } => "dead",
            Self::Gone { .. } => "gone",
            Self::OptedOut { .. } => "opted-out",
            Self::Sent { .. } => "sent",
        }
    }
}

/// What is hashed, cut to 128 bits.
fn hashed(parts: &[&[u8]]) -> u128 {
    let [front @ .., _, _, _, _] = sha1(parts);
    u128::from_be_bytes(front)
}

/// A hash of what a sender asks, but for the event's name.
pub(super) fn asked(notice: &Notice, not_before: Option<Wall>) -> u128 {
    let Notice { to, template, fields, .. } = notice;
    hashed(&[&postcard::to_allocvec(&(to, template, fields, not_before)).unwrap_or_default()])
}

impl NotificationId {
    /// The number of a sender's event: the same wherever it is given over, so that nobody has to agree
    /// on it.
    #[must_use]
    pub fn of(sender: &str, event: &str) -> Self {
        // No sender's name has a zero byte.
        Self(hashed(&[sender.as_bytes(), &[0], event.as_bytes()]))
    }

    /// The partition of all that is stored of it.
    pub(super) fn partition(self) -> Bytes {
        partition("notification", &format!("of/{self}"))
    }

    pub(super) fn key(self) -> Result<Key, port::Error> {
        Ok(Key::new(self.partition(), "")?)
    }
}

impl DeliveryId {
    /// The number of a notification's delivery to a contact.
    #[must_use]
    pub fn of(notification: NotificationId, contact: &Contact) -> Self {
        let channel = contact.channel.name().as_bytes();
        Self(hashed(&[&notification.0.to_be_bytes(), channel, &[0], contact.address.as_bytes()]))
    }
}

impl Notification {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> NotificationId {
        NotificationId::of(&self.sender, &self.event)
    }

    /// Its deliveries.
    pub fn deliveries(&self) -> impl Iterator<Item = Delivery> {
        let id = self.id();
        self.contacts.iter().map(move |contact| Delivery {
            notification: id,
            to: self.to,
            template: self.template.clone(),
            contact: contact.clone(),
            message: self.message.cut_for(contact.channel),
            round: 0,
            step: 0,
            since: self.due,
        })
    }
}

impl Delivery {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> DeliveryId {
        DeliveryId::of(self.notification, &self.contact)
    }

    /// Its place in the queue when it is due then: one, however often it is pushed.
    pub(super) fn place(&self, due: Wall) -> ItemId {
        #[allow(clippy::cast_possible_truncation)] // half of a hash is meant
        ItemId::new(due, self.id().0 as u64)
    }

    /// Where its state is.
    pub(super) fn state_key(&self) -> Result<Key, port::Error> {
        let sort = format!("{DELIVERIES}{}", self.id());
        Ok(Key::new(self.notification.partition(), sort)?)
    }
}

impl DeadLetter {
    /// The partition of all dead letters, the oldest first.
    #[must_use]
    pub fn partition() -> Bytes {
        partition("notification", "dead")
    }

    /// The letter of a row there.
    #[must_use]
    pub fn read(row: &Row) -> Option<Self> {
        read(row)
    }

    /// Its name among them: the same however often it is written in one round of its delivery.
    #[must_use]
    pub fn name(&self) -> String {
        let (since, id) = (self.delivery.since.as_millis(), self.delivery.id());
        format!("{since:012x}{id}")
    }
}

/// Reads what a row holds; of siblings the greatest.
pub(super) fn read<T: DeserializeOwned + Ord>(row: &Row) -> Option<T> {
    row.values.iter().filter_map(|value| postcard::from_bytes(value).ok()).max()
}

/// What a row is to hold.
pub(super) fn written<T: Serialize>(value: &T) -> Option<Bytes> {
    // Plain data always encodes; none would only mean that nothing is stored.
    postcard::to_allocvec(value).ok().map(Bytes::from)
}

/// How many queues each channel has.
pub const SHARDS: usize = 2;

/// The number of the queue that serves a user on a channel: always the same, so that one worker sees all that
/// goes to somebody.
#[must_use]
pub fn queue_of(channel: Channel, to: UserId) -> usize {
    let shard = keyed(0, &to.0.to_be_bytes()) % SHARDS as u64;
    let channels = Channel::ALL.iter().position(|&other| other == channel).unwrap_or(0);
    channels * SHARDS + usize::try_from(shard).unwrap_or(0)
}
