//! Server-sent events (WHATWG HTML, section 9.2) out of bytes as they come. `EventSource` would do it, but it
//! cannot say who asks.

/// The longest event, in bytes: a post of 10,000 characters, escaped, has room.
const MAX_EVENT: usize = 256 << 10;

/// What is not yet a whole event.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: String,
}

/// An event is longer than any that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// Takes in more bytes; the data of each event that they end.
    ///
    /// # Errors
    /// [`TooLong`]: the connection is of no more use.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut ended = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' => ended.extend(self.end_line()),
                b'\r' => {} // before the line's end
                byte => self.line.push(byte),
            }
            if self.line.len() + self.data.len() > MAX_EVENT {
                return Err(TooLong);
            }
        }
        Ok(ended)
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then_some(data);
        }
        // Names and ids of events are in the data too, and comments only show that somebody is there.
        if let Some(data) = line.strip_prefix(b"data:") {
            let data = String::from_utf8_lossy(data.strip_prefix(b" ").unwrap_or(data));
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(&data);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text =
            ": here\n\nid: 7\nevent: post\ndata: {\"a\":\ndata: \"글\"}\n\ndata: 2\r\n\r\ndata: 3";
        for size in 1..text.len() {
            let mut events = Events::default();
            let parts = text.as_bytes().chunks(size).map(|part| events.take(part));
            let all: Vec<String> = parts.collect::<Result<Vec<_>, _>>().unwrap().concat();
            assert_eq!(all, ["{\"a\":\n\"글\"}", "2"], "in parts of {size}");
        }
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut events = Events::default();
        assert_eq!(events.take(&vec![b'a'; MAX_EVENT]), Ok(Vec::new()));
        assert_eq!(events.take(b"a"), Err(TooLong));
    }
}
