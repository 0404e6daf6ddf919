//! `RateLimiter`.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::base::{self, Instant, Rate, Span};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The latest moment, in milliseconds.
const MAX_MOMENT: f64 = 4_503_599_627_370_496.0;
/// The longest span, in milliseconds: 31 days.
const MAX_SPAN: u64 = 31 * 86_400_000;
/// The longest key, in bytes.
const MAX_KEY: usize = 1_024;
/// Keys that are remembered, by default and at most.
const KEYS: u32 = 100_000;
const MAX_KEYS: u64 = 10_000_000;

/// How often somebody may do something.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RateLimiter {
    limiter: base::RateLimiter<Vec<u8>>,
}

/// A moment with parts of a millisecond, as `performance.now()` gives it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is checked to be in range
fn moment(value: &JsValue) -> Result<Instant> {
    let millis = value.as_f64().filter(|millis| (0.0..=MAX_MOMENT).contains(millis));
    let expected = "milliseconds of a clock that never goes back, as performance.now() gives them";
    let millis = millis.ok_or_else(|| ApiError::argument("now", value, expected))?;
    Ok(Instant::from_micros((millis * 1_000.0) as u64))
}

#[wasm_bindgen]
impl RateLimiter {
    /// All buckets full.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> core::result::Result<Self, JsValue> {
        Ok(Self::checked(options)?)
    }

    fn checked(options: &JsValue) -> Result<Self> {
        let fields = Fields::of("options", options, &["times", "per", "burst", "keys"])?;
        let count = |name: &'static str| {
            move |value: &JsValue| argument::narrow::<u32>(name, value, 1, u64::from(u32::MAX))
        };
        let times = fields.get("times", count("times"))?.unwrap_or(1);
        let per = fields.get("per", |value| argument::whole("per", value, 1, MAX_SPAN))?;
        let burst = fields.get("burst", count("burst"))?.unwrap_or(times);
        let keys = fields.get("keys", |value| argument::narrow("keys", value, 1, MAX_KEYS))?;
        let rate = Rate::new(times, Span::from_millis(per.unwrap_or(1_000)), burst);
        let room = keys.unwrap_or(KEYS) as usize;
        Ok(Self { limiter: base::RateLimiter::new(rate, room) })
    }

    /// Takes a token of a key: 0, or the milliseconds until there is one.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn check(&mut self, key: &JsValue, now: &JsValue) -> core::result::Result<f64, JsValue> {
        Ok(self.check_checked(key, now)?)
    }

    #[allow(clippy::cast_precision_loss)] // spans up to 285 years are exact
    fn check_checked(&mut self, key: &JsValue, now: &JsValue) -> Result<f64> {
        let bytes = argument::bytes("key", key)?;
        if bytes.len() > MAX_KEY {
            let expected = format!("at most {MAX_KEY} bytes");
            return Err(ApiError::argument("key", key, &expected));
        }
        let wait = self.limiter.check(bytes, moment(now)?);
        Ok(wait.map_or_else(|wait| wait.as_micros() as f64 / 1_000.0, |()| 0.0))
    }

    /// How many keys are remembered.
    #[wasm_bindgen(getter)]
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // at most ten million
    pub fn size(&self) -> f64 {
        self.limiter.len() as f64
    }
}
