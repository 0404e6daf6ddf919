//! `BloomFilter` and `Base62`.

use super::argument;
use super::error::{ApiError, Result};
use ennead::base::Ratio;
use ennead::sketch::{self, MAX_BITS, base62};
use js_sys::BigInt;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// In how many parts a rate is counted.
const PARTS: u32 = 1_000_000_000;

/// A set that answers "surely not" or "probably".
#[wasm_bindgen]
#[derive(Debug)]
pub struct BloomFilter {
    filter: sketch::BloomFilter,
}

/// An error rate as a fraction: at least one in a thousand million.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is checked to be in range
fn rate(value: &JsValue) -> Result<Ratio> {
    let expected = "a number above 0 and below 1";
    let parts = value.as_f64().filter(|rate| *rate > 0.0 && *rate < 1.0);
    let parts = parts.ok_or_else(|| ApiError::argument("rate", value, expected))?;
    Ok(Ratio::new(((parts * f64::from(PARTS)) as u32).max(1), PARTS))
}

#[wasm_bindgen]
impl BloomFilter {
    /// A filter for so many items that errs at most at `rate` (0.01 by default).
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `BloomSize`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        items: &JsValue,
        wanted: &JsValue,
        seed: &JsValue,
    ) -> core::result::Result<Self, JsValue> {
        Ok(Self::checked(items, wanted, seed)?)
    }

    fn checked(items: &JsValue, wanted: &JsValue, seed: &JsValue) -> Result<Self> {
        let items = argument::whole("items", items, 1, MAX_BITS)?;
        let wanted = if wanted.is_undefined() { Ratio::new(1, 100) } else { rate(wanted)? };
        let seed = if seed.is_undefined() { 0 } else { argument::seed(seed)? };
        Ok(Self { filter: sketch::BloomFilter::new(items, wanted, seed)? })
    }

    /// Puts an item in; whether it surely was not in before.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn add(&mut self, item: &JsValue) -> core::result::Result<bool, JsValue> {
        Ok(self.filter.insert(&argument::bytes("item", item)?))
    }

    /// Whether an item probably was put in; `false` is certain.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn has(&self, item: &JsValue) -> core::result::Result<bool, JsValue> {
        Ok(self.filter.contains(&argument::bytes("item", item)?))
    }

    /// How many items were new when they were put in.
    #[wasm_bindgen(getter)]
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // far fewer than 2^53 can be put in
    pub fn size(&self) -> f64 {
        self.filter.len() as f64
    }

    /// Its size in bits.
    #[wasm_bindgen(getter)]
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // at most 2^31
    pub fn bits(&self) -> f64 {
        self.filter.bits() as f64
    }

    /// How many bits an item sets.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn hashes(&self) -> u8 {
        self.filter.hashes()
    }

    /// Of the items that are not in, which share it now takes for known.
    #[wasm_bindgen(getter, js_name = errorRate)]
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // at most a million
    pub fn error_rate(&self) -> f64 {
        self.filter.rate_ppm() as f64 / 1e6
    }
}

/// Numbers as text of digits, small letters and capitals.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Base62;

#[wasm_bindgen]
impl Base62 {
    /// A number in base 62, with zeros before it up to `width` digits.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn encode(number: &JsValue, width: &JsValue) -> core::result::Result<String, JsValue> {
        Ok(Self::encode_checked(number, width)?)
    }

    fn encode_checked(number: &JsValue, width: &JsValue) -> Result<String> {
        let number = argument::unsigned("number", number)?;
        if width.is_undefined() {
            return Ok(base62::encode(number));
        }
        let width = argument::narrow("width", width, 1, base62::MAX_WIDTH as u64)?;
        Ok(base62::encode_fixed(number, width)?)
    }

    /// The number of a text.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn decode(text: &JsValue) -> core::result::Result<BigInt, JsValue> {
        Ok(Self::decode_checked(text)?)
    }

    fn decode_checked(text: &JsValue) -> Result<BigInt> {
        Ok(BigInt::from(base62::decode(&argument::text("text", text)?)?))
    }
}
