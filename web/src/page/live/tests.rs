use super::action::{Ask, Frame, Verb, Wish, act};
use super::heard::{Answer, FeedEvent, Heard, Told, hear};
use super::state::{Around, Friend, Link, Live, Person, Place, Post, Problem, Secret, Standing};
use ennead::base::Wall;
use ennead::chat::{ConversationId, Event, Message};
use ennead::port::UserId;

const ANA: UserId = UserId(7);
const BEN: UserId = UserId(12);
const TALK: ConversationId = ConversationId::Pair(ANA, BEN);

const fn at(now: u64) -> Around {
    Around { now, random: u64::MAX, is_seen: true }
}

/// Ana, logged in and connected, with the conversation open.
fn ana() -> Live {
    let mut live = Live::served_by(Some("n1".into()));
    let mut person = Person::new(Secret("token".into()), ANA, "ana".into(), 1);
    person.friends = vec![Friend { id: BEN, name: "ben".into(), standing: Standing::Friends }];
    live.person = Some(Box::new(person));
    let wishes = hear(Heard::Beat, &mut live, at(10));
    assert!(wishes.iter().any(|wish| matches!(wish, Wish::Connect(_))), "{wishes:?}");
    welcome(&mut live, 20);
    act(Verb::Open(TALK), &mut live, at(30));
    live
}

fn welcome(live: &mut Live, now: u64) -> Vec<Wish> {
    let told = Told::Welcome { node: "n1".into(), online: vec![BEN] };
    hear(Heard::Told(told), live, at(now))
}

fn tell(live: &mut Live, event: Event, around: Around) -> Vec<Wish> {
    hear(Heard::Told(Told::Event(event)), live, around)
}

fn message(number: u64, author: UserId, id: &str) -> Message {
    let (time, text) = (Wall::from_millis(number), Some(format!("text of {id}")));
    Message { number, author, id: id.into(), time, text }
}

fn messages(list: &[(u64, UserId, &str)]) -> Event {
    let messages = list.iter().map(|&(number, author, id)| message(number, author, id)).collect();
    Event::Messages { conversation: TALK, messages }
}

fn say(live: &mut Live, text: &str, now: u64) -> Vec<String> {
    act(Verb::Text(text.into()), live, at(now));
    sent(&act(Verb::Say, live, at(now)))
}

/// The texts that are sent.
fn sent(wishes: &[Wish]) -> Vec<String> {
    let texts = wishes.iter().filter_map(|wish| match wish {
        Wish::Say(Frame::Send(draft)) => Some(draft.text.clone()),
        _ => None,
    });
    texts.collect()
}

fn person(live: &Live) -> &Person {
    live.person.as_ref().unwrap()
}

fn numbers(live: &Live) -> Vec<u64> {
    person(live).messages(TALK).iter().map(|message| message.number).collect()
}

fn id_of_first(live: &Live) -> String {
    person(live).device.outbox().next().unwrap().id.clone()
}

fn ack(live: &mut Live, number: u64, now: u64) -> Vec<Wish> {
    let told = Told::Ack { conversation: TALK, id: id_of_first(live), number };
    hear(Heard::Told(told), live, at(now))
}

#[test]
fn r12_9_what_is_said_is_sent_one_by_one_and_shown_once() {
    let mut live = ana();
    assert_eq!(say(&mut live, "one", 40), ["one"]);
    assert_eq!(say(&mut live, "two", 50), [""; 0], "the first is not answered yet");
    let first = id_of_first(&live);
    assert_eq!(sent(&ack(&mut live, 1, 60)), ["two"]);
    assert_eq!(person(&live).talks[&TALK].kept.len(), 1, "acknowledged, not yet given back");
    tell(&mut live, messages(&[(1, ANA, &first)]), at(70));
    assert!(person(&live).talks[&TALK].kept.is_empty());
    assert_eq!(numbers(&live), [1]);
    assert_eq!(person(&live).talks[&TALK].kept_by[&1], "n1");
    // The second comes back before its acknowledgement: that is one.
    let second = id_of_first(&live);
    tell(&mut live, messages(&[(2, ANA, &second)]), at(80));
    let told = Told::Ack { conversation: TALK, id: second, number: 2 };
    hear(Heard::Told(told), &mut live, at(90));
    assert_eq!(numbers(&live), [1, 2]);
    assert!(person(&live).talks[&TALK].kept.is_empty() && person(&live).device.outbox().len() == 0);
}

#[test]
fn r12_9_after_a_broken_connection_nothing_is_lost_or_doubled() {
    let mut live = ana();
    tell(&mut live, messages(&[(1, BEN, "b-1")]), at(35));
    assert_eq!(say(&mut live, "hello", 40), ["hello"]);
    let id = id_of_first(&live);
    hear(Heard::Closed(1006), &mut live, at(50));
    assert_eq!(say(&mut live, "again", 60), [""; 0], "nothing is sent over nothing");
    // It connects again within a second, says how far it is, and sends what waits under the same id.
    assert!(
        !hear(Heard::Beat, &mut live, at(51)).iter().any(|wish| matches!(wish, Wish::Connect(_)))
    );
    let wishes = hear(Heard::Beat, &mut live, at(2_000));
    let hello = wishes.iter().find_map(|wish| match wish {
        Wish::Connect(hello) => Some(hello),
        _ => None,
    });
    assert_eq!(hello.unwrap().known[&TALK], 1);
    assert_eq!(sent(&welcome(&mut live, 2_010)), ["hello"]);
    assert_eq!(id_of_first(&live), id);
    // The first attempt had arrived: it is given back, and the next one goes.
    let wishes = tell(&mut live, messages(&[(1, BEN, "b-1"), (2, ANA, &id)]), at(2_020));
    assert_eq!(sent(&wishes), ["again"]);
    assert_eq!(numbers(&live), [1, 2]);
}

#[test]
fn r12_9_a_gap_makes_the_device_connect_again() {
    let mut live = ana();
    tell(&mut live, messages(&[(1, BEN, "b-1")]), at(40));
    let wishes = tell(&mut live, messages(&[(3, BEN, "b-3")]), at(50));
    assert!(wishes.contains(&Wish::Disconnect), "{wishes:?}");
    assert!(!person(&live).socket.is_open());
    assert_eq!(numbers(&live), [1]);
}

#[test]
fn r12_9_a_refusal_for_now_is_tried_again_and_one_for_good_is_shown() {
    let mut live = ana();
    say(&mut live, "one", 40);
    say(&mut live, "two", 41);
    let refuse = |live: &mut Live, status, now| {
        let (id, problem) = (id_of_first(live), Problem { status, ..Problem::default() });
        hear(Heard::Told(Told::Refused { id: Some(id), problem }), live, at(now))
    };
    assert_eq!(sent(&refuse(&mut live, 503, 50)), [""; 0]);
    assert_eq!(sent(&hear(Heard::Beat, &mut live, at(500))), [""; 0]);
    assert_eq!(sent(&hear(Heard::Beat, &mut live, at(1_100))), ["one"]);
    assert_eq!(sent(&refuse(&mut live, 403, 1_200)), ["two"]);
    let refused = &person(&live).talks[&TALK].refused;
    assert_eq!((refused.len(), refused[0].0.text.as_str()), (1, "one"));
}

#[test]
fn r12_9_unread_messages_are_counted_until_they_are_seen() {
    let mut live = ana();
    let away = Around { is_seen: false, ..at(40) };
    tell(&mut live, messages(&[(1, BEN, "b-1"), (2, ANA, "a-1"), (3, BEN, "b-3")]), away);
    assert_eq!(person(&live).unread(TALK), 2, "one's own are not new");
    let wishes = hear(Heard::Beat, &mut live, at(50));
    assert!(wishes.contains(&Wish::Say(Frame::Read(TALK, 3))), "{wishes:?}");
    assert_eq!(person(&live).unread(TALK), 0);
    // Another device of hers reads further.
    tell(&mut live, messages(&[(4, BEN, "b-4")]), away);
    assert_eq!(person(&live).unread(TALK), 1);
    tell(&mut live, Event::Read { conversation: TALK, user: ANA, number: 4 }, away);
    assert_eq!(person(&live).unread(TALK), 0);
}

#[test]
fn r12_9_who_is_no_friend_and_wrote_is_listed() {
    let mut live = ana();
    assert_eq!(person(&live).others().count(), 0);
    let stranger = UserId(99);
    let conversation = ConversationId::between(ANA, stranger).unwrap();
    let said = vec![message(1, stranger, "s-1")];
    tell(&mut live, Event::Messages { conversation, messages: said }, at(40));
    assert_eq!(person(&live).others().collect::<Vec<_>>(), [(conversation, stranger)]);
    tell(&mut live, messages(&[(1, BEN, "b-1")]), at(50));
    assert_eq!(person(&live).others().count(), 1, "Ben is a friend");
}

#[test]
fn r12_9_what_was_read_is_said_until_the_cluster_confirms_it() {
    let mut live = ana();
    tell(&mut live, messages(&[(1, BEN, "b-1")]), at(40));
    let marks = |wishes: Vec<Wish>| {
        wishes.iter().filter(|wish| **wish == Wish::Say(Frame::Read(TALK, 1))).count()
    };
    let beat = |live: &mut Live, now| marks(hear(Heard::Beat, live, at(now)));
    assert_eq!((beat(&mut live, 5_000), beat(&mut live, 5_040)), (0, 1), "nobody answered");
    assert_eq!((beat(&mut live, 15_000), beat(&mut live, 15_040)), (0, 1), "less and less often");
    tell(&mut live, Event::Read { conversation: TALK, user: ANA, number: 1 }, at(15_100));
    assert_eq!(beat(&mut live, 600_000), 0);
}

#[test]
fn r12_9_earlier_messages_go_before_those_that_are_here_without_gaps() {
    let mut live = ana();
    tell(&mut live, messages(&[(40, BEN, "b-40")]), at(40));
    let wishes = act(Verb::Earlier, &mut live, at(50));
    let ask = Ask::History { conversation: TALK, before: 40 };
    assert_eq!(wishes, [Wish::Ask(ask.clone())]);
    assert!(act(Verb::Earlier, &mut live, at(51)).is_empty(), "it is asked for already");
    let list = [37, 38, 39, 40].map(|number| message(number, BEN, &format!("b-{number}")));
    for _ in 0..2 {
        let answer = Ok(Answer::Messages(list.to_vec()));
        hear(Heard::Answered(live.epoch, Box::new(ask.clone()), answer), &mut live, at(60));
    }
    assert_eq!(numbers(&live), [37, 38, 39, 40]);
}

fn post(id: u64) -> Post {
    let (name, created) = ("ben".into(), Wall::from_millis(id));
    Post { id, author: BEN, name, created, text: format!("post {id}"), images: 0, videos: 0 }
}

fn posts(live: &Live) -> Vec<u64> {
    person(live).posts.iter().map(|post| post.id).collect()
}

#[test]
fn r11_9_posts_are_there_once_newest_first_and_the_feed_goes_on_where_it_was() {
    let mut live = ana();
    // The feed opens first; only then what was posted before is read, so that nothing falls between.
    let wishes = hear(Heard::Feed(Vec::new()), &mut live, at(40));
    let ask = Ask::Feed { cursor: None };
    assert_eq!(wishes, [Wish::Ask(ask.clone())]);
    let shown = |id, place: &str| FeedEvent::Post(post(id), place.into());
    hear(Heard::Feed(vec![shown(9, "5.9")]), &mut live, at(50));
    let page = Answer::Posts(vec![post(9), post(5), post(3)], Some("3".into()));
    hear(Heard::Answered(live.epoch, Box::new(ask), Ok(page)), &mut live, at(60));
    assert_eq!(posts(&live), [9, 5, 3]);
    assert_eq!(person(&live).more_posts.as_deref(), Some("3"));
    hear(Heard::FeedEnded, &mut live, at(70));
    let wishes = hear(Heard::Beat, &mut live, at(2_000));
    assert!(
        wishes.contains(&Wish::OpenFeed(Some("5.9".into()))),
        "the place, verbatim: {wishes:?}"
    );
    // More was missed than comes by itself: the pages have it.
    let events = vec![FeedEvent::More("8".into()), shown(9, "5.9"), shown(11, "5.9.11")];
    hear(Heard::Feed(events), &mut live, at(2_100));
    assert_eq!(posts(&live), [11, 9, 5, 3]);
    assert_eq!(person(&live).more_posts.as_deref(), Some("8"));
    // After a long time away the first page does not reach what is here: what lies between is on the next.
    let page = Answer::Posts(vec![post(40), post(30)], Some("30".into()));
    let ask = Box::new(Ask::Feed { cursor: None });
    hear(Heard::Answered(live.epoch, ask, Ok(page)), &mut live, at(2_150));
    assert_eq!(person(&live).more_posts.as_deref(), Some("30"));
    // Whoever is a friend no more, is seen no more.
    let part = Heard::Answered(live.epoch, Box::new(Ask::Part(BEN)), Ok(Answer::Done));
    hear(part, &mut live, at(2_200));
    assert_eq!(posts(&live), [0; 0]);
}

#[test]
fn r11_9_a_post_whose_answer_was_lost_is_published_under_the_same_key() {
    let mut live = ana();
    let key = |live: &mut Live, random| {
        let around = Around { random, ..at(40) };
        match act(Verb::Publish, live, around).pop() {
            Some(Wish::Ask(Ask::Publish { key, .. })) => key,
            other => panic!("{other:?}"),
        }
    };
    act(Verb::PostText("news".into()), &mut live, at(40));
    let first = key(&mut live, 1);
    assert_eq!(key(&mut live, 2), first);
    act(Verb::PostText("other news".into()), &mut live, at(50));
    assert_ne!(key(&mut live, 3), first);
}

#[test]
fn a_kept_token_is_asked_about_until_somebody_answers() {
    let mut live = Live::served_by(Some("n1".into()));
    let kept = Heard::Token(Secret("token".into()));
    assert!(hear(kept, &mut live, at(10)).contains(&Wish::Ask(Ask::Me)));
    let lost = Heard::Answered(live.epoch, Box::new(Ask::Me), Err(Problem::default()));
    hear(lost, &mut live, at(20));
    assert_eq!(live.trouble, Some((Place::Account, Problem::default())), "it is said");
    assert!(hear(Heard::Beat, &mut live, at(30)).is_empty(), "not at once");
    assert!(hear(Heard::Beat, &mut live, at(5_000)).contains(&Wish::Ask(Ask::Me)));
    let me = Answer::Me { id: ANA, name: "ana".into(), email: None };
    hear(Heard::Answered(live.epoch, Box::new(Ask::Me), Ok(me)), &mut live, at(5_100));
    let wishes = hear(Heard::Beat, &mut live, at(5_200));
    assert!(wishes.iter().any(|wish| matches!(wish, Wish::Connect(_))), "{wishes:?}");
}

#[test]
fn answers_to_an_earlier_login_come_too_late() {
    let mut live = ana();
    let epoch = live.epoch;
    let wishes = act(Verb::LogOut, &mut live, at(40));
    assert!(wishes.contains(&Wish::Remember(None)) && wishes.contains(&Wish::Disconnect));
    let page = Ok(Answer::Posts(vec![post(1)], None));
    let late = Heard::Answered(epoch, Box::new(Ask::Feed { cursor: None }), page);
    assert!(hear(late, &mut live, at(50)).is_empty());
    assert_eq!(live.person, None);
}

#[test]
fn a_connection_waits_longer_after_each_failure_and_a_silent_one_is_given_up() {
    let mut link = Link::NEW;
    for (failures, most) in [(1, 1_000), (2, 2_000), (3, 4_000), (4, 8_000), (5, 15_000)] {
        assert!(link.begin(at(100_000)));
        link.fail(at(100_000));
        assert_eq!(link, Link::Due { at: 100_000 + most, failures });
        link = Link::Due { at: 0, failures };
    }
    let mut live = ana();
    let ping = hear(Heard::Beat, &mut live, at(10_100));
    assert!(ping.contains(&Wish::Say(Frame::Ping)), "{ping:?}");
    assert!(!hear(Heard::Beat, &mut live, at(25_099)).contains(&Wish::Disconnect));
    assert!(hear(Heard::Beat, &mut live, at(25_100)).contains(&Wish::Disconnect));
}

#[test]
fn a_connection_is_asked_before_it_is_given_up_however_rare_the_beats_are() {
    let mut live = ana();
    for minute in 1..4 {
        let wishes = hear(Heard::Beat, &mut live, at(minute * 60_000));
        assert!(wishes.contains(&Wish::Say(Frame::Ping)), "{wishes:?}");
        assert!(!wishes.contains(&Wish::Disconnect), "{wishes:?}");
        hear(Heard::Told(Told::Sign), &mut live, at(minute * 60_000 + 5));
    }
}

#[test]
fn a_session_is_ended_again_until_the_node_confirms_it() {
    for last in [Ok(Answer::Done), Err(Problem { status: 401, ..Problem::default() })] {
        let mut live = ana();
        let ask = Ask::LogOut(Secret("token".into()));
        assert!(act(Verb::LogOut, &mut live, at(40)).contains(&Wish::Ask(ask.clone())));
        let answer = |answer| Heard::Answered(0, Box::new(ask.clone()), answer);
        hear(answer(Err(Problem { status: 503, ..Problem::default() })), &mut live, at(50));
        assert_eq!(live.ending.len(), 1);
        let wishes = hear(Heard::Beat, &mut live, at(5_000));
        assert!(wishes.contains(&Wish::Ask(ask.clone())), "{wishes:?}");
        hear(answer(last), &mut live, at(5_100));
        assert!(live.ending.is_empty() && live.trouble.is_none());
    }
}

#[test]
fn those_who_ask_are_listed_however_many_friends_there_are() {
    let mut live = ana();
    let mut ask = Ask::FRIENDS;
    let mut asked = 0;
    for number in 1..=7 {
        let standing = if number == 7 { Standing::Asks } else { Standing::Friends };
        let friend = Friend { id: UserId(number * 100), name: format!("f{number}"), standing };
        let next = (number < 7).then_some(friend.id);
        let answer = Ok(Answer::Friends(vec![friend], next));
        let wishes =
            hear(Heard::Answered(live.epoch, Box::new(ask.clone()), answer), &mut live, at(60));
        let more = wishes.into_iter().find_map(|wish| match wish {
            Wish::Ask(ask @ Ask::Friends { .. }) => Some(ask),
            _ => None,
        });
        let Some(more) = more else { break };
        asked += u32::from(matches!(more, Ask::Friends { only_asks: true, .. }));
        ask = more;
    }
    let names: Vec<String> =
        person(&live).friends.iter().map(|friend| friend.name.clone()).collect();
    let accept = act(Verb::Accept(UserId(700)), &mut live, at(70));
    assert!(
        accept.contains(&Wish::Focus(".people .scrolls".into())),
        "nobody else asks: {accept:?}"
    );
    assert_eq!(names, ["f7", "f1", "f2", "f3", "f4", "f5", "f6"], "ben is no friend any more");
    assert_eq!(asked, 2);
}

#[test]
fn r12_9_what_was_refused_for_being_behind_is_sent_again_with_what_is_known() {
    let mut live = ana();
    say(&mut live, "one", 40);
    let problem = Problem { status: 409, kind: "behind".into(), ..Problem::default() };
    tell(&mut live, messages(&[(8, BEN, "b-8"), (9, BEN, "b-9")]), at(45));
    let told = Told::Refused { id: Some(id_of_first(&live)), problem };
    hear(Heard::Told(told), &mut live, at(50));
    let wishes = hear(Heard::Beat, &mut live, at(1_100));
    let after = wishes.iter().find_map(|wish| match wish {
        Wish::Say(Frame::Send(draft)) => Some(draft.after),
        _ => None,
    });
    assert_eq!(after, Some(Some(9)));
}

#[test]
fn no_log_shows_a_password_or_a_token() {
    let shown = format!("{:?}", Verb::Password(Secret("correct horse".into())));
    assert!(!shown.contains("horse"), "{shown}");
}
