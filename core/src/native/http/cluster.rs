//! The state of the node: `/healthz`, `/v1/cluster`, `/metrics`.

use super::limits::CLASSES;
use super::problem::Problem;
use crate::base::Counted;
use crate::kv::{Counters, Health, Quorum, Wishes};
use crate::native::host::{Host, Running};
use crate::native::node_thread::Snapshot;
use crate::notification::Gauge;
use crate::ring::SLICES;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The answer of `/v1/cluster`: the cluster as one node sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClusterView {
    /// The cluster's number, in hexadecimal.
    pub cluster: String,
    /// The node that answers.
    pub node: NodeView,
    /// Who holds what.
    pub layout: LayoutView,
    /// The cluster's defaults.
    pub quorums: QuorumView,
    /// The members by number.
    pub members: Vec<MemberLine>,
    /// Keys that this node holds, tombstones included.
    pub keys: u64,
    /// Hints that this node keeps for others.
    pub hints: u64,
    /// Requests under way.
    pub operations: u64,
    /// What goes to disk.
    pub batches: BatchView,
    /// What the node has counted since it started.
    pub counters: BTreeMap<String, u64>,
}

/// The node that answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeView {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// The version of its program.
    pub version: String,
    /// Which start of it this is; a string, since it has more digits than JavaScript's numbers.
    pub incarnation: String,
    /// How long it has been up.
    pub uptime_ms: u64,
}

/// Who holds what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayoutView {
    /// Rises with every change.
    pub version: u64,
    /// Equal on two nodes exactly if their layouts are.
    pub digest: String,
    /// Into how many slices the ring is cut.
    pub slices: u16,
}

/// The defaults for reads and writes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QuorumView {
    /// Copies.
    pub n: u8,
    /// Acknowledgements of a write.
    pub w: u8,
    /// Answers to a read.
    pub r: u8,
    /// `strict` or `sloppy`.
    pub quorum: String,
    /// Whether every read meets the latest acknowledged write.
    pub strong: bool,
}

/// A member as this node sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberLine {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Its zone, empty if unknown.
    pub zone: String,
    /// Its weight.
    pub weight: u16,
    /// Its peer address.
    pub peer: String,
    /// Where it answers HTTP, if it has said so.
    pub http: Option<String>,
    /// Where it answers RESP, if it has said so.
    pub resp: Option<String>,
    /// Whether it is the node that answers.
    pub is_me: bool,
    /// Whether there is a connection to it.
    pub connected: bool,
    /// `up`, `suspected` or `down`.
    pub health: String,
    /// For how long it has looked so.
    pub for_ms: u64,
    /// Its heartbeat counter.
    pub counter: u64,
    /// How long ago the counter rose.
    pub risen_ms_ago: u64,
    /// Of how many slices it holds a copy.
    pub slices_held: u64,
    /// Of how many slices it is the first owner.
    pub slices_first: u64,
    /// Hints that this node keeps for it.
    pub hints: u64,
    /// Messages to it that were dropped since its queue was full or it was away.
    pub dropped: u64,
    /// What keeps it and this node apart, if they do not fit each other.
    pub problem: Option<String>,
}

/// What goes to disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BatchView {
    /// Batches handed to the engine.
    pub written: u64,
    /// Of these, those that are safe.
    pub durable: u64,
}

/// `GET /healthz`.
pub(super) async fn health(State(host): State<Arc<Host>>) -> Result<Response, Problem> {
    if host.is_stopping() {
        return Err(crate::native::node_thread::Stopped.into());
    }
    match host.running() {
        Some(_) => Ok(Json(serde_json::json!({ "status": "ok" })).into_response()),
        None => Err(Problem::not_founded(&host)),
    }
}

/// `GET /v1/cluster`.
pub(super) async fn cluster(State(host): State<Arc<Host>>) -> Result<Json<ClusterView>, Problem> {
    let running = host.running().ok_or_else(|| Problem::not_founded(&host))?;
    let snapshot = running.node.snapshot().await?;
    Ok(Json(view(&host, &running, &snapshot)?))
}

fn view(host: &Host, running: &Running, snapshot: &Snapshot) -> Result<ClusterView, Problem> {
    let layout = &running.layout;
    let nodes = u16::try_from(layout.members().len()).unwrap_or(u16::MAX);
    let quorums = running.config.quorums(&Wishes::default(), nodes)?;
    let copies = usize::from(quorums.copies);
    let problems = host.problems();
    let members = running.founding.seats.iter().map(|seat| {
        let member = &seat.member;
        let seen = snapshot.members.iter().find(|view| view.id == member.id);
        let is_me = member.id == running.me;
        let introduced = host.introduction(&member.name);
        let dropped = running.outgoing.get(&member.id);
        let hints = snapshot.hints.iter().find(|(owner, _)| *owner == member.id);
        let health = match seen.map(|view| view.health) {
            Some(Health::Up) => "up",
            Some(Health::Suspected) => "suspected",
            Some(Health::Down) | None => "down",
        };
        let now = snapshot.now.instant;
        MemberLine {
            id: member.id.0,
            name: member.name.clone(),
            zone: member.zone.clone(),
            weight: member.weight,
            peer: seat.peer.to_string(),
            http: introduced.as_ref().map(|node| node.http.to_string()),
            resp: introduced.as_ref().map(|node| node.resp.to_string()),
            is_me,
            connected: is_me || host.is_connected(member.id),
            health: health.to_owned(),
            for_ms: seen.map_or(0, |view| now.since(view.since).as_millis()),
            counter: seen.map_or(0, |view| view.counter),
            risen_ms_ago: seen.map_or(0, |view| now.since(view.risen).as_millis()),
            slices_held: layout.slices_held(member.id, copies) as u64,
            slices_first: layout.slices_held(member.id, 1) as u64,
            hints: hints.map_or(0, |(_, count)| *count),
            problem: problems.get(&seat.peer).cloned(),
            dropped: dropped.map_or(0, |peer| peer.dropped.load(Ordering::Relaxed)),
        }
    });
    let quorum = match quorums.quorum {
        Quorum::Strict => "strict",
        Quorum::Sloppy => "sloppy",
    };
    Ok(ClusterView {
        cluster: format!("{:016x}", running.founding.cluster),
        node: NodeView {
            id: running.me.0,
            name: host.me.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            incarnation: snapshot.incarnation.to_string(),
            uptime_ms: host.started.now().instant.as_micros() / 1_000,
        },
        layout: LayoutView {
            version: layout.version(),
            digest: format!("{:016x}", layout.digest()),
            slices: SLICES,
        },
        quorums: QuorumView {
            n: quorums.copies,
            w: quorums.write,
            r: quorums.read,
            quorum: quorum.to_owned(),
            strong: quorums.is_strong(),
        },
        members: members.collect(),
        keys: snapshot.records,
        hints: snapshot.hints.iter().map(|(_, count)| count).sum(),
        operations: snapshot.operations as u64,
        batches: BatchView { written: snapshot.batches.0, durable: snapshot.batches.1 },
        counters: counters(&snapshot.counters)
            .into_iter()
            .map(|counted| (counted.name.to_owned(), counted.value))
            .collect(),
    })
}

/// The node's counters by name.
fn counters(counters: &Counters) -> [Counted; 13] {
    [
        Counted::new("reads", "Reads answered", counters.reads),
        Counted::new("writes", "Writes acknowledged", counters.writes),
        Counted::new("scans", "Pages of ranges answered", counters.scans),
        Counted::new("updates", "Updates of registers answered", counters.updates),
        Counted::new(
            "updates_contended",
            "Rounds of updates that met another proposer",
            counters.updates_contended,
        ),
        Counted::new("refused", "Requests refused", counters.refused),
        Counted::new("forwarded", "Requests passed on to another coordinator", counters.forwarded),
        Counted::new(
            "extended",
            "Writes repeated since a replica held what they had not seen",
            counters.extended,
        ),
        Counted::new("hints_kept", "Hints kept for others", counters.hints_kept),
        Counted::new(
            "hints_handed_over",
            "Hints handed over to their owners",
            counters.hints_handed_over,
        ),
        Counted::new(
            "hints_dropped",
            "Hints not kept since there were too many",
            counters.hints_dropped,
        ),
        Counted::new("read_repairs", "Replicas that a read found behind", counters.read_repairs),
        Counted::new(
            "keys_repaired",
            "Keys sent since a comparison found them to differ",
            counters.keys_repaired,
        ),
    ]
}

/// A gauge of a queue: name, meaning, value.
type QueueGauge = (&'static str, &'static str, fn(&Gauge) -> u64);

/// What is shown of each queue that this node works.
const fn queue_gauges() -> [QueueGauge; 4] {
    [
        ("notification_queue_due", "Deliveries that are due, up to 10000", |queue| queue.due),
        ("notification_queue_later", "Deliveries due later, up to 10000", |queue| queue.later),
        ("notification_queue_in_hand", "Deliveries under way", |queue| queue.in_hand),
        ("notification_breaker_open", "Whether the provider is left alone", |queue| {
            u64::from(queue.is_open)
        }),
    ]
}

/// `GET /metrics`, in Prometheus's text form.
pub(super) async fn metrics(State(host): State<Arc<Host>>) -> Result<Response, Problem> {
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, lines: &[(String, u64)]| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP ennead_{name} {help}.\n# TYPE ennead_{name} {kind}");
        for (labels, value) in lines {
            let _ = writeln!(text, "ennead_{name}{labels} {value}");
        }
    };
    let plain = |value: u64| vec![(String::new(), value)];
    let counted = |counter: &std::sync::atomic::AtomicU64| plain(counter.load(Ordering::Relaxed));
    let host_counters = &host.counters;
    metric("up", "gauge", "Whether the node serves", &plain(u64::from(host.running().is_some())));
    metric(
        "bad_peers_total",
        "counter",
        "Peer connections that broke the protocol",
        &counted(&host_counters.bad_peers),
    );
    metric(
        "resp_connections_total",
        "counter",
        "RESP connections accepted",
        &counted(&host_counters.resp_connections),
    );
    metric("resp_clients", "gauge", "RESP connections open", &counted(&host_counters.resp_clients));
    metric(
        "resp_commands_total",
        "counter",
        "RESP commands",
        &counted(&host_counters.resp_commands),
    );
    metric(
        "resp_bad_connections_total",
        "counter",
        "RESP connections that broke the protocol",
        &counted(&host_counters.bad_resp),
    );
    metric(
        "http_requests_total",
        "counter",
        "HTTP requests",
        &counted(&host_counters.http_requests),
    );
    let refused = CLASSES.iter().zip(&host_counters.http_limited);
    let refused = refused
        .map(|(class, refused)| (format!("{{class={class:?}}}"), refused.load(Ordering::Relaxed)));
    metric(
        "http_limited_total",
        "counter",
        "HTTP requests refused since their client sent too many",
        &refused.collect::<Vec<_>>(),
    );
    if let Some(running) = host.running() {
        let snapshot = running.node.snapshot().await?;
        let counters = counters(&snapshot.counters);
        for Counted { name, help, value } in running.services.counted().into_iter().chain(counters)
        {
            metric(&format!("{name}_total"), "counter", help, &plain(value));
        }
        metric("keys", "gauge", "Keys held, tombstones included", &plain(snapshot.records));
        metric("operations", "gauge", "Requests under way", &plain(snapshot.operations as u64));
        metric(
            "batches_written_total",
            "counter",
            "Batches handed to the engine",
            &plain(snapshot.batches.0),
        );
        metric(
            "batches_durable_total",
            "counter",
            "Batches that are safe on disk",
            &plain(snapshot.batches.1),
        );
        let each =
            |value: &dyn Fn(&MemberLine) -> u64, members: &[MemberLine]| -> Vec<(String, u64)> {
                members.iter().map(|m| (format!("{{member={:?}}}", m.name), value(m))).collect()
            };
        for (name, help, value) in queue_gauges() {
            let queues = running.services.notifications.queues();
            let each = queues.iter().map(|(channel, shard, gauge)| {
                (format!("{{channel=\"{channel}\",shard=\"{shard}\"}}"), value(gauge))
            });
            metric(name, "gauge", help, &each.collect::<Vec<_>>());
        }
        let members = view(&host, &running, &snapshot)?.members;
        metric(
            "member_up",
            "gauge",
            "Whether a member looks up from here",
            &each(&|m| u64::from(m.health == "up"), &members),
        );
        metric(
            "member_heartbeat",
            "counter",
            "A member's heartbeat counter",
            &each(&|m| m.counter, &members),
        );
        metric(
            "member_slices",
            "gauge",
            "Slices that a member holds",
            &each(&|m| m.slices_held, &members),
        );
        metric("hints", "gauge", "Hints kept for a member", &each(&|m| m.hints, &members));
        metric(
            "messages_dropped_total",
            "counter",
            "Messages to a member that were dropped",
            &each(&|m| m.dropped, &members),
        );
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, text).into_response())
}
