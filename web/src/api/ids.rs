//! `Snowflake`.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::base::Wall;
use ennead::ids::{
    self, ClockPolicy, DATA_CENTRES, EPOCH, IdError, MACHINES, Reading, Scheme, SnowflakeId, Worker,
};
use js_sys::{BigInt, Date};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The most milliseconds for which `next` without an argument looks at the clock again.
const MAX_SPIN: u64 = 10;
/// The greatest moment that a JavaScript date can hold.
const MAX_DATE: u64 = 8_640_000_000_000_000;

/// A generator of Snowflake ids.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Snowflake {
    ids: ids::Snowflake,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    time: u64,
    data_centre: u8,
    machine: u8,
    sequence: u16,
}

fn moment(name: &str, value: &JsValue) -> Result<Wall> {
    argument::whole(name, value, 0, MAX_DATE).map(Wall::from_millis)
}

/// The time of the surroundings, of which this host may ask.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole milliseconds since 1970
fn clock() -> Wall {
    Wall::from_millis(Date::now().max(0.0) as u64)
}

fn policy(value: &JsValue) -> Result<ClockPolicy> {
    match value.as_string().as_deref() {
        Some("wait") => Ok(ClockPolicy::Wait),
        Some("borrow") => Ok(ClockPolicy::Borrow),
        Some("refuse") => Ok(ClockPolicy::Refuse),
        _ => Err(ApiError::argument("clock", value, "one of \"wait\", \"borrow\" and \"refuse\"")),
    }
}

#[wasm_bindgen]
impl Snowflake {
    /// A generator of one worker.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> core::result::Result<Self, JsValue> {
        Ok(Self::checked(options)?)
    }

    fn checked(options: &JsValue) -> Result<Self> {
        let fields = Fields::of("options", options, &["dataCentre", "machine", "epoch", "clock"])?;
        let part = |name, count: u8| {
            let number = |value: &JsValue| argument::narrow(name, value, 0, u64::from(count) - 1);
            fields.get(name, number).map(|number| number.unwrap_or(0))
        };
        let worker = Worker::new(part("dataCentre", DATA_CENTRES)?, part("machine", MACHINES)?)?;
        let epoch = fields.get("epoch", |value| moment("epoch", value))?.unwrap_or(EPOCH);
        let policy = fields.get("clock", policy)?.unwrap_or_default();
        let ids = ids::Snowflake::new(worker).with_epoch(epoch).with_policy(policy);
        Ok(Self { ids })
    }

    /// The next id. Without `now`, of this moment; should all ids of the millisecond be given, the
    /// next one is awaited.
    ///
    /// # Errors
    /// Thrown: `Wait`, `ClockBack`, `BeforeEpoch`, `Exhausted`, `InvalidArgument`.
    pub fn next(&mut self, now: &JsValue) -> core::result::Result<BigInt, JsValue> {
        Ok(self.next_checked(now).map(|id| BigInt::from(id.0))?)
    }

    fn next_checked(&mut self, now: &JsValue) -> Result<SnowflakeId> {
        if !now.is_undefined() {
            return Ok(self.ids.next(moment("now", now)?)?);
        }
        let asked = clock();
        loop {
            let now = clock();
            match self.ids.next(now) {
                // The test of the clock, not only of the span: it may go back meanwhile.
                Err(IdError::Wait(span))
                    if span.as_millis() <= MAX_SPIN
                        && now.as_millis().abs_diff(asked.as_millis()) <= MAX_SPIN => {}
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Takes an id apart: a bigint, or text of digits.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn decode(id: &JsValue, options: &JsValue) -> core::result::Result<JsValue, JsValue> {
        Ok(Self::decode_checked(id, options)?)
    }

    fn decode_checked(id: &JsValue, options: &JsValue) -> Result<JsValue> {
        const EXPECTED: &str = "a bigint or a string of digits: a number would lose some of them";
        let fields = Fields::of("options", options, &["epoch"])?;
        let epoch = fields.get("epoch", |value| moment("epoch", value))?.unwrap_or(EPOCH);
        let text = if id.is_bigint() {
            let digits = BigInt::from(id.clone()).to_string(10);
            digits.map(String::from).map_err(|_| ApiError::argument("id", id, EXPECTED))?
        } else {
            id.as_string().ok_or_else(|| ApiError::argument("id", id, EXPECTED))?
        };
        let reading = Reading { scheme: Some(Scheme::Snowflake), epoch, ..Reading::default() };
        let decoded = ids::decode(&text, &reading)?;
        let parts = SnowflakeId(decoded.id.parse().unwrap_or_default()).parts();
        let parts = Parts {
            time: parts.wall(epoch).as_millis(),
            data_centre: parts.worker.data_centre(),
            machine: parts.worker.machine(),
            sequence: parts.sequence,
        };
        Ok(serde_wasm_bindgen::to_value(&parts)?)
    }
}
