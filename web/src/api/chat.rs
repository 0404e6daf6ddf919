//! `ChatDevice`.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::base::Wall;
use ennead::chat::{self, ConversationId, Draft, Event, MAX_BACKLOG, Message};
use ennead::port::UserId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The side of a device: what it has, and what it still has to send.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ChatDevice {
    device: chat::Device,
    backlog: u16,
}

/// What a device says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Said {
    Hello { token: Option<String>, known: BTreeMap<String, u64>, backlog: u16 },
    Send { conversation: String, id: String, text: String, after: Option<u64> },
}

/// What it hears, of the frames of `/v1/chat/socket` or of a page of history.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Heard {
    Welcome {
        online: Vec<String>,
    },
    Ack {
        id: String,
    },
    Messages {
        conversation: String,
        messages: Vec<Row>,
    },
    Read {
        conversation: String,
        user: String,
        number: u64,
    },
    Presence {
        users: Vec<Present>,
    },
    Error {
        id: Option<String>,
        problem: Problem,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize, Serialize)]
struct Row {
    number: u64,
    author: String,
    id: String,
    time: u64,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: String,
}

/// Of a message: too much was said after what the device knew when it said it.
const BEHIND: &str = "urn:ennead:problem:behind";

#[derive(Deserialize)]
struct Present {
    user: String,
    online: bool,
}

fn user(name: &str, text: &str) -> Result<UserId> {
    text.parse().map_err(|_| {
        ApiError::argument(name, &text.into(), "a user's number in decimal digits, as a string")
    })
}

fn conversation(text: &str) -> Result<ConversationId> {
    text.parse().map_err(|error: chat::Error| ApiError::new("InvalidArgument", error.to_string()))
}

fn said(draft: &Draft) -> Said {
    let Draft { conversation, id, text, after } = draft.clone();
    Said::Send { conversation: conversation.to_string(), id, text, after }
}

fn js(value: &impl Serialize) -> Result<JsValue> {
    let plain = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&plain).map_err(ApiError::from)
}

/// A number that no other device has: two thirds of it by chance.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // what is cut off is chance, too
fn tag() -> u64 {
    let part = || (js_sys::Math::random() * 4_294_967_296.0) as u64;
    part() << 32 | part()
}

#[wasm_bindgen]
impl ChatDevice {
    /// A device of a user that has nothing yet.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> core::result::Result<Self, JsValue> {
        Ok(Self::checked(options)?)
    }

    fn checked(options: &JsValue) -> Result<Self> {
        let fields = Fields::of("options", options, &["user", "backlog"])?;
        let id = fields.get("user", |value| user("user", &argument::text("user", value)?))?;
        let missing =
            || ApiError::argument("user", &JsValue::UNDEFINED, "a user's number, as a string");
        let backlog =
            |value: &JsValue| argument::narrow("backlog", value, 0, u64::from(MAX_BACKLOG));
        let backlog = fields.get("backlog", backlog)?.unwrap_or(50);
        Ok(Self { device: chat::Device::new(id.ok_or_else(missing)?, tag()), backlog })
    }

    /// What it says when it connects.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn hello(&mut self, token: &JsValue) -> core::result::Result<JsValue, JsValue> {
        let token = if token.is_undefined() { None } else { Some(argument::text("token", token)?) };
        let hello = self.device.hello(self.backlog);
        let known = hello.known.iter().map(|(id, &last)| (id.to_string(), last)).collect();
        Ok(js(&Said::Hello { token, known, backlog: hello.backlog })?)
    }

    /// Its user says something: a frame to send, which is also kept in the outbox.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn say(
        &mut self,
        conversation: &JsValue,
        text: &JsValue,
    ) -> core::result::Result<JsValue, JsValue> {
        let id = self::conversation(&argument::text("conversation", conversation)?)?;
        let text = argument::text("text", text)?;
        let draft = Draft { conversation: id, id: "1".into(), text, after: None };
        draft.check().map_err(|error| ApiError::new("InvalidArgument", error.to_string()))?;
        Ok(js(&said(&self.device.say(id, &draft.text)))?)
    }

    /// Frames to send, the first first: again after each broken connection, until they are acknowledged.
    ///
    /// # Errors
    /// None are thrown.
    pub fn outbox(&self) -> core::result::Result<JsValue, JsValue> {
        Ok(js(&self.device.outbox().map(said).collect::<Vec<_>>())?)
    }

    /// A message need not be sent again: it was refused for good.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn settle(&mut self, id: &JsValue) -> core::result::Result<(), JsValue> {
        self.device.settle(&argument::text("id", id)?);
        Ok(())
    }

    /// Takes in a frame; how many messages are new by it.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `Gap`.
    #[allow(clippy::cast_precision_loss)] // at most a page of messages
    pub fn hear(&mut self, frame: JsValue) -> core::result::Result<f64, JsValue> {
        Ok(self.hear_checked(frame)? as f64)
    }

    fn hear_checked(&mut self, frame: JsValue) -> Result<u64> {
        let heard: Heard = serde_wasm_bindgen::from_value(frame).map_err(|error| {
            let words =
                format!("frame: {error}; expected one of the socket's, as JSON.parse gives it");
            ApiError::new("InvalidArgument", words)
        })?;
        let event = match heard {
            Heard::Welcome { online } => {
                let online: Result<Vec<UserId>> =
                    online.iter().map(|text| user("online", text)).collect();
                self.device.connected(online?);
                return Ok(0);
            }
            Heard::Ack { id } => {
                self.device.settle(&id);
                return Ok(0);
            }
            Heard::Error { id, problem } => {
                if let Some(id) = id.filter(|_| problem.kind == BEHIND) {
                    self.device.catch_up(&id);
                }
                return Ok(0);
            }
            Heard::Presence { users } => {
                for Present { user: text, online } in users {
                    let user = user("user", &text)?;
                    self.handle(Event::Presence { user, is_online: online })?;
                }
                return Ok(0);
            }
            Heard::Read { conversation: name, user: reader, number } => {
                let (conversation, user) = (conversation(&name)?, user("user", &reader)?);
                Event::Read { conversation, user, number }
            }
            Heard::Messages { conversation: name, messages } => {
                let read = |row: Row| {
                    let Row { number, author, id, time, text } = row;
                    let author = user("author", &author)?;
                    Ok(Message { number, author, id, time: Wall::from_millis(time), text })
                };
                let messages: Result<Vec<Message>> = messages.into_iter().map(read).collect();
                Event::Messages { conversation: conversation(&name)?, messages: messages? }
            }
            Heard::Other => return Ok(0),
        };
        self.handle(event)
    }

    fn handle(&mut self, event: Event) -> Result<u64> {
        self.device.handle(event).map_err(|gap| ApiError::new("Gap", gap.to_string()))
    }

    /// The messages that it has of a conversation, in order.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn messages(&self, conversation: &JsValue) -> core::result::Result<JsValue, JsValue> {
        let wanted = self::conversation(&argument::text("conversation", conversation)?)?;
        let kept = self.device.conversations().find(|(id, _)| *id == wanted);
        let rows = kept.into_iter().flat_map(|(_, kept)| &kept.messages).map(|message| Row {
            number: message.number,
            author: message.author.to_string(),
            id: message.id.clone(),
            time: message.time.as_millis(),
            text: message.text.clone(),
        });
        Ok(js(&rows.collect::<Vec<_>>())?)
    }

    /// The conversations that it knows, and the last number that it has of each.
    ///
    /// # Errors
    /// None are thrown.
    pub fn known(&self) -> core::result::Result<JsValue, JsValue> {
        let known = self.device.conversations().map(|(id, kept)| (id.to_string(), kept.last));
        Ok(js(&known.collect::<BTreeMap<_, _>>())?)
    }

    /// Friends who are on-line, as far as it was told.
    ///
    /// # Errors
    /// None are thrown.
    pub fn online(&self) -> core::result::Result<JsValue, JsValue> {
        let online = self.device.online().iter().map(ToString::to_string);
        Ok(js(&online.collect::<Vec<_>>())?)
    }
}
