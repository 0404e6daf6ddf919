//! Replies, and how RESP2 and RESP3 write them.

use crate::kv::Error;
use crate::port;
use bytes::{Bytes, BytesMut};
use redis_protocol::resp2::types::BytesFrame as Frame2;
use redis_protocol::resp3::types::{BytesFrame as Frame3, FrameMap};

/// Which protocol a connection speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Protocol {
    /// What every connection begins with.
    #[default]
    Resp2,
    /// After `HELLO 3`.
    Resp3,
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A short word such as `OK`.
    Simple(&'static str),
    /// An error: a code in capitals, a space, words.
    Error(String),
    /// A number.
    Integer(i64),
    /// Bytes.
    Bulk(Bytes),
    /// Nothing.
    Null,
    /// Values in order.
    Array(Vec<Value>),
    /// Pairs in order; RESP2 writes them as one flat array.
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// `+OK`.
    pub(super) const OK: Self = Self::Simple("OK");

    /// Text as bytes.
    #[must_use]
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Bulk(Bytes::from(text.into()))
    }

    /// A count.
    #[must_use]
    pub(super) fn count(count: u64) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// An error with the code `ERR`.
    #[must_use]
    pub(super) fn err(words: impl std::fmt::Display) -> Self {
        Self::Error(format!("ERR {words}"))
    }

    /// What the store says went wrong.
    #[must_use]
    pub(super) fn refused(error: &port::Error) -> Self {
        let code = match error {
            port::Error::Store(Error::Unreachable { .. }) => "NOQUORUM",
            port::Error::Store(Error::Timeout { .. }) => "TIMEOUT",
            port::Error::Busy
            | port::Error::Store(Error::Overloaded { .. } | Error::StoodStill) => "BUSY",
            port::Error::Store(_) => "ERR",
            port::Error::Stopped => "LOADING",
            port::Error::Begun(_) => "ERR",
        };
        Self::Error(format!("{code} {error}"))
    }

    /// Appends the reply as the connection's protocol writes it.
    pub(super) fn write(self, protocol: Protocol, out: &mut BytesMut) {
        let written = match protocol {
            Protocol::Resp2 => {
                redis_protocol::resp2::encode::extend_encode(out, &self.resp2(), false)
            }
            Protocol::Resp3 => {
                redis_protocol::resp3::encode::complete::extend_encode(out, &self.resp3(), false)
            }
        };
        if let Err(error) = written {
            tracing::error!("a reply could not be written: {error}");
            out.extend_from_slice(b"-ERR the reply could not be written\r\n");
        }
    }

    fn resp2(self) -> Frame2 {
        match self {
            Self::Simple(word) => Frame2::SimpleString(Bytes::from_static(word.as_bytes())),
            Self::Error(words) => Frame2::Error(one_line(words).into()),
            Self::Integer(number) => Frame2::Integer(number),
            Self::Bulk(bytes) => Frame2::BulkString(bytes),
            Self::Null => Frame2::Null,
            Self::Array(values) => Frame2::Array(values.into_iter().map(Self::resp2).collect()),
            Self::Map(pairs) => Frame2::Array(
                pairs.into_iter().flat_map(|(key, value)| [key.resp2(), value.resp2()]).collect(),
            ),
        }
    }

    fn resp3(self) -> Frame3 {
        let attributes = None;
        match self {
            Self::Simple(word) => {
                Frame3::SimpleString { data: Bytes::from_static(word.as_bytes()), attributes }
            }
            Self::Error(words) => Frame3::SimpleError { data: one_line(words).into(), attributes },
            Self::Integer(data) => Frame3::Number { data, attributes },
            Self::Bulk(data) => Frame3::BlobString { data, attributes },
            Self::Null => Frame3::Null,
            Self::Array(values) => {
                Frame3::Array { data: values.into_iter().map(Self::resp3).collect(), attributes }
            }
            Self::Map(pairs) => {
                let pairs = pairs.into_iter().map(|(key, value)| (key.resp3(), value.resp3()));
                Frame3::Map { data: pairs.collect::<FrameMap<_, _>>(), attributes }
            }
        }
    }
}

/// An error is one line: what a client echoed into it must not begin another reply.
fn one_line(mut words: String) -> String {
    if words.contains(['\r', '\n']) {
        words = words.replace(['\r', '\n'], " ");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: Value, protocol: Protocol) -> String {
        let mut out = BytesMut::new();
        value.write(protocol, &mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn both_protocols_write_what_clients_expect() {
        let both = |value: Value| {
            (written(value.clone(), Protocol::Resp2), written(value, Protocol::Resp3))
        };
        assert_eq!(both(Value::OK), ("+OK\r\n".into(), "+OK\r\n".into()));
        assert_eq!(both(Value::Null), ("$-1\r\n".into(), "_\r\n".into()));
        assert_eq!(both(Value::text("ab")), ("$2\r\nab\r\n".into(), "$2\r\nab\r\n".into()));
        assert_eq!(both(Value::Integer(-3)), (":-3\r\n".into(), ":-3\r\n".into()));
        let map = Value::Map(vec![
            (Value::text("b"), Value::Integer(1)),
            (Value::text("a"), Value::Null),
        ]);
        assert_eq!(
            both(map),
            (
                "*4\r\n$1\r\nb\r\n:1\r\n$1\r\na\r\n$-1\r\n".into(),
                "%2\r\n$1\r\nb\r\n:1\r\n$1\r\na\r\n_\r\n".into()
            )
        );
    }

    #[test]
    fn an_error_stays_one_line() {
        let error = Value::err("unknown command 'a\r\n+OK'");
        assert_eq!(written(error, Protocol::Resp2), "-ERR unknown command 'a  +OK'\r\n");
    }
}
