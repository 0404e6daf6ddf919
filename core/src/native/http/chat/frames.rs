//! What is said over a device's socket: one JSON object a text frame, with its kind in `type`.
//!
//! | device to server | |
//! | --- | --- |
//! | `{"type":"hello","token":"...","known":{"p7-12":41},"backlog":50}` | first; the token unless the request carried it, how far the device is, and how many of the last messages it wants of conversations that it does not know |
//! | `{"type":"send","conversation":"p7-12","id":"...","text":"...","after":41}` | say something; the conversation may be `@name`; again under the same id if it was not acknowledged |
//! | `{"type":"read","conversation":"p7-12","number":42}` | all up to 42 was read |
//! | `{"type":"typing","conversation":"p7-12"}` | |
//! | `{"type":"presence","users":["12"]}` | how users are |
//! | `{"type":"ping"}` | still here; answering the server's pings does too, as browsers do by themselves |
//!
//! | server to device | |
//! | --- | --- |
//! | `{"type":"welcome","user":"7","node":"n1","online":["12"]}` | connected; friends who are on-line |
//! | `{"type":"ack","conversation":"p7-12","id":"...","number":42,"new":true}` | said, under this number |
//! | `{"type":"messages","conversation":"p7-12","messages":[...]}` | in order; the first follows on what the device has |
//! | `{"type":"read","conversation":"p7-12","user":"12","number":42}` | |
//! | `{"type":"typing","conversation":"p7-12","user":"12"}` | |
//! | `{"type":"presence","users":[{"user":"12","online":true}]}` | friends who came or went, or an answer |
//! | `{"type":"group","conversation":"g99"}` | its members or name changed |
//! | `{"type":"error","id":"...","problem":{...}}` | refused, as a problem document; with the id of what was to be said. Of type `behind`: take in what was said meanwhile, then send it again with the last number |
//! | `{"type":"pong"}` | |
//!
//! Numbers of users are strings, since JavaScript's numbers cannot hold them. The server closes with 1012 if it is
//! about to stop (connect elsewhere after a random while), 1013 if it can serve the device no longer (the same),
//! 1008 if the device says what is not understood,
//! 4001 if the login has ended, 4002 if nothing was heard, 4003 if the device is too slow.

use crate::chat::{ConversationId, Event, Message, Presence, Sent};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A frame of a device.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Frame {
    Hello {
        token: Option<Secret>,
        #[serde(default)]
        known: BTreeMap<String, u64>,
        backlog: Option<u16>,
    },
    Send {
        conversation: String,
        id: String,
        text: String,
        after: Option<u64>,
    },
    Read {
        conversation: String,
        number: u64,
    },
    Typing {
        conversation: String,
    },
    Presence {
        users: Vec<String>,
    },
    Ping,
}

/// A token, which no log is to show.
#[derive(Deserialize)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A message.
pub(super) fn shown(message: &Message) -> Value {
    json!({
        "number": message.number,
        "author": message.author.to_string(),
        "id": message.id,
        "time": message.time.as_millis(),
        "text": message.text,
    })
}

/// What came of saying something.
pub(super) fn described(conversation: ConversationId, id: &str, sent: Sent) -> Value {
    json!({
        "conversation": conversation.to_string(),
        "id": id,
        "number": sent.number,
        "new": sent.is_new,
    })
}

/// How a user is.
pub(super) fn presence(presence: &Presence) -> Value {
    let last_active = presence.last_active.map(|time| time.as_millis());
    json!({
        "user": presence.user.to_string(),
        "online": presence.is_online,
        "last_active_at": last_active,
    })
}

/// An event, as a frame.
pub(super) fn of_event(event: &Event) -> Value {
    match event {
        Event::Messages { conversation, messages } => json!({
            "type": "messages",
            "conversation": conversation.to_string(),
            "messages": messages.iter().map(shown).collect::<Vec<_>>(),
        }),
        Event::Read { conversation, user, number } => json!({
            "type": "read",
            "conversation": conversation.to_string(),
            "user": user.to_string(),
            "number": number,
        }),
        Event::Typing { conversation, user } => json!({
            "type": "typing",
            "conversation": conversation.to_string(),
            "user": user.to_string(),
        }),
        Event::Presence { user, is_online } => json!({
            "type": "presence",
            "users": [{ "user": user.to_string(), "online": is_online }],
        }),
        Event::Group { conversation } => {
            json!({ "type": "group", "conversation": conversation.to_string() })
        }
    }
}
