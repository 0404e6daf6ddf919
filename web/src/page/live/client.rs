//! Carries out what the page wishes: requests, the socket of the chat, the open feed, the clock. What comes of it
//! is heard later.

use super::action::{Ask, Wish};
use super::heard::{Answer, Heard};
use super::json::Json;
use super::sse::Events;
use super::state::{Around, Live, Problem, Secret};
use super::wire;
use gloo::events::EventListener;
use gloo::storage::{SessionStorage, Storage};
use gloo::timers::callback::{Interval, Timeout};
use gloo::utils::{document, window};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, CloseEvent, Headers, HtmlElement, MessageEvent,
    ReadableStreamDefaultReader, RequestInit, Response, WebSocket,
};
use yew::Callback;
use yew::platform::spawn_local;

/// How long an answer may take, in milliseconds.
const PATIENCE: u32 = 15_000;
/// What has changed is shown after so long, in milliseconds.
const SHOWN_AFTER: u32 = 50;
/// Between two beats, in milliseconds.
const BEAT: u32 = 500;
/// Where the token is kept: in this window only, so that two windows may be two people.
const TOKEN: &str = "ennead.token";
/// The name of the header's entry by which a node says that it serves the page.
const SERVER: &str = "ennead";

/// The node that serves the page, as it said with the page itself: so nothing is asked where there is none.
pub(crate) fn serving_node() -> Option<String> {
    let entries = window().performance()?.get_entries_by_type("navigation");
    let timings = Reflect::get(&entries.get(0), &"serverTiming".into()).ok()?;
    let timings = Array::is_array(&timings).then(|| Array::from(&timings))?;
    let text = |entry: &JsValue, name: &str| Reflect::get(entry, &name.into()).ok()?.as_string();
    let entry = timings.iter().find(|entry| text(entry, "name").as_deref() == Some(SERVER))?;
    text(&entry, "description")
}

/// What is around the page now.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // milliseconds since the load; bits
pub(crate) fn around(is_shown: bool) -> Around {
    let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u64;
    Around {
        now: crate::page::clock::milliseconds().max(0.0) as u64,
        random: half() << 32 | half(),
        is_seen: is_shown && !document().hidden(),
    }
}

/// An open socket; dropping it closes it.
struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.socket.close(); // it may be closed already
    }
}

/// The page's connections.
pub(crate) struct Client {
    hear: Callback<Heard>,
    socket: Option<Socket>,
    feed: Option<AbortController>,
    _beat: Option<Interval>,
}

impl Client {
    /// A client of the node that serves the page, if one does; it begins with what was kept.
    pub(crate) fn new(live: &Live, hear: Callback<Heard>) -> Self {
        let beat = live.node.is_some().then(|| {
            let beat = hear.clone();
            Interval::new(BEAT, move || beat.emit(Heard::Beat))
        });
        let client = Self { hear, socket: None, feed: None, _beat: beat };
        if live.node.is_some() {
            client.ask(Ask::Cluster, live);
            if let Some(token) = SessionStorage::raw().get_item(TOKEN).ok().flatten() {
                client.hear.emit(Heard::Token(Secret(token)));
            }
        }
        client
    }

    /// Does what is wished.
    pub(crate) fn carry_out(&mut self, wish: Wish, live: &Live) {
        let token = || live.person.as_ref().map(|person| person.token.clone()).unwrap_or_default();
        match wish {
            Wish::Ask(ask) => self.ask(ask, live),
            Wish::Connect(hello) => self.connect(wire::hello(&hello, &token())),
            Wish::Disconnect => self.socket = None,
            Wish::Say(frame) => {
                if let Some(open) = &self.socket {
                    let _ = open.socket.send_with_str(&wire::frame(&frame)); // if it breaks it is closed
                }
            }
            Wish::OpenFeed(after) => self.open_feed(after, token()),
            Wish::CloseFeed => {
                if let Some(feed) = self.feed.take() {
                    feed.abort();
                }
            }
            // What is to be found there, is shown in a moment.
            Wish::Focus(selector) => drop(
                Timeout::new(SHOWN_AFTER, move || {
                    let found = document().query_selector(&selector).ok().flatten();
                    if let Some(found) =
                        found.and_then(|found| found.dyn_into::<HtmlElement>().ok())
                    {
                        let _ = found.focus(); // it may be gone again
                    }
                })
                .forget(),
            ),
            // A window that keeps nothing asks for the password again after a reload.
            Wish::Remember(Some(token)) => drop(SessionStorage::raw().set_item(TOKEN, &token.0)),
            Wish::Remember(None) => drop(SessionStorage::raw().remove_item(TOKEN)),
        }
    }

    fn ask(&self, ask: Ask, live: &Live) {
        let (hear, epoch) = (self.hear.clone(), live.epoch);
        let token = match &ask {
            Ask::LogOut(token) => Some(token.clone()),
            _ => live.person.as_ref().map(|person| person.token.clone()),
        };
        spawn_local(async move {
            let answer = asked(&ask, token).await;
            hear.emit(Heard::Answered(epoch, Box::new(ask), answer));
        });
    }

    fn connect(&mut self, hello: String) {
        let location = window().location();
        let is_safe = location.protocol().is_ok_and(|protocol| protocol == "https:");
        let scheme = if is_safe { "wss" } else { "ws" };
        let url = format!("{scheme}://{}/v1/chat/socket", location.host().unwrap_or_default());
        let Ok(socket) = WebSocket::new(&url) else {
            return self.hear.emit(Heard::Closed(0));
        };
        let (opened, told, closed) = (socket.clone(), self.hear.clone(), self.hear.clone());
        let listeners = [
            EventListener::new(&socket, "open", move |_| {
                let _ = opened.send_with_str(&hello); // if it breaks it is closed
            }),
            EventListener::new(&socket, "message", move |event| {
                let text =
                    event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string());
                told.emit(Heard::Told(wire::told(&text.unwrap_or_default())));
            }),
            EventListener::new(&socket, "close", move |event| {
                let code = event.dyn_ref::<CloseEvent>().map_or(0, CloseEvent::code);
                closed.emit(Heard::Closed(code));
            }),
        ];
        self.socket = Some(Socket { socket, _listeners: listeners });
    }

    fn open_feed(&mut self, after: Option<String>, token: Secret) {
        let Ok(controller) = AbortController::new() else { return };
        let (hear, signal) = (self.hear.clone(), controller.signal());
        if let Some(before) = self.feed.replace(controller) {
            before.abort();
        }
        spawn_local(async move {
            let _ = read_feed(&hear, after.as_deref(), &token, &signal).await; // why does not matter: it is opened again
            if !signal.aborted() {
                hear.emit(Heard::FeedEnded);
            }
        });
    }
}

async fn fetch(path: &str, init: &RequestInit) -> Result<Response, JsValue> {
    JsFuture::from(window().fetch_with_str_and_init(path, init)).await?.dyn_into()
}

fn headers(token: Option<&Secret>) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    if let Some(token) = token {
        headers.set("Authorization", &format!("Bearer {}", token.0))?;
    }
    Ok(headers)
}

/// Asks, and what is answered.
async fn asked(ask: &Ask, token: Option<Secret>) -> Result<Answer, Problem> {
    let (status, text) = sent(ask, token).await.map_err(|_| Problem::default())?;
    let json = Json::parse(&text);
    if !(200..300).contains(&status) {
        return Err(wire::problem(status, &json));
    }
    wire::answer(ask, &json).ok_or_else(|| Problem { status: 500, ..Problem::default() })
}

async fn sent(ask: &Ask, token: Option<Secret>) -> Result<(u16, String), JsValue> {
    let request = wire::request(ask);
    let (init, headers) = (RequestInit::new(), headers(token.as_ref())?);
    if let Some(body) = &request.body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(body));
    }
    if let Some(key) = &request.key {
        headers.set("Idempotency-Key", key)?;
    }
    init.set_method(request.method);
    init.set_headers(&headers);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
    let response = fetch(&request.path, &init).await?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}

/// Reads the open feed to its end.
async fn read_feed(
    hear: &Callback<Heard>,
    after: Option<&str>,
    token: &Secret,
    signal: &AbortSignal,
) -> Result<(), JsValue> {
    let (init, headers) = (RequestInit::new(), headers(Some(token))?);
    if let Some(after) = after {
        headers.set("Last-Event-ID", after)?;
    }
    init.set_headers(&headers);
    init.set_signal(Some(signal));
    let response = fetch("/v1/me/feed/events", &init).await?;
    let Some(body) = response.body().filter(|_| response.ok()) else { return Ok(()) };
    hear.emit(Heard::Feed(Vec::new()));
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    let mut events = Events::default();
    loop {
        let part = JsFuture::from(reader.read()).await?;
        let bytes = Reflect::get(&part, &"value".into())?;
        let Some(bytes) = bytes.dyn_ref::<Uint8Array>() else { return Ok(()) };
        let Ok(ended) = events.take(&bytes.to_vec()) else { return Ok(()) };
        if !signal.aborted() {
            hear.emit(Heard::Feed(ended.iter().filter_map(wire::feed_event).collect()));
        }
    }
}
