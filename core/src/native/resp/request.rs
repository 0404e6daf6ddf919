//! Requests: arrays of byte strings, or lines typed by hand.
//!
//! The codec decodes; before it does, this file checks that a whole request is there and that its
//! lengths are within bounds, and words the errors as Redis does.

use bytes::{Buf, Bytes, BytesMut};
use redis_protocol::resp2::decode::decode_bytes_mut;
use redis_protocol::resp2::types::BytesFrame;

/// The most arguments of one request.
const MAX_ARGUMENTS: i64 = 1 << 20;
/// The longest argument. Values have a lower limit of their own, refused in better words.
const MAX_ARGUMENT: i64 = 16 << 20;
/// The longest request.
const MAX_REQUEST: usize = 64 << 20;
/// The longest line: a request typed by hand, or a length.
const MAX_LINE: usize = 64 << 10;

/// A request that breaks the protocol; the connection is of no further use. In Redis's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Protocol error: {0}")]
pub(super) struct ProtocolError(pub String);

fn error<T>(words: impl Into<String>) -> Result<T, ProtocolError> {
    Err(ProtocolError(words.into()))
}

/// Finds requests in a stream.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// What has come and was not taken yet.
    pub(super) buffer: BytesMut,
    /// How much of the buffer is known to be the beginning of one request.
    checked: usize,
    /// The arguments that are still to come, once the array's head is there.
    left: Option<i64>,
}

impl Requests {
    /// The next whole request: its name and arguments, never empty. None if more bytes are needed.
    ///
    /// # Errors
    /// [`ProtocolError`].
    pub(super) fn next(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        loop {
            let arguments = match self.buffer.first() {
                None => return Ok(None),
                Some(b'*') => self.next_array()?,
                Some(_) => self.next_line()?,
            };
            match arguments {
                Some(arguments) if arguments.is_empty() => {} // an empty line, as Redis, is no request
                arguments => return Ok(arguments),
            }
        }
    }

    fn next_array(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        if self.left.is_none() {
            let Some((count, end)) = self.number(1, "too big mbulk count string")? else {
                return Ok(None);
            };
            match count {
                Some(count) if count <= MAX_ARGUMENTS => self.left = Some(count.max(0)),
                _ => return error("invalid multibulk length"),
            }
            self.checked = end;
        }
        while let Some(left @ 1..) = self.left {
            let Some(&first) = self.buffer.get(self.checked) else { return Ok(None) };
            if first != b'$' {
                return error(format!("expected '$', got '{}'", char::from(first)));
            }
            let head = self.number(self.checked + 1, "too big bulk count string")?;
            let Some((length, start)) = head else { return Ok(None) };
            let length = match length {
                Some(length @ 0..=MAX_ARGUMENT) => usize::try_from(length).unwrap_or(0),
                _ => return error("invalid bulk length"),
            };
            let end = start + length + 2;
            if end > MAX_REQUEST {
                return error(format!("request of more than {MAX_REQUEST} bytes"));
            }
            if self.buffer.len() < end {
                self.buffer.reserve(end - self.buffer.len());
                return Ok(None);
            }
            if &self.buffer[end - 2..end] != b"\r\n" {
                return error("invalid bulk length"); // the content is longer than it says
            }
            self.checked = end;
            self.left = Some(left - 1);
        }
        let whole = std::mem::take(&mut self.checked);
        if self.left.take() == Some(0) && self.buffer.starts_with(b"*-") {
            self.buffer.advance(whole); // a null array asks nothing
            return Ok(Some(Vec::new()));
        }
        match decode_bytes_mut(&mut self.buffer) {
            Ok(Some((BytesFrame::Array(frames), ..))) => {
                let arguments = frames.into_iter().map(|frame| match frame {
                    BytesFrame::BulkString(bytes) => Ok(bytes),
                    _ => error("expected '$'"),
                });
                arguments.collect::<Result<Vec<_>, _>>().map(Some)
            }
            Ok(Some(_)) => error("expected an array"),
            Ok(None) => error("invalid bulk length"), // lengths and content contradict each other
            Err(reason) => error(reason.details().to_string()),
        }
    }

    /// The number in the line from `start` on, none if it is not one, and where the next begins.
    fn number(
        &self,
        start: usize,
        too_long: &str,
    ) -> Result<Option<(Option<i64>, usize)>, ProtocolError> {
        let rest = self.buffer.get(start..).unwrap_or_default();
        let Some(end) = rest.iter().take(MAX_LINE).position(|&byte| byte == b'\r') else {
            return if rest.len() >= MAX_LINE { error(too_long) } else { Ok(None) };
        };
        if rest.len() < end + 2 {
            return Ok(None);
        }
        let number = std::str::from_utf8(&rest[..end]).ok().and_then(|text| text.parse().ok());
        Ok(Some((number.filter(|_| rest[end + 1] == b'\n'), start + end + 2)))
    }

    fn next_line(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        let Some(end) = self.buffer.iter().take(MAX_LINE).position(|&byte| byte == b'\n') else {
            return match self.buffer.len() {
                MAX_LINE.. => error("too big inline request"),
                _ => Ok(None),
            };
        };
        let line = self.buffer.split_to(end + 1);
        words(line[..end].strip_suffix(b"\r").unwrap_or(&line[..end])).map(Some)
    }
}

/// Splits a line into words; quotes hold blanks together.
fn words(line: &[u8]) -> Result<Vec<Bytes>, ProtocolError> {
    let unbalanced = || error("unbalanced quotes in request");
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        let Some(&first) = rest.first() else { return Ok(words) };
        let mut word = Vec::new();
        if first == b'"' || first == b'\'' {
            rest = &rest[1..];
            loop {
                match *rest {
                    [] => return unbalanced(),
                    [quote, ref after @ ..] if quote == first => {
                        if after.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                            return unbalanced();
                        }
                        rest = after;
                        break;
                    }
                    [b'\\', b'x', high, low, ref after @ ..]
                        if first == b'"' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
                    {
                        word.push(hex(high) << 4 | hex(low));
                        rest = after;
                    }
                    [b'\\', escaped, ref after @ ..] if first == b'"' || escaped == b'\'' => {
                        word.push(match escaped {
                            b'n' if first == b'"' => b'\n',
                            b'r' if first == b'"' => b'\r',
                            b't' if first == b'"' => b'\t',
                            b'a' if first == b'"' => 7,
                            b'b' if first == b'"' => 8,
                            other => other,
                        });
                        rest = after;
                    }
                    [byte, ref after @ ..] => {
                        word.push(byte);
                        rest = after;
                    }
                }
            }
        } else {
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            let (plain, after) = rest.split_at(end);
            if plain.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
                return unbalanced();
            }
            word.extend_from_slice(plain);
            rest = after;
        }
        words.push(Bytes::from(word));
    }
}

const fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<Vec<Bytes>>, String> {
        let mut requests = Requests { buffer: bytes.into(), ..Requests::default() };
        let mut found = Vec::new();
        while let Some(request) = requests.next().map_err(|error| error.to_string())? {
            found.push(request);
        }
        Ok(found)
    }

    fn error_of(bytes: &[u8]) -> String {
        all(bytes).unwrap_err()
    }

    #[test]
    fn r6_18_pipelined_requests_come_out_in_order() {
        let bytes = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n*1\r\n$4\r\nPING\r\n\r\n*0\r\n*-1\r\n*1\r\n$0\r\n\r\n";
        let found = all(bytes).unwrap();
        assert_eq!(
            found,
            [vec!["GET", "a"], vec!["PING"], vec!["PING"], vec![""]]
                .map(|request| request.into_iter().map(Bytes::from).collect::<Vec<_>>())
        );
    }

    #[test]
    fn a_request_may_come_in_any_pieces() {
        let bytes = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n";
        let mut requests = Requests::default();
        for (i, &byte) in bytes.iter().enumerate() {
            assert_eq!(requests.next(), Ok(None), "after {i} bytes");
            requests.buffer.extend_from_slice(&[byte]);
        }
        let request = requests.next().unwrap().unwrap();
        assert_eq!(request, ["SET", "k", "a\r\nb"]);
        assert!(requests.buffer.is_empty());
    }

    #[test]
    fn lines_are_split_with_quotes() {
        let found = all(b"SET  k \"a \\x41\\n\"\t'it\\'s'\n").unwrap();
        assert_eq!(found, [["SET", "k", "a A\n", "it's"].map(Bytes::from).to_vec()]);
        assert_eq!(error_of(b"GET \"k\n"), "Protocol error: unbalanced quotes in request");
        assert_eq!(error_of(b"GET \"k\"x\n"), "Protocol error: unbalanced quotes in request");
    }

    #[test]
    fn what_breaks_the_protocol_is_told_in_the_words_of_redis() {
        assert_eq!(error_of(b"*x\r\n"), "Protocol error: invalid multibulk length");
        assert_eq!(error_of(b"*1048577\r\n"), "Protocol error: invalid multibulk length");
        assert_eq!(error_of(b"*1\r\n:1\r\n"), "Protocol error: expected '$', got ':'");
        assert_eq!(error_of(b"*1\r\n$-1\r\n"), "Protocol error: invalid bulk length");
        assert_eq!(error_of(b"*1\r\n$999999999999\r\n"), "Protocol error: invalid bulk length");
        assert_eq!(error_of(&[b'x'; MAX_LINE]), "Protocol error: too big inline request");
        let mut long = b"*".to_vec();
        long.resize(MAX_LINE + 1, b'1');
        assert_eq!(error_of(&long), "Protocol error: too big mbulk count string");
        assert!(all(b"*1\r\n$1\r\nabc").is_err(), "content longer than its length");
    }
}
