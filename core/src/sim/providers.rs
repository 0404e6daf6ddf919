//! Sandbox providers: those who bring messages to devices in simulated worlds, and fail as real ones do.
//!
//! They refuse now and then with a time after which to come back, or do not answer in time after they
//! have delivered or before. A device whose token begins with `gone` is gone, an address that begins with `full` takes nothing now; a mail address without `@` never
//! works. What arrived is remembered, and a delivery that comes twice is dropped by its number, as a provider does that
//! takes idempotency keys.

use crate::base::{Instant, Random, Ratio, Span};
use crate::notification::{DeliveryId, Envelope, Refusal};
use crate::port::Channel;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

/// Messages that are remembered.
const REMEMBERED: usize = 100_000;
/// How long a provider lets people wait that does not answer in time.
const TIMEOUT: Span = Span::from_secs(5);

/// A message that reached its device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What arrived.
    pub envelope: Envelope,
    /// When.
    pub at: Instant,
    /// How often it was handed over again afterwards.
    pub repeated: u32,
}

/// What a provider has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What was handed over, in all.
    pub asked: u64,
    /// Messages that arrived.
    pub arrived: u64,
    /// Refusals for now.
    pub refused: u64,
    /// Those who were not answered in time.
    pub unanswered: u64,
    /// Messages that had arrived before.
    pub repeated: u64,
}

/// What came of handing a message over.
pub(crate) struct HandedOver {
    /// How long it took.
    pub(crate) took: Span,
    pub(crate) outcome: Result<String, Refusal>,
}

#[derive(Debug)]
struct State {
    random: Random,
    down: BTreeSet<Channel>,
    arrivals: Vec<Arrival>,
    by_delivery: BTreeMap<DeliveryId, usize>,
    tallies: BTreeMap<Channel, Tally>,
}

/// The providers of all channels.
#[derive(Debug)]
pub struct SandboxProviders(RefCell<State>);

impl SandboxProviders {
    /// Those of a seed.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self(RefCell::new(State {
            random: Random::new(seed ^ 0x7072_6f76),
            down: BTreeSet::new(),
            arrivals: Vec::new(),
            by_delivery: BTreeMap::new(),
            tallies: BTreeMap::new(),
        }))
    }

    /// What has arrived, in that order.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.0.borrow().arrivals.clone()
    }

    /// What arrived last, the latest first, at most `most`.
    #[must_use]
    pub fn last_arrivals(&self, most: usize) -> Vec<Arrival> {
        self.0.borrow().arrivals.iter().rev().take(most).cloned().collect()
    }

    /// What a channel's provider has done.
    #[must_use]
    pub fn tally(&self, channel: Channel) -> Tally {
        self.0.borrow().tallies.get(&channel).copied().unwrap_or_default()
    }

    /// Whether a channel's provider refuses everything.
    #[must_use]
    pub fn is_down(&self, channel: Channel) -> bool {
        self.0.borrow().down.contains(&channel)
    }

    /// Lets a channel's provider refuse everything, or work again.
    pub(crate) fn set_down(&self, channel: Channel, is_down: bool) {
        let mut state = self.0.borrow_mut();
        if is_down {
            state.down.insert(channel);
        } else {
            state.down.remove(&channel);
        }
    }

    /// Hands a message over.
    pub(crate) fn hand_over(&self, envelope: &Envelope, now: Instant) -> HandedOver {
        let state = &mut *self.0.borrow_mut();
        let channel = envelope.contact.channel;
        let took = Span::from_millis(state.random.between(20, 120));
        let refused = |outcome| HandedOver { took, outcome: Err(outcome) };
        let mut tally = state.tallies.get(&channel).copied().unwrap_or_default();
        tally.asked += 1;
        let fate = state.random.below(24);
        let handed_over = if state.down.contains(&channel) {
            tally.refused += 1;
            refused(Refusal::Later { after: None, reason: "503 unavailable".into() })
        } else if envelope.contact.address.starts_with("gone") {
            refused(Refusal::Gone)
        } else if envelope.contact.address.starts_with("full") {
            tally.refused += 1;
            refused(Refusal::Recipient { reason: "450 mailbox full".into() })
        } else if channel == Channel::Email && !envelope.contact.address.contains('@') {
            refused(Refusal::Never { reason: "550 no such mailbox".into() })
        } else if fate < 2 {
            tally.refused += 1;
            let after = Span::from_secs(state.random.between(1, 3));
            refused(Refusal::Later { after: Some(after), reason: "429 too many".into() })
        } else if fate == 2 {
            tally.unanswered += 1;
            let is_delivered = state.random.chance(Ratio::new(1, 2));
            if is_delivered {
                state.arrive(envelope, now, &mut tally);
            }
            let reason = format!("no answer within {TIMEOUT}");
            HandedOver { took: TIMEOUT, outcome: Err(Refusal::Unsure { reason }) }
        } else {
            state.arrive(envelope, now, &mut tally);
            HandedOver { took, outcome: Ok(format!("{}-{}", channel, tally.arrived)) }
        };
        state.tallies.insert(channel, tally);
        handed_over
    }
}

impl State {
    fn arrive(&mut self, envelope: &Envelope, at: Instant, tally: &mut Tally) {
        match self.by_delivery.get(&envelope.delivery).and_then(|&at| self.arrivals.get_mut(at)) {
            Some(arrival) => {
                arrival.repeated += 1;
                tally.repeated += 1;
            }
            None => {
                tally.arrived += 1;
                if self.arrivals.len() < REMEMBERED {
                    self.by_delivery.insert(envelope.delivery, self.arrivals.len());
                    let envelope = envelope.clone();
                    self.arrivals.push(Arrival { envelope, at, repeated: 0 });
                }
            }
        }
    }
}
