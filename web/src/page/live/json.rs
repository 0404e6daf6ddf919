//! JSON, as the browser reads and writes it: a decoder of our own would weigh more than all that is said.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::JsValue;

/// The largest whole number that a JavaScript number holds exactly.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// A value, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Json(JsValue);

impl Json {
    /// Reads a text; nothing if it is no JSON.
    pub(super) fn parse(text: &str) -> Self {
        Self(JSON::parse(text).unwrap_or(JsValue::UNDEFINED))
    }

    /// A member, or nothing.
    pub(super) fn at(&self, name: &str) -> Self {
        Self(Reflect::get(&self.0, &name.into()).unwrap_or(JsValue::UNDEFINED))
    }

    /// A text.
    pub(super) fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    /// The text of a member; empty without one.
    pub(super) fn text_at(&self, name: &str) -> String {
        self.at(name).text().unwrap_or_default()
    }

    /// A whole number that is not negative.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is checked to be in range
    pub(super) fn number(&self) -> Option<u64> {
        let number = self.0.as_f64().filter(|n| n.fract() == 0.0 && (0.0..=MAX_SAFE).contains(n));
        number.map(|number| number as u64)
    }

    /// True or false.
    pub(super) fn truth(&self) -> Option<bool> {
        self.0.as_bool()
    }

    /// What a text stands for, such as a user's number.
    pub(super) fn parsed<T: std::str::FromStr>(&self) -> Option<T> {
        self.text()?.parse().ok()
    }

    /// The items of a list; none if it is none.
    pub(super) fn list(&self) -> impl Iterator<Item = Self> + use<> {
        let array = if Array::is_array(&self.0) { Array::from(&self.0) } else { Array::new() };
        (0..array.length()).map(move |at| Self(array.get(at)))
    }

    /// All that the items of a list are read as; none of them if one cannot be.
    pub(super) fn each<T>(&self, read: impl Fn(&Self) -> Option<T>) -> Option<Vec<T>> {
        self.list().map(|item| read(&item)).collect()
    }
}

/// An object with these members.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, JsValue)>) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        let _ = Reflect::set(&object, &name.into(), &value); // a plain object takes any member
    }
    object.into()
}

/// A list of texts.
pub(super) fn texts(texts: impl IntoIterator<Item = String>) -> JsValue {
    texts.into_iter().map(JsValue::from).collect::<Array>().into()
}

/// A number, which is small enough for JavaScript's.
#[allow(clippy::cast_precision_loss)] // numbers of messages: below 2^53
pub(super) fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// As text.
pub(super) fn written(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}
