//! `simulate`: a whole world as a test, exactly as `ennead sim` runs it.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::base::Span;
use ennead::sim::{self, Link, Options};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportOut {
    seed: String,
    options: String,
    digest: String,
    events: u64,
    messages: u64,
    lasted: f64,
    violations: Vec<String>,
    link: String,
}

/// Runs the world of a seed with its faults for `seconds`, heals it, and judges.
///
/// # Errors
/// Thrown: `InvalidArgument`.
#[wasm_bindgen]
#[allow(unreachable_pub)] // exported to JavaScript, which must be `pub`
pub fn simulate(options: &JsValue) -> core::result::Result<JsValue, JsValue> {
    Ok(simulate_checked(options)?)
}

fn simulate_checked(value: &JsValue) -> Result<JsValue> {
    let fields = Fields::of("options", value, &["seed", "nodes", "seconds"])?;
    let seed = fields.get("seed", argument::seed)?.unwrap_or(1);
    let most = u64::from(Options::MAX_NODES);
    let nodes = fields.get("nodes", |value| argument::narrow("nodes", value, 1, most))?;
    let longest = Link::LONGEST_SECS;
    let seconds = fields.get("seconds", |value| argument::whole("seconds", value, 1, longest))?;
    let span = Span::from_secs(seconds.unwrap_or(60));
    let options = nodes.map_or_else(|| Options::swarm(seed), |n| Options::from_seed(seed, n));
    let report = sim::run(seed, options, span, |_| {});
    let out = ReportOut {
        seed: report.seed.to_string(),
        options: report.options.to_string(),
        digest: format!("{:016x}", report.digest),
        events: report.events,
        messages: report.messages,
        lasted: super::view::millis(report.lasted.as_micros()),
        violations: report.violations.iter().map(ToString::to_string).collect(),
        link: report.link.to_fragment(),
    };
    serde_wasm_bindgen::to_value(&out).map_err(ApiError::from)
}
