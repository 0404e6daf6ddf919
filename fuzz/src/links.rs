//! Links to worlds: what an address carries.
//!
//! An input is read as the text of a link, and as the body of the frame in it, so that mutations need not find
//! its checksum.

use ennead::base::Span;
use ennead::chat::ConversationId;
use ennead::ids::Variant;
use ennead::kv::Quorum;
use ennead::port::{Channel, UserId};
use ennead::ring::NodeId;
use ennead::services::Ask;
use ennead::shortener::Wish;
use ennead::sim::{Fault, Link, Options, Sight, Touch, Transition, World};
use ennead::{accounts, chat, feed};

/// Events of a world that are let happen, and the most nodes and transitions of one that is begun: larger ones are only slower.
const EVENTS: u64 = 200;
const NODES: u16 = 7;
const TRANSITIONS: usize = 64;

pub(super) fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(link) = Link::parse(text)
    {
        check(&link);
    }
    let Ok(link) = postcard::from_bytes::<Link>(data) else { return };
    // What is not checked when a link is made is when it is read.
    if let Ok(link) = Link::parse(&link.to_fragment()) {
        check(&link);
    }
}

fn check(link: &Link) {
    assert_eq!(Link::parse(&link.to_fragment()).as_ref(), Ok(link));
    assert!(link.options.check().is_ok() && !link.options.to_string().is_empty());
    if link.options.nodes > NODES || link.transitions.len() > TRANSITIONS {
        return;
    }
    let mut world = link.begin();
    link.advance(&mut world, EVENTS);
    assert!(world.events() <= EVENTS);
    let mut again = link.begin();
    link.advance(&mut again, EVENTS);
    assert_eq!(
        (again.digest(), again.now()),
        (world.digest(), world.now()),
        "one link, two worlds"
    );
    let here = Link::of(&world);
    assert_eq!(Link::parse(&here.to_fragment()), Ok(here));
}

/// Worlds that people were in, and worlds with faults.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for seed in 0..8 {
        let mut options = Options::from_seed(seed, 3 + u16::try_from(seed % 3).unwrap_or(0));
        options.config.quorum = if seed % 2 == 0 { Quorum::Strict } else { Quorum::Sloppy };
        let mut world = World::without_log(seed, options);
        let at = NodeId(1);
        for (i, transition) in transitions(at).into_iter().enumerate() {
            world.run_until(world.now() + Span::from_millis(5), u64::MAX);
            if i as u64 % 4 == seed % 4 || seed == 0 {
                world.apply(transition);
            }
        }
        let link = Link::of(&world);
        seeds.push((format!("world-{seed}"), postcard::to_allocvec(&link).expect("a plain value")));
        if seed == 7 {
            seeds.push(("text".into(), link.to_fragment().into_bytes()));
        }
    }
    seeds
}

/// Of everything that a person can do, something.
fn transitions(at: NodeId) -> Vec<Transition> {
    let key = || "harbour".to_owned();
    let (ann, bob) = (UserId(1), UserId(2));
    let people = vec![("ann".to_owned(), ann), ("bob".to_owned(), bob)];
    let talk = ConversationId::Pair(ann, bob);
    let asks = vec![
        Ask::Ids { variant: Variant::Snowflake, count: 3 },
        Ask::Ids { variant: Variant::Ticket, count: 1 },
        Ask::Shorten(Wish::new("http://a.example/")),
        Ask::Follow { code: "abc".into() },
        Ask::Count { queries: vec![("tree".into(), 3), ("true".into(), 2)] },
        Ask::Complete { typed: "tr".into() },
        Ask::Accounts(accounts::Ask::Invite { people, friends: vec![(ann, bob)] }),
        Ask::Accounts(accounts::Ask::Standings(ann)),
        Ask::Chat(chat::Ask::List { by: ann }),
        Ask::Feed(feed::Ask::Read { reader: bob, before: None, limit: 10 }),
        Ask::Crawls,
    ];
    let mut transitions: Vec<Transition> =
        asks.iter().map(|ask| Transition::Ask { at, ask: ask.clone() }).collect();
    transitions.extend([
        Transition::Put { at, key: key(), value: "Busan".into(), sight: Sight::Blind },
        Transition::Get { at, key: key() },
        Transition::Put { at: NodeId(0), key: key(), value: "Jeju".into(), sight: Sight::LastRead },
        Transition::Delete { at, key: key(), sight: Sight::Nothing },
        Transition::Fault(Fault::Kill(at)),
        Transition::Fault(Fault::Restart(at)),
        Transition::Fault(Fault::Wipe(NodeId(0))),
        Transition::Fault(Fault::Pause(NodeId(2))),
        Transition::Fault(Fault::Jump { node: at, millis: -5_000 }),
        Transition::Fault(Fault::Split(vec![at])),
        Transition::Fault(Fault::Cut { from: at, to: NodeId(0) }),
        Transition::Fault(Fault::Slow { a: at, b: NodeId(2) }),
        Transition::Phone { phone: 1, touch: Touch::TakeUp { user: ann, home: Some(at) } },
        Transition::Phone { phone: 2, touch: Touch::TakeUp { user: bob, home: None } },
        Transition::Phone {
            phone: 1,
            touch: Touch::Say { conversation: talk, text: "hello".into() },
        },
        Transition::Phone { phone: 2, touch: Touch::Reception(false) },
        Transition::Steady { every: Span::from_millis(20), asks },
        Transition::Fault(Fault::Refuse(Channel::Sms)),
        Transition::Fault(Fault::HealAll),
    ]);
    transitions
}
