//! `Cluster`: a simulated cluster that is driven by calls.
//!
//! Time passes only in calls: in `run` and `step`, and in `put`, `get` and `delete`, which let the
//! world go on until they are answered.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use super::view::{self, Names};
use super::{log, options};
use ennead::base::Span;
use ennead::kv::{Answer, Key, MAX_VALUE};
use ennead::ring::NodeId;
use ennead::sim::{Entry, Fault, Link, Sight, Status, Transition, What, World};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// How much longer than its own deadline a request is waited for.
const PATIENCE: Span = Span::from_millis(500);
/// The longest time that one call lets pass, in milliseconds: a day.
const MAX_RUN: f64 = 86_400_000.0;

/// A simulated cluster.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Cluster {
    world: World,
}

#[derive(Serialize)]
struct Written {
    key: String,
    dot: view::DotOut,
    took: f64,
}

#[derive(Serialize)]
struct Got {
    key: String,
    value: Option<String>,
    values: Vec<String>,
    siblings: Vec<view::SiblingOut>,
    took: f64,
}

type Thrown<T> = core::result::Result<T, JsValue>;

#[wasm_bindgen]
impl Cluster {
    /// A cluster at its beginning.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `Copies`, `Quorum`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Thrown<Cluster> {
        let (seed, options) = options::of(options)?;
        Ok(Self { world: World::new(seed, options) })
    }

    /// The cluster that a link leads to, replayed to its moment.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `InvalidLink`.
    #[wasm_bindgen(js_name = fromLink)]
    pub fn from_link(link: &JsValue) -> Thrown<Cluster> {
        let text = argument::text("link", link)?;
        let fragment = text.rsplit_once("world=").map_or(text.as_str(), |(_, fragment)| fragment);
        let link = Link::parse(fragment).map_err(ApiError::from)?;
        let mut world = link.begin();
        while !link.advance(&mut world, 1 << 20) {}
        Ok(Self { world })
    }

    /// Lets so many milliseconds of its own time pass; how many events happened.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked to be in range
    #[allow(clippy::cast_precision_loss)] // fewer than 2^53
    pub fn run(&mut self, millis: &JsValue) -> Thrown<f64> {
        let wanted = millis.as_f64().filter(|time| (0.0..=MAX_RUN).contains(time));
        let time = wanted.ok_or_else(|| {
            let expected = format!("milliseconds, from 0 to {MAX_RUN}");
            ApiError::argument("millis", millis, &expected)
        })?;
        let until = self.world.now() + Span::from_micros((time * 1_000.0) as u64);
        Ok(self.world.run_until(until, u64::MAX) as f64)
    }

    /// Lets the next event happen; whether there was one.
    pub fn step(&mut self) -> bool {
        self.world.step()
    }

    /// Writes a key at a node and waits for the answer.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `UnknownNode`, `NodeDown`, `NoAnswer`, or why the store refused.
    pub fn put(
        &mut self,
        node: &JsValue,
        key: &JsValue,
        value: &JsValue,
        options: &JsValue,
    ) -> Thrown<JsValue> {
        let at = self.node(node)?;
        let key = key_text(key)?;
        let value = argument::text("value", value)?;
        if value.len() > MAX_VALUE {
            return Err(
                ApiError::from(ennead::kv::Error::ValueLength { got: value.len() as u64 }).into()
            );
        }
        let sight = sight(options)?;
        Ok(self.request(at, Transition::Put { at, key, value, sight })?)
    }

    /// Reads a key at a node and waits for the answer.
    ///
    /// # Errors
    /// Thrown: as by `put`.
    pub fn get(&mut self, node: &JsValue, key: &JsValue) -> Thrown<JsValue> {
        let (at, key) = (self.node(node)?, key_text(key)?);
        Ok(self.request(at, Transition::Get { at, key })?)
    }

    /// Deletes a key at a node and waits for the answer.
    ///
    /// # Errors
    /// Thrown: as by `put`.
    pub fn delete(&mut self, node: &JsValue, key: &JsValue, options: &JsValue) -> Thrown<JsValue> {
        let (at, key) = (self.node(node)?, key_text(key)?);
        let sight = sight(options)?;
        Ok(self.request(at, Transition::Delete { at, key, sight })?)
    }

    /// Ends a node at once; what it had not synced is lost.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `UnknownNode`.
    pub fn kill(&mut self, node: &JsValue) -> Thrown<()> {
        Ok(self.fault(node, Fault::Kill)?)
    }

    /// Starts a killed node on its disk.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `UnknownNode`.
    pub fn restart(&mut self, node: &JsValue) -> Thrown<()> {
        Ok(self.fault(node, Fault::Restart)?)
    }

    /// Empties a node's disk and starts it again.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `UnknownNode`.
    pub fn wipe(&mut self, node: &JsValue) -> Thrown<()> {
        Ok(self.fault(node, Fault::Wipe)?)
    }

    /// Lets a node stand still.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `UnknownNode`.
    pub fn pause(&mut self, node: &JsValue) -> Thrown<()> {
        Ok(self.fault(node, Fault::Pause)?)
    }

    /// Lets a paused node go on.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `UnknownNode`.
    pub fn resume(&mut self, node: &JsValue) -> Thrown<()> {
        Ok(self.fault(node, Fault::Resume)?)
    }

    /// Cuts the network between these nodes and the others.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `UnknownNode`.
    pub fn split(&mut self, nodes: &JsValue) -> Thrown<()> {
        let names = argument::texts("nodes", nodes)?;
        let ids = names.iter().map(|name| self.node_named(name)).collect::<Result<Vec<_>>>()?;
        self.world.apply(Transition::Fault(Fault::Split(ids)));
        Ok(())
    }

    /// Mends the network.
    pub fn heal(&mut self) {
        self.world.apply(Transition::Fault(Fault::HealNetwork));
    }

    /// Mends everything and stops the world's own faults and clients.
    #[wasm_bindgen(js_name = healAll)]
    pub fn heal_all(&mut self) {
        self.world.apply(Transition::Fault(Fault::HealAll));
    }

    /// Everything there is to see.
    ///
    /// # Errors
    /// None in practice.
    pub fn view(&self) -> Thrown<JsValue> {
        Ok(out(&view::view(&self.world))?)
    }

    /// Where a key is.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `KeyLength`.
    #[wasm_bindgen(js_name = keyView)]
    pub fn key_view(&self, key: &JsValue) -> Thrown<JsValue> {
        let key = Key::new(key_text(key)?, "").map_err(ApiError::from)?;
        Ok(out(&view::key_view(&self.world, &key))?)
    }

    /// What happened, from the entry of this number on.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn log(&self, since: &JsValue) -> Thrown<JsValue> {
        let since =
            if since.is_undefined() { 0 } else { argument::whole("since", since, 0, u64::MAX)? };
        let names = Names(self.world.layout());
        let mut entries: Vec<log::EntryOut> =
            self.after(since).map(|entry| log::entry(names, entry)).collect();
        entries.reverse();
        Ok(out(&entries)?)
    }

    /// The names of the nodes.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn nodes(&self) -> Vec<String> {
        self.world.layout().members().iter().map(|member| member.name.clone()).collect()
    }

    /// Its time in milliseconds.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn time(&self) -> f64 {
        view::millis(self.world.now().as_micros())
    }

    /// Its seed.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.world.seed()
    }

    /// A number over all that has happened and all that nodes hold, in hexadecimal.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn digest(&self) -> String {
        view::digest(&self.world)
    }

    /// Text that replays this cluster up to now.
    #[must_use]
    pub fn link(&self) -> String {
        Link::of(&self.world).to_fragment()
    }
}

impl Cluster {
    /// Entries from a number on, the newest first.
    fn after(&self, since: u64) -> impl Iterator<Item = &Entry> {
        self.world.log().rev().take_while(move |entry| entry.number >= since)
    }

    fn node(&self, name: &JsValue) -> Result<NodeId> {
        self.node_named(&argument::text("node", name)?)
    }

    fn node_named(&self, name: &str) -> Result<NodeId> {
        let members = self.world.layout().members();
        let found = members.iter().find(|member| member.name == name);
        found.map(|member| member.id).ok_or_else(|| {
            let expected = self.nodes().join(", ");
            ApiError::new("UnknownNode", format!("node: got {name:?}, expected one of {expected}"))
        })
    }

    fn fault(&mut self, node: &JsValue, fault: impl FnOnce(NodeId) -> Fault) -> Result<()> {
        let node = self.node(node)?;
        self.world.apply(Transition::Fault(fault(node)));
        Ok(())
    }

    /// Lets a person ask for something, and time pass until the answer is there.
    fn request(&mut self, at: NodeId, transition: Transition) -> Result<JsValue> {
        let name = Names(self.world.layout()).of(at);
        let is_write = !matches!(transition, Transition::Get { .. });
        if self.status(at) == Some(Status::Down) {
            return Err(ApiError::new(
                "NodeDown",
                format!("{name} does not run: nothing was stored. Ask another node, or restart it"),
            ));
        }
        let (before, start) = (self.world.logged(), self.world.now());
        self.world.apply(transition);
        let request = self.world.last_request();
        let end = start + self.world.options().config.deadline + PATIENCE;
        while self.world.is_open(request) && self.world.now() < end && self.world.step() {}
        let took = view::millis(self.world.now().since(start).as_micros());
        let answer = self.after(before).find_map(|entry| match &entry.what {
            What::Answer { request: of, key, outcome } if *of == request => Some((key, outcome)),
            _ => None,
        });
        let Some((key, outcome)) = answer else {
            let words = format!("{name} did not answer within {took} ms: is it paused or killed?");
            let error = ApiError::new("NoAnswer", words);
            return Err(if is_write { error.unsure() } else { error });
        };
        let names = Names(self.world.layout());
        let key = view::text(key.partition());
        match outcome.clone()? {
            Answer::Written { dot, .. } => out(&Written { key, dot: view::dot(names, dot), took }),
            Answer::Got(versions) => out(&Got {
                key,
                value: versions.winner().and_then(|s| s.value.as_ref()).map(|v| view::text(v)),
                values: versions.values().map(|value| view::text(value)).collect(),
                siblings: view::siblings(names, versions.siblings()),
                took,
            }),
            Answer::Page { .. } | Answer::Updated(_) => {
                Err(ApiError::new("NoAnswer", "an answer of another kind came for a key"))
            }
        }
    }

    fn status(&self, node: NodeId) -> Option<Status> {
        self.world.view().nodes.iter().find(|view| view.id == node).map(|view| view.status)
    }
}

/// A key, whose length is checked before anything happens.
fn key_text(value: &JsValue) -> Result<String> {
    let key = argument::text("key", value)?;
    Key::new(key.clone(), "")?;
    Ok(key)
}

/// What the writer says it has seen.
fn sight(options: &JsValue) -> Result<Sight> {
    let fields = Fields::of("options", options, &["sight"])?;
    let sight = fields.get("sight", |value| match value.as_string().as_deref() {
        Some("blind") => Ok(Sight::Blind),
        Some("nothing") => Ok(Sight::Nothing),
        Some("lastRead") => Ok(Sight::LastRead),
        _ => Err(ApiError::argument("sight", value, "\"blind\", \"nothing\" or \"lastRead\"")),
    })?;
    Ok(sight.unwrap_or(Sight::LastRead))
}

fn out<T: Serialize>(value: &T) -> Result<JsValue> {
    Ok(serde_wasm_bindgen::to_value(value)?)
}
