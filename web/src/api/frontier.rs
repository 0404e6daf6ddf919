//! `Frontier`.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::base::{Instant, Span};
use ennead::crawler::{self, Address, Ended, Entry, Next, Order, Pace};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The latest moment, in milliseconds.
const MAX_MOMENT: u64 = 1 << 52;
/// The longest pause, in milliseconds.
const MAX_PAUSE: u64 = 3_600_000;
/// The most addresses that wait.
const MAX_WAITING: usize = 1_000_000;

/// Which address comes next, and when.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Frontier {
    frontier: crawler::Frontier,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Coming {
    Fetch { url: String, host: String, depth: u16 },
    At { at: u64 },
    Wait,
    Empty,
}

#[derive(Serialize)]
struct Queues {
    fronts: Vec<usize>,
    backs: Vec<Back>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Back {
    host: String,
    waiting: usize,
    rests_until: Option<u64>,
}

fn moment(name: &str, value: &JsValue) -> Result<Instant> {
    let millis = argument::whole(name, value, 0, MAX_MOMENT)?;
    Ok(Instant::ZERO + Span::from_millis(millis))
}

/// In milliseconds, rounded up: at that moment it is certainly time.
fn millis(at: Instant) -> u64 {
    at.as_micros().div_ceil(1_000)
}

fn pause(name: &'static str) -> impl FnOnce(&JsValue) -> Result<Span> {
    move |value| argument::whole(name, value, 0, MAX_PAUSE).map(Span::from_millis)
}

fn order(value: &JsValue) -> Result<Order> {
    match value.as_string().as_deref() {
        Some("polite") => Ok(Order::PoliteBreadthFirst),
        Some("breadth") => Ok(Order::BreadthFirst),
        Some("depth") => Ok(Order::DepthFirst),
        _ => {
            Err(ApiError::argument("order", value, "one of \"polite\", \"breadth\" and \"depth\""))
        }
    }
}

fn address(value: &JsValue) -> Result<Address> {
    let text = argument::text("url", value)?;
    let wrong = |error| ApiError::new("InvalidUrl", format!("url: got {text:?}: {error}"));
    Address::parse(&text).map_err(wrong)
}

#[wasm_bindgen]
impl Frontier {
    /// An empty frontier.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> core::result::Result<Self, JsValue> {
        Ok(Self::checked(options)?)
    }

    fn checked(options: &JsValue) -> Result<Self> {
        let fields = Fields::of("options", options, &["order", "delay", "factor", "longestDelay"])?;
        let usual = Pace::default();
        let factor = |value: &JsValue| argument::narrow("factor", value, 0, 255);
        let pace = Pace {
            delay: fields.get("delay", pause("delay"))?.unwrap_or(usual.delay),
            factor: fields.get("factor", factor)?.unwrap_or(usual.factor),
            most: fields.get("longestDelay", pause("longestDelay"))?.unwrap_or(usual.most),
        };
        let order = fields.get("order", order)?.unwrap_or_default();
        Ok(Self { frontier: crawler::Frontier::new(order, pace) })
    }

    /// Takes an address, so many steps from a seed; false if its host was given up.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `InvalidUrl`, `FrontierFull`.
    pub fn push(&mut self, url: &JsValue, depth: &JsValue) -> core::result::Result<bool, JsValue> {
        let address = address(url)?;
        let depth = match depth.is_undefined() {
            true => 0,
            false => argument::narrow("depth", depth, 0, u64::from(u16::MAX))?,
        };
        if self.frontier.len() >= MAX_WAITING {
            let message = format!("{MAX_WAITING} addresses wait: fetch some before more are taken");
            return Err(ApiError::new("FrontierFull", message).into());
        }
        Ok(self.frontier.push(Entry::new(address, depth)))
    }

    /// What comes next at a moment in milliseconds.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn next(&mut self, now: &JsValue) -> core::result::Result<JsValue, JsValue> {
        let coming = match self.frontier.next(moment("now", now)?) {
            Next::Fetch(entry) => Coming::Fetch {
                url: entry.address.to_string(),
                host: entry.address.host().into(),
                depth: entry.depth,
            },
            Next::At(at) => Coming::At { at: millis(at) },
            Next::Wait => Coming::Wait,
            Next::Empty => Coming::Empty,
        };
        Ok(serde_wasm_bindgen::to_value(&coming).map_err(ApiError::from)?)
    }

    /// A request to a host has ended; the addresses that are given up with it.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn done(
        &mut self,
        host: &JsValue,
        now: &JsValue,
        options: &JsValue,
    ) -> core::result::Result<Vec<String>, JsValue> {
        let fields = Fields::of("options", options, &["took", "crawlDelay", "failed"])?;
        let took = fields.get("took", pause("took"))?.unwrap_or(Span::ZERO);
        let asked = fields.get("crawlDelay", pause("crawlDelay"))?;
        let failed = fields.get("failed", |value| argument::truth("failed", value))?;
        let ended = match failed {
            Some(true) => Ended::Failed,
            _ => Ended::Answered { took, asked },
        };
        let host = argument::text("host", host)?;
        let given_up = self.frontier.done(&host, moment("now", now)?, ended);
        Ok(given_up.into_iter().map(|entry| entry.address.to_string()).collect())
    }

    /// How many addresses wait.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn size(&self) -> usize {
        self.frontier.len()
    }

    /// The front queues by priority and the back queues by host.
    ///
    /// # Errors
    /// Never thrown in practice: numbers and strings always convert.
    pub fn queues(&self) -> core::result::Result<JsValue, JsValue> {
        let backs = self.frontier.backs().into_iter().map(|(host, waiting, until)| Back {
            host: host.into(),
            waiting,
            rests_until: until.map(millis),
        });
        let queues = Queues { fronts: self.frontier.fronts().into(), backs: backs.collect() };
        Ok(serde_wasm_bindgen::to_value(&queues).map_err(ApiError::from)?)
    }
}
