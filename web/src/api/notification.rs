//! `Backoff` and `Template`.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::base::Span;
use ennead::notification;
use serde::Serialize;
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The longest wait, in milliseconds: 31 days.
const MAX_WAIT: u64 = 31 * 86_400_000;
/// Two to the 53rd: as many steps as a drawn number may have.
const STEPS: f64 = 9_007_199_254_740_992.0;

/// How long to wait before something is tried again.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Backoff {
    backoff: notification::Backoff,
}

#[allow(clippy::cast_precision_loss)] // spans up to 285 years are exact
fn millis(span: Span) -> f64 {
    span.as_micros() as f64 / 1_000.0
}

fn failures(value: &JsValue) -> Result<u16> {
    argument::narrow("failures", value, 1, u64::from(u16::MAX))
}

#[wasm_bindgen]
impl Backoff {
    /// A backoff.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> core::result::Result<Self, JsValue> {
        Ok(Self::checked(options)?)
    }

    fn checked(options: &JsValue) -> Result<Self> {
        let fields = Fields::of("options", options, &["first", "most"])?;
        let span = |name: &'static str| {
            move |value: &JsValue| argument::whole(name, value, 1, MAX_WAIT).map(Span::from_millis)
        };
        let first = fields.get("first", span("first"))?.unwrap_or(Span::from_secs(1));
        let most = fields.get("most", span("most"))?.unwrap_or(Span::from_secs(900));
        Ok(Self { backoff: notification::Backoff { first, most } })
    }

    /// The longest wait after so many failures, in milliseconds.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn ceiling(&self, count: &JsValue) -> core::result::Result<f64, JsValue> {
        Ok(millis(self.backoff.ceiling(failures(count)?)))
    }

    /// The wait after so many failures, in milliseconds, where `random` is drawn evenly from 0 to 1.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn wait(&self, count: &JsValue, random: &JsValue) -> core::result::Result<f64, JsValue> {
        Ok(self.wait_checked(count, random)?)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is checked to be in range
    fn wait_checked(&self, count: &JsValue, random: &JsValue) -> Result<f64> {
        let drawn = random.as_f64().filter(|drawn| (0.0..1.0).contains(drawn));
        let expected = "a number from 0 to below 1, as Math.random() gives them";
        let drawn = drawn.ok_or_else(|| ApiError::argument("random", random, expected))?;
        let drawn = ((drawn * STEPS) as u64) << 11;
        Ok(millis(self.backoff.wait(failures(count)?, drawn)))
    }
}

/// Words with places that fields fill in.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Template {
    template: notification::Template,
}

#[derive(Serialize)]
struct Rendered {
    title: String,
    body: String,
}

#[wasm_bindgen]
impl Template {
    /// A template of a title and a body.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(title: &JsValue, body: &JsValue) -> core::result::Result<Self, JsValue> {
        Ok(Self::checked(title, body)?)
    }

    fn checked(title: &JsValue, body: &JsValue) -> Result<Self> {
        let title = argument::text("title", title)?;
        let body = if body.is_undefined() { String::new() } else { argument::text("body", body)? };
        Ok(Self { template: notification::Template::new(&title, &body)? })
    }

    /// The names of its places.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn places(&self) -> Vec<String> {
        self.template.places().into_iter().map(String::from).collect()
    }

    /// The words, with every place filled in.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn render(&self, fields: JsValue) -> core::result::Result<JsValue, JsValue> {
        Ok(self.render_checked(fields)?)
    }

    fn render_checked(&self, fields: JsValue) -> Result<JsValue> {
        let fields: BTreeMap<String, String> = match fields.is_undefined() {
            true => BTreeMap::new(),
            false => serde_wasm_bindgen::from_value(fields)?,
        };
        self.template.check(&fields)?;
        let notification::Message { title, body } = self.template.render(&fields);
        Ok(serde_wasm_bindgen::to_value(&Rendered { title, body })?)
    }
}
