//! What callers pass. Every argument comes as any value at all.

use super::error::{ApiError, Result};
use js_sys::{Array, BigInt, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// The largest whole number that a JavaScript number holds exactly.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// A string.
pub(crate) fn text(name: &str, value: &JsValue) -> Result<String> {
    value.as_string().ok_or_else(|| ApiError::argument(name, value, "a string"))
}

/// Bytes: those of a string in UTF-8, or an array of them.
pub(crate) fn bytes(name: &str, value: &JsValue) -> Result<Vec<u8>> {
    if let Some(text) = value.as_string() {
        return Ok(text.into_bytes());
    }
    match value.dyn_ref::<Uint8Array>() {
        Some(array) => Ok(array.to_vec()),
        None => Err(ApiError::argument(name, value, "a string or a Uint8Array")),
    }
}

/// A whole number from `least` to `most`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is checked to be in range
pub(crate) fn whole(name: &str, value: &JsValue, least: u64, most: u64) -> Result<u64> {
    let found = value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..=MAX_SAFE).contains(n));
    found.map(|number| number as u64).filter(|number| (least..=most).contains(number)).ok_or_else(
        || ApiError::argument(name, value, &format!("a whole number from {least} to {most}")),
    )
}

/// The same as a narrower integer.
pub(crate) fn narrow<T: TryFrom<u64>>(
    name: &str,
    value: &JsValue,
    least: u64,
    most: u64,
) -> Result<T> {
    let expected = || format!("a whole number from {least} to {most}");
    let wide = whole(name, value, least, most)?;
    T::try_from(wide).map_err(|_| ApiError::argument(name, value, &expected()))
}

/// A seed: a whole number, or a `bigint` of up to 64 bits.
pub(crate) fn seed(value: &JsValue) -> Result<u64> {
    unsigned("seed", value)
}

/// A whole number, or a `bigint` of up to 64 bits.
pub(crate) fn unsigned(name: &str, value: &JsValue) -> Result<u64> {
    const EXPECTED: &str = "a whole number from 0 on, or a bigint of at most 64 bits";
    if value.is_bigint() {
        let big = BigInt::from(value.clone());
        return u64::try_from(big).map_err(|_| ApiError::argument(name, value, EXPECTED));
    }
    whole(name, value, 0, u64::MAX).map_err(|_| ApiError::argument(name, value, EXPECTED))
}

/// `true` or `false`.
pub(crate) fn truth(name: &str, value: &JsValue) -> Result<bool> {
    value.as_bool().ok_or_else(|| ApiError::argument(name, value, "true or false"))
}

/// An array of strings.
pub(crate) fn texts(name: &str, value: &JsValue) -> Result<Vec<String>> {
    if !Array::is_array(value) {
        return Err(ApiError::argument(name, value, "an array of strings"));
    }
    Array::from(value).iter().map(|item| text(name, &item)).collect()
}

/// An object with optional fields, none of them unknown.
pub(crate) struct Fields(Option<Object>);

impl Fields {
    /// Takes `value` if it is `undefined`, or an object that has no fields but those `known`.
    pub(crate) fn of(name: &str, value: &JsValue, known: &[&str]) -> Result<Self> {
        if value.is_undefined() {
            return Ok(Self(None));
        }
        let object = value
            .dyn_ref::<Object>()
            .filter(|object| !Array::is_array(object) && !object.is_function())
            .ok_or_else(|| ApiError::argument(name, value, "an object"))?;
        for key in Object::keys(object).iter().filter_map(|key| key.as_string()) {
            if !known.contains(&key.as_str()) {
                let expected = known.join(", ");
                return Err(ApiError::new(
                    "InvalidArgument",
                    format!("{name}: got the field {key:?}, expected any of {expected}"),
                ));
            }
        }
        Ok(Self(Some(object.clone())))
    }

    /// A field, checked, if it is there.
    pub(crate) fn get<T>(
        &self,
        name: &str,
        check: impl FnOnce(&JsValue) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(object) = &self.0 else { return Ok(None) };
        let value = Reflect::get(object, &name.into()).map_err(|_| {
            ApiError::new("InvalidArgument", format!("{name}: reading the field threw an error"))
        })?;
        if value.is_undefined() { Ok(None) } else { check(&value).map(Some) }
    }
}
