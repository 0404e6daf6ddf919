//! What there is to see of a cluster, as plain objects: names instead of numbers, milliseconds
//! instead of instants, text instead of what a JavaScript number cannot hold.

use ennead::kv::{self, Counters, Health, Sibling};
use ennead::ring::{Layout, NodeId};
use ennead::sim::{self, Status};
use serde::Serialize;

/// Names of nodes.
#[derive(Clone, Copy)]
pub(super) struct Names<'a>(pub(super) &'a Layout);

impl Names<'_> {
    /// The name of a node.
    pub(super) fn of(&self, id: NodeId) -> String {
        self.0.member(id).map_or_else(|| format!("node {}", id.0), |member| member.name.clone())
    }

    /// The names of several.
    pub(super) fn all(&self, ids: &[NodeId]) -> Vec<String> {
        ids.iter().map(|&id| self.of(id)).collect()
    }
}

/// Microseconds as milliseconds.
#[allow(clippy::cast_precision_loss)] // for people
pub(super) fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ViewOut {
    time: f64,
    events: u64,
    messages: u64,
    digest: String,
    quorums: QuorumsOut,
    nodes: Vec<NodeOut>,
    cuts: Vec<DirectionOut>,
    impaired: Vec<DirectionOut>,
    violations: Vec<String>,
}

#[derive(Serialize)]
struct QuorumsOut {
    n: u8,
    w: u8,
    r: u8,
    quorum: &'static str,
}

#[derive(Serialize)]
struct DirectionOut {
    from: String,
    to: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeOut {
    name: String,
    zone: String,
    status: &'static str,
    since: f64,
    slices: u16,
    keys: u64,
    hints: Vec<HintsOut>,
    sees: Vec<SeenOut>,
    incarnation: String,
    requests: u64,
    counters: CountersOut,
}

#[derive(Serialize)]
struct HintsOut {
    owner: String,
    count: u64,
}

#[derive(Serialize)]
struct SeenOut {
    node: String,
    health: &'static str,
    since: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountersOut {
    reads: u64,
    writes: u64,
    scans: u64,
    refused: u64,
    forwarded: u64,
    extended: u64,
    hints_kept: u64,
    hints_handed_over: u64,
    hints_dropped: u64,
    read_repairs: u64,
    keys_repaired: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyOut {
    key: String,
    place: String,
    owners: Vec<String>,
    copies: Vec<CopyOut>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CopyOut {
    node: String,
    hint_for: Option<String>,
    siblings: Vec<SiblingOut>,
}

/// One sibling: its dot, and its value unless it is a tombstone.
#[derive(Serialize)]
pub(super) struct SiblingOut {
    dot: DotOut,
    value: Option<String>,
}

/// The name of a write.
#[derive(Serialize)]
pub(super) struct DotOut {
    node: String,
    counter: u64,
    incarnation: String,
}

/// A whole cluster.
pub(super) fn view(world: &sim::World) -> ViewOut {
    let names = Names(world.layout());
    let view = world.view();
    let directions = |list: &[(NodeId, NodeId)]| {
        let direction = |&(from, to)| DirectionOut { from: names.of(from), to: names.of(to) };
        list.iter().map(direction).collect()
    };
    ViewOut {
        time: millis(view.now.as_micros()),
        events: world.events(),
        messages: world.messages(),
        digest: digest(world),
        quorums: QuorumsOut {
            n: view.quorums.copies,
            w: view.quorums.write,
            r: view.quorums.read,
            quorum: match view.quorums.quorum {
                kv::Quorum::Strict => "strict",
                kv::Quorum::Sloppy => "sloppy",
            },
        },
        nodes: view.nodes.iter().map(|node| node_out(names, node)).collect(),
        cuts: directions(&view.cuts),
        impaired: directions(&view.impaired),
        violations: view.violations,
    }
}

/// The digest in hexadecimal.
pub(super) fn digest(world: &sim::World) -> String {
    format!("{:016x}", world.digest())
}

fn node_out(names: Names<'_>, node: &sim::NodeView) -> NodeOut {
    let hints = node.hints.iter();
    let hints = hints.map(|&(owner, count)| HintsOut { owner: names.of(owner), count });
    let sees = node.sees.iter().map(|seen| SeenOut {
        node: names.of(seen.id),
        health: health(seen.health),
        since: millis(seen.since.as_micros()),
    });
    NodeOut {
        name: node.name.clone(),
        zone: node.zone.clone(),
        status: match node.status {
            Status::Up => "up",
            Status::Paused => "paused",
            Status::Down => "down",
        },
        since: millis(node.since.as_micros()),
        slices: node.slices,
        keys: node.keys,
        hints: hints.collect(),
        sees: sees.collect(),
        incarnation: format!("{:016x}", node.incarnation),
        requests: node.operations,
        counters: counters(&node.counters),
    }
}

/// How a member looks, as a word.
pub(super) const fn health(health: Health) -> &'static str {
    match health {
        Health::Up => "up",
        Health::Suspected => "suspected",
        Health::Down => "down",
    }
}

const fn counters(counters: &Counters) -> CountersOut {
    CountersOut {
        reads: counters.reads,
        writes: counters.writes,
        scans: counters.scans,
        refused: counters.refused,
        forwarded: counters.forwarded,
        extended: counters.extended,
        hints_kept: counters.hints_kept,
        hints_handed_over: counters.hints_handed_over,
        hints_dropped: counters.hints_dropped,
        read_repairs: counters.read_repairs,
        keys_repaired: counters.keys_repaired,
    }
}

/// Where a key is.
pub(super) fn key_view(world: &sim::World, key: &kv::Key) -> KeyOut {
    let names = Names(world.layout());
    let view = world.key_view(key);
    let copies = view.copies.iter().map(|copy| CopyOut {
        node: names.of(copy.node),
        hint_for: copy.hint_for.map(|owner| names.of(owner)),
        siblings: siblings(names, copy.versions.siblings()),
    });
    KeyOut {
        key: text(view.key.partition()),
        place: format!("{:016x}", view.place),
        owners: names.all(&view.owners),
        copies: copies.collect(),
    }
}

/// Siblings with their dots.
pub(super) fn siblings(names: Names<'_>, siblings: &[Sibling]) -> Vec<SiblingOut> {
    let out = |sibling: &Sibling| SiblingOut {
        dot: dot(names, sibling.dot),
        value: sibling.value.as_ref().map(|value| text(value)),
    };
    siblings.iter().map(out).collect()
}

/// A dot with the name of its node.
pub(super) fn dot(names: Names<'_>, dot: kv::Dot) -> DotOut {
    DotOut {
        node: names.of(dot.actor.node),
        counter: dot.counter,
        incarnation: format!("{:016x}", dot.actor.incarnation),
    }
}

/// Bytes as text: those of a simulated cluster are text.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
