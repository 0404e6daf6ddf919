//! What peers send: frames over a connection, and what members say to a node.
//!
//! An input is either a stream of frames, or steps in which a node lives: messages from members, requests of clients, time
//! that passes, syncs. The first byte decides. Steps stand in no frames, so that mutations need not find a checksum.

use super::node;
use super::stream::Pieces;
use ennead::base::{Instant, Now, Random, Span, Timers, Wall, wire};
use ennead::kv::{
    Config, Context, Effect, Effects, Key, MAX_DEADLINE, MAX_RECORD, MemoryStorage, Message, Node,
    Operation, Request, RequestId, Storage, Table, Timer, Update, Wishes,
};
use ennead::native::link::FrameReader;
use ennead::ring::{Layout, Member, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

/// Members of the cluster: more than there are copies of a key, so that some are stand-ins.
const MEMBERS: u16 = 5;
/// The most steps of an input.
const STEPS: usize = 64;
/// The longest that time passes at once, in milliseconds: a node that nobody asks does the same every few seconds.
const LONGEST: u64 = 3_000;
/// The first byte of a stream; any other begins steps.
const STREAM: u8 = 0;

/// Something that happens to a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Step {
    Message(NodeId, Message),
    Request(Request),
    /// Milliseconds pass.
    Wait(u16),
    /// The disk has all that was written.
    Durable,
    Disconnected(NodeId),
}

pub(super) fn run(data: &[u8]) {
    match data.split_first() {
        Some((&STREAM, frames)) => stream(frames),
        Some((_, steps)) => live(steps),
        None => {}
    }
}

/// A stream is read alike in pieces and whole, and what was read is sent as it was.
fn stream(bytes: &[u8]) {
    let mut messages: Vec<Message> = Vec::new();
    let (mut rest, mut last) = (bytes, None);
    while last.is_none() {
        match wire::decode::<Message>(rest) {
            Ok(Some((message, used))) => {
                assert!((wire::HEAD..=rest.len()).contains(&used));
                check_sent(&message);
                messages.push(message);
                rest = &rest[used..];
            }
            Ok(None) => last = Some(if rest.is_empty() { Ok(()) } else { Err(String::new()) }),
            Err(error) => last = Some(Err(error.to_string())),
        }
    }
    for size in [1, 1_000] {
        let mut reader = FrameReader::new(Pieces::new(bytes, size));
        let (read, ended) = node::runtime().block_on(async {
            let mut read = Vec::new();
            loop {
                match reader.next::<Message>().await {
                    Ok(Some(message)) => read.push(message),
                    Ok(None) => break (read, Ok(())),
                    Err(error) => break (read, Err(error.to_string())),
                }
            }
        });
        assert_eq!(read, messages, "in pieces of {size}");
        match last.as_ref() {
            // Cut short: which the reader has words for, and the decoder has none.
            Some(Err(words)) if words.is_empty() => assert!(ended.is_err()),
            last => assert_eq!(Some(&ended), last, "in pieces of {size}"),
        }
    }
}

/// What one node sends another can read.
fn check_sent(message: &Message) {
    let mut bytes = Vec::new();
    wire::encode(message, &mut bytes).expect("a message fits a frame");
    let (read, used) = wire::decode::<Message>(&bytes).expect("a frame").expect("a whole frame");
    assert_eq!((&read, used), (message, bytes.len()));
}

fn layout() -> Arc<Layout> {
    static LAYOUT: OnceLock<Arc<Layout>> = OnceLock::new();
    let members = || (0..MEMBERS).map(|i| Member::new(NodeId(i), &format!("node-{i}")));
    let make = || Arc::new(Layout::founding(members().collect()).expect("five members"));
    Arc::clone(LAYOUT.get_or_init(make))
}

/// Node 0, whatever is said to it.
struct Life {
    node: Node<MemoryStorage>,
    effects: Effects,
    timers: Timers<Timer>,
    now: Instant,
    open: BTreeSet<RequestId>,
    requests: RequestId,
    sent: Vec<(NodeId, Message)>,
}

impl Life {
    fn begin(me: NodeId) -> Self {
        let (now, config, mut effects) = (now(Instant::ZERO), Config::default(), Effects::new());
        let seed = u64::from(me.0);
        let storage = MemoryStorage::new();
        let node = Node::start(now, config, layout(), me, seed, 1, storage, &mut effects);
        let (timers, now, sent) = (Timers::new(), Instant::ZERO, Vec::new());
        let mut life =
            Self { node, effects, timers, now, open: BTreeSet::new(), requests: 0, sent };
        life.carry_out();
        life
    }

    fn take(&mut self, step: Step) {
        let now = now(self.now);
        match step {
            Step::Message(from, message) => {
                self.node.handle_message(now, from, message, &mut self.effects);
            }
            Step::Request(request) => {
                self.requests += 1;
                self.open.insert(self.requests);
                self.node.request(now, self.requests, request, &mut self.effects);
            }
            Step::Wait(millis) => self.wait(Span::from_millis(u64::from(millis) % LONGEST)),
            Step::Durable => {
                let written = self.node.storage().written();
                self.node.handle_durable(now, written, &mut self.effects);
            }
            Step::Disconnected(peer) => self.node.handle_disconnected(now, peer, &mut self.effects),
        }
        self.carry_out();
    }

    fn wait(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(at) = self.timers.next().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            if let Some(timer) = self.timers.pop_due(at) {
                self.node.handle_timer(now(self.now), timer, &mut self.effects);
                self.carry_out();
            }
        }
        self.now = end;
    }

    /// Each request is answered once, and what is sent can be read.
    fn carry_out(&mut self) {
        for effect in self.effects.drain() {
            match effect {
                Effect::Send { to, message } => {
                    assert!(to != self.node.id() && to.0 < MEMBERS, "sent to {to:?}");
                    check_sent(&message);
                    self.sent.push((to, message));
                }
                Effect::SetTimer { after, timer } => self.timers.set(self.now + after, timer),
                Effect::Reply(reply) => {
                    assert!(self.open.remove(&reply.request), "{reply:?} to nobody");
                    assert!(reply.outcome.map_err(|error| error.to_string()) != Err(String::new()));
                }
                Effect::Deliver(_) | Effect::Tell(_) => {}
            }
        }
    }
}

fn now(instant: Instant) -> Now {
    Now { instant, wall: Wall::from_millis(1_767_225_600_000 + instant.as_micros() / 1_000) }
}

fn live(mut bytes: &[u8]) {
    let mut life = Life::begin(NodeId(0));
    for _ in 0..STEPS {
        let Ok((step, rest)) = postcard::take_from_bytes(bytes) else { break };
        bytes = rest;
        life.take(step);
        life.sent.clear();
    }
    let end = life.now + MAX_DEADLINE + MAX_DEADLINE;
    while life.now < end && (!life.open.is_empty() || life.node.operations_under_way() > 0) {
        life.wait(Span::from_secs(1));
    }
    assert_eq!(life.open, BTreeSet::new(), "requests without an answer");
    assert_eq!(life.node.operations_under_way(), 0);
    check_table(life.node.storage().table());
}

/// Whatever came, what is kept is sound, and its digests are those of what is kept.
fn check_table(table: &Table) {
    let mut again = Table::new();
    for change in table.changes() {
        again.apply(change);
    }
    for (key, versions) in table.records_from(None) {
        assert_eq!(versions.check(), Ok(()), "{key:?}");
        assert!(versions.value_bytes() <= MAX_RECORD, "{key:?}");
        assert_eq!(again.slice_digest(key.slice()), table.slice_digest(key.slice()));
    }
    assert_eq!(again.register_digest(), table.register_digest());
    assert_eq!(again.hint_count(), table.hint_count());
}

/// What the first of five nodes hears while clients ask, nodes fall silent, and connections break.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    (0..6).flat_map(cluster).collect()
}

fn cluster(seed: u64) -> Vec<(String, Vec<u8>)> {
    let mut random = Random::new(seed);
    let mut lives: Vec<Life> = (0..MEMBERS).map(|i| Life::begin(NodeId(i))).collect();
    let mut heard: Vec<Step> = Vec::new();
    let mut queue: VecDeque<(NodeId, NodeId, Message)> = VecDeque::new();
    let silent = seed.is_multiple_of(3).then_some(NodeId(4));
    for _ in 0..60 {
        let at = random.index(lives.len());
        let step = match random.below(8) {
            0 => Step::Disconnected(NodeId(4)),
            1 | 2 => Step::Wait(150),
            _ => Step::Request(request(&mut random)),
        };
        let is_all = matches!(step, Step::Wait(_));
        for (i, life) in lives.iter_mut().enumerate().filter(|(i, _)| is_all || *i == at) {
            for step in [step.clone(), Step::Durable] {
                heard.extend((i == 0).then(|| step.clone()));
                life.take(step);
            }
        }
        for round in 0..4 {
            for (i, life) in lives.iter_mut().enumerate() {
                let from = NodeId(u16::try_from(i).unwrap_or(0));
                queue.extend(life.sent.drain(..).map(|(to, message)| (from, to, message)));
            }
            while let Some((from, to, message)) = queue.pop_front() {
                if [Some(from), Some(to)].contains(&silent) && silent.is_some() {
                    continue;
                }
                let steps = [Step::Message(from, message), Step::Durable];
                if to == NodeId(0) {
                    heard.push(steps[0].clone());
                    heard.extend((round % 2 == 0).then_some(Step::Durable));
                }
                steps.into_iter().for_each(|step| lives[to.index()].take(step));
            }
        }
    }
    let mut frames = vec![STREAM];
    for step in heard.iter().take(12) {
        if let Step::Message(_, message) = step {
            wire::encode(message, &mut frames).expect("a message fits a frame");
        }
    }
    let mut seeds = vec![(format!("stream-{seed}"), frames)];
    for (i, steps) in heard.chunks(STEPS).take(3).enumerate() {
        let bytes = steps.iter().map(|step| postcard::to_allocvec(step).expect("a plain value"));
        let steps = [vec![STREAM + 1], bytes.collect::<Vec<_>>().concat()].concat();
        seeds.push((format!("life-{seed}-{i}"), steps));
    }
    seeds
}

fn request(random: &mut Random) -> Request {
    let key = Key::new(format!("key-{}", random.below(4)), "").expect("a short key");
    let operation = match random.below(6) {
        0 => Operation::Get { key },
        1 => Operation::Update { key, update: Update::Read },
        2 => Operation::Put { key, value: None, seen: None },
        3 => Operation::Put { key, value: Some("a".into()), seen: Some(Context::default()) },
        _ => Operation::Put { key, value: Some("b".into()), seen: None },
    };
    Request { operation, wishes: Wishes::default() }
}
