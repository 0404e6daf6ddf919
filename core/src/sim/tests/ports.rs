//! What services stand on, under faults.

use super::after;
use crate::base::{Instant, Ratio, Span, Wall, all_of};
use crate::kv::{Error, Key, Topic, Update, Updated};
use crate::port::{self, Clock, ItemId, Lease, Publish, Queue, Select, Sleep as _, Table};
use crate::ring::NodeId;
use crate::services::{Answered, Ask};
use crate::sim::{Entry, Fault, Handle, Link, Options, Transition, Weather, What, World};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use bytes::Bytes;
use core::cell::RefCell;

pub(super) fn quiet() -> Options {
    Options { operations: 0, ..Options::gentle(5) }
}

fn key(partition: &str, sort: &str) -> Key {
    Key::new(partition.to_string().into_bytes(), sort.to_string().into_bytes()).unwrap()
}

/// Runs a future on a node of a calm world to its end.
pub(super) fn run<T: 'static, F: Future<Output = T> + 'static>(
    world: &mut World,
    at: u16,
    work: impl FnOnce(Handle) -> F,
) -> T {
    let result = Rc::new(RefCell::new(None));
    let place = Rc::clone(&result);
    world.spawn(NodeId(at), |handle| {
        let work = work(handle);
        async move {
            *place.borrow_mut() = Some(work.await);
        }
    });
    for _ in 0..60 {
        after(world, Span::from_secs(1));
        if let Some(result) = result.borrow_mut().take() {
            return result;
        }
    }
    panic!("it did not end within a minute");
}

#[test]
fn r6_14_a_partition_is_read_in_order_in_pages_and_backwards() {
    let mut world = World::new(7, quiet());
    let (forwards, backwards) = run(&mut world, 0, |ports| async move {
        for i in 0..25 {
            ports
                .put(&key("list", &alloc::format!("{i:02}")), Some("x".into()), None)
                .await
                .unwrap();
        }
        ports.put(&key("list", "07"), None, None).await.unwrap();
        ports.put(&key("another", "99"), Some("y".into()), None).await.unwrap();
        let mut found = [Vec::new(), Vec::new()];
        for (reverse, found) in [false, true].into_iter().zip(&mut found) {
            let mut select = Select { limit: 4, reverse, ..Select::default() };
            loop {
                let page = ports.range(&"list".into(), &select).await.unwrap();
                found.extend(page.rows.into_iter().map(|(sort, _)| sort));
                select.after = page.next;
                if select.after.is_none() {
                    break;
                }
            }
        }
        found.into()
    });
    let expected: Vec<Bytes> =
        (0..25).filter(|&i| i != 7).map(|i| alloc::format!("{i:02}").into()).collect();
    assert_eq!(forwards, expected);
    assert_eq!(backwards, expected.into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn r6_14_a_prefix_selects_what_begins_with_it() {
    let mut world = World::new(7, quiet());
    let found = run(&mut world, 1, |ports| async move {
        for sort in ["a", "ab", "abc", "b", "ba"] {
            ports.put(&key("p", sort), Some("x".into()), None).await.unwrap();
        }
        let page = ports.range(&"p".into(), &Select::prefix("ab")).await.unwrap();
        page.rows.into_iter().map(|(sort, _)| sort).collect::<Vec<_>>()
    });
    assert_eq!(found, ["ab", "abc"]);
}

#[test]
fn r6_7_writers_that_race_leave_siblings_and_a_context_ends_them() {
    let mut world = World::new(7, quiet());
    let (siblings, rest) = run(&mut world, 2, |ports| async move {
        let key = key("cart", "");
        let nothing = crate::kv::Context::default();
        ports.put(&key, Some("milk".into()), Some(&nothing)).await.unwrap();
        ports.put(&key, Some("eggs".into()), Some(&nothing)).await.unwrap();
        let row = ports.get(&key).await.unwrap();
        ports.put(&key, Some("both".into()), Some(&row.context)).await.unwrap();
        (row.values, ports.get(&key).await.unwrap().values)
    });
    assert_eq!(siblings.len(), 2);
    assert_eq!(rest, ["both"]);
}

fn ask(world: &mut World, at: u16, update: Update) -> Result<Updated, port::Error> {
    let key = key("counter", "");
    world.apply(Transition::Ask { at: NodeId(at), ask: Ask::Update { key, update } });
    let asked = world.last_request();
    while world.is_open(asked) && world.step() {}
    let Some(Answered::Updated(result)) = world.answer(asked) else { panic!("no answer") };
    result.clone()
}

#[test]
fn steady_clients_ask_each_node_in_turn_and_a_link_replays_them() {
    let mut world = World::new(7, quiet());
    let add = |name: &str| Ask::Update { key: key(name, ""), update: Update::Add(1) };
    let steady =
        Transition::Steady { every: Span::from_millis(200), asks: vec![add("a"), add("b")] };
    after(&mut world, Span::from_secs(1));
    world.apply(steady);
    world.apply(Transition::Steady { every: Span::ZERO, asks: Vec::new() });
    after(&mut world, Span::from_secs(4));
    world.apply(Transition::Fault(Fault::Kill(NodeId(4))));
    after(&mut world, Span::from_secs(6));
    let served = |world: &World| {
        let steady = |entry: &Entry| matches!(entry.what, What::Served { steady: true, .. });
        let nodes = world.log().filter(|entry| steady(entry)).filter_map(|entry| entry.node);
        nodes.fold(vec![0; 5], |mut nodes, node| {
            nodes[node.index()] += 1;
            nodes
        })
    };
    let counts = served(&world);
    assert!(
        counts.iter().sum::<i32>() >= 45,
        "every 200 ms for 10 s, less what N4 still had: {counts:?}"
    );
    assert!(counts[..4].iter().all(|&count| count >= 8) && counts[4] >= 3, "{counts:?}");
    let link = Link::of(&world);
    let mut again = Link::parse(&link.to_fragment()).unwrap().begin();
    while !link.advance(&mut again, 1_000) {}
    assert_eq!((served(&again), again.digest()), (counts, world.digest()));
    world.apply(Transition::Fault(Fault::HealAll));
    after(&mut world, Span::from_secs(1));
    let before = served(&world);
    after(&mut world, Span::from_secs(5));
    assert_eq!(served(&world), before, "left in peace");
}

#[test]
fn r6_20_a_register_counts_on_any_node_and_refuses_without_a_majority() {
    let mut world = World::new(7, quiet());
    after(&mut world, Span::from_secs(1));
    for i in 0..10 {
        let sum = ask(&mut world, i % 5, Update::Add(1)).unwrap();
        assert_eq!(sum.value, Some(Bytes::from((i + 1).to_string())));
    }
    let owners = world.key_view(&key("counter", "")).owners;
    let asker = (0..5).find(|&i| !owners.contains(&NodeId(i))).unwrap();
    world.apply(Transition::Fault(Fault::Kill(owners[0])));
    after(&mut world, Span::from_secs(4));
    assert_eq!(ask(&mut world, asker, Update::Add(1)).unwrap().value, Some("11".into()));
    world.apply(Transition::Fault(Fault::Kill(owners[1])));
    let lost = ask(&mut world, asker, Update::Add(1)).unwrap_err();
    assert!(
        matches!(lost, port::Error::Store(Error::NoMajority { .. } | Error::Unreachable { .. })),
        "{lost}"
    );
    after(&mut world, Span::from_secs(4));
    let refused = ask(&mut world, asker, Update::Read).unwrap_err();
    assert!(matches!(refused, port::Error::Store(Error::Unreachable { .. })), "{refused}");
    world.apply(Transition::Fault(Fault::Restart(owners[1])));
    after(&mut world, Span::from_secs(4));
    let sum = ask(&mut world, asker, Update::Add(1)).unwrap();
    assert_eq!(sum.value, Some("12".into()), "what was refused did not happen");
}

#[test]
fn what_is_published_reaches_every_node_that_is_up() {
    let mut world = World::new(7, quiet());
    after(&mut world, Span::from_secs(1));
    let before = world.messages();
    let sent = run(&mut world, 3, |ports| async move {
        let too_long = alloc::vec![0; port::MAX_PUBLISHED + 1];
        let refused = ports.publish(Topic(250), too_long.into());
        (ports.publish(Topic(250), "hello".into()), refused)
    });
    assert_eq!(sent, (true, false));
    assert!(world.messages() >= before + 4);
}

pub(super) type Shared<T> = Rc<RefCell<T>>;

/// When a lease was used, by the world's clock, and its fence.
type Uses = Shared<Vec<(Instant, u64)>>;

/// Takes a lease again and again, uses it for a while, and sometimes gives it back.
async fn hold(ports: Handle, holder: u64, uses: Uses) {
    let mut lease = Lease::new(key("lease", ""), Span::from_secs(3));
    let mut turn = 0;
    loop {
        turn += 1;
        // A holder that begins anew is another one.
        if let Ok(Some(mut held)) = lease.take(&ports, holder * 1_000 + turn).await {
            for _ in 0..8 {
                let now = ports.now().instant;
                if held.is_valid(now) {
                    uses.borrow_mut().push((now, held.fence()));
                }
                ports.sleep(Span::from_millis(500)).await;
                if held.renew(&ports).await == Ok(false) {
                    break;
                }
            }
            if turn % 2 == 0 {
                let _ = held.release(&ports).await;
            }
        }
        ports.sleep(Span::from_millis(700)).await;
    }
}

/// Runs work on every node of a world, again after each restart, until everything was healed for a while.
pub(super) fn everywhere<F: Future<Output = ()> + 'static>(
    world: &mut World,
    (seconds, rest): (u64, u64),
    work: impl Fn(Handle, u64) -> F,
) {
    let mut lives = BTreeMap::new();
    let mut names = 0;
    for second in 0..seconds + rest {
        if second == seconds {
            world.apply(Transition::Fault(Fault::HealAll));
        }
        for node in world.running() {
            let life = world.life(node);
            if lives.insert(node, life) != Some(life) {
                names += 1;
                let name = names;
                world.spawn(node, |handle| work(handle, name));
            }
        }
        after(world, Span::from_secs(1));
    }
}

#[test]
fn r6_20_no_two_use_a_lease_at_once_whatever_wall_clocks_show() {
    for seed in 1..=30 {
        let options = Options { operations: 0, ..Options::from_seed(seed, 5) };
        let mut world = World::without_log(seed, options);
        let uses = Uses::default();
        everywhere(&mut world, (40, 40), |ports, name| hold(ports, name, Rc::clone(&uses)));
        let uses = uses.borrow();
        let late = uses.iter().filter(|(at, _)| *at > Instant::from_micros(45_000_000)).count();
        assert!(late >= 3, "seed {seed}: used {late} times after all was healed");
        // In the order of time fences only rise: nobody uses it once another has.
        for pair in uses.windows(2) {
            assert!(pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1, "seed {seed}: {pair:?}");
        }
    }
}

#[test]
fn r6_20_a_lease_of_a_lost_node_is_taken_over_and_a_released_one_at_once() {
    let mut world = World::new(7, quiet());
    let lease = || Lease::new(key("lease", ""), Span::from_secs(5));
    let first =
        run(
            &mut world,
            0,
            move |ports| async move { lease().take(&ports, 1).await.unwrap().unwrap() },
        );
    let other = run(&mut world, 1, move |ports| async move { lease().take(&ports, 2).await });
    assert_eq!(other, Ok(None));
    world.apply(Transition::Fault(Fault::Kill(NodeId(0))));
    let (second, waited) = run(&mut world, 1, move |ports| async move {
        let (mut lease, begun) = (lease(), ports.now().instant);
        loop {
            if let Ok(Some(held)) = lease.take(&ports, 2).await {
                return (held, ports.now().instant.since(begun));
            }
            ports.sleep(Span::from_millis(500)).await;
        }
    });
    assert!(second.fence() > first.fence());
    assert!((Span::from_secs(5)..Span::from_secs(8)).contains(&waited), "{waited}");
    let third = run(&mut world, 2, move |ports| async move {
        second.release(&ports).await.unwrap();
        lease().take(&ports, 3).await.unwrap().unwrap()
    });
    assert!(third.fence() > first.fence() + 1);
}

#[derive(Debug, Default)]
struct Book {
    pushed: Vec<Bytes>,
    done: BTreeMap<Bytes, u64>,
}

/// Pushes while there are faults, and serves whenever the queue has no other worker.
async fn push_and_serve(ports: Handle, name: u64, book: Shared<Book>) {
    let mut queue = Queue::new("test", "queue", Span::from_secs(3)).unwrap();
    let mut number = 0;
    for _ in 0..2_000 {
        if number < 20 {
            number += 1;
            let body = Bytes::from(alloc::format!("{name}/{number}"));
            let due = ports.now().wall;
            if queue.push(&ports, body.clone(), due).await.is_ok() {
                book.borrow_mut().pushed.push(body);
            }
        }
        if let Ok(Some(worker)) = queue.serve(&ports, name).await {
            for _ in 0..4 {
                let Ok(items) = worker.take(&ports, 10).await else { break };
                for item in items {
                    *book.borrow_mut().done.entry(item.body.clone()).or_default() += 1;
                    // Some are given up half-way, and must come back.
                    if worker.done(&ports, &item).await.is_err() {
                        break;
                    }
                }
                ports.sleep(Span::from_millis(300)).await;
                if worker.renew(&ports).await != Ok(true) {
                    break;
                }
            }
            let _ = worker.stop(&ports).await;
        }
        ports.sleep(Span::from_millis(200)).await;
    }
}

#[test]
fn r10_5_nothing_pushed_is_lost_whatever_happens_to_workers() {
    for seed in 1..=15 {
        let drawn = Options::from_seed(seed, 5);
        // What is pushed under a clock that is an hour ahead may rightly wait for an hour.
        let weather = Weather { jumps: None, ..drawn.weather };
        let options = Options { operations: 0, skew: Span::ZERO, weather, ..drawn };
        let mut world = World::without_log(seed, options);
        let book: Shared<Book> = Shared::default();
        everywhere(&mut world, (30, 150), |ports, name| {
            push_and_serve(ports, name, Rc::clone(&book))
        });
        let book = book.borrow();
        assert!(book.pushed.len() >= 20, "seed {seed}: {}", book.pushed.len());
        let lost: Vec<&Bytes> =
            book.pushed.iter().filter(|body| !book.done.contains_key(*body)).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:?} of {}", book.pushed.len());
    }
}

#[test]
fn r10_9_an_item_waits_until_it_is_due() {
    let mut world = World::new(7, Options { loss: Ratio::NEVER, ..quiet() });
    let found = run(&mut world, 0, |ports| async move {
        let mut queue = Queue::new("test", "later", Span::from_secs(30)).unwrap();
        let now = ports.now().wall;
        queue.push(&ports, "later".into(), now + Span::from_secs(10)).await.unwrap();
        queue.push(&ports, "now".into(), now).await.unwrap();
        let worker = queue.serve(&ports, 1).await.unwrap().unwrap();
        let mut found = Vec::new();
        for item in worker.take(&ports, 10).await.unwrap() {
            found.push(item.body.clone());
            worker.retry(&ports, &item, now + Span::from_secs(5)).await.unwrap();
        }
        for _ in 0..2 {
            ports.sleep(Span::from_secs(6)).await;
            for item in worker.take(&ports, 10).await.unwrap() {
                found.push(item.body.clone());
                worker.done(&ports, &item).await.unwrap();
            }
        }
        found
    });
    assert_eq!(found, ["now", "now", "later"]);
}

#[test]
fn r10_5_an_item_comes_that_was_pushed_under_a_clock_an_hour_late() {
    let mut world = World::new(7, quiet());
    let worker = run(&mut world, 0, |ports| async move {
        let mut queue = Queue::new("test", "late", Span::from_secs(30)).unwrap();
        let worker = queue.serve(&ports, 1).await.unwrap().unwrap();
        assert_eq!(worker.take(&ports, 10).await, Ok(Vec::new()));
        let late = Wall::from_millis(ports.now().wall.as_millis() - 3_600_000);
        // Twice, and to the same place: one item.
        for _ in 0..2 {
            queue.push_as(&ports, ItemId::new(late, 5), "late".into()).await.unwrap();
        }
        queue
            .push(&ports, "later".into(), ports.now().wall + Span::from_secs(3_600))
            .await
            .unwrap();
        assert_eq!(worker.take(&ports, 10).await, Ok(Vec::new()));
        worker
    });
    after(&mut world, Span::from_secs(3));
    let (items, length) = run(&mut world, 0, |ports| async move {
        let items = worker.take(&ports, 10).await.unwrap();
        (items, worker.length(&ports, 10).await.unwrap())
    });
    assert_eq!(items.iter().map(|item| &item.body[..]).collect::<Vec<_>>(), [b"late"]);
    assert_eq!(length, (1, 1));
}

#[test]
fn r10_5_what_becomes_visible_late_is_handed_out_by_a_worker_that_lives_on() {
    let mut world = World::new(8, quiet());
    let taken = run(&mut world, 0, move |ports| async move {
        let mut queue = Queue::new("test", "late", Span::from_secs(60)).unwrap();
        let worker = queue.serve(&ports, 1).await.unwrap().unwrap();
        assert_eq!(worker.take(&ports, 10).await, Ok(Vec::new()));
        let ago = |seconds: u64| {
            Wall::from_millis(ports.now().wall.as_millis().saturating_sub(1_000 * seconds))
        };
        assert_eq!(worker.take(&ports, 10).await, Ok(Vec::new()));
        // More than is taken at once, and one that was due minutes ago.
        for (body, seconds) in [("now", 1), ("far", 300), ("more", 2)] {
            queue.push(&ports, Bytes::from(body), ago(seconds)).await.unwrap();
        }
        let begun = ports.now().instant;
        let mut taken = Vec::new();
        while taken.len() < 3 {
            for item in worker.take(&ports, 1).await.unwrap() {
                let after = ports.now().instant.since(begun).as_micros() / 1_000_000;
                taken.push((String::from_utf8(item.body.to_vec()).unwrap(), after));
            }
            ports.sleep(Span::from_secs(1)).await;
        }
        taken
    });
    let names: Vec<&str> = taken.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["more", "now", "far"]);
    assert!(taken[1].1 <= 2 && taken[2].1 <= 31, "{taken:?}");
}

/// Scans of the store until now, by all nodes.
fn scans(world: &World) -> u64 {
    world.view().nodes.iter().map(|node| node.counters.scans).sum()
}

fn long_lived() -> Queue {
    Queue::new("test", "long-lived", Span::from_secs(30)).unwrap()
}

/// Takes what comes within so many seconds, and has it done.
async fn take_for(ports: &Handle, worker: &port::Worker, seconds: u64) -> Vec<Bytes> {
    let mut found = Vec::new();
    for _ in 0..seconds {
        for item in worker.take(ports, 10).await.unwrap() {
            worker.done(ports, &item).await.unwrap();
            found.push(item.body);
        }
        ports.sleep(Span::from_secs(1)).await;
    }
    found
}

/// What twenty seconds of taking cost a new worker of a queue that has had so many items, in scans. A new item and one that
/// was due hours ago both come.
fn cost_of_taking_after(done: u64) -> u64 {
    let mut world = World::without_log(9, Options { loss: Ratio::NEVER, ..quiet() });
    let hours_ago = |now: Wall| Wall::from_millis(now.as_millis() - 3 * 3_600_000);
    // What is left of items that were due and done long ago.
    for some in 0..done / 10 {
        run(&mut world, 0, move |ports| async move {
            let partition = port::partition("test", "long-lived");
            let deleted = (0..10).map(|i| {
                let place = [hours_ago(ports.now().wall).as_millis(), some * 10 + i];
                let sort = place.map(u64::to_be_bytes).concat();
                (Key::new(partition.clone(), sort).unwrap(), ports.clone())
            });
            let deleted = deleted.map(async |(key, ports)| ports.put(&key, None, None).await);
            assert!(all_of(deleted).await.iter().all(Result::is_ok));
        });
    }
    run(&mut world, 0, |ports| async move {
        let worker = long_lived().serve(&ports, 1).await.unwrap().unwrap();
        assert_eq!(take_for(&ports, &worker, 1).await, [""; 0]);
        long_lived().push(&ports, "first".into(), ports.now().wall).await.unwrap();
        assert_eq!(take_for(&ports, &worker, 1).await, ["first"]);
        worker.stop(&ports).await.unwrap();
    });
    let before = scans(&world);
    run(&mut world, 1, move |ports| async move {
        let worker = long_lived().serve(&ports, 2).await.unwrap().unwrap();
        let late = ItemId::new(hours_ago(ports.now().wall), u64::MAX);
        long_lived().push_as(&ports, late, "late".into()).await.unwrap();
        long_lived().push(&ports, "new".into(), ports.now().wall).await.unwrap();
        let mut found = take_for(&ports, &worker, 1).await;
        assert!(found.contains(&"new".into()), "{found:?}");
        found.extend(take_for(&ports, &worker, 25).await);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(worker.is_through());
    });
    scans(&world) - before
}

#[test]
fn r10_5_taking_costs_no_more_after_ten_thousand_items_than_after_ten() {
    let (few, many) = (cost_of_taking_after(10), cost_of_taking_after(10_000));
    assert!(many <= few + 3, "{few} and {many} scans");
}

#[test]
fn r10_5_a_lease_is_renewed_beside_work_that_takes_long_and_the_work_ends_with_it() {
    let mut world = World::new(7, Options { loss: Ratio::NEVER, ..quiet() });
    let queue = || Queue::new("test", "kept", Span::from_secs(5)).unwrap();
    let is_working: Shared<bool> = Shared::default();
    let mark = Rc::clone(&is_working);
    world.spawn(NodeId(0), |ports| async move {
        let worker = queue().serve(&ports, 1).await.unwrap().unwrap();
        *mark.borrow_mut() = true;
        let work = core::future::pending::<()>();
        assert_eq!(worker.keep(&ports, work).await, None);
        *mark.borrow_mut() = false;
    });
    after(&mut world, Span::from_secs(1));
    let mut other = queue();
    let other = run(&mut world, 1, |ports| async move {
        for _ in 0..20 {
            assert!(other.serve(&ports, 2).await.unwrap().is_none());
            ports.sleep(Span::from_secs(1)).await;
        }
        other
    });
    assert!(*is_working.borrow(), "four terms long it was renewed");
    world.apply(Transition::Fault(Fault::CutOff(NodeId(0))));
    let mark = Rc::clone(&is_working);
    let mut other = other;
    run(&mut world, 1, |ports| async move {
        while !matches!(other.serve(&ports, 2).await, Ok(Some(_))) {
            ports.sleep(Span::from_millis(100)).await;
        }
        assert!(!*mark.borrow(), "two work at once");
    });
}
