//! `mergeFeeds`, `FeedCosts`.

use super::argument;
use super::error::{ApiError, Result};
use ennead::feed::{self, Costs, Way};
use js_sys::{Array, BigInt};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Lists that are merged at once, numbers of one, and of a page.
const MAX_LISTS: u32 = 10_000;
const MAX_LENGTH: u32 = 100_000;
/// The most friends that somebody may be said to have.
const MAX_FRIENDS: u64 = 1_000_000_000;

/// The latest of several lists together.
///
/// # Errors
/// Thrown: `InvalidArgument`.
#[wasm_bindgen(js_name = mergeFeeds)]
#[allow(unreachable_pub)] // exported to JavaScript, which must be `pub`
pub fn merge_feeds(
    lists: &JsValue,
    limit: &JsValue,
    before: &JsValue,
) -> core::result::Result<Array, JsValue> {
    Ok(merged(lists, limit, before)?)
}

fn merged(lists: &JsValue, limit: &JsValue, before: &JsValue) -> Result<Array> {
    let limit: u32 = argument::narrow("limit", limit, 1, u64::from(MAX_LENGTH))?;
    let before =
        if before.is_undefined() { None } else { Some(argument::unsigned("before", before)?) };
    let outer = array("lists", lists, MAX_LISTS)?;
    let mut numbers = Vec::with_capacity(outer.length() as usize);
    for list in outer.iter() {
        let list = array("lists", &list, MAX_LENGTH)?;
        let ids = list.iter().map(|id| argument::unsigned("lists", &id));
        let ids = ids.collect::<Result<Vec<u64>>>()?;
        if !ids.is_sorted_by(|a, b| a > b) {
            let expected = "lists that are each in order, the greatest number first";
            return Err(ApiError::argument("lists", lists, expected));
        }
        numbers
            .push(ids.into_iter().filter(|&id| before.is_none_or(|before| id < before)).collect());
    }
    Ok(feed::merge(numbers, limit as usize).into_iter().map(BigInt::from).collect())
}

fn array(name: &'static str, value: &JsValue, most: u32) -> Result<Array> {
    let found = Array::is_array(value).then(|| Array::from(value));
    found.filter(|array| array.length() <= most).ok_or_else(|| {
        ApiError::argument(name, value, &format!("arrays of at most {most} entries"))
    })
}

/// What each way of fan-out costs.
#[wasm_bindgen]
#[derive(Debug)]
pub struct FeedCosts {
    costs: Costs,
}

/// Rows written and ranges read.
#[derive(Debug, Serialize)]
struct Cost {
    writes: u64,
    reads: u64,
}

#[derive(Debug, Serialize)]
struct All {
    push: Cost,
    pull: Cost,
    hybrid: Cost,
}

#[wasm_bindgen]
impl FeedCosts {
    /// Nothing yet.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(threshold: &JsValue) -> core::result::Result<Self, JsValue> {
        let threshold = if threshold.is_undefined() {
            500
        } else {
            argument::whole("threshold", threshold, 0, MAX_FRIENDS)?
        };
        Ok(Self { costs: Costs::new(threshold) })
    }

    /// Somebody has posted.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn publish(&mut self, friends: &JsValue) -> core::result::Result<(), JsValue> {
        self.costs.publish(argument::whole("friends", friends, 0, MAX_FRIENDS)?);
        Ok(())
    }

    /// Somebody has read a page.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn read(
        &mut self,
        friends: &JsValue,
        famous: &JsValue,
    ) -> core::result::Result<(), JsValue> {
        let friends = argument::whole("friends", friends, 0, MAX_FRIENDS)?;
        let famous = argument::whole("famous", famous, 0, friends)?;
        self.costs.read(friends, famous);
        Ok(())
    }

    /// What was written and read so far, by each way.
    ///
    /// # Errors
    /// None.
    pub fn totals(&self) -> core::result::Result<JsValue, JsValue> {
        let of = |way| {
            let (writes, reads) = self.costs.of(way);
            Cost { writes, reads }
        };
        let all = All { push: of(Way::Push), pull: of(Way::Pull), hybrid: of(Way::Hybrid) };
        Ok(serde_wasm_bindgen::to_value(&all).map_err(ApiError::from)?)
    }
}
