use super::*;
use crate::accounts::{self, Step};
use crate::base::{Wall, hash};
use crate::chat::{
    Answered as Told, Ask as Of, BEAT, Change, Conversation, ConversationId, Draft, Error,
    HEARTBEAT, MISSED, Mark, Message, OFFLINE_AFTER, Part, SECOND_LOOK, SHARDS, Sent, inbox_key,
    log,
};
use crate::kv::Key;
use crate::port::{LogError, Table as _, UserId, partition};
use crate::sim::{Touch, cast};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

const ANA: UserId = UserId(1);
const BEN: UserId = UserId(2);
const CHO: UserId = UserId(3);
const DAN: UserId = UserId(4);

/// A world whose people are there, and heard of each other's servers.
fn peopled(seed: u64, nodes: u16) -> World {
    let mut world = world(seed, nodes);
    let invited = answer(&mut world, 0, Ask::Accounts(cast(4)));
    assert!(matches!(invited, Answered::Accounts(accounts::Answered::Invited(Ok(_)))));
    told(&mut world, 0, Of::Server);
    after(&mut world, Span::from_secs(12));
    world
}

fn told(world: &mut World, at: u16, ask: Of) -> Told {
    match answer(world, at, Ask::Chat(ask)) {
        Answered::Chat(told) => told,
        other => panic!("{other:?}"),
    }
}

fn talk(one: UserId, other: UserId) -> ConversationId {
    ConversationId::between(one, other).unwrap()
}

fn send(world: &mut World, at: u16, by: UserId, draft: Draft) -> Result<Sent, Error> {
    match told(world, at, Of::Send { by, draft }) {
        Told::Sent(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn draft(conversation: ConversationId, id: &str) -> Draft {
    Draft { conversation, id: id.to_string(), text: format!("text of {id}"), after: None }
}

fn history(
    world: &mut World,
    at: u16,
    by: UserId,
    conversation: ConversationId,
) -> Result<Vec<Message>, Error> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let part = Part::After(all.last().map_or(0, |message| message.number));
        match told(world, at, Of::History { by, conversation, part, limit: 100 }) {
            Told::History(Ok(more)) if more.is_empty() => return Ok(all),
            Told::History(Ok(more)) => all.extend(more),
            Told::History(Err(error)) => return Err(error),
            other => panic!("{other:?}"),
        }
    }
}

fn list(world: &mut World, at: u16, by: UserId) -> Vec<Conversation> {
    match told(world, at, Of::List { by }) {
        Told::List(Ok(list)) => list,
        other => panic!("{other:?}"),
    }
}

fn open(world: &mut World, by: UserId, others: &[UserId]) -> ConversationId {
    match told(world, 0, Of::Open { by, name: "group".into(), others: others.into() }) {
        Told::Opened(Ok((conversation, _))) => conversation,
        other => panic!("{other:?}"),
    }
}

fn touch(world: &mut World, phone: u16, touch: Touch) {
    world.apply(Transition::Phone { phone, touch });
}

fn take_up(world: &mut World, phone: u16, user: UserId, home: u16) {
    touch(world, phone, Touch::TakeUp { user, home: Some(NodeId(home)) });
}

fn say(world: &mut World, phone: u16, conversation: ConversationId, text: &str) {
    touch(world, phone, Touch::Say { conversation, text: text.to_string() });
}

/// Texts that a phone has of a conversation.
fn texts(world: &World, phone: u16, conversation: ConversationId) -> Vec<String> {
    let (_, phone) = world.phones().find(|(number, _)| *number == phone).unwrap();
    let kept = phone.device.conversations().find(|(id, _)| *id == conversation);
    let messages = kept.into_iter().flat_map(|(_, kept)| kept.messages.iter());
    messages.map(|message| message.text.clone().unwrap_or_default()).collect()
}

fn is_online(world: &World, phone: u16, friend: UserId) -> bool {
    let (_, phone) = world.phones().find(|(number, _)| *number == phone).unwrap();
    phone.device.online().contains(&friend)
}

fn node_of(world: &World, phone: u16) -> Option<NodeId> {
    world.phones().find(|(number, _)| *number == phone).and_then(|(_, phone)| phone.node())
}

fn notices(world: &World) -> u64 {
    let nodes = world.running().into_iter();
    nodes.filter_map(|node| world.services(node)).map(|s| s.chat.counters().notices).sum()
}

#[test]
fn r12_4_what_is_said_on_one_node_is_read_on_another_at_once() {
    let mut world = peopled(1, 3);
    take_up(&mut world, 1, ANA, 0);
    take_up(&mut world, 2, BEN, 1);
    after(&mut world, Span::from_secs(1));
    assert_eq!((node_of(&world, 1), node_of(&world, 2)), (Some(NodeId(0)), Some(NodeId(1))));
    say(&mut world, 1, talk(ANA, BEN), "hello");
    after(&mut world, Span::from_millis(300));
    for phone in [1, 2] {
        assert_eq!(texts(&world, phone, talk(ANA, BEN)), ["hello"], "phone {phone}");
    }
    assert_eq!(world.phones().map(|(_, phone)| phone.device.outbox().len()).sum::<usize>(), 0);
    // Both were there: nobody is notified, now or later.
    after(&mut world, SECOND_LOOK + Span::from_secs(15));
    touch(&mut world, 2, Touch::Read(talk(ANA, BEN)));
    after(&mut world, Span::from_secs(1));
    assert_eq!(notices(&world), 0);
    let ben = list(&mut world, 2, BEN);
    assert_eq!((ben.len(), ben[0].last.number, ben[0].unread()), (1, 1, 0));
}

#[test]
fn r12_4_whoever_is_off_line_is_notified_once_and_so_is_who_vanishes_unread() {
    let mut world = peopled(2, 3);
    take_up(&mut world, 1, ANA, 0);
    take_up(&mut world, 2, BEN, 1);
    after(&mut world, Span::from_secs(1));
    // Cho was never there.
    say(&mut world, 1, talk(ANA, CHO), "are you there?");
    after(&mut world, Span::from_secs(10));
    assert_eq!(notices(&world), 1);
    let unread: Vec<u64> = list(&mut world, 2, CHO).iter().map(Conversation::unread).collect();
    assert_eq!(unread, [1]);
    // Ben is there, gets it, and goes without having read it.
    say(&mut world, 1, talk(ANA, BEN), "one");
    after(&mut world, Span::from_secs(5));
    assert_eq!(notices(&world), 1);
    touch(&mut world, 2, Touch::Online(false));
    after(&mut world, SECOND_LOOK);
    assert_eq!(notices(&world), 2);
}

#[test]
fn r12_4_whoever_has_read_it_is_not_notified_however_late_the_first_look_is() {
    // One of them is the worker who tells: another takes over after ten seconds, when Ben has read and gone.
    for victim in 0..3 {
        let mut world = peopled(2, 3);
        take_up(&mut world, 1, ANA, (victim + 1) % 3);
        take_up(&mut world, 2, BEN, (victim + 2) % 3);
        after(&mut world, Span::from_secs(1));
        fault(&mut world, Fault::Kill(NodeId(victim)));
        say(&mut world, 1, talk(ANA, BEN), "one");
        after(&mut world, Span::from_secs(3));
        assert_eq!(texts(&world, 2, talk(ANA, BEN)), ["one"], "node {victim}");
        touch(&mut world, 2, Touch::Read(talk(ANA, BEN)));
        after(&mut world, Span::from_secs(1));
        touch(&mut world, 2, Touch::Online(false));
        after(&mut world, SECOND_LOOK + Span::from_secs(20));
        assert_eq!(notices(&world), 0, "node {victim}");
    }
}

#[test]
fn r12_5_a_new_device_and_one_that_was_away_catch_up() {
    let mut world = peopled(3, 3);
    let group = open(&mut world, ANA, &[BEN, DAN]);
    take_up(&mut world, 1, ANA, 0);
    take_up(&mut world, 2, BEN, 1);
    after(&mut world, Span::from_secs(1));
    let said: Vec<String> = (0..30).map(|i| format!("line {i}")).collect();
    for (i, line) in said.iter().enumerate() {
        if i == 10 {
            touch(&mut world, 2, Touch::Online(false));
        }
        say(&mut world, 1, group, line);
    }
    after(&mut world, Span::from_secs(8));
    assert!(texts(&world, 2, group).len() < 30);
    touch(&mut world, 2, Touch::Online(true));
    take_up(&mut world, 3, BEN, 2);
    after(&mut world, Span::from_secs(3));
    for phone in 1..=3 {
        assert_eq!(texts(&world, phone, group), said, "phone {phone}");
    }
}

#[test]
fn r12_6_friends_see_who_comes_and_goes_and_a_killed_server_only_after_some_beats() {
    let mut world = peopled(4, 3);
    take_up(&mut world, 1, ANA, 0);
    after(&mut world, Span::from_secs(1));
    assert!(!is_online(&world, 1, BEN));
    take_up(&mut world, 2, BEN, 1);
    take_up(&mut world, 3, CHO, 1);
    after(&mut world, Span::from_secs(1));
    assert!(is_online(&world, 1, BEN) && is_online(&world, 2, ANA) && is_online(&world, 2, CHO));
    assert!(!is_online(&world, 1, CHO), "they are no friends");
    // Of his own accord: at once.
    touch(&mut world, 2, Touch::Online(false));
    after(&mut world, Span::from_millis(200));
    assert!(!is_online(&world, 1, BEN));
    touch(&mut world, 2, Touch::Online(true));
    after(&mut world, Span::from_secs(2));
    assert!(is_online(&world, 1, BEN));
    // With the node of all the others: once it has missed its beats. Ben's phone is elsewhere by then.
    let ben = node_of(&world, 2).unwrap();
    fault(&mut world, Fault::Kill(ben));
    after(&mut world, Span::from_millis(50));
    assert!(ben == NodeId(0) || is_online(&world, 1, BEN), "one missed beat is none");
    after(&mut world, BEAT * (MISSED + 2));
    assert!(node_of(&world, 2).is_some_and(|node| node != ben));
    assert!(is_online(&world, 1, BEN));
    // A phone that is heard of no more.
    let presence = Of::Presence { by: ANA, users: [BEN, CHO, DAN].into() };
    let at = node_of(&world, 1).unwrap().0;
    let Told::Presence(Ok(found)) = told(&mut world, at, presence) else { panic!() };
    assert_eq!(found.iter().map(|p| p.is_online).collect::<Vec<_>>(), [true, true, false]);
    assert!(found[0].last_active.is_some() && found[2].last_active.is_none());
}

#[test]
fn r12_3_devices_spread_over_the_servers_that_are_there() {
    let mut world = peopled(5, 3);
    let server = |world: &mut World| match told(world, 1, Of::Server) {
        Told::Server(node, _) => node,
        other => panic!("{other:?}"),
    };
    assert_eq!(server(&mut world), NodeId(0));
    take_up(&mut world, 1, ANA, 0);
    take_up(&mut world, 2, BEN, 2);
    after(&mut world, BEAT * 2);
    assert_eq!(server(&mut world), NodeId(1));
    world.services(NodeId(1)).unwrap().chat.drain();
    after(&mut world, BEAT);
    assert_ne!(server(&mut world), NodeId(1));
}

#[test]
fn r12_8_a_message_that_is_sent_again_anywhere_is_there_once() {
    let mut world = peopled(6, 3);
    let conversation = talk(ANA, BEN);
    let first = send(&mut world, 0, ANA, draft(conversation, "a")).unwrap();
    assert_eq!((first.number, first.is_new), (1, true));
    assert_eq!(send(&mut world, 1, BEN, draft(conversation, "a")).unwrap().number, 2);
    for at in 0..3 {
        let again = send(&mut world, at, ANA, draft(conversation, "a")).unwrap();
        assert_eq!((again.number, again.is_new), (1, false));
    }
    let all = history(&mut world, 2, BEN, conversation).unwrap();
    assert_eq!(all.iter().map(|m| (m.number, m.author)).collect::<Vec<_>>(), [(1, ANA), (2, BEN)]);
    let too_long = Draft { text: "x".repeat(100_001), ..draft(conversation, "b") };
    assert_eq!(send(&mut world, 0, ANA, too_long), Err(Error::Text { got: 100_001 }));
    let longest = Draft { text: "한".repeat(100_000), ..draft(conversation, "b") };
    assert_eq!(send(&mut world, 0, ANA, longest).unwrap().number, 3);
}

#[test]
fn r12_1_only_members_read_and_write_and_nobody_reads_who_is_blocked() {
    let mut world = peopled(7, 3);
    let group = open(&mut world, ANA, &[BEN, DAN]);
    send(&mut world, 0, BEN, draft(group, "b")).unwrap();
    let refused = send(&mut world, 1, CHO, draft(group, "d")).unwrap_err();
    assert!(matches!(refused, Error::NotMember { user: CHO, .. }), "{refused}");
    assert!(matches!(history(&mut world, 1, CHO, group), Err(Error::NotMember { .. })));
    assert!(matches!(history(&mut world, 1, DAN, talk(ANA, BEN)), Err(Error::NotMember { .. })));
    let nobody = UserId(99);
    let refused = send(&mut world, 1, ANA, draft(talk(ANA, nobody), "n"));
    assert_eq!(refused, Err(Error::NoUser { got: nobody }));
    // Ana blocks Ben: no words between the two, and none of his in the group.
    let block = accounts::Ask::Step { me: ANA, other: BEN, step: Step::Block };
    answer(&mut world, 0, Ask::Accounts(block));
    for (by, other) in [(ANA, BEN), (BEN, ANA)] {
        let refused = send(&mut world, 2, by, draft(talk(ANA, BEN), "x"));
        assert_eq!(refused, Err(Error::Blocked { got: other }));
    }
    let seen = |world: &mut World, by| history(world, 2, by, group).unwrap()[0].text.is_some();
    assert_eq!((seen(&mut world, ANA), seen(&mut world, DAN)), (false, true));
    // Whoever leaves is told nothing more, and only the owner removes others.
    let ConversationId::Group(number) = group else { panic!() };
    let change = |world: &mut World, by, change| match told(
        world,
        1,
        Of::Change { by, group: number, change },
    ) {
        Told::Changed(_, outcome) => outcome,
        other => panic!("{other:?}"),
    };
    let refused = change(&mut world, BEN, Change::Remove(DAN));
    assert_eq!(refused, Err(Error::NotOwner { owner: ANA }));
    take_up(&mut world, 3, DAN, 0);
    after(&mut world, Span::from_secs(1));
    change(&mut world, ANA, Change::Remove(DAN)).unwrap();
    send(&mut world, 0, BEN, draft(group, "c")).unwrap();
    after(&mut world, Span::from_secs(7));
    assert_eq!(texts(&world, 3, group), ["text of b"]);
    assert!(matches!(history(&mut world, 1, DAN, group), Err(Error::NotMember { .. })));
}

#[test]
fn r12_5_whoever_joins_a_long_talk_is_given_its_end_and_can_say_something() {
    let mut world = peopled(10, 3);
    let group = open(&mut world, ANA, &[BEN]);
    // More than an append looks through: much text, and then more messages than the log's head knows by name.
    let long = "한".repeat(100_000);
    for number in 0..85 {
        let text = if number < 16 { long.clone() } else { number.to_string() };
        let draft = Draft { text, ..draft(group, &number.to_string()) };
        send(&mut world, 0, BEN, draft).unwrap();
        after(&mut world, Span::from_millis(20));
    }
    let late = Draft { after: Some(0), ..draft(group, "late") };
    let refused = send(&mut world, 0, BEN, late).unwrap_err();
    assert!(matches!(refused, Error::Log(LogError::Behind { after: 0, last: 85 })), "{refused}");
    take_up(&mut world, 3, CHO, 1);
    after(&mut world, Span::from_secs(1));
    let ConversationId::Group(number) = group else { panic!() };
    told(&mut world, 0, Of::Change { by: BEN, group: number, change: Change::Add(CHO) });
    say(&mut world, 3, group, "Hello all");
    after(&mut world, Span::from_secs(8));
    let has = texts(&world, 3, group);
    assert_eq!(has.last().map(String::as_str), Some("Hello all"));
    assert!(has.len() > 16, "{} of what was said before", has.len());
    assert_eq!(list(&mut world, 2, CHO)[0].last.number, 86);
}

#[test]
fn r12_1_whoever_leaves_a_group_has_it_in_the_list_no_more() {
    let mut world = peopled(11, 3);
    let group = open(&mut world, ANA, &[BEN, DAN]);
    let ConversationId::Group(number) = group else { panic!() };
    send(&mut world, 0, BEN, draft(group, "b")).unwrap();
    after(&mut world, Span::from_secs(4));
    let listed =
        |world: &mut World, by| list(world, 1, by).iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(listed(&mut world, DAN), [group]);
    let mut change = |by, change| {
        let told = told(&mut world, 0, Of::Change { by, group: number, change });
        assert!(matches!(told, Told::Changed(_, Ok(_))), "{told}");
        listed(&mut world, DAN)
    };
    assert_eq!(change(DAN, Change::Remove(DAN)), []);
    assert_eq!(change(DAN, Change::Remove(DAN)), [], "done twice");
    assert_eq!(change(ANA, Change::Add(DAN)), [group]);
    assert_eq!(change(ANA, Change::Remove(DAN)), []);
    // As by a worker that had read the members before: it is gone again, once a device looks.
    let mark = postcard::to_allocvec(&Mark { number: 2, time: Wall::from_millis(1) }).unwrap();
    let key = inbox_key(DAN, group).unwrap();
    world.spawn(NodeId(2), move |ports| async move {
        ports.put(&key, Some(mark.into()), None).await.unwrap();
    });
    after(&mut world, Span::from_secs(1));
    assert_eq!(listed(&mut world, DAN), [group]);
    take_up(&mut world, 3, DAN, 1);
    after(&mut world, Span::from_secs(2));
    assert_eq!(listed(&mut world, DAN), []);
}

#[test]
fn r12_1_a_group_in_which_nothing_was_said_is_in_the_lists_of_its_members() {
    let mut world = peopled(15, 3);
    let group = open(&mut world, ANA, &[BEN]);
    let ConversationId::Group(number) = group else { panic!() };
    let is_listed = |world: &mut World, by| list(world, 1, by).iter().any(|row| row.id == group);
    assert!(is_listed(&mut world, ANA) && is_listed(&mut world, BEN));
    assert!(!is_listed(&mut world, CHO));
    told(&mut world, 0, Of::Change { by: BEN, group: number, change: Change::Add(CHO) });
    assert!(is_listed(&mut world, CHO));
    told(&mut world, 0, Of::Change { by: CHO, group: number, change: Change::Remove(CHO) });
    assert!(!is_listed(&mut world, CHO) && is_listed(&mut world, BEN));
}

#[test]
fn r12_1_only_friends_are_put_into_a_group_and_only_so_often() {
    let mut world = peopled(16, 3);
    let open = Of::Open { by: ANA, name: "group".into(), others: [BEN, CHO].into() };
    let refused = told(&mut world, 0, open);
    assert!(matches!(refused, Told::Opened(Err(Error::NotFriends { got: CHO }))), "{refused}");
    let group = self::open(&mut world, ANA, &[BEN]);
    let ConversationId::Group(number) = group else { panic!() };
    let change = |world: &mut World, by, change| match told(
        world,
        0,
        Of::Change { by, group: number, change },
    ) {
        Told::Changed(_, outcome) => outcome.map(|group| group.members.len()),
        other => panic!("{other:?}"),
    };
    let refused = change(&mut world, ANA, Change::Add(CHO));
    assert_eq!(refused, Err(Error::NotFriends { got: CHO }));
    assert_eq!(change(&mut world, BEN, Change::Add(CHO)), Ok(3));
    // Whoever has left and is taken in again has it in the list at once.
    assert_eq!(change(&mut world, CHO, Change::Remove(CHO)), Ok(2));
    assert_eq!(change(&mut world, BEN, Change::Add(CHO)), Ok(3));
    assert_eq!(list(&mut world, 1, CHO).len(), 1);
    // What changes nothing counts all the same.
    let rename = Of::Change { by: BEN, group: number, change: Change::Rename("group".into()) };
    let asked: Vec<_> = (0..150).map(|_| ask(&mut world, 0, Ask::Chat(rename.clone()))).collect();
    after(&mut world, Span::from_secs(5));
    let is_refused = |id| match world.answer(id) {
        Some(Answered::Chat(Told::Changed(_, Err(Error::TooOften { .. })))) => true,
        Some(Answered::Chat(Told::Changed(_, Ok(_)))) => false,
        other => panic!("{other:?}"),
    };
    let refused = asked.into_iter().filter(|&id| is_refused(id)).count();
    assert!((30..=60).contains(&refused), "{refused}");
}

#[test]
fn r12_1_whoever_is_taken_in_again_while_taken_out_has_the_group_in_the_list() {
    let mut world = peopled(18, 3);
    let mut random = Random::new(18);
    let group = open(&mut world, ANA, &[BEN, DAN]);
    let ConversationId::Group(number) = group else { panic!() };
    let mut stayed = 0;
    for round in 0..60 {
        let changes = [(0, Change::Remove(DAN)), (1, Change::Add(DAN))];
        let asked = changes.map(|(at, change)| {
            let id = ask(&mut world, at, Ask::Chat(Of::Change { by: ANA, group: number, change }));
            after(&mut world, Span::from_micros(random.below(4_000)));
            id
        });
        after(&mut world, Span::from_millis(500));
        assert!(asked.iter().all(|&id| world.answer(id).is_some_and(|told| !told.is_refused())));
        let is_member = history(&mut world, 2, DAN, group).is_ok();
        let is_listed = list(&mut world, 2, DAN).iter().any(|row| row.id == group);
        assert_eq!(is_listed, is_member, "round {round}");
        stayed += u64::from(is_member);
    }
    assert!(stayed > 10, "{stayed}");
}

#[test]
fn r12_4_a_node_whose_clock_is_an_hour_ahead_holds_nothing_up() {
    for millis in [3_600_000, -3_600_000] {
        let mut world = peopled(17, 3);
        fault(&mut world, Fault::Jump { node: NodeId(0), millis });
        take_up(&mut world, 2, BEN, 1);
        after(&mut world, Span::from_secs(1));
        send(&mut world, 0, ANA, draft(talk(ANA, BEN), "a")).unwrap();
        send(&mut world, 0, ANA, draft(talk(ANA, CHO), "b")).unwrap();
        after(&mut world, Span::from_secs(8));
        for by in [BEN, CHO] {
            let last: Vec<u64> =
                list(&mut world, 1, by).iter().map(|row| row.last.number).collect();
            assert_eq!(last, [1], "inbox of {by}, {millis}");
        }
        assert_eq!(notices(&world), 1, "Cho, {millis}");
        touch(&mut world, 2, Touch::Online(false));
        after(&mut world, SECOND_LOOK);
        assert_eq!(notices(&world), 2, "and Ben, {millis}");
    }
}

#[test]
fn r12_1_a_block_reaches_open_connections_on_all_nodes_at_once() {
    let mut world = peopled(12, 3);
    let group = open(&mut world, ANA, &[BEN, DAN]);
    for (phone, user) in [(1, ANA), (2, BEN), (3, DAN)] {
        take_up(&mut world, phone, user, phone - 1);
    }
    after(&mut world, Span::from_secs(3));
    for (round, step, is_seen) in [(1, Step::Block, false), (2, Step::Unblock, true)] {
        let ask = accounts::Ask::Step { me: ANA, other: BEN, step };
        answer(&mut world, 2, Ask::Accounts(ask));
        after(&mut world, Span::from_millis(500));
        say(&mut world, 2, group, &format!("round {round}"));
        say(&mut world, 3, group, &format!("again {round}"));
        after(&mut world, Span::from_millis(1_500));
        let seen = texts(&world, 1, group).iter().filter(|text| !text.is_empty()).count();
        let expected = if is_seen { 3 } else { 1 };
        assert_eq!((seen, texts(&world, 3, group).len()), (expected, 2 * round), "round {round}");
    }
}

#[test]
fn r12_4_queues_are_served_after_all_nodes_were_killed_though_nobody_asks() {
    let mut world = peopled(13, 3);
    send(&mut world, 0, ANA, draft(talk(ANA, CHO), "a")).unwrap();
    let inbox = |world: &World| {
        world.talk_view(talk(ANA, CHO), &[CHO]).inboxes.get(&CHO).copied().unwrap_or(0)
    };
    assert_eq!(inbox(&world), 0, "it is still in its queue");
    for node in 0..3 {
        fault(&mut world, Fault::Kill(NodeId(node)));
    }
    after(&mut world, Span::from_secs(1));
    for node in 0..3 {
        fault(&mut world, Fault::Restart(NodeId(node)));
    }
    after(&mut world, Span::from_secs(40));
    assert_eq!(inbox(&world), 1);
    assert_eq!(notices(&world), 1);
}

#[test]
fn r12_4_a_talk_that_cannot_be_synced_now_holds_up_no_other() {
    let mut world = peopled(14, 5);
    let pair = talk(ANA, BEN);
    let shard =
        |conversation: ConversationId| hash::keyed(0, conversation.to_string().as_bytes()) % SHARDS;
    let owners = |world: &World, service: &str, name: String, sort: &'static str| {
        world.key_view(&Key::new(partition(service, &name), sort).unwrap()).owners
    };
    // What the pair's message needs.
    let mut needed = [
        world.key_view(log(pair).unwrap().head()).owners,
        owners(&world, "chat", format!("sync/{}", shard(pair)), "worker"),
    ]
    .to_vec();
    needed.extend((1..=4).map(|user| owners(&world, "accounts", format!("user/{user}"), "")));
    // A group in the same queue, of whose register two copies may be killed without harm to that.
    let found = (0..100).find_map(|_| {
        let group = open(&mut world, BEN, &[CHO]);
        let ConversationId::Group(number) = group else { return None };
        let of_group = owners(&world, "chat", format!("group/{number}"), "");
        let others = [[0, 1], [0, 2], [1, 2]].map(|places| places.map(|place| of_group[place]));
        let is_spare = |two: &[NodeId; 2]| {
            let has_both = |needed: &Vec<NodeId>| two.iter().all(|node| needed.contains(node));
            !two.contains(&NodeId(0)) && !needed.iter().any(has_both)
        };
        let victims = others.into_iter().find(is_spare);
        victims.filter(|_| shard(group) == shard(pair)).map(|victims| (group, victims))
    });
    let (group, victims) = found.unwrap();
    send(&mut world, 0, BEN, draft(group, "g")).unwrap();
    victims.into_iter().for_each(|node| fault(&mut world, Fault::Kill(node)));
    after(&mut world, Span::from_secs(3));
    send(&mut world, 0, ANA, draft(pair, "p")).unwrap();
    after(&mut world, Span::from_secs(30));
    let inboxes = |world: &World| {
        let inbox = |conversation, user| {
            world.talk_view(conversation, &[user]).inboxes.get(&user).copied().unwrap_or(0)
        };
        (inbox(group, CHO), inbox(pair, BEN))
    };
    assert_eq!(inboxes(&world), (0, 1));
    victims.into_iter().for_each(|node| fault(&mut world, Fault::Restart(node)));
    after(&mut world, Span::from_secs(20));
    assert_eq!(inboxes(&world), (1, 1));
}

/// What the chat must equal once all is quiet: whatever was said is in each member's every device, once, in one
/// order, in which what one phone said comes as it was said.
#[test]
fn r12_8_nothing_said_is_lost_or_doubled_or_out_of_order_in_12_worlds() {
    let mut total = 0;
    for seed in 1..=12 {
        let mut random = Random::new(seed);
        let mut world = peopled(seed, 5);
        let group = open(&mut world, BEN, &[ANA, CHO]);
        let places: [(ConversationId, &[UserId]); 3] = [
            (group, &[ANA, BEN, CHO]),
            (talk(ANA, BEN), &[ANA, BEN]),
            (talk(BEN, CHO), &[BEN, CHO]),
        ];
        let owners = [ANA, BEN, CHO, ANA, BEN];
        for (phone, &user) in (0..).zip(&owners) {
            take_up(&mut world, phone, user, phone);
        }
        after(&mut world, Span::from_secs(1));
        // By conversation: what each phone said there, in order.
        let mut said: BTreeMap<ConversationId, Vec<(u16, String)>> = BTreeMap::new();
        for round in 0..150 {
            let victim = NodeId(u16::try_from(random.below(5)).unwrap());
            trouble(&mut world, &mut random, victim);
            let phone = u16::try_from(random.below(5)).unwrap();
            let user = owners[usize::from(phone)];
            let (conversation, members) = places[random.index(3)];
            match random.below(14) {
                0 => touch(&mut world, phone, Touch::Online(false)),
                1 | 2 => touch(&mut world, phone, Touch::Online(true)),
                3 => touch(&mut world, phone, Touch::Reception(round % 3 > 0)),
                _ if members.contains(&user) => {
                    let text = format!("{round} of {phone}");
                    say(&mut world, phone, conversation, &text);
                    said.entry(conversation).or_default().push((phone, text));
                }
                _ => {}
            }
            after(&mut world, Span::from_millis(random.below(200)));
        }
        fault(&mut world, Fault::HealAll);
        for phone in 0..5 {
            touch(&mut world, phone, Touch::Online(true));
            touch(&mut world, phone, Touch::Reception(true));
        }
        after(&mut world, Span::from_secs(60));
        for (number, phone) in world.phones() {
            assert_eq!(
                phone.device.outbox().len(),
                0,
                "seed {seed}: phone {number} has not told all"
            );
            assert!(phone.node().is_some(), "seed {seed}: phone {number} is not connected");
        }
        for (conversation, members) in places {
            let said = said.remove(&conversation).unwrap_or_default();
            total += said.len();
            let all: Vec<String> = history(&mut world, 0, BEN, conversation)
                .unwrap()
                .into_iter()
                .zip(1..)
                .map(|(message, number)| {
                    assert_eq!(message.number, number, "seed {seed}: a gap in {conversation}");
                    message.text.unwrap()
                })
                .collect();
            let mut sorted = (all.clone(), said.iter().map(|s| s.1.clone()).collect::<Vec<_>>());
            sorted.0.sort();
            sorted.1.sort();
            assert_eq!(sorted.0, sorted.1, "seed {seed}: what was said in {conversation}");
            for phone in 0..5 {
                let own = |text: &&String| said.contains(&(phone, text.to_string()));
                let order: Vec<&String> = all.iter().filter(own).collect();
                let expected = said.iter().filter(|(by, _)| *by == phone).map(|(_, text)| text);
                assert_eq!(order, expected.collect::<Vec<_>>(), "seed {seed}: phone {phone}");
                if members.contains(&owners[usize::from(phone)]) {
                    let has = texts(&world, phone, conversation);
                    assert_eq!(has, all, "seed {seed}: phone {phone} in {conversation}");
                }
            }
            for &member in members {
                let list = list(&mut world, 1, member);
                let found = list.iter().find(|row| row.id == conversation);
                let last = found.map_or(0, |row| row.last.number);
                assert_eq!(last, all.len() as u64, "seed {seed}: inbox of {member}");
            }
        }
        for friend in [BEN, DAN] {
            let expected = friend == BEN;
            assert_eq!(is_online(&world, 0, friend), expected, "seed {seed}: presence of {friend}");
        }
    }
    assert!(total > 1_000, "only {total} were said");
}

#[test]
fn r12_6_a_phone_that_falls_silent_is_off_line_after_three_heartbeats() {
    let mut world = peopled(9, 3);
    take_up(&mut world, 1, ANA, 0);
    take_up(&mut world, 2, BEN, 1);
    after(&mut world, Span::from_secs(2));
    take_up(&mut world, 3, CHO, 2);
    after(&mut world, Span::from_secs(2));
    touch(&mut world, 3, Touch::Reception(false));
    after(&mut world, Span::from_millis(OFFLINE_AFTER.as_millis() - 2 * HEARTBEAT.as_millis()));
    assert!(is_online(&world, 2, CHO), "one missed heartbeat is none");
    after(&mut world, HEARTBEAT * 2 + BEAT * 2);
    assert!(!is_online(&world, 2, CHO) && is_online(&world, 2, ANA));
    // What is said meanwhile it gets when it is back.
    say(&mut world, 2, talk(BEN, CHO), "where are you?");
    touch(&mut world, 3, Touch::Reception(true));
    after(&mut world, Span::from_secs(5));
    assert_eq!(texts(&world, 3, talk(BEN, CHO)), ["where are you?"]);
    assert!(is_online(&world, 2, CHO));
}
