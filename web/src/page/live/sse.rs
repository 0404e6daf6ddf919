//! Server-sent events (WHATWG HTML, section 9.2) out of bytes as they come. `EventSource` would do it, but it
//! cannot say who asks.

/// The longest event, in bytes: a post of 10,000 characters, escaped, has room.
const MAX_EVENT: usize = 256 << 10;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// The last id that was sent, with this event or before.
    pub(super) id: String,
    /// Its type; empty without one.
    pub(super) kind: String,
    pub(super) data: String,
}

/// What is not yet a whole event.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
}

/// An event is longer than any that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// Takes in more bytes; the events that they end.
    ///
    /// # Errors
    /// [`TooLong`]: the connection is of no more use.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut ended = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' => ended.extend(self.end_line()),
                b'\r' => {} // before the line's end
                byte => self.line.push(byte),
            }
            if self.line.len() + self.event.data.len() > MAX_EVENT {
                return Err(TooLong);
            }
        }
        Ok(ended)
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            self.event.id.clone_from(&event.id);
            return (!event.data.is_empty()).then_some(event);
        }
        // Comments, without a name, only show that somebody is there.
        let line = String::from_utf8_lossy(&line);
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.event.id = value.to_string(),
            "event" => self.event.kind = value.to_string(),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text = ": here\n\nid: 7.9\nevent: post\ndata: {\"a\":\ndata: \"글\"}\n\ndata: 2\r\n\r\ndata: 3";
        for size in 1..text.len() {
            let mut events = Events::default();
            let parts = text.as_bytes().chunks(size).map(|part| events.take(part));
            let all: Vec<Event> = parts.collect::<Result<Vec<_>, _>>().unwrap().concat();
            let event = |kind: &str, data: &str| Event {
                id: "7.9".into(),
                kind: kind.into(),
                data: data.into(),
            };
            let whole = [event("post", "{\"a\":\n\"글\"}"), event("", "2")];
            assert_eq!(all, whole, "in parts of {size}");
        }
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut events = Events::default();
        assert_eq!(events.take(&vec![b'a'; MAX_EVENT]), Ok(Vec::new()));
        assert_eq!(events.take(b"a"), Err(TooLong));
    }
}
