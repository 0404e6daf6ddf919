//! What a cluster is made of.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::base::Ratio;
use ennead::kv::{Quorum, Wishes};
use ennead::sim::Options;
use wasm_bindgen::JsValue;

/// The most requests a second that a world's own clients make.
const MAX_LOAD: u64 = 10_000;

const FIELDS: [&str; 10] =
    ["nodes", "seed", "zones", "copies", "write", "read", "quorum", "load", "loss", "faults"];

/// Seed and options out of the argument of `new Cluster`.
pub(super) fn of(value: &JsValue) -> Result<(u64, Options)> {
    let fields = Fields::of("options", value, &FIELDS)?;
    let seed = fields.get("seed", argument::seed)?.unwrap_or(1);
    let most = u64::from(Options::MAX_NODES);
    let nodes = fields.get("nodes", |value| argument::narrow("nodes", value, 1, most))?;
    let nodes = nodes.unwrap_or(5);
    let has_faults = fields.get("faults", |value| argument::truth("faults", value))?;
    let mut options = if has_faults == Some(true) {
        Options::from_seed(seed, nodes)
    } else {
        Options { operations: 0, ..Options::gentle(nodes) }
    };
    if let Some(zones) = fields.get("zones", |value| argument::narrow("zones", value, 1, most))? {
        options.zones = zones;
    }
    let load = fields.get("load", |value| argument::narrow("load", value, 0, MAX_LOAD))?;
    options.operations = load.unwrap_or(options.operations);
    if let Some(loss) = fields.get("loss", |value| argument::narrow("loss", value, 0, 1_000))? {
        options.loss = Ratio::new(loss, 1_000);
    }
    let small = |name| fields.get(name, |value| argument::narrow::<u8>(name, value, 1, 255));
    if let Some(copies) = small("copies")? {
        if u16::from(copies) > nodes {
            return Err(ennead::kv::Error::Copies { got: copies, nodes }.into());
        }
        options.config.copies = copies;
        (options.config.write, options.config.read) = (None, None);
    }
    options.config.write = small("write")?.or(options.config.write);
    options.config.read = small("read")?.or(options.config.read);
    if let Some(quorum) = fields.get("quorum", quorum)? {
        options.config.quorum = quorum;
    }
    let copies = options.config.copies.min(u8::try_from(nodes).unwrap_or(u8::MAX));
    for (which, wish) in [('w', options.config.write), ('r', options.config.read)] {
        if let Some(got) = wish.filter(|&got| got > copies) {
            return Err(ennead::kv::Error::Quorum { which, got, copies }.into());
        }
    }
    options.config.quorums(&Wishes::default(), nodes)?;
    Ok((seed, options))
}

fn quorum(value: &JsValue) -> Result<Quorum> {
    match value.as_string().as_deref() {
        Some("strict") => Ok(Quorum::Strict),
        Some("sloppy") => Ok(Quorum::Sloppy),
        _ => Err(ApiError::argument("quorum", value, "\"strict\" or \"sloppy\"")),
    }
}
