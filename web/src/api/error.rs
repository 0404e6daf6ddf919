//! What is thrown: an `Error` whose `code` says what is wrong for programs, and whose `message` says
//! it for people: what was got, what was expected, what to do.

use ennead::autocomplete::{BlockError, QueryError};
use ennead::ids::IdError;
use ennead::kv;
use ennead::notification;
use ennead::ring::LayoutError;
use ennead::sim::LinkError;
use ennead::sketch::{BloomError, base62::Base62Error};
use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// What goes wrong in a call.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: &'static str,
    message: String,
    may_have_happened: bool,
}

pub(crate) type Result<T> = core::result::Result<T, ApiError>;

impl ApiError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), may_have_happened: false }
    }

    /// An argument of the wrong type or out of range.
    pub(crate) fn argument(name: &str, got: &JsValue, expected: &str) -> Self {
        Self::new("InvalidArgument", format!("{name}: got {}, expected {expected}", shown(got)))
    }

    /// The same for a write that may yet have been stored.
    pub(crate) fn unsure(mut self) -> Self {
        self.may_have_happened = true;
        self
    }
}

/// A value as it is named in a message: its type, and itself if that is short.
pub(crate) fn shown(value: &JsValue) -> String {
    if value.is_undefined() || value.is_null() {
        return format!("{value:?}").trim_start_matches("JsValue(").trim_end_matches(')').into();
    }
    if let Some(text) = value.as_string() {
        let mut short: String = text.chars().take(40).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        return format!("the string {short:?}");
    }
    if let Some(number) = value.as_f64() {
        return format!("the number {number}");
    }
    if let Some(boolean) = value.as_bool() {
        return boolean.to_string();
    }
    if js_sys::Array::is_array(value) {
        return "an array".into();
    }
    match value.js_typeof().as_string() {
        Some(kind) if kind == "object" => "an object".into(),
        Some(kind) => format!("a {kind}"),
        None => "something else".into(),
    }
}

impl From<kv::Error> for ApiError {
    fn from(error: kv::Error) -> Self {
        let code = match &error {
            kv::Error::KeyLength { .. } => "KeyLength",
            kv::Error::ValueLength { .. } => "ValueLength",
            kv::Error::Context => "Context",
            kv::Error::Siblings => "Siblings",
            kv::Error::Copies { .. } => "Copies",
            kv::Error::Quorum { .. } => "Quorum",
            kv::Error::Unreachable { .. } => "Unreachable",
            kv::Error::Timeout { .. } => "Timeout",
            kv::Error::NoMajority { .. } => "NoMajority",
            kv::Error::Overloaded { .. } => "Overloaded",
            kv::Error::StoodStill => "StoodStill",
            kv::Error::Layout { .. } => "Layout",
            kv::Error::Range { .. } => "Range",
        };
        let may_have_happened = error.may_have_happened();
        Self { code, message: error.to_string(), may_have_happened }
    }
}

impl From<LayoutError> for ApiError {
    fn from(error: LayoutError) -> Self {
        let code = match &error {
            LayoutError::Count { .. } => "MemberCount",
            LayoutError::Duplicate { .. } => "MemberExists",
            LayoutError::Name { .. } => "MemberName",
            LayoutError::Weight { .. } => "MemberWeight",
            LayoutError::Points { .. } => "InvalidArgument",
        };
        Self::new(code, error.to_string())
    }
}

impl From<IdError> for ApiError {
    fn from(error: IdError) -> Self {
        let code = match &error {
            IdError::Wait(_) => "Wait",
            IdError::ClockBack { .. } => "ClockBack",
            IdError::BeforeEpoch { .. } => "BeforeEpoch",
            IdError::Exhausted | IdError::Lapsed { .. } => "Exhausted",
            IdError::Worker { .. } | IdError::Step { .. } | IdError::Text { .. } => {
                "InvalidArgument"
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<BloomError> for ApiError {
    fn from(error: BloomError) -> Self {
        let code = match &error {
            BloomError::Size { .. } | BloomError::Memory { .. } => "BloomSize",
            BloomError::Rate { .. } | BloomError::Parts { .. } => "InvalidArgument",
        };
        Self::new(code, error.to_string())
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        let code = match &error {
            QueryError::Empty | QueryError::TooLong { .. } => "Query",
            QueryError::Limit { .. } => "InvalidArgument",
            QueryError::Full { .. } => "QueriesFull",
        };
        Self::new(code, error.to_string())
    }
}

impl From<BlockError> for ApiError {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::Query(error) => error.into(),
            error => Self::new("Query", error.to_string()),
        }
    }
}

impl From<Base62Error> for ApiError {
    fn from(error: Base62Error) -> Self {
        Self::new("InvalidArgument", error.to_string())
    }
}

impl From<notification::Error> for ApiError {
    fn from(error: notification::Error) -> Self {
        Self::new("InvalidArgument", error.to_string())
    }
}

impl From<LinkError> for ApiError {
    fn from(error: LinkError) -> Self {
        Self::new("InvalidLink", error.to_string())
    }
}

impl From<serde_wasm_bindgen::Error> for ApiError {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::new("InvalidArgument", error.to_string())
    }
}

impl From<ApiError> for JsValue {
    fn from(error: ApiError) -> Self {
        let thrown = js_sys::Error::new(&error.message);
        thrown.set_name("EnneadError");
        // Setting a property of an object made here cannot fail.
        let _ = Reflect::set(&thrown, &"code".into(), &error.code.into());
        let _ = Reflect::set(&thrown, &"mayHaveHappened".into(), &error.may_have_happened.into());
        thrown.into()
    }
}
