use super::*;
use crate::accounts::{Answered as Account, Ask as OfAccounts};
use crate::base::Instant;
use crate::kv::Key;
use crate::notification::{
    Accepted, Answered as Told, Ask as Of, DeadLetter, Error, Gauge, NotificationId,
    NotificationView, SHARDS, Settings, Status, Template, Tracked,
};
use crate::port::{self, Channel, Clock as _, Notice, Notify as _, Queue, Table as _, UserId};
use crate::sim::Arrival;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use core::cell::RefCell;

/// A world in which these people have a phone and a mail address.
fn world_of(seed: u64, nodes: u16, names: &[&str]) -> (World, Vec<UserId>) {
    let mut world = world(seed, nodes);
    let people = (1..).map(UserId).zip(names).map(|(id, name)| (name.to_string(), id));
    let invite = OfAccounts::Invite { people: people.collect(), friends: Vec::new() };
    match answer(&mut world, 0, Ask::Accounts(invite)) {
        Answered::Accounts(Account::Invited(Ok(people))) => {
            let users = names.iter().map(|&name| people[name]).collect();
            (world, users)
        }
        other => panic!("{other:?}"),
    }
}

fn notice(event: &str, to: UserId, text: &str) -> Notice {
    let fields = [("from", "Bob"), ("text", text)].map(|(name, field)| (name.into(), field.into()));
    Notice { event: event.into(), to, template: "message".into(), fields: fields.into() }
}

fn of(notice: Notice) -> Ask {
    Ask::Notification(Of::Notify { notice, not_before: None })
}

fn told(world: &mut World, at: u16, ask: Of) -> Told {
    match answer(world, at, Ask::Notification(ask)) {
        Answered::Notification(told) => told,
        other => panic!("{other:?}"),
    }
}

fn notify(world: &mut World, at: u16, notice: Notice) -> Result<Accepted, Error> {
    match told(world, at, Of::Notify { notice, not_before: None }) {
        Told::Accepted(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn look(world: &mut World, at: u16, id: NotificationId) -> NotificationView {
    match told(world, at, Of::Look(id)) {
        Told::Looked(view) => view.unwrap(),
        other => panic!("{other:?}"),
    }
}

fn dead_letters(world: &mut World, at: u16) -> Vec<DeadLetter> {
    match told(world, at, Of::DeadLetters) {
        Told::DeadLetters(Ok(letters)) => letters,
        other => panic!("{other:?}"),
    }
}

fn arrivals(world: &World) -> Vec<Arrival> {
    world.providers().unwrap().arrivals()
}

fn addresses(world: &World) -> Vec<String> {
    let mut all: Vec<String> =
        arrivals(world).into_iter().map(|arrival| arrival.envelope.contact.address).collect();
    all.sort();
    all
}

#[test]
fn r10_4_a_notice_reaches_every_contact_and_is_tracked() {
    let (mut world, people) = world_of(1, 5, &["ana", "bob"]);
    let accepted = notify(&mut world, 3, notice("1", people[0], "Tea?")).unwrap();
    assert_eq!((accepted.is_new, accepted.deliveries), (true, 2));
    after(&mut world, Span::from_secs(20));
    assert_eq!(addresses(&world), ["ana-phone", "ana@example.org"]);
    assert!(arrivals(&world).iter().all(|arrival| {
        let message = &arrival.envelope.message;
        (&*message.title, &*message.body) == ("Bob", "Tea?")
    }));
    let opened = told(&mut world, 1, Of::Track(accepted.id, Tracked::Opened));
    assert_eq!(opened, Told::Done(Ok(())));
    for at in 0..5 {
        let view = look(&mut world, at, accepted.id);
        let sent = |state: &crate::notification::State| matches!(state.status, Status::Sent { .. });
        assert!(view.deliveries.iter().all(|(_, state)| state.as_ref().is_some_and(sent)));
        assert_eq!(view.tracked.len(), 1);
    }
    let missing = Notice { fields: BTreeMap::new(), ..notice("2", people[0], "") };
    assert_eq!(notify(&mut world, 0, missing), Err(Error::Missing { place: "from".into() }));
    let nobody = notice("3", UserId(7), "");
    assert_eq!(notify(&mut world, 0, nobody), Err(Error::NoUser { got: UserId(7) }));
}

#[test]
fn r10_6_what_a_service_tells_again_under_a_new_name_is_the_same_event() {
    let (mut world, people) = world_of(2, 3, &["ana"]);
    for (at, text) in [(0, "from Bob"), (1, "from Robert")] {
        let (services, told) = (world.shared(NodeId(at)).unwrap(), notice("1", people[0], text));
        world.spawn(NodeId(at), |_| async move {
            services.notifications.notify(&told).await.unwrap();
        });
        after(&mut world, Span::from_secs(10));
    }
    let counted = world.services(NodeId(1)).unwrap().notifications.counters();
    assert_eq!((counted.accepted, counted.duplicates), (0, 1));
    assert_eq!(addresses(&world), ["ana-phone", "ana@example.org"]);
}

#[test]
fn r10_6_an_event_is_told_once_however_often_and_wherever_it_is_given_over() {
    let (mut world, people) = world_of(2, 5, &["ana"]);
    let all: Vec<RequestId> =
        (0..5).map(|at| ask(&mut world, at, of(notice("same", people[0], "Tea?")))).collect();
    after(&mut world, Span::from_secs(20));
    let ids: BTreeSet<NotificationId> = all
        .iter()
        .map(|&id| match world.answer(id) {
            Some(Answered::Notification(Told::Accepted(Ok(accepted)))) => accepted.id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.len(), 1);
    // Much later, too.
    after(&mut world, Span::from_secs(700));
    assert!(!notify(&mut world, 4, notice("same", people[0], "Tea?")).unwrap().is_new);
    after(&mut world, Span::from_secs(20));
    assert_eq!(addresses(&world), ["ana-phone", "ana@example.org"]);
    let repeated = arrivals(&world).iter().map(|arrival| arrival.repeated).sum::<u32>();
    assert_eq!(repeated, 0);
    let other = notify(&mut world, 4, notice("same", people[0], "Coffee?"));
    assert_eq!(other, Err(Error::Reused { event: "same".into() }));
    // The same is asked, though it would be said in other words by now.
    let template = Template::new("News", "{more}").unwrap();
    let kept = told(&mut world, 4, Of::Template("message".into(), template));
    assert_eq!(kept, Told::Done(Ok(())));
    assert!(!notify(&mut world, 4, notice("same", people[0], "Tea?")).unwrap().is_new);
    let new = notify(&mut world, 4, notice("new", people[0], "Tea?"));
    assert_eq!(new, Err(Error::Missing { place: "more".into() }));
}

#[test]
fn r10_7_who_opts_out_before_it_is_due_is_not_told() {
    let (mut world, people) = world_of(3, 3, &["ana"]);
    let due = world.services(NodeId(0)).unwrap().now() + Span::from_secs(30);
    let ask = Of::Notify { notice: notice("1", people[0], "Tea?"), not_before: Some(due) };
    let Told::Accepted(Ok(accepted)) = told(&mut world, 0, ask) else { panic!() };
    let settings = Settings { channels: [Channel::Email].into(), ..Settings::default() };
    let set = Of::Set(people[0], settings.clone());
    assert_eq!(told(&mut world, 1, set), Told::Done(Ok(())));
    assert_eq!(world.opted_out(people[0]), settings);
    after(&mut world, Span::from_secs(25));
    assert_eq!(addresses(&world), [""; 0], "not before it is due");
    after(&mut world, Span::from_secs(20));
    assert_eq!(addresses(&world), ["ana-phone"]);
    let view = look(&mut world, 2, accepted.id);
    let opted_out = |status: &Status| matches!(status, Status::OptedOut { .. });
    let states = view.deliveries.iter().filter_map(|(_, state)| state.as_ref());
    assert_eq!(states.filter(|state| opted_out(&state.status)).count(), 1);
    let settings = Settings { templates: ["message".into()].into(), ..Settings::default() };
    assert_eq!(told(&mut world, 2, Of::Set(people[0], settings)), Told::Done(Ok(())));
    notify(&mut world, 0, notice("2", people[0], "Still?")).unwrap();
    after(&mut world, Span::from_secs(20));
    assert_eq!(addresses(&world), ["ana-phone"]);
}

#[test]
fn r10_5_what_a_provider_refuses_is_a_dead_letter_and_can_be_taken_back() {
    let (mut world, people) = world_of(4, 3, &["ana"]);
    fault(&mut world, Fault::Refuse(Channel::Email));
    for i in 0..30 {
        notify(&mut world, i % 3, notice(&format!("{i}"), people[0], "Tea?")).unwrap();
    }
    after(&mut world, Span::from_secs(5));
    // The breaker leaves the provider alone: not thirty attempts every second.
    let asked = world.providers().unwrap().tally(Channel::Email).asked;
    assert!((5..60).contains(&asked), "{asked}");
    // One attempt at a time, with breaks, until each has waited for too long.
    for _ in 0..20 {
        after(&mut world, Span::from_secs(30));
        if dead_letters(&mut world, 0).len() == 30 {
            break;
        }
    }
    let letters = dead_letters(&mut world, 1);
    assert_eq!(letters.len(), 30);
    assert_eq!(world.dead_letters(), letters);
    assert!(letters.iter().all(|letter| letter.attempts <= 6 && letter.reason.contains("503")));
    fault(&mut world, Fault::Accept(Channel::Email));
    // Two people take them back at once.
    let twice = [0, 2].map(|at| ask(&mut world, at, Ask::Notification(Of::Replay)));
    after(&mut world, Span::from_secs(300));
    assert!(twice.iter().all(|&id| world.answer(id).is_some()));
    assert_eq!(dead_letters(&mut world, 0), []);
    assert_eq!(world.dead_letters(), []);
    let mails = |arrival: &&Arrival| arrival.envelope.contact.channel == Channel::Email;
    assert_eq!(arrivals(&world).iter().filter(mails).count(), 30);
}

#[test]
fn r10_5_a_letter_of_what_was_delivered_after_all_is_not_delivered_again() {
    let (mut world, people) = world_of(9, 3, &["ana"]);
    let accepted = notify(&mut world, 0, notice("1", people[0], "Tea?")).unwrap();
    after(&mut world, Span::from_secs(30));
    let view = look(&mut world, 1, accepted.id);
    // One that had lost the queue, and did not know it, has set both aside.
    for (delivery, _) in view.deliveries {
        let letter =
            DeadLetter { at: delivery.since, delivery, attempts: 6, reason: "late".into() };
        let key = Key::new(port::partition("notification", "dead"), letter.name()).unwrap();
        let body = postcard::to_allocvec(&letter).unwrap();
        world.spawn(NodeId(2), |ports| async move {
            ports.put(&key, Some(body.into()), None).await.unwrap();
        });
    }
    after(&mut world, Span::from_secs(1));
    assert_eq!(dead_letters(&mut world, 0).len(), 2);
    assert_eq!(told(&mut world, 1, Of::Replay), Told::Replayed(Ok(2)));
    after(&mut world, Span::from_secs(30));
    assert_eq!(dead_letters(&mut world, 0), []);
    assert!(arrivals(&world).iter().all(|arrival| arrival.repeated == 0));
    assert_eq!(arrivals(&world).len(), 2);
}

#[test]
fn r10_5_who_dies_before_a_letter_is_written_leaves_that_to_the_next() {
    let (mut world, people) = world_of(11, 3, &["ana"]);
    fault(&mut world, Fault::Refuse(Channel::Email));
    notify(&mut world, 0, notice("1", people[0], "Tea?")).unwrap();
    let mut letters = Vec::new();
    while letters.is_empty() {
        after(&mut world, Span::from_secs(10));
        letters = world.dead_letters();
        assert!(world.now() < Instant::ZERO + Span::from_secs(1_200), "it is not set aside");
    }
    // As it would be, had its worker died then: it is set aside, its item stands, and there is no letter.
    let letter = letters.remove(0);
    let (key, body) = (
        Key::new(port::partition("notification", "dead"), letter.name()).unwrap(),
        postcard::to_allocvec(&letter.delivery).unwrap(),
    );
    let shard = crate::notification::queue_of(Channel::Email, people[0]) % SHARDS;
    world.spawn(NodeId(2), move |ports| async move {
        ports.put(&key, None, None).await.unwrap();
        let queue = format!("queue/{}/{shard}", Channel::Email);
        let queue = Queue::new("notification", &queue, Span::from_secs(10)).unwrap();
        queue.push(&ports, body.into(), ports.now().wall).await.unwrap();
    });
    after(&mut world, Span::from_secs(1));
    let asked = world.providers().unwrap().tally(Channel::Email).asked;
    after(&mut world, Span::from_secs(150));
    assert_eq!(world.dead_letters(), [letter]);
    assert_eq!(world.providers().unwrap().tally(Channel::Email).asked, asked);
}

#[test]
fn r10_9_a_full_mailbox_is_tried_again_and_holds_up_nobody_else() {
    let (mut world, people) = world_of(10, 3, &["full", "ana"]);
    for i in 0..20 {
        notify(&mut world, i % 3, notice(&format!("f{i}"), people[0], "Tea?")).unwrap();
    }
    let begun = world.now();
    for i in 0..5 {
        after(&mut world, Span::from_millis(500));
        notify(&mut world, i % 3, notice(&format!("a{i}"), people[1], "Tea?")).unwrap();
    }
    let (mut is_open, mut waiting) = (false, 0);
    for _ in 0..40 {
        after(&mut world, Span::from_millis(250));
        let nodes = (0..3).filter_map(|at| world.services(NodeId(at)));
        let gauges: Vec<Gauge> =
            nodes.flat_map(|of| of.notifications.queues()).map(|(.., gauge)| gauge).collect();
        is_open |= gauges.iter().any(|gauge| gauge.is_open);
        waiting = gauges.iter().map(|gauge| gauge.due + gauge.later).max().unwrap_or(0);
    }
    assert!(!is_open, "the provider is well");
    assert!(waiting > 0, "what is refused waits");
    assert_eq!(arrivals(&world).len(), 10);
    let late = |arrival: &Arrival| arrival.at.since(begun) > Span::from_secs(10);
    assert!(!arrivals(&world).iter().any(late));
}

#[test]
fn r10_7_who_has_opted_out_is_never_told_whatever_happens_in_10_worlds() {
    let names = ["ana", "bob", "cem", "dora"];
    let (mut out, mut told) = (0, 0);
    for seed in 1..=10 {
        let mut random = Random::new(seed);
        let (mut world, people) = world_of(seed, 5, &names);
        let mut asked: BTreeMap<UserId, RequestId> = BTreeMap::new();
        for round in 0..150 {
            #[allow(clippy::cast_possible_truncation)] // worlds are small
            let mut node = || random.below(5) as u16;
            let (at, victim) = (node(), node());
            trouble(&mut world, &mut random, NodeId(victim));
            let to = people[random.index(people.len())];
            let channels = [Channel::Email, Channel::AndroidPush].into();
            if round > 30 && !asked.contains_key(&to) {
                let settings = Settings { channels, ..Settings::default() };
                let ask = ask(&mut world, at, Ask::Notification(Of::Set(to, settings)));
                asked.insert(to, ask);
            }
            let done = Answered::Notification(Told::Done(Ok(())));
            let is_out = asked.get(&to).is_some_and(|&id| world.answer(id) == Some(&done));
            out += u32::from(is_out);
            let text = if is_out { "not wanted" } else { "wanted" };
            ask(&mut world, at, of(notice(&format!("{round}"), to, text)));
            after(&mut world, Span::from_millis(20));
        }
        fault(&mut world, Fault::HealAll);
        after(&mut world, Span::from_secs(120));
        let not_wanted = |arrival: &&Arrival| arrival.envelope.message.body == "not wanted";
        assert_eq!(arrivals(&world).iter().find(not_wanted), None, "seed {seed}");
        told += arrivals(&world).len();
    }
    assert!(out > 200 && told > 300, "{out} after an opt-out, {told} arrived");
}

#[test]
fn r10_9_a_dead_token_is_dropped_and_a_wrong_address_is_a_dead_letter_at_once() {
    let (mut world, people) = world_of(5, 3, &["gone"]);
    let first = notify(&mut world, 0, notice("1", people[0], "Tea?")).unwrap();
    after(&mut world, Span::from_secs(20));
    let view = look(&mut world, 1, first.id);
    let gone = |status: &Status| matches!(status, Status::Gone { .. });
    let states = view.deliveries.iter().filter_map(|(_, state)| state.as_ref());
    // Its mail address begins with the same letters, and is not taken away: the user said it.
    assert_eq!(states.filter(|state| gone(&state.status)).count(), 2);
    let second = notify(&mut world, 0, notice("2", people[0], "Tea?")).unwrap();
    assert_eq!((first.deliveries, second.deliveries), (2, 1));
}

#[test]
fn r10_7_a_user_is_not_told_faster_than_the_rate() {
    let (mut world, people) = world_of(6, 3, &["ana"]);
    let begun = world.now();
    let all: Vec<RequestId> = (0..60)
        .map(|i| ask(&mut world, i % 3, of(notice(&format!("{i}"), people[0], "Tea?"))))
        .collect();
    after(&mut world, Span::from_secs(120));
    let ok = |id: &RequestId| {
        matches!(
            world.answer(*id),
            Some(Answered::Notification(Told::Accepted(Ok(Accepted { is_new: true, .. }))))
        )
    };
    assert!(all.iter().all(ok));
    let mails: Vec<u64> = arrivals(&world)
        .iter()
        .filter(|arrival| arrival.envelope.contact.channel == Channel::Email)
        .map(|arrival| arrival.at.since(begun).as_millis() / 1_000)
        .collect();
    assert_eq!(mails.len(), 60, "late, but not lost");
    for second in 0..60 {
        let by_then = mails.iter().filter(|&&at| at <= second).count() as u64;
        assert!(by_then <= 30 + second + 1, "{by_then} after {second} s");
    }
}

#[test]
fn r10_4_another_node_goes_on_when_a_worker_is_killed_and_an_idle_queue_has_none() {
    let (mut world, people) = world_of(7, 5, &["ana", "bob", "cem", "dora"]);
    let serving = |world: &World| -> Vec<u16> {
        let serves = |at: &u16| {
            let services = world.services(NodeId(*at));
            services.is_some_and(|services| !services.notifications.queues().is_empty())
        };
        (0..5).filter(serves).collect()
    };
    let mut sent = 0;
    for round in 0..6 {
        let workers = serving(&world);
        let alive: Vec<u16> = (0..5).filter(|&at| world.services(NodeId(at)).is_some()).collect();
        for (i, &user) in people.iter().enumerate() {
            let at = alive[(round + i) % alive.len()];
            let event = format!("{round}/{i}");
            notify(&mut world, at, notice(&event, user, "Tea?")).unwrap();
            sent += 2;
        }
        if let Some(&victim) = workers.first() {
            fault(&mut world, Fault::Kill(NodeId(victim)));
        }
        after(&mut world, Span::from_secs(30));
        (0..5).for_each(|at| fault(&mut world, Fault::Restart(NodeId(at))));
        after(&mut world, Span::from_secs(3));
    }
    after(&mut world, Span::from_secs(30));
    assert_eq!(arrivals(&world).len(), sent);
    after(&mut world, Span::from_secs(60));
    let is_idle = |_: &u64| {
        after(&mut world, Span::from_secs(1));
        serving(&world).is_empty()
    };
    let idle = (0..100).filter(is_idle).count();
    assert!(idle > 70, "looks of idle nodes are short: {idle} of 100 s without a worker");
}

#[test]
fn r10_3_services_notify_and_are_not_refused_for_their_words() {
    let (mut world, people) = world_of(8, 3, &["ana"]);
    let others = world.services(NodeId(1)).unwrap().others();
    let long = Notice { template: "no such".into(), ..notice("1", people[0], &"é".repeat(2_000)) };
    let lacking = Notice { fields: BTreeMap::new(), ..notice("2", people[0], "") };
    let nobody = notice("3", UserId(9), "");
    let done = Rc::new(RefCell::new(Vec::new()));
    let place = Rc::clone(&done);
    world.spawn(NodeId(1), |_| async move {
        for notice in [long, lacking, nobody] {
            let outcome = others.notify(&notice).await;
            place.borrow_mut().push(outcome);
        }
    });
    after(&mut world, Span::from_secs(40));
    assert_eq!(*done.borrow(), [Ok(()), Ok(()), Ok(())]);
    let mut bodies: Vec<(Channel, usize, String)> = arrivals(&world)
        .iter()
        .map(|arrival| {
            let envelope = &arrival.envelope;
            let body = &envelope.message.body;
            (envelope.contact.channel, body.chars().count(), body.chars().take(6).collect())
        })
        .collect();
    bodies.sort();
    let expected = [
        (Channel::AndroidPush, 6, "{text}"),
        (Channel::AndroidPush, 800, "éééééé"),
        (Channel::Email, 6, "{text}"),
        (Channel::Email, 1_000, "éééééé"),
    ];
    assert_eq!(bodies, expected.map(|(channel, count, body)| (channel, count, body.to_string())));
}

/// What notifications must equal once all is quiet: whatever was acknowledged has arrived, with its words, or is a dead
/// letter; and nothing arrived that nobody gave over.
#[test]
fn r10_5_nothing_acknowledged_is_lost_in_15_worlds() {
    let names = ["ana", "bob", "cem", "dora", "eve"];
    let (mut total, mut repeated) = (0, 0);
    for seed in 1..=15 {
        let mut random = Random::new(seed);
        let (mut world, people) = world_of(seed, 5, &names);
        if seed % 5 == 0 {
            fault(&mut world, Fault::Refuse(Channel::AndroidPush));
        }
        let mut given = Vec::new();
        let asked = in_trouble(&mut world, &mut random, 250, |random| {
            let to = random.index(people.len());
            // Few events, so that many are given over again.
            let event = format!("{}/{}", to, random.below(30));
            let text = format!("text of {event}");
            given.push((event.clone(), to, text.clone()));
            of(notice(&event, people[to], &text))
        });
        after(&mut world, Span::from_secs(200));
        let mut model: BTreeSet<(String, String)> = BTreeSet::new();
        for ((id, _), (_, to, text)) in asked.iter().zip(&given) {
            let Some(Answered::Notification(Told::Accepted(Ok(_)))) = world.answer(*id) else {
                continue;
            };
            total += 1;
            model.insert((format!("{}-phone", names[*to]), text.clone()));
            model.insert((format!("{}@example.org", names[*to]), text.clone()));
        }
        let said: BTreeSet<&String> = given.iter().map(|(_, _, text)| text).collect();
        let arrivals = arrivals(&world);
        let mut found = BTreeSet::new();
        for Arrival { envelope, repeated: again, .. } in &arrivals {
            assert!(said.contains(&envelope.message.body), "seed {seed}: {envelope:?}");
            let is_new =
                found.insert((envelope.contact.address.clone(), envelope.message.body.clone()));
            assert!(is_new, "seed {seed}: two deliveries of {envelope:?}");
            repeated += again;
        }
        for letter in dead_letters(&mut world, 0) {
            let delivery = letter.delivery;
            found.insert((delivery.contact.address, delivery.message.body));
        }
        let lost: Vec<_> = model.difference(&found).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:?}");
    }
    assert!(total > 1_500, "only {total} of 3750 were acknowledged");
    // What is handed over again has the number of the first time, and is dropped by it.
    assert!(repeated > 0 && repeated < total / 10, "{repeated} of {total}");
}
