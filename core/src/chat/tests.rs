use super::inbox::{self, Of};
use super::presence::{Beat, Directory, Said, pieces};
use super::servers::News;
use super::service::State;
use super::session::{Hub, Session, Turn};
use super::*;
use crate::base::{Instant, Span, Wall};
use crate::kv::{Context, Key};
use crate::port::{Entry, Page, Row, Select, Table, UserId};
use crate::ring::NodeId;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::Bytes;
use core::pin::pin;
use core::task::{Poll, Waker};
use proptest::prelude::*;

const ADA: UserId = UserId(7);
const BOB: UserId = UserId(12);

fn talk() -> ConversationId {
    ConversationId::between(ADA, BOB).unwrap()
}

fn message(number: u64) -> Message {
    let (id, text) = (number.to_string(), Some(String::from("x")));
    Message { number, author: BOB, id, time: Wall::from_millis(0), text }
}

fn messages(numbers: core::ops::RangeInclusive<u64>) -> Event {
    Event::Messages { conversation: talk(), messages: numbers.map(message).collect() }
}

#[test]
fn r12_1_conversations_have_one_name_each() {
    for name in ["p7-12", "g99", "g0", "p0-18446744073709551615"] {
        assert_eq!(name.parse::<ConversationId>().unwrap().to_string(), name);
    }
    for name in
        ["", "p", "g", "p12-7", "p7-7", "p07-12", "p+7-12", "g-1", "g01", "x7", "7-12", "p7-", "é7"]
    {
        let refused = name.parse::<ConversationId>();
        assert!(matches!(refused, Err(Error::Conversation { .. })), "{name}: {refused:?}");
    }
    assert_eq!(ConversationId::between(BOB, ADA), Ok(talk()));
    assert_eq!(ConversationId::between(ADA, ADA), Err(Error::Alone { got: ADA }));
    assert_eq!((talk().other(ADA), talk().other(UserId(1))), (Some(BOB), None));
}

#[test]
fn r12_1_texts_and_groups_are_bounded() {
    let draft = |text: String, id: &str| {
        Draft { conversation: talk(), id: id.to_string(), text, after: None }.check()
    };
    assert_eq!(draft("한".repeat(MAX_TEXT), "1"), Ok(()));
    assert_eq!(draft("한".repeat(MAX_TEXT + 1), "1"), Err(Error::Text { got: 100_001 }));
    assert!(matches!(draft("x".repeat(900_000), "1"), Err(Error::Text { .. })));
    assert_eq!(draft(String::new(), "1"), Err(Error::Text { got: 0 }));
    assert_eq!(draft("x".into(), ""), Err(Error::Id { got: 0 }));
    assert_eq!(draft("x".into(), &"x".repeat(65)), Err(Error::Id { got: 65 }));
    let users: Vec<UserId> = (1..=100).map(UserId).collect();
    let group = Group::new("all", UserId(1), &users).unwrap();
    assert_eq!(group.members.len(), MAX_GROUP);
    let full = group.clone().after(UserId(1), &Change::Add(UserId(101)));
    assert_eq!(full, Err(Error::Group { got: 101 }));
    assert_eq!(Group::new("one", UserId(1), &[]), Err(Error::Group { got: 1 }));
    assert!(matches!(Group::new("", UserId(1), &users), Err(Error::Name { got: 0 })));
    let refused = group.clone().after(UserId(2), &Change::Remove(UserId(3)));
    assert_eq!(refused, Err(Error::NotOwner { owner: UserId(1) }));
    let left = group.after(UserId(1), &Change::Remove(UserId(1))).unwrap();
    assert_eq!((left.owner, left.members.len()), (UserId(2), 99));
}

#[test]
fn r12_5_a_device_takes_each_message_once_and_in_order() {
    let mut device = Device::new(ADA, 1);
    assert_eq!(device.handle(messages(5..=7)), Ok(3), "a new device begins where it is given");
    assert_eq!(device.handle(messages(6..=9)), Ok(2));
    assert_eq!(device.handle(messages(11..=11)), Err(Gap { got: 11, last: 9 }));
    assert_eq!(device.last(talk()), 9);
    let hello = device.hello(10);
    assert_eq!(hello.known, BTreeMap::from([(talk(), 9)]));
    let numbers: Vec<u64> =
        device.conversations().flat_map(|(_, kept)| &kept.messages).map(|m| m.number).collect();
    assert_eq!(numbers, [5, 6, 7, 8, 9]);
}

#[test]
fn r12_8_what_is_said_stays_in_the_outbox_until_it_is_known_to_be_there() {
    let mut device = Device::new(ADA, 1);
    let first = device.say(talk(), "one");
    let second = device.say(talk(), "two");
    assert_ne!(first.id, second.id);
    device.settle(&first.id);
    assert_eq!(device.outbox().map(|draft| &draft.id).collect::<Vec<_>>(), [&second.id]);
    // The acknowledgement was lost; the message itself comes.
    let back = Message { author: ADA, id: second.id, ..message(1) };
    let event = Event::Messages { conversation: talk(), messages: [back].into() };
    assert_eq!(device.handle(event), Ok(1));
    assert_eq!(device.outbox().len(), 0);
}

#[test]
fn r12_8_what_waits_is_looked_for_only_after_what_the_device_was_given() {
    let after = |device: &Device| device.outbox().map(|draft| draft.after).collect::<Vec<_>>();
    let mut device = Device::new(ADA, 1);
    let id = device.say(talk(), "one").id;
    device.handle(messages(1..=7)).unwrap();
    assert_eq!(after(&device), [Some(7)]);
    device.handle(messages(8..=2_000)).unwrap();
    assert_eq!(after(&device), [Some(2_000)], "however late it is sent, it is not far behind");
    // A new device is given the last messages only: those before may have what it has tried to say.
    let mut new = Device::new(ADA, 2);
    new.say(talk(), "two");
    new.handle(messages(5_000..=5_005)).unwrap();
    assert_eq!(after(&new), [Some(0)]);
    let refused = new.outbox().next().unwrap().id.clone();
    new.catch_up(&id);
    assert_eq!(after(&new), [Some(0)], "another message was refused");
    new.catch_up(&refused);
    assert_eq!(after(&new), [Some(5_005)]);
}

#[test]
fn r12_5_a_device_with_very_many_conversations_names_those_that_spoke_last() {
    let mut device = Device::new(ADA, 1);
    let with = |other: u64| ConversationId::between(ADA, UserId(100 + other)).unwrap();
    let give = |device: &mut Device, other: u64, number: u64| {
        let message = Message { time: Wall::from_millis(other), ..message(number) };
        let messages = [message].into();
        device.handle(Event::Messages { conversation: with(other), messages })
    };
    for other in 0..1_500 {
        give(&mut device, other, 7).unwrap();
    }
    device.say(with(3), "still there?");
    let hello = device.hello(10);
    assert_eq!(hello.known.len(), MAX_KNOWN);
    let others = (0..1_500).filter(|&other| hello.known.contains_key(&with(other)));
    let expected = [3].into_iter().chain(501..1_500);
    assert_eq!(others.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    // The others go on with the last messages, wherever they are; these do not.
    assert_eq!(give(&mut device, 500, 99), Ok(1));
    assert_eq!(give(&mut device, 500, 101), Err(Gap { got: 101, last: 99 }));
    assert_eq!(give(&mut device, 501, 99), Err(Gap { got: 99, last: 7 }));
    let (_, kept) = device.conversations().find(|(id, _)| *id == with(500)).unwrap();
    assert_eq!(kept.messages.iter().map(|message| message.number).collect::<Vec<_>>(), [99]);
}

#[test]
fn r12_5_of_very_many_conversations_those_that_spoke_last_are_given() {
    let mut hub = Hub::default();
    let with = |other: u64| ConversationId::between(ADA, UserId(100 + other)).unwrap();
    let hello = Hello { known: [(with(5), 1)].into(), ..Hello::new(ADA) };
    let (id, _) = hub.open(hello, Instant::ZERO).unwrap();
    let mark = |other: u64| Mark { number: 2, time: Wall::from_millis(other) };
    let marks: BTreeMap<_, _> = (0..1_500).map(|other| (with(other), mark(other))).collect();
    let session = hub.sessions.get_mut(&id).unwrap();
    session.note_all(&marks);
    let mut given = Vec::new();
    while let Some(Ok(Turn::Give(conversation, after))) = session.turn(Instant::ZERO, Waker::noop())
    {
        assert!(session.give(conversation, after, 2));
        given.push(conversation);
    }
    given.sort();
    let expected = [5].into_iter().chain(500..1_500).map(with);
    assert_eq!(given, expected.collect::<Vec<_>>());
    // Groups that others have just opened take the place of none in which something was said.
    let empty = |group: u64| {
        (ConversationId::Group(group), Mark { number: 0, time: Wall::from_millis(9_999) })
    };
    let marks = (0..1_000).map(empty).chain([(with(1), mark(1))]).collect();
    let session = hub.sessions.get_mut(&id).unwrap();
    session.note_all(&marks);
    let turn = session.turn(Instant::ZERO, Waker::noop());
    assert!(matches!(turn, Some(Ok(Turn::Give(conversation, 0))) if conversation == with(1)));
}

#[test]
fn r12_8_what_cannot_be_given_now_holds_up_nothing_else() {
    let mut hub = Hub::default();
    let (id, _) = hub.open(Hello::new(ADA), Instant::ZERO).unwrap();
    let [first, second, third] = [1, 2, 3].map(ConversationId::Group);
    for conversation in [first, second] {
        hub.said(conversation, &[ADA], 1, None);
    }
    let session = hub.sessions.get_mut(&id).unwrap();
    let at = |millis| Instant::ZERO + Span::from_millis(millis);
    let given = |session: &mut Session, now| match session.turn(now, Waker::noop()) {
        Some(Ok(Turn::Give(conversation, _))) => Some(conversation),
        Some(_) => panic!("something else"),
        None => None,
    };
    assert_eq!(given(session, at(0)), Some(first));
    session.put_off(first, at(250));
    assert_eq!((given(session, at(0)), given(session, at(500))), (Some(second), Some(second)));
    assert!(session.give(second, 0, 1));
    assert_eq!((given(session, at(249)), given(session, at(250))), (None, Some(first)));
    assert_eq!(session.next_at(), at(250));
    session.put_off(first, at(500));
    session.note(third, 1);
    assert_eq!(given(session, at(600)), Some(third), "what was not tried comes first");
    // The inbox is looked into though there is something to give, and though friends cannot be learnt.
    session.look_at = at(600);
    assert!(matches!(session.turn(at(600), Waker::noop()), Some(Ok(Turn::Look))));
    session.look_at = at(9_000);
    hub.stand_anew([ADA, BOB]);
    let session = hub.sessions.get_mut(&id).unwrap();
    assert!(matches!(session.turn(at(600), Waker::noop()), Some(Ok(Turn::Learn))));
    session.learn_at = at(850);
    assert_eq!(given(session, at(849)), Some(third));
    assert!(session.is_unsure_of(&[message(1)]));
    assert!(session.give(third, 0, 1) && session.give(first, 0, 1));
    assert_eq!((given(session, at(849)), session.next_at()), (None, at(850)));
}

#[test]
fn r12_5_a_message_of_another_version_has_its_place() {
    let entry = Entry { number: 7, name: 1, body: Bytes::from_static(&[0xff; 3]) };
    let read = Message::read(&entry);
    assert_eq!((read.number, read.text), (7, None));
}

#[test]
fn r12_8_whoever_has_blocked_somebody_is_not_told_that_they_type_or_read() {
    let mut hub = Hub::default();
    let (id, _) = hub.open(Hello::new(ADA), Instant::ZERO).unwrap();
    let later = Instant::ZERO + Span::from_millis(250);
    let turn_at = |hub: &mut Hub, now| hub.sessions.get_mut(&id).unwrap().turn(now, Waker::noop());
    let turn = |hub: &mut Hub| turn_at(hub, later);
    hub.stand_anew([BOB, ADA]);
    hub.said(talk(), &[ADA, BOB], 1, None);
    let first = turn_at(&mut hub, Instant::ZERO);
    assert!(matches!(first, Some(Ok(Turn::Learn))), "before anything else is told");
    let session = hub.sessions.get_mut(&id).unwrap();
    let changes = session.changes();
    hub.stand_anew([ADA, BOB]);
    let session = hub.sessions.get_mut(&id).unwrap();
    session.learn(Instant::ZERO, changes, Vec::new(), [].into());
    assert!(session.is_unsure_of(&[message(1)]), "it changed while it was learnt");
    let soon = turn_at(&mut hub, Instant::ZERO + Span::from_millis(249));
    assert!(matches!(soon, Some(Ok(Turn::Give(..)))), "it does not only learn");
    assert!(matches!(turn(&mut hub), Some(Ok(Turn::Learn))));
    let session = hub.sessions.get_mut(&id).unwrap();
    session.learn(later, session.changes(), Vec::new(), [BOB].into());
    assert!(!session.is_unsure_of(&[message(1)]));
    let by = |user| {
        let conversation = talk();
        [Event::Typing { conversation, user }, Event::Read { conversation, user, number: 1 }]
    };
    for event in [by(BOB), by(ADA)].as_flattened() {
        hub.tell(&[ADA], event);
    }
    for expected in by(ADA) {
        assert!(matches!(turn(&mut hub), Some(Ok(Turn::News(event))) if event == expected));
    }
    assert!(matches!(turn(&mut hub), Some(Ok(Turn::Give(..)))));
}

#[test]
fn r12_8_what_waited_when_a_block_came_is_not_told_after_it() {
    let mut hub = Hub::default();
    let (id, _) = hub.open(Hello::new(ADA), Instant::ZERO).unwrap();
    let turn_at = |hub: &mut Hub, now| hub.sessions.get_mut(&id).unwrap().turn(now, Waker::noop());
    let turn = |hub: &mut Hub| turn_at(hub, Instant::ZERO);
    let learn = |hub: &mut Hub, friends: &[UserId], hidden: &[UserId]| {
        let session = hub.sessions.get_mut(&id).unwrap();
        let (friends, hidden) = (friends.to_vec(), hidden.iter().copied().collect());
        session.learn(Instant::ZERO, session.changes(), friends, hidden);
    };
    let typing = |user| Event::Typing { conversation: ConversationId::Group(1), user };
    let say = |hub: &mut Hub| {
        hub.tell(&[ADA], &typing(BOB));
        hub.tell(&[ADA], &typing(UserId(3)));
        hub.tell_friends([(BOB, true)].into());
    };
    learn(&mut hub, &[BOB], &[]);
    say(&mut hub);
    hub.stand_anew([BOB, ADA]);
    let next = turn(&mut hub);
    assert!(matches!(next, Some(Ok(Turn::News(event))) if event == typing(UserId(3))));
    assert!(turn(&mut hub).is_none(), "of Bob nothing before it is learnt");
    let soon = turn_at(&mut hub, Instant::ZERO + Span::from_millis(250));
    assert!(matches!(soon, Some(Ok(Turn::Learn))));
    learn(&mut hub, &[], &[BOB]);
    assert!(turn(&mut hub).is_none());
    // Had they only become friends, nothing would be lost.
    learn(&mut hub, &[BOB], &[]);
    say(&mut hub);
    hub.stand_anew([ADA, BOB]);
    learn(&mut hub, &[BOB], &[]);
    for _ in 0..3 {
        assert!(matches!(turn(&mut hub), Some(Ok(Turn::News(_)))));
    }
    assert!(turn(&mut hub).is_none());
}

fn users(range: core::ops::Range<u64>) -> Vec<UserId> {
    range.map(UserId).collect()
}

fn beat(server: u16, life: u64, sequence: u64, what: Said) -> Beat {
    Beat { server: NodeId(server), life, sequence, what }
}

fn all(users: Vec<UserId>, connections: u64) -> Said {
    let load = Load { connections, is_draining: false };
    Said::Users { from: UserId(0), until: None, users, load }
}

#[test]
fn r12_6_who_is_on_two_servers_goes_with_the_second() {
    let mut directory = Directory::default();
    let now = Instant::ZERO;
    assert_eq!(directory.hear(now, beat(0, 1, 1, all(users(1..3), 2))).len(), 2);
    assert_eq!(directory.hear(now, beat(1, 1, 1, all(users(2..4), 2))), [(UserId(3), true)]);
    let gone = Said::Changed([(UserId(2), false)].into());
    assert_eq!(directory.hear(now, beat(0, 1, 2, gone.clone())), []);
    // A beat from before is late, and says nothing new.
    assert_eq!(directory.hear(now, beat(0, 1, 1, all(users(1..9), 9))), []);
    assert_eq!(directory.hear(now, beat(1, 1, 2, gone)), [(UserId(2), false)]);
    assert!(directory.is_online(UserId(1)) && !directory.is_online(UserId(2)));
    // A server that started anew has nobody until it says so.
    assert_eq!(directory.hear(now, beat(1, 2, 1, all(Vec::new(), 0))), [(UserId(3), false)]);
}

#[test]
fn r12_6_news_that_overtake_each_other_take_nothing_away() {
    let mut state = State::default();
    let mut say = |user, is_online| {
        let mut news = state.changed(NodeId(0), [(UserId(user), is_online)]);
        match news.remove(0) {
            News::Beat(beat) => beat,
            _ => panic!("no beat"),
        }
    };
    let (first, second) = (say(1, true), say(2, true));
    let third = say(1, false);
    let mut directory = Directory::default();
    let now = Instant::ZERO;
    assert_eq!(directory.hear(now, second).len(), 2);
    assert_eq!(directory.hear(now, third), [(UserId(1), false)]);
    assert_eq!(directory.hear(now, first), []);
    // Pieces of one beat, the last one first.
    let piece = |from: u64, until: Option<u64>| {
        let (until, users) = (until.map(UserId), users(from..from + 2));
        Said::Users { from: UserId(from), until, users, load: Load::default() }
    };
    assert_eq!(directory.hear(now, beat(0, 0, 4, piece(20, None))).len(), 2);
    let changed = directory.hear(now, beat(0, 0, 4, piece(0, Some(20))));
    assert_eq!(changed, [(UserId(2), false), (UserId(0), true), (UserId(1), true)]);
    // Many at once are told by one beat.
    let many = state.changed(NodeId(0), users(0..100).into_iter().map(|user| (user, true)));
    assert!(matches!(&*many, [News::Beat(Beat { what: Said::Users { .. }, .. })]));
    assert!(state.changes.is_empty());
}

#[test]
fn r12_6_a_server_is_lost_only_after_some_missed_beats() {
    let mut directory = Directory::default();
    directory.hear(Instant::ZERO, beat(0, 1, 1, all(users(1..3), 2)));
    let later = Instant::ZERO + BEAT * MISSED;
    assert_eq!(directory.forget_lost(later), []);
    let lost = directory.forget_lost(later + Span::from_millis(1));
    assert_eq!(lost, [(UserId(1), false), (UserId(2), false)]);
    assert_eq!(directory.recommended(), None);
}

#[test]
fn r12_3_the_server_with_the_fewest_connections_is_recommended() {
    let mut directory = Directory::default();
    for (server, connections) in [(0, 9), (1, 4), (2, 4), (3, 1)] {
        directory.hear(Instant::ZERO, beat(server, 1, 1, all(Vec::new(), connections)));
    }
    let load = Load { connections: 1, is_draining: true };
    let draining = Said::Users { from: UserId(0), until: None, users: Vec::new(), load };
    directory.hear(Instant::ZERO, beat(3, 1, 2, draining));
    assert_eq!(directory.recommended().map(|(node, _)| node), Some(NodeId(1)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn r12_6_beats_in_pieces_say_who_is_there(
        old in proptest::collection::btree_set(0_u64..30_000, 0..200),
        count in 0_u64..12_000,
        step in 1_u64..3,
    ) {
        let mut directory = Directory::default();
        let now = Instant::ZERO;
        let old: Vec<UserId> = old.into_iter().map(UserId).collect();
        directory.hear(now, beat(0, 1, 1, all(old.clone(), 0)));
        let new: Vec<UserId> = (0..count).map(|i| UserId(i * step)).collect();
        let mut changed = BTreeMap::new();
        for (i, (from, until, users)) in (2..).zip(pieces(&new)) {
            let what = Said::Users { from, until, users, load: Load::default() };
            changed.extend(directory.hear(now, beat(0, 1, i, what)));
        }
        for user in users(0..30_000) {
            prop_assert_eq!(directory.is_online(user), new.binary_search(&user).is_ok());
            let was = old.binary_search(&user).is_ok();
            let change = (was != directory.is_online(user)).then_some(!was);
            prop_assert_eq!(changed.get(&user).copied(), change);
        }
    }
}

#[test]
fn r12_8_whoever_takes_no_news_is_cut_off_and_messages_wait_without_room() {
    let mut hub = Hub::default();
    let hello = Hello { known: [(talk(), 3)].into(), ..Hello::new(ADA) };
    let (id, is_first) = hub.open(hello, Instant::ZERO).unwrap();
    assert!(is_first);
    // Any number of messages is two numbers.
    for number in 4..=10_000 {
        hub.said(talk(), &[ADA, BOB], number, None);
    }
    let now = Instant::ZERO;
    let turn = |hub: &mut Hub| hub.sessions.get_mut(&id).unwrap().turn(now, Waker::noop());
    assert!(matches!(turn(&mut hub), Some(Ok(Turn::Give(_, 3)))));
    let session = hub.sessions.get_mut(&id).unwrap();
    assert!(session.give(talk(), 3, 10_000) && !session.give(talk(), 3, 10_000));
    assert!(turn(&mut hub).is_none());
    let event = Event::Typing { conversation: talk(), user: BOB };
    for _ in 0..=MAX_NEWS {
        hub.tell(&[ADA], &event);
    }
    assert!(matches!(turn(&mut hub), Some(Err(Closed::Slow))));
    assert_eq!((hub.end(id), hub.end(id)), (Some(ADA), None));
}

#[test]
fn r12_6_friends_who_come_and_go_are_told_as_they_are_now() {
    let mut hub = Hub::default();
    let (id, _) = hub.open(Hello::new(ADA), Instant::ZERO).unwrap();
    let friends = users(100..5_100);
    hub.sessions.get_mut(&id).unwrap().friends.clone_from(&friends);
    for is_online in [true, false, true] {
        hub.tell_friends(friends.iter().map(|&friend| (friend, is_online)).collect());
    }
    // Strangers, few and many.
    hub.tell_friends([(UserId(1), true)].into());
    hub.tell_friends(users(0..9_000).into_iter().map(|user| (user, true)).collect());
    let mut told = Vec::new();
    let session = hub.sessions.get_mut(&id).unwrap();
    while let Some(turn) = session.turn(Instant::ZERO, Waker::noop()) {
        match turn {
            Ok(Turn::News(Event::Presence { user, is_online: true })) => told.push(user),
            _ => panic!("something else"),
        }
    }
    assert_eq!(told, friends);
}

#[test]
fn r12_10_a_login_that_ends_takes_its_connections_along() {
    let mut hub = Hub::default();
    let mut open =
        |login| hub.open(Hello { login: [login; 32], ..Hello::new(ADA) }, Instant::ZERO).unwrap().0;
    let (first, second) = (open(1), open(2));
    assert_eq!(hub.log_out(&[1; 32]), [], "another device is there");
    let mut turn = |id| hub.sessions.get_mut(&id).unwrap().turn(Instant::ZERO, Waker::noop());
    assert!(matches!(turn(first), Some(Err(Closed::LoggedOut))));
    assert!(turn(second).is_none());
    assert_eq!(hub.log_out(&[2; 32]), [ADA]);
    assert_eq!((hub.end(first), hub.end(second)), (None, None));
}

/// A partition with these rows, which are only read.
struct Rows(Vec<(Bytes, Row)>);

impl Table for Rows {
    async fn get(&self, _: &Key) -> Result<Row, port::Error> {
        Err(port::Error::Stopped)
    }

    async fn get_strict(&self, _: &Key) -> Result<Row, port::Error> {
        Err(port::Error::Stopped)
    }

    async fn put(
        &self,
        _: &Key,
        _: Option<Bytes>,
        _: Option<&Context>,
    ) -> Result<Context, port::Error> {
        Err(port::Error::Stopped)
    }

    async fn put_strict(
        &self,
        _: &Key,
        _: Option<Bytes>,
        _: Option<&Context>,
    ) -> Result<Context, port::Error> {
        Err(port::Error::Stopped)
    }

    async fn range(&self, _: &Bytes, select: &Select) -> Result<Page, port::Error> {
        let is_in = |(sort, _): &&(Bytes, Row)| {
            select.from.as_ref().is_none_or(|from| sort >= from)
                && select.until.as_ref().is_none_or(|until| sort < until)
        };
        let mut rows: Vec<(Bytes, Row)> = self.0.iter().filter(is_in).cloned().collect();
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        if select.reverse {
            rows.reverse();
        }
        let place = rows.iter().position(|(sort, _)| Some(sort) == select.after.as_ref());
        let mut rows = rows.split_off(place.map_or(0, |place| place + 1));
        let next = (rows.len() > 1_000).then(|| rows[999].0.clone());
        rows.truncate(1_000);
        Ok(Page { rows, next })
    }
}

#[test]
fn r12_5_however_many_groups_somebody_is_put_into_pairs_are_found() {
    let row = |conversation: ConversationId| {
        let mark = Mark { number: 1, time: Wall::from_millis(0) };
        let values = [postcard::to_allocvec(&mark).unwrap().into()].into();
        let sort = Bytes::from(format!("last/{conversation}"));
        (sort, Row { values, context: Context::default() })
    };
    let groups = (0..17_000).map(ConversationId::Group);
    let rows = Rows(groups.chain([talk()]).map(row).collect());
    let marks = pin!(inbox::marks(&rows, ADA, Of::Last));
    let Poll::Ready(Ok(marks)) = marks.poll(&mut core::task::Context::from_waker(Waker::noop()))
    else {
        panic!()
    };
    assert_eq!((marks.len(), marks.contains_key(&talk())), (16_000, true));
}
