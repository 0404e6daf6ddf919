//! The machine, driven by hand: messages arrive in order and at once, unless a test says otherwise.

use super::*;
use crate::base::{Instant, Now, Timers, Wall};
use crate::ring::{Layout, Member, NodeId, Slice};
use alloc::collections::{BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;
use proptest::prelude::*;

/// A few nodes and a network that loses only what goes to or comes from `down` nodes.
struct Bench {
    nodes: Vec<Node<MemoryStorage>>,
    timers: Timers<(usize, Timer)>,
    queue: VecDeque<(usize, usize, Message)>,
    replies: Vec<Reply>,
    down: BTreeSet<usize>,
    now: u64,
    effects: Effects,
    sent: u64,
}

impl Bench {
    fn new(count: u16, config: Config) -> Self {
        let names = (0..count).map(|i| Member::new(NodeId(i), &format!("node-{i}")));
        let layout = Arc::new(Layout::founding(names.collect()).unwrap());
        let mut bench = Self {
            nodes: Vec::new(),
            timers: Timers::new(),
            queue: VecDeque::new(),
            replies: Vec::new(),
            down: BTreeSet::new(),
            now: 0,
            effects: Effects::new(),
            sent: 0,
        };
        for i in 0..count {
            let node = Node::start(
                bench.now(),
                config,
                Arc::clone(&layout),
                NodeId(i),
                u64::from(i),
                1,
                MemoryStorage::new(),
                &mut bench.effects,
            );
            bench.nodes.push(node);
            bench.settle(usize::from(i));
        }
        bench
    }

    fn now(&self) -> Now {
        Now { instant: Instant::from_micros(self.now), wall: Wall::from_millis(self.now / 1_000) }
    }

    /// Carries out what a node wished; what it wrote is durable at once.
    fn settle(&mut self, at: usize) {
        let now = self.now();
        let written = self.nodes[at].storage().written();
        self.nodes[at].handle_durable(now, written, &mut self.effects);
        for effect in self.effects.drain() {
            match effect {
                Effect::Send { to, message } => {
                    self.sent += 1;
                    self.queue.push_back((at, to.index(), message));
                }
                Effect::SetTimer { after, timer } => {
                    self.timers.set(now.instant + after, (at, timer));
                }
                Effect::Reply(reply) => self.replies.push(reply),
                Effect::Deliver(_) | Effect::Tell(_) => {}
            }
        }
    }

    /// A message that its sender never sent.
    fn hear(&mut self, at: usize, from: NodeId, body: Body) {
        let (now, layout) = (self.now(), self.nodes[at].layout().version());
        self.nodes[at].handle_message(now, from, Message { layout, body }, &mut self.effects);
        self.settle(at);
    }

    fn deliver(&mut self) {
        while let Some((from, to, message)) = self.queue.pop_front() {
            if !self.down.contains(&from) && !self.down.contains(&to) {
                let (now, from) = (self.now(), self.nodes[from].id());
                self.nodes[to].handle_message(now, from, message, &mut self.effects);
                self.settle(to);
            }
        }
    }

    fn run(&mut self, span: Span) {
        self.deliver();
        let end = self.now + span.as_micros();
        while let Some(at) = self.timers.next().filter(|at| at.as_micros() <= end) {
            self.now = at.as_micros().max(self.now);
            if let Some((node, timer)) = self.timers.pop_due(at) {
                let now = self.now();
                self.nodes[node].handle_timer(now, timer, &mut self.effects);
                self.settle(node);
                self.deliver();
            }
        }
        self.now = end;
    }

    fn ask(&mut self, at: usize, request: Request) -> Result<Answer, Error> {
        let (now, id) = (self.now(), 1_000 + self.sent);
        self.nodes[at].request(now, id, request, &mut self.effects);
        self.settle(at);
        self.deliver();
        if !self.replies.iter().any(|reply| reply.request == id) {
            self.run(Span::from_millis(1_500));
        }
        let at = self.replies.iter().position(|reply| reply.request == id);
        self.replies.remove(at.expect("every request is answered")).outcome
    }

    fn values(&mut self, at: usize, key: &Key) -> Vec<Bytes> {
        match self.ask(at, Request::get(key.clone())) {
            Ok(Answer::Got(versions)) => versions.values().cloned().collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Owners first.
    fn preference(&self, key: &Key) -> Vec<usize> {
        let list = self.nodes[0].layout().preference_list(key.slice());
        list.iter().map(|id| id.index()).collect()
    }
}

fn key(name: &str) -> Key {
    Key::new(name.as_bytes().to_vec(), "").unwrap()
}

fn seen(answer: Result<Answer, Error>) -> Context {
    match answer {
        Ok(Answer::Got(versions)) => versions.context().clone(),
        Ok(Answer::Written { seen, .. }) => seen,
        other => panic!("{other:?}"),
    }
}

fn strict() -> Wishes {
    Wishes { quorum: Some(Quorum::Strict), ..Wishes::default() }
}

#[test]
fn r6_1_put_get_delete_from_any_node() {
    let mut bench = Bench::new(5, Config::default());
    for i in 0..5 {
        let name = key(&format!("key-{i}"));
        assert!(bench.ask(i, Request::put(name.clone(), "value")).is_ok());
        for j in 0..5 {
            assert_eq!(bench.values(j, &name), ["value"]);
        }
        assert!(bench.ask((i + 1) % 5, Request::delete(name.clone())).is_ok());
        assert!(bench.values(i, &name).is_empty());
    }
}

#[test]
fn r6_4_a_key_lives_on_its_n_owners() {
    let mut bench = Bench::new(5, Config::default());
    let city = key("city");
    bench.ask(0, Request::put(city.clone(), "Seoul")).unwrap();
    let owners: BTreeSet<usize> = bench.preference(&city)[..3].iter().copied().collect();
    for i in 0..5 {
        let has = bench.nodes[i].storage().table().record(&city).is_some();
        assert_eq!(has, owners.contains(&i), "node {i}");
    }
}

#[test]
fn r6_5_quorums_out_of_range_are_refused() {
    let mut bench = Bench::new(3, Config::default());
    let ask = |bench: &mut Bench, wishes| {
        bench.ask(0, Request::put(key("city"), "Seoul").with(wishes)).unwrap_err()
    };
    let wishes = Wishes { write: Some(4), ..Wishes::default() };
    assert_eq!(ask(&mut bench, wishes), Error::Quorum { which: 'w', got: 4, copies: 3 });
    let wishes = Wishes { read: Some(0), ..Wishes::default() };
    assert_eq!(ask(&mut bench, wishes), Error::Quorum { which: 'r', got: 0, copies: 3 });
    let wishes = Wishes { copies: Some(4), ..Wishes::default() };
    assert_eq!(ask(&mut bench, wishes), Error::Copies { got: 4, nodes: 3 });
    assert!(bench.values(1, &key("city")).is_empty(), "nothing was stored");
}

#[test]
fn r6_7_concurrent_writes_are_siblings_until_resolved() {
    let mut bench = Bench::new(5, Config::default());
    let city = key("city");
    let before = seen(bench.ask(0, Request::get(city.clone())));
    for (at, name) in [(0, "Seoul"), (3, "Busan")] {
        bench.ask(at, Request::put(city.clone(), name).having_seen(before.clone())).unwrap();
    }
    assert_eq!(bench.values(1, &city).len(), 2);
    let both = seen(bench.ask(2, Request::get(city.clone())));
    bench.ask(4, Request::put(city.clone(), "Jeju").having_seen(both)).unwrap();
    assert_eq!(bench.values(0, &city), ["Jeju"]);
}

#[test]
fn r6_8_a_silent_member_is_held_down_and_welcomed_back() {
    let mut bench = Bench::new(5, Config::default());
    bench.run(Span::from_secs(1));
    bench.down.insert(4);
    bench.run(Span::from_secs(4));
    let health = |bench: &Bench, at: usize, of: usize| bench.nodes[at].members()[of].health;
    for at in 0..4 {
        assert_eq!(health(&bench, at, 4), Health::Down, "seen from {at}");
        assert_eq!(health(&bench, at, (at + 1) % 4), Health::Up, "seen from {at}");
    }
    bench.down.clear();
    bench.run(Span::from_secs(2));
    assert!((0..4).all(|at| health(&bench, at, 4) == Health::Up));
}

#[test]
fn r6_9_strict_refuses_what_sloppy_accepts_and_hands_over() {
    let mut bench = Bench::new(5, Config::default());
    let city = key("city");
    let preference = bench.preference(&city);
    bench.run(Span::from_secs(1));
    bench.down.extend([preference[1], preference[2]]);
    bench.run(Span::from_secs(4));

    let asked = bench.ask(preference[0], Request::put(city.clone(), "Seoul").with(strict()));
    assert_eq!(asked, Err(Error::Unreachable { healthy: 1, needed: 2 }));
    assert!(bench.values(preference[0], &city).is_empty(), "nothing was stored");

    bench.ask(preference[0], Request::put(city.clone(), "Seoul")).unwrap();
    let hints = |bench: &Bench| -> u64 {
        bench.nodes.iter().map(|node| node.storage().table().hint_count()).sum()
    };
    assert_eq!(hints(&bench), 2);

    bench.down.clear();
    bench.run(Span::from_secs(3));
    assert_eq!(hints(&bench), 0);
    for &owner in &preference[..3] {
        assert!(bench.nodes[owner].storage().table().record(&city).is_some(), "node {owner}");
    }
}

#[test]
fn r6_9_without_a_stand_in_the_coordinator_keeps_a_hint_that_does_not_count() {
    let mut bench = Bench::new(3, Config::default());
    let city = key("city");
    bench.run(Span::from_secs(1));
    bench.down.insert(2);
    bench.run(Span::from_secs(4));
    let all = Wishes { write: Some(3), ..Wishes::default() };
    let asked = bench.ask(0, Request::put(city.clone(), "Seoul").with(all));
    assert_eq!(asked, Err(Error::Unreachable { healthy: 2, needed: 3 }));
    bench.ask(0, Request::put(city.clone(), "Seoul")).unwrap();
    let kept: u64 =
        (0..2).map(|i| bench.nodes[i].storage().table().hint_count_for(NodeId(2))).sum();
    assert_eq!(kept, 1);
    bench.down.clear();
    bench.run(Span::from_secs(3));
    assert_eq!(bench.nodes[2].storage().table().record(&city).unwrap().values().count(), 1);
}

#[test]
fn r6_9_a_coordinator_whose_connection_broke_is_replaced_at_once() {
    let mut bench = Bench::new(5, Config::default());
    let city = key("city");
    let preference = bench.preference(&city);
    bench.run(Span::from_secs(1));
    bench.down.insert(preference[0]);
    let (at, lost) = (preference[4], NodeId(u16::try_from(preference[0]).unwrap()));
    let now = bench.now();
    bench.nodes[at].handle_disconnected(now, lost, &mut bench.effects);
    bench.settle(at);
    bench.ask(at, Request::put(city.clone(), "Seoul")).unwrap();
    assert_eq!(bench.values(preference[3], &city), ["Seoul"]);
}

#[test]
fn r6_9_after_silence_only_a_write_that_says_what_it_saw_is_given_to_another() {
    let mut bench = Bench::new(5, Config::default());
    let city = key("city");
    let preference = bench.preference(&city);
    bench.run(Span::from_secs(1));
    bench.down.insert(preference[0]); // not yet noticed by the others
    let put = Request::put(city.clone(), "Seoul");
    let blind = bench.ask(preference[4], put.clone());
    assert!(matches!(blind, Err(Error::Timeout { got: 0, .. })), "{blind:?}");
    let put = put.having_seen(Context::default());
    bench.ask(preference[4], put).unwrap();
}

#[test]
fn a_doubled_request_to_coordinate_writes_once() {
    let mut bench = Bench::new(3, Config::default());
    let city = key("city");
    let request = Request::put(city.clone(), "Seoul").having_seen(Context::default());
    let message = Message { layout: 1, body: Body::Forward { operation: 77, request } };
    for _ in 0..2 {
        let now = bench.now();
        bench.nodes[0].handle_message(now, NodeId(1), message.clone(), &mut bench.effects);
        bench.settle(0);
        bench.deliver();
    }
    assert_eq!(bench.values(2, &city), ["Seoul"]);
}

#[test]
fn r6_10_repair_brings_back_a_wiped_node_and_is_silent_once_equal() {
    let mut bench = Bench::new(3, Config::default());
    for i in 0..50 {
        bench.ask(0, Request::put(key(&format!("key-{i}")), "value")).unwrap();
    }
    let (now, layout) = (bench.now(), Arc::clone(bench.nodes[2].layout()));
    let wiped = MemoryStorage::new();
    bench.nodes[2] =
        Node::start(now, Config::default(), layout, NodeId(2), 9, 2, wiped, &mut bench.effects);
    bench.settle(2);
    bench.run(Span::from_secs(30));
    assert_eq!(bench.nodes[2].storage().table().record_count(), 50);
    let repaired = |bench: &Bench| -> u64 {
        bench.nodes.iter().map(|node| node.counters().keys_repaired).sum()
    };
    let before = repaired(&bench);
    bench.run(Span::from_secs(60));
    assert_eq!(repaired(&bench), before);
}

#[test]
fn r6_12_a_hundred_interleaved_clients_leave_only_the_truly_concurrent() {
    let mut bench = Bench::new(3, Config::default());
    let city = key("city");
    // Nobody reads, so each client supersedes its own writes and nobody else's.
    let mut clients: Vec<Context> = alloc::vec![Context::default(); 100];
    for round in 0..5 {
        for (client, mine) in clients.iter_mut().enumerate() {
            let value = format!("{client}.{round}");
            let request = Request::put(city.clone(), value).having_seen(mine.clone());
            *mine = seen(bench.ask(0, request));
        }
    }
    let mut last: Vec<String> = (0..100).map(|client| format!("{client}.4")).collect();
    last.sort();
    let mut values = bench.values(1, &city);
    values.sort();
    assert_eq!(values, last);
    let read = seen(bench.ask(1, Request::get(city.clone())));
    bench.ask(2, Request::put(city.clone(), "one").having_seen(read)).unwrap();
    assert_eq!(bench.values(0, &city), ["one"]);
    let versions = match bench.ask(1, Request::get(city)) {
        Ok(Answer::Got(versions)) => versions,
        other => panic!("{other:?}"),
    };
    assert!(versions.context().vector().len() <= 3, "one actor a coordinator");
}

#[test]
fn r6_12_a_blind_write_supersedes_what_replicas_held() {
    let mut bench = Bench::new(3, Config::default());
    let city = key("city");
    for name in ["Seoul", "Busan", "Jeju"] {
        let request = Request::put(city.clone(), name).having_seen(Context::default());
        bench.ask(0, request).unwrap();
    }
    assert_eq!(bench.values(2, &city).len(), 3);
    bench.ask(1, Request::put(city.clone(), "Daegu")).unwrap();
    assert_eq!(bench.values(2, &city), ["Daegu"]);
}

#[test]
fn r6_12_a_stand_in_that_forgot_a_key_begins_a_new_epoch() {
    let mut bench = Bench::new(5, Config::default());
    let city = key("city");
    let preference = bench.preference(&city);
    let mut dots = Vec::new();
    for name in ["first", "second"] {
        bench.run(Span::from_secs(1));
        bench.down.extend(&preference[..3]);
        bench.run(Span::from_secs(4));
        let one = Wishes { write: Some(1), read: Some(1), ..Wishes::default() };
        let request = Request::put(city.clone(), name).having_seen(Context::default()).with(one);
        match bench.ask(preference[3], request) {
            Ok(Answer::Written { dot, .. }) => dots.push(dot),
            other => panic!("{other:?}"),
        }
        bench.down.clear();
        bench.run(Span::from_secs(10));
    }
    assert_eq!(dots[0].actor.node, dots[1].actor.node);
    assert_ne!(dots[0].actor, dots[1].actor, "what was handed over is forgotten");
    assert_eq!(bench.values(0, &city).len(), 2, "neither write is lost");
}

#[test]
fn r6_20_a_register_survives_what_a_damaged_peer_says_of_it() {
    use register::{Ask, Ballot, State, UpdateId, Vote};
    let mut bench = Bench::new(3, Config::default());
    let (votes, next) = (key("votes"), || Request::update(key("votes"), Update::Add(1)));
    let add = |bench: &mut Bench, at| match bench.ask(at, next()) {
        Ok(Answer::Updated(updated)) => updated.version,
        other => panic!("{other:?}"),
    };
    assert_eq!(add(&mut bench, 0), 1);
    // Rounds and versions above which there is nothing, as bits that flip make them.
    let update = UpdateId { node: NodeId(1), incarnation: 1, operation: 1 };
    let last = Ballot { round: u64::MAX, update };
    let state = Arc::new(State { version: u64::MAX, ..State::default() });
    let asks = [
        (last, Ask::Prepare),
        (last, Ask::Accept(Arc::default())),
        (Ballot { round: 9, update }, Ask::Accept(state)),
    ];
    for (to, (ballot, ask)) in (0..3).flat_map(|to| asks.clone().map(|ask| (to, ask))) {
        let from = NodeId(if to == 1 { 2 } else { 1 });
        let body = Body::Register { operation: 1, key: votes.clone(), ballot, ask };
        bench.hear(to, from, body);
    }
    assert_eq!([0, 1, 2].map(|at| add(&mut bench, at)), [2, 3, 4]);
    // The same while an update is under way.
    let (now, request) = (bench.now(), next());
    bench.nodes[0].request(now, 7, request, &mut bench.effects);
    bench.settle(0);
    let sent = bench.queue.iter().find_map(|(_, to, message)| match &message.body {
        Body::Register { operation, ballot, .. } => Some((*to, *operation, *ballot)),
        _ => None,
    });
    let (to, operation, ballot) = sent.expect("it asks the others");
    let from = bench.nodes[to].id();
    bench.hear(0, from, Body::Vote { operation, ballot, vote: Vote::Refused(last) });
    bench.run(Span::from_millis(900));
    let reply = bench.replies.iter().find(|reply| reply.request == 7);
    assert!(matches!(reply, Some(Reply { outcome: Ok(_), .. })), "{reply:?}");
}

#[test]
fn r6_14_ranges_are_ordered_and_paged_both_ways() {
    let mut bench = Bench::new(5, Config::default());
    let sorts: Vec<String> = (0..25).map(|i| format!("{i:03}")).collect();
    for sort in &sorts {
        let name = Key::new("user", sort.clone()).unwrap();
        bench.ask(0, Request::put(name, sort.clone())).unwrap();
    }
    bench.ask(1, Request::delete(Key::new("user", "007").unwrap())).unwrap();
    let mut expected: Vec<&str> =
        sorts.iter().map(String::as_str).filter(|s| *s != "007").collect();
    for reverse in [false, true] {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let range = Range {
                slice: key("user").slice(),
                partition: Some("user".into()),
                from: None,
                until: None,
                after,
                limit: 4,
                reverse,
            };
            let operation = Operation::Scan(range);
            match bench.ask(3, Request { operation, wishes: Wishes::default() }) {
                Ok(Answer::Page { entries, next }) => {
                    found.extend(entries.into_iter().map(|(key, _)| key.sort().clone()));
                    after = next;
                }
                other => panic!("{other:?}"),
            }
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "reverse: {reverse}");
        expected.reverse();
    }
}

#[test]
fn bad_input_is_refused_in_words_and_loses_nothing() {
    let mut bench = Bench::new(3, Config::default());
    assert_eq!(Key::new("", ""), Err(Error::KeyLength { got: 0 }));
    assert!(matches!(Key::new(alloc::vec![0; MAX_KEY + 1], ""), Err(Error::KeyLength { .. })));
    let long = alloc::vec![0; MAX_VALUE + 1];
    let asked = bench.ask(0, Request::put(key("city"), long));
    assert_eq!(asked, Err(Error::ValueLength { got: MAX_VALUE as u64 + 1 }));
    let range = Range {
        slice: Slice(0),
        partition: None,
        from: None,
        until: None,
        after: None,
        limit: 0,
        reverse: false,
    };
    let request = Request { operation: Operation::Scan(range), wishes: Wishes::default() };
    assert!(matches!(bench.ask(0, request), Err(Error::Range { .. })));
    let longest = Wishes { deadline: Some(Span::from_micros(u64::MAX)), ..Wishes::default() };
    for at in 0..3 {
        bench.ask(at, Request::put(key("city"), "Seoul").with(longest)).unwrap();
    }
    let counter = u64::MAX;
    let beat = Heartbeat { member: NodeId(0), counter };
    let message = Message { layout: 1, body: Body::Gossip(alloc::vec![beat]) };
    let now = bench.now();
    bench.nodes[0].handle_message(now, NodeId(1), message, &mut bench.effects);
    bench.run(Span::from_secs(1));
    let message = Message { layout: 9, body: Body::Fetch { operation: 5, key: key("city") } };
    let now = bench.now();
    bench.nodes[0].handle_message(now, NodeId(1), message, &mut bench.effects);
    let answered = bench.effects.drain().any(|effect| {
        matches!(effect, Effect::Send { message, .. }
            if matches!(message.body, Body::OtherLayout { operation: 5 }))
    });
    assert!(answered, "another layout is told so");
}

/// Versions as some replicas may come to hold them: each write picks a replica, a context out of
/// those seen so far, and each exchange merges one replica into another.
fn histories() -> impl Strategy<Value = Vec<(u8, u8, bool)>> {
    prop::collection::vec((0u8..3, 0u8..3, any::<bool>()), 1..40)
}

fn replay(history: &[(u8, u8, bool)]) -> Vec<Versions> {
    let mut replicas = alloc::vec![Versions::default(); 3];
    for (counter, &(a, b, exchange)) in (1u64..).zip(history) {
        let (a, b) = (usize::from(a), usize::from(b));
        if exchange {
            replicas[a] = replicas[a].merge(&replicas[b]);
        } else {
            let node = NodeId(u16::try_from(a).unwrap());
            let dot = Dot { actor: Actor { node, incarnation: 1, epoch: 1 }, counter };
            let seen = replicas[b].context().clone();
            replicas[a] = replicas[a].write(&seen, dot, None);
        }
    }
    replicas
}

proptest! {
    #[test]
    fn r6_12_merging_is_commutative_associative_and_idempotent(history in histories()) {
        let replicas = replay(&history);
        let [a, b, c] = &replicas[..] else { unreachable!() };
        prop_assert_eq!(a.merge(b), b.merge(a));
        prop_assert_eq!(a.merge(b).merge(c), a.merge(&b.merge(c)));
        prop_assert_eq!(&a.merge(a), a);
        prop_assert!(a.merge(b).context().covers_all(a.context()));
        prop_assert!(a.merge(b).check().is_ok());
    }

    #[test]
    fn frames_carry_messages(history in histories(), hint in prop::option::of(0u16..9)) {
        let versions = Arc::new(replay(&history).remove(0));
        let body = Body::Store { operation: 7, key: key("city"), versions, hint_for: hint.map(NodeId) };
        let message = Message { layout: 1, body };
        let mut bytes = Vec::new();
        crate::base::wire::encode(&message, &mut bytes).unwrap();
        let (read, _) = crate::base::wire::decode::<Message>(&bytes).unwrap().unwrap();
        prop_assert_eq!(read, message);
    }
}
