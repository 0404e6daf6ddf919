use super::*;
use crate::accounts::{self, Relation, Step};
use crate::feed::{Answered as Told, Ask as Of, Counters, Draft, Error, Page, Post, PostId};
use crate::port::UserId;
use crate::sim::{CAST, cast};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

const ANA: UserId = UserId(1);
const BEN: UserId = UserId(2);
const CHO: UserId = UserId(3);
/// She has more friends than the threshold.
const MINA: UserId = UserId(8);

fn told(world: &mut World, at: u16, ask: Of) -> Told {
    match answer(world, at, Ask::Feed(ask)) {
        Answered::Feed(told) => told,
        other => panic!("{other:?}"),
    }
}

fn publish(world: &mut World, at: u16, author: UserId, text: &str) -> Arc<Post> {
    match told(world, at, Of::Publish { author, draft: Draft::new(text) }) {
        Told::Published(Ok(post)) => post,
        other => panic!("{other:?}"),
    }
}

fn page(world: &mut World, at: u16, reader: UserId, before: Option<PostId>, limit: u16) -> Page {
    match told(world, at, Of::Read { reader, before, limit }) {
        Told::Read(_, Ok(page)) => page,
        other => panic!("{other:?}"),
    }
}

/// A whole feed, page by page, each of another node.
fn whole(world: &mut World, reader: UserId, limit: u16) -> Vec<Arc<Post>> {
    let (mut posts, mut before) = (Vec::new(), None);
    for round in 0..10_000 {
        let page = page(world, round % world.options().nodes, reader, before, limit);
        assert!(page.posts.len() <= usize::from(limit));
        posts.extend(page.posts);
        before = page.next;
        if before.is_none() {
            assert!(posts.windows(2).all(|two| two[0].id > two[1].id), "in order, and each once");
            return posts;
        }
    }
    panic!("a feed without an end");
}

fn texts(posts: &[Arc<Post>]) -> Vec<&str> {
    posts.iter().map(|post| post.text.as_str()).collect()
}

fn step(world: &mut World, me: UserId, other: UserId, step: Step) {
    let ask = accounts::Ask::Step { me, other, step };
    match answer(world, 0, Ask::Accounts(ask)) {
        Answered::Accounts(accounts::Answered::Stepped(Ok(_))) => {}
        other => panic!("{other:?}"),
    }
}

fn counters(world: &World) -> Counters {
    let mut sum = Counters::default();
    for node in 0..world.options().nodes {
        let Some(services) = world.services(NodeId(node)) else { continue };
        let counters = services.feed.counters();
        sum.pushed += counters.pushed;
        sum.pulled += counters.pulled;
        sum.inboxes += counters.inboxes;
        sum.resumed += counters.resumed;
        sum.fanned_out += counters.fanned_out;
        sum.skipped += counters.skipped;
        sum.backfilled += counters.backfilled;
    }
    sum
}

/// A world with people who are friends, and who have all read, so that their inboxes are in use.
fn peopled(seed: u64, nodes: u16) -> World {
    let mut world = world(seed, nodes);
    let invited = answer(&mut world, 0, Ask::Accounts(cast(CAST.len())));
    assert!(matches!(
        invited,
        Answered::Accounts(accounts::Answered::Invited(Ok(people))) if people.len() == CAST.len()
    ));
    for _ in 0..2 {
        for (_, reader) in CAST {
            page(&mut world, 0, reader, None, 10);
        }
        after(&mut world, Span::from_secs(12));
    }
    world
}

#[test]
fn r11_1_posts_come_to_friends_in_reverse_order_and_to_nobody_else() {
    let mut world = peopled(1, 3);
    let first = publish(&mut world, 0, ANA, "first");
    // Its author sees it at once, on any node.
    assert_eq!(texts(&page(&mut world, 2, ANA, None, 10).posts), ["first"]);
    publish(&mut world, 1, BEN, "second");
    publish(&mut world, 2, CHO, "third");
    after(&mut world, Span::from_secs(1));
    // Ben is a friend of Ana and Cho, who are none of each other.
    for at in 0..3 {
        assert_eq!(texts(&page(&mut world, at, BEN, None, 10).posts), ["third", "second", "first"]);
        assert_eq!(texts(&page(&mut world, at, ANA, None, 10).posts), ["second", "first"]);
        assert_eq!(texts(&page(&mut world, at, CHO, None, 10).posts), ["third", "second"]);
    }
    let seen = told(&mut world, 1, Of::Delete { author: BEN, post: first.id });
    assert_eq!(seen, Told::Deleted(Err(Error::NotYours { got: first.id })));
}

#[test]
fn r11_4_few_friends_are_pushed_to_and_the_famous_are_pulled() {
    let mut world = peopled(2, 3);
    let before = counters(&world);
    publish(&mut world, 0, ANA, "to four friends");
    publish(&mut world, 0, CHO, "to three friends");
    after(&mut world, Span::from_secs(1));
    let pushed = counters(&world);
    assert_eq!(pushed.pushed - before.pushed, 7);
    for i in 0..5 {
        publish(&mut world, 1, MINA, &format!("to all, {i}"));
    }
    after(&mut world, Span::from_secs(1));
    let famous = counters(&world);
    assert_eq!((famous.pushed, famous.fanned_out), (pushed.pushed, pushed.fanned_out + 5));
    let read = page(&mut world, 2, BEN, None, 3);
    assert_eq!(texts(&read.posts), ["to all, 4", "to all, 3", "to all, 2"]);
    // One inbox, his own posts, and those of the one famous friend.
    let now = counters(&world);
    assert_eq!((now.inboxes - famous.inboxes, now.pulled - famous.pulled), (1, 2));
    let rest = page(&mut world, 0, BEN, read.next, 100);
    assert_eq!(
        texts(&rest.posts),
        ["to all, 1", "to all, 0", "to three friends", "to four friends"]
    );
}

#[test]
fn r11_6_paging_neither_skips_nor_repeats_while_posts_come_in() {
    let mut world = peopled(3, 3);
    for i in 0..20 {
        publish(&mut world, 0, if i % 3 == 0 { MINA } else { BEN }, &format!("{i}"));
    }
    after(&mut world, Span::from_secs(2));
    let (mut seen, mut before) = (Vec::new(), None);
    for round in 0..5 {
        let page = page(&mut world, round % 3, ANA, before, 4);
        seen.extend(page.posts.iter().map(|post| post.text.clone()));
        before = page.next;
        publish(&mut world, 1, if round % 2 == 0 { MINA } else { BEN }, "meanwhile");
        after(&mut world, Span::from_millis(300));
    }
    let expected: Vec<String> = (0..20).rev().map(|i| format!("{i}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn r11_6_friendship_blocks_and_deletion_count_when_read() {
    let mut world = peopled(4, 3);
    let old = publish(&mut world, 0, ANA, "before we met");
    publish(&mut world, 1, BEN, "from Ben");
    let gone = publish(&mut world, 1, BEN, "gone");
    after(&mut world, Span::from_secs(1));
    assert_eq!(texts(&whole(&mut world, ANA, 2)), ["gone", "from Ben", "before we met"]);
    assert_eq!(
        told(&mut world, 2, Of::Delete { author: BEN, post: gone.id }),
        Told::Deleted(Ok(gone.id))
    );
    after(&mut world, Span::from_millis(20));
    for (_, reader) in CAST {
        assert!(!texts(&whole(&mut world, reader, 5)).contains(&"gone"));
    }
    step(&mut world, ANA, BEN, Step::Part);
    assert_eq!(texts(&whole(&mut world, ANA, 2)), ["before we met"]);
    assert_eq!(texts(&whole(&mut world, BEN, 2)), ["from Ben"]);
    // A new friend brings what was said before, at once, and when the inbox is in use again.
    step(&mut world, CHO, ANA, Step::Befriend);
    step(&mut world, ANA, CHO, Step::Befriend);
    for _ in 0..3 {
        assert_eq!(texts(&whole(&mut world, CHO, 5)), ["from Ben", "before we met"]);
        after(&mut world, Span::from_secs(12));
    }
    publish(&mut world, 0, ANA, "after we met");
    after(&mut world, Span::from_secs(1));
    assert_eq!(texts(&whole(&mut world, CHO, 5)), ["after we met", "from Ben", "before we met"]);
    step(&mut world, CHO, ANA, Step::Block);
    for reader in [ANA, CHO] {
        let texts = whole(&mut world, reader, 5);
        assert!(texts.iter().all(|post| post.author == reader || post.author == BEN));
    }
    assert_eq!(old.author, ANA);
}

#[test]
fn r11_6_who_does_not_read_costs_nothing_and_misses_nothing() {
    let mut world = world(5, 3);
    answer(&mut world, 0, Ask::Accounts(cast(CAST.len())));
    for i in 0..3 {
        publish(&mut world, 0, ANA, &format!("{i}"));
    }
    after(&mut world, Span::from_secs(2));
    let count = counters(&world);
    assert_eq!((count.pushed, count.skipped), (0, 12));
    assert_eq!(texts(&whole(&mut world, BEN, 10)), ["2", "1", "0"]);
    // Now he reads: what was posted is brought into his inbox, and what comes is pushed.
    after(&mut world, Span::from_secs(12));
    assert_eq!(texts(&whole(&mut world, BEN, 10)), ["2", "1", "0"]);
    assert_eq!(counters(&world).backfilled, 3);
    publish(&mut world, 0, ANA, "3");
    after(&mut world, Span::from_secs(1));
    assert_eq!(counters(&world).pushed, 1);
    assert_eq!(texts(&whole(&mut world, BEN, 10)), ["3", "2", "1", "0"]);
}

#[test]
fn r11_6_what_was_cut_off_an_inbox_is_pulled() {
    let mut world = peopled(6, 3);
    let expected: Vec<String> = (0..120).rev().map(|i| format!("{i}")).collect();
    for i in 0..120 {
        publish(&mut world, 0, if i % 2 == 0 { ANA } else { CHO }, &format!("{i}"));
    }
    after(&mut world, Span::from_secs(2));
    assert_eq!(texts(&whole(&mut world, BEN, 50)), expected);
    // An hour later his inbox is cut back to fifty.
    after(&mut world, Span::from_secs(3_700));
    for _ in 0..2 {
        let before = counters(&world);
        assert_eq!(texts(&whole(&mut world, BEN, 50)), expected);
        let now = counters(&world);
        assert!(now.pulled - before.pulled > 6, "what lies below comes from the authors");
    }
    let rows = world
        .services(NodeId(0))
        .map(|services| services.ports().clone())
        .map(|ports| (ports, crate::port::partition("feed", "inbox/2")));
    let counted = alloc::rc::Rc::new(core::cell::Cell::new(0));
    let (ports, partition) = rows.unwrap();
    let set = alloc::rc::Rc::clone(&counted);
    world.spawn(NodeId(0), |_| async move {
        let select = crate::port::Select::prefix("in/");
        let page = crate::port::Table::range(&ports, &partition, &select).await;
        set.set(page.map_or(0, |page| page.rows.len()));
    });
    after(&mut world, Span::from_secs(1));
    assert_eq!(counted.get(), 50);
}

#[test]
fn r11_3_the_same_draft_under_the_same_key_is_one_post() {
    let mut world = peopled(7, 3);
    let draft = Draft::new("once").keyed("try-1");
    let mut ids = BTreeSet::new();
    for at in [0, 1, 2, 0] {
        let told = told(&mut world, at, Of::Publish { author: ANA, draft: draft.clone() });
        let Told::Published(Ok(post)) = told else { panic!("{told:?}") };
        ids.insert(post.id);
    }
    assert_eq!(ids.len(), 1);
    after(&mut world, Span::from_secs(1));
    assert_eq!(texts(&whole(&mut world, BEN, 10)), ["once"]);
    let id = *ids.first().unwrap();
    assert!(matches!(
        told(&mut world, 1, Of::Delete { author: ANA, post: id }),
        Told::Deleted(Ok(_))
    ));
    let again = told(&mut world, 2, Of::Publish { author: ANA, draft });
    assert_eq!(again, Told::Published(Err(Error::Unknown { got: id })));
    assert!(whole(&mut world, BEN, 10).is_empty() && whole(&mut world, ANA, 10).is_empty());
}

#[test]
fn r11_3_a_fan_out_goes_on_where_a_dying_worker_was() {
    let mut world = peopled(8, 3);
    let (mut resumed, mut posted) = (0, Vec::new());
    let pushed = |world: &World, node: u16| {
        world.services(NodeId(node)).map_or(0, |services| services.feed.counters().pushed)
    };
    // Kill whoever works, in the middle of its work, over and over.
    let mut at = 0;
    for i in 0..8 {
        let (author, text) = (UserId(1 + i % 7), i.to_string());
        let before: Vec<u64> = (0..3).map(|node| pushed(&world, node)).collect();
        let draft = Draft::new(&text);
        ask(&mut world, at, Ask::Feed(Of::Publish { author, draft }));
        posted.push((author, text));
        let begun = (0..30_000).find_map(|_| {
            after(&mut world, Span::from_millis(1));
            (0..3).find(|&node| pushed(&world, node) > before[usize::from(node)])
        });
        let victim = begun.expect("a fan-out begins");
        after(&mut world, Span::from_millis(2 * (i % 4)));
        resumed += world.services(NodeId(victim)).unwrap().feed.counters().resumed;
        fault(&mut world, Fault::Kill(NodeId(victim)));
        at = (victim + 1) % 3;
        after(&mut world, Span::from_millis(200));
        fault(&mut world, Fault::Restart(NodeId(victim)));
        after(&mut world, Span::from_secs(25));
    }
    assert!(resumed + counters(&world).resumed > 0, "no kill came in the middle of a fan-out");
    for (_, reader) in CAST {
        let mut authors = friends(&mut world, reader);
        authors.insert(reader);
        let model: Vec<&str> = posted
            .iter()
            .rev()
            .filter(|(author, _)| authors.contains(author))
            .map(|(_, text)| text.as_str())
            .collect();
        assert_eq!(texts(&whole(&mut world, reader, 9)), model);
    }
}

#[test]
fn r11_3_clocks_that_are_a_month_ahead_hide_no_post() {
    let mut world = peopled(9, 3);
    let month = 40 * 86_400_000;
    for node in [1, 2] {
        fault(&mut world, Fault::Jump { node: NodeId(node), millis: month });
    }
    // To workers on those nodes nobody has read for a month, and what they take themselves is not due for one.
    for author in 1..8 {
        publish(&mut world, 0, UserId(author), &format!("by {author}"));
    }
    publish(&mut world, 1, BEN, "ahead");
    // Of what was pushed under other clocks a queue hears a little later.
    after(&mut world, Span::from_secs(8));
    for _ in 0..4 {
        assert_eq!(texts(&whole(&mut world, ANA, 5)), ["ahead", "by 7", "by 4", "by 2", "by 1"]);
        after(&mut world, Span::from_secs(6));
    }
    assert!(counters(&world).skipped > 0, "no worker took anybody for away");
}

#[test]
fn r11_7_an_open_feed_shows_what_came_late_and_goes_on_where_it_was() {
    let mut world = peopled(10, 3);
    // Posts of node 0 have later numbers than those that other nodes take after them.
    fault(&mut world, Fault::Jump { node: NodeId(0), millis: 8_000 });
    publish(&mut world, 0, ANA, "before");
    after(&mut world, Span::from_secs(1));
    let (mut shown, mut place) = (Vec::new(), None);
    for round in 0..4 {
        let came = alloc::rc::Rc::new(core::cell::RefCell::new((Vec::new(), place.take())));
        let feed = alloc::rc::Rc::clone(&came);
        let services = world.shared(NodeId(2)).unwrap();
        world.spawn(NodeId(2), |_| async move {
            let begun = feed.borrow_mut().1.take();
            let mut live = services.feed.open(BEN, begun).await.unwrap();
            for _ in 0..3 {
                let post = services.feed.next_post(&mut live).await.unwrap();
                feed.borrow_mut().0.extend(post.map(|post| post.text.clone()));
                feed.borrow_mut().1 = Some(live.place().clone());
            }
        });
        after(&mut world, Span::from_millis(500));
        // While it is open, and while it is not.
        publish(&mut world, round % 2, CHO, &format!("{round}, live"));
        after(&mut world, Span::from_secs(20));
        publish(&mut world, (round + 1) % 2, ANA, &format!("{round}, meanwhile"));
        after(&mut world, Span::from_secs(1));
        let came = came.take();
        shown.extend(came.0);
        place = came.1;
    }
    let mut expected = Vec::new();
    for round in 0..4 {
        expected.push(format!("{round}, live"));
        expected.push(format!("{round}, meanwhile"));
    }
    expected.pop(); // it is not opened again
    shown.sort();
    assert_eq!(shown, expected, "each once");
}

#[test]
fn r11_7_an_open_feed_shows_no_old_posts_of_a_new_friend() {
    let mut world = peopled(11, 3);
    step(&mut world, ANA, BEN, Step::Part);
    publish(&mut world, 0, ANA, "old");
    after(&mut world, Span::from_secs(90));
    let shown = alloc::rc::Rc::new(core::cell::RefCell::new(Vec::new()));
    let (services, came) = (world.shared(NodeId(2)).unwrap(), alloc::rc::Rc::clone(&shown));
    world.spawn(NodeId(2), |_| async move {
        let mut live = services.feed.open(BEN, None).await.unwrap();
        loop {
            let post = services.feed.next_post(&mut live).await.unwrap();
            came.borrow_mut().extend(post.map(|post| post.text.clone()));
        }
    });
    after(&mut world, Span::from_secs(7));
    step(&mut world, ANA, BEN, Step::Befriend);
    step(&mut world, BEN, ANA, Step::Befriend);
    // Nobody has looked who is a friend since: it is noticed when they next do.
    publish(&mut world, 0, ANA, "new");
    after(&mut world, Span::from_secs(12));
    assert_eq!(*shown.borrow(), ["new"]);
    assert_eq!(texts(&whole(&mut world, BEN, 5)), ["new", "old"], "pages have both");
}

fn friends(world: &mut World, user: UserId) -> BTreeSet<UserId> {
    match answer(world, 1, Ask::Accounts(accounts::Ask::Standings(user))) {
        Answered::Accounts(accounts::Answered::Standings(Ok(standings))) => standings
            .into_iter()
            .filter(|(_, is)| is.relation() == Relation::Friends)
            .map(|(friend, _)| friend)
            .collect(),
        other => panic!("{other:?}"),
    }
}

/// What feeds must equal once all is quiet: of every reader, the posts of all who are friends then, merged.
#[test]
fn r11_1_feeds_equal_a_naive_merge_after_faults_in_30_worlds() {
    let (mut acknowledged, mut shown, mut resumed) = (0, 0, 0);
    for seed in 1..=30 {
        let mut random = Random::new(seed);
        let mut world = peopled(seed, 5);
        let mut drafts = Vec::new();
        let mut texts = 0;
        let requests = in_trouble(&mut world, &mut random, 300, |random| {
            let someone = |random: &mut Random| UserId(random.between(1, 8));
            let (me, other) = (someone(random), someone(random));
            let ask = match random.below(12) {
                0 => Ask::Accounts(accounts::Ask::Step { me, other, step: Step::Befriend }),
                1 => Ask::Accounts(accounts::Ask::Step { me, other, step: Step::Part }),
                2 => Ask::Accounts(accounts::Ask::Step { me, other, step: Step::Block }),
                3..6 => Ask::Feed(Of::Read { reader: me, before: None, limit: 10 }),
                _ => {
                    texts += 1;
                    Ask::Feed(Of::Publish { author: me, draft: Draft::new(&texts.to_string()) })
                }
            };
            drafts.push(ask.clone());
            ask
        });
        // Clocks are some minutes apart at most: so long may a queue take to look back for what came under a late one.
        after(&mut world, Span::from_secs(60));
        let mut certain = BTreeMap::new();
        let mut asked = BTreeSet::new();
        for ((request, _), ask) in requests.into_iter().zip(drafts) {
            let Ask::Feed(Of::Publish { author, draft }) = ask else { continue };
            asked.insert((author, draft.text));
            if let Some(Answered::Feed(Told::Published(Ok(post)))) = world.answer(request) {
                acknowledged += 1;
                certain.insert(post.id, (post.author, post.text.clone()));
            }
        }
        // What its author sees was posted; all that was acknowledged, and of the rest what came so far.
        let mut posted = BTreeMap::new();
        for (_, author) in CAST {
            for post in whole(&mut world, author, 11) {
                if post.author == author {
                    assert!(asked.contains(&(author, post.text.clone())), "seed {seed}");
                    posted.insert(post.id, post);
                }
            }
        }
        for (id, post) in &certain {
            let seen = posted.get(id).map(|post| (post.author, post.text.clone()));
            assert_eq!(seen.as_ref(), Some(post), "seed {seed}: an acknowledged post is lost");
        }
        // Twice: from what is there now, and when new friends were taken into the inboxes.
        for round in 0..2 {
            for (name, reader) in CAST {
                let mut authors = friends(&mut world, reader);
                authors.insert(reader);
                let model: Vec<PostId> = posted
                    .values()
                    .rev()
                    .filter(|post| authors.contains(&post.author))
                    .map(|post| post.id)
                    .collect();
                let feed: Vec<PostId> =
                    whole(&mut world, reader, 7).iter().map(|post| post.id).collect();
                assert_eq!(feed, model, "seed {seed}, round {round}: {name}");
                shown += feed.len();
            }
            after(&mut world, Span::from_secs(15));
        }
        resumed += counters(&world).resumed;
    }
    assert!(acknowledged > 1_500, "only {acknowledged} posts were acknowledged");
    assert!(shown > 6_000, "only {shown} posts in all feeds");
    assert!(resumed > 0, "no fan-out was taken over half-way");
}
