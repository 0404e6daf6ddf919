//! `Autocomplete`.

use super::argument;
use super::error::{ApiError, Result};
use ennead::autocomplete::{Index, MAX_TOP};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// How many new queries are taken into the snapshot with each that is counted, while one is being built: the
/// caller never waits for all of them.
const STEP: usize = 64;

/// Counts queries and completes what was typed, exactly.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Autocomplete {
    index: Index,
}

#[wasm_bindgen]
impl Autocomplete {
    /// Without queries.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a query.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `Query`, `QueriesFull`.
    pub fn record(
        &mut self,
        query: &JsValue,
        times: &JsValue,
    ) -> core::result::Result<(), JsValue> {
        Ok(self.record_checked(query, times)?)
    }

    fn record_checked(&mut self, query: &JsValue, times: &JsValue) -> Result<()> {
        let query = argument::text("query", query)?;
        let times = if times.is_undefined() {
            1
        } else {
            argument::narrow("times", times, 1, u64::from(u32::MAX))?
        };
        self.index.record(&query, times, 0)?;
        if self.index.is_building() {
            self.index.step(STEP);
        } else if self.index.is_due() {
            self.index.begin(0);
        }
        Ok(())
    }

    /// The best queries that begin with what was typed.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `Query`.
    pub fn suggest(
        &self,
        typed: &JsValue,
        limit: &JsValue,
    ) -> core::result::Result<JsValue, JsValue> {
        Ok(self.suggest_checked(typed, limit)?)
    }

    fn suggest_checked(&self, typed: &JsValue, limit: &JsValue) -> Result<JsValue> {
        let typed = argument::text("typed", typed)?;
        let limit = if limit.is_undefined() {
            MAX_TOP / 2
        } else {
            argument::narrow("limit", limit, 1, MAX_TOP as u64)?
        };
        let found = self.index.suggest(&typed, limit, 0)?;
        serde_wasm_bindgen::to_value(&found).map_err(ApiError::from)
    }

    /// How often a query was counted.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `Query`.
    #[allow(clippy::cast_precision_loss)] // JavaScript's numbers
    pub fn count(&self, query: &JsValue) -> core::result::Result<f64, JsValue> {
        let query = argument::text("query", query)?;
        Ok(self.index.count(&query, 0).map_err(ApiError::from)? as f64)
    }

    /// Never suggests queries with a word or phrase; whether that is new.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `Query`.
    pub fn block(&mut self, phrase: &JsValue) -> core::result::Result<bool, JsValue> {
        let phrase = argument::text("phrase", phrase)?;
        let mut blocked = self.index.blocked().clone();
        let is_new = blocked.block(&phrase).map_err(ApiError::from)?;
        self.index.set_blocked(blocked);
        self.index.rebuild(0);
        Ok(is_new)
    }

    /// Suggests them again; whether they were blocked.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn unblock(&mut self, phrase: &JsValue) -> core::result::Result<bool, JsValue> {
        let phrase = argument::text("phrase", phrase)?;
        let mut blocked = self.index.blocked().clone();
        let was_blocked = blocked.free(&phrase);
        self.index.set_blocked(blocked);
        self.index.rebuild(0);
        Ok(was_blocked)
    }

    /// Distinct queries.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn size(&self) -> usize {
        self.index.len()
    }
}
