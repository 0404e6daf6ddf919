use super::*;
use crate::accounts::{
    Answered as Told, Ask as Of, Error, Kind, LoggedIn, MAX_SESSIONS, Password, Platform, Relation,
    Session, SignUp, Standing, Step, TRUST, claimed, decided, is_open, kind_of, name_register,
    pair_register, password_of, session_key, side_key, user_key, written_down,
};
use crate::port::UserId;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};

fn told(world: &mut World, at: u16, ask: Of) -> Told {
    match answer(world, at, Ask::Accounts(ask)) {
        Answered::Accounts(told) => told,
        other => panic!("{other:?}"),
    }
}

fn sign_up(world: &mut World, at: u16, name: &str, password: &str) -> Result<UserId, Error> {
    match told(world, at, Of::SignUp(SignUp::new(name, password))) {
        Told::SignedUp(_, outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn log_in(world: &mut World, at: u16, name: &str, password: &str) -> Result<LoggedIn, Error> {
    let ask = Of::LogIn { name: name.to_string(), password: Password::new(password) };
    match told(world, at, ask) {
        Told::LoggedIn(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn check(world: &mut World, at: u16, opened: &LoggedIn) -> Result<Session, Error> {
    match told(world, at, Of::Check(opened.token.clone())) {
        Told::Checked(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn step(
    world: &mut World,
    at: u16,
    me: UserId,
    other: UserId,
    step: Step,
) -> Result<Relation, Error> {
    match told(world, at, Of::Step { me, other, step }) {
        Told::Stepped(outcome) => outcome.map(|standing| standing.relation()),
        other => panic!("{other:?}"),
    }
}

fn standings(world: &mut World, at: u16, user: UserId) -> BTreeMap<UserId, Standing> {
    match told(world, at, Of::Standings(user)) {
        Told::Standings(Ok(standings)) => standings.into_iter().collect(),
        other => panic!("{other:?}"),
    }
}

fn invite(world: &mut World, names: &[&str]) -> Vec<UserId> {
    let numbered = names.iter().zip(1..);
    let people = numbered.map(|(name, id)| (name.to_string(), UserId(id))).collect();
    match told(world, 0, Of::Invite { people, friends: Vec::new() }) {
        Told::Invited(Ok(people)) => names.iter().map(|&name| people[name]).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn r12_2_a_name_is_of_one_user_and_a_session_opens_on_every_node() {
    let mut world = world(1, 3);
    let ana = sign_up(&mut world, 0, "Ana", "correct horse").unwrap();
    // The same again, as after an answer that was lost; and somebody else.
    assert_eq!(sign_up(&mut world, 1, "ana", "correct horse"), Ok(ana));
    let taken = sign_up(&mut world, 2, "ANA", "another horse");
    assert_eq!(taken, Err(Error::Taken { name: "ana".into() }));
    for (name, password) in [("ana", "another horse"), ("nobody", "correct horse")] {
        assert_eq!(log_in(&mut world, 1, name, password), Err(Error::Credentials));
    }
    let opened = log_in(&mut world, 1, "ana", "correct horse").unwrap();
    fault(&mut world, Fault::Kill(NodeId(1)));
    for at in [0, 2] {
        assert_eq!(check(&mut world, at, &opened).map(|session| session.user), Ok(ana));
    }
    let counters = world.services(NodeId(0)).unwrap().accounts.counters();
    assert_eq!((counters.signed_up, counters.checked), (1, 1));
}

#[test]
fn r12_10_a_log_out_ends_the_session_on_all_nodes_at_once_and_soon_though_word_is_lost() {
    let mut world = world(2, 3);
    sign_up(&mut world, 0, "ana", "correct horse").unwrap();
    let opened = log_in(&mut world, 0, "ana", "correct horse").unwrap();
    for at in 0..3 {
        assert!(check(&mut world, at, &opened).is_ok());
    }
    let out = told(&mut world, 1, Of::LogOut(opened.token.clone()));
    assert_eq!(out, Told::LoggedOut(Ok(())));
    after(&mut world, Span::from_millis(20));
    for at in 0..3 {
        assert_eq!(check(&mut world, at, &opened), Err(Error::Session), "node {at}");
    }
    // A node that hears nothing believes what it knew, and not for long.
    let opened = log_in(&mut world, 0, "ana", "correct horse").unwrap();
    assert!(check(&mut world, 2, &opened).is_ok());
    fault(&mut world, Fault::CutOff(NodeId(2)));
    assert_eq!(told(&mut world, 1, Of::LogOut(opened.token.clone())), Told::LoggedOut(Ok(())));
    assert!(check(&mut world, 2, &opened).is_ok(), "it was seen a moment ago");
    fault(&mut world, Fault::HealNetwork);
    after(&mut world, TRUST);
    assert_eq!(check(&mut world, 2, &opened), Err(Error::Session));
}

#[test]
fn r12_2_passwords_are_not_guessed_by_trying() {
    let mut world = world(3, 1);
    sign_up(&mut world, 0, "ana", "correct horse").unwrap();
    let mut limited = 0;
    for i in 0..30 {
        match log_in(&mut world, 0, "ana", &format!("guess number {i}")) {
            Err(Error::Credentials) => assert_eq!(limited, 0),
            Err(Error::TooOften { wait }) => {
                limited += 1;
                assert!(wait <= Span::from_secs(6), "{wait}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(limited, 21, "signing up was a try too");
    after(&mut world, Span::from_secs(6));
    assert!(log_in(&mut world, 0, "ana", "correct horse").is_ok());
}

#[test]
fn r11_2_friends_are_asked_and_accept_and_blocks_end_it() {
    let mut world = world(4, 5);
    let people = invite(&mut world, &["ana", "ben", "eva"]);
    let [ana, ben, eva] = people[..] else { panic!("{people:?}") };
    assert_eq!(step(&mut world, 0, ana, ben, Step::Befriend), Ok(Relation::Asked));
    assert_eq!(standings(&mut world, 3, ben)[&ana].relation(), Relation::Asks);
    assert_eq!(step(&mut world, 4, ben, ana, Step::Befriend), Ok(Relation::Friends));
    assert_eq!(standings(&mut world, 1, ana)[&ben].relation(), Relation::Friends);
    assert_eq!(step(&mut world, 1, eva, ana, Step::Befriend), Ok(Relation::Asked));
    assert_eq!(standings(&mut world, 2, ana).len(), 2);
    assert_eq!(step(&mut world, 2, ana, eva, Step::Block), Ok(Relation::Blocked));
    let refused = step(&mut world, 3, eva, ana, Step::Befriend);
    // Nothing tells her that she is blocked. Who blocks knows.
    assert_eq!(refused, Err(Error::Closed { user: ana }));
    let refused = step(&mut world, 0, ana, eva, Step::Befriend);
    assert_eq!(refused, Err(Error::Blocked { user: eva }));
    assert_eq!(step(&mut world, 3, ben, ana, Step::Part), Ok(Relation::Strangers));
    assert_eq!(standings(&mut world, 4, ben), BTreeMap::new());
    let oneself = step(&mut world, 0, ana, ana, Step::Befriend);
    assert_eq!(oneself, Err(Error::Oneself { user: ana }));
    let nobody = step(&mut world, 0, ana, UserId(7), Step::Befriend);
    assert_eq!(nobody, Err(Error::Unknown { got: "7".into() }));
}

#[test]
fn r12_10_a_world_shows_what_stands_where_of_accounts_and_who_trusts_a_session() {
    let mut world = world(6, 5);
    let people = invite(&mut world, &["ana", "ben"]);
    let [ana, ben] = people[..] else { panic!("{people:?}") };
    step(&mut world, 0, ana, ben, Step::Befriend).unwrap();
    after(&mut world, Span::from_secs(1));

    let pair = world.register_view(&pair_register(ben, ana).unwrap());
    let (state, is_decided) = pair.last().unwrap();
    let standing = decided(state, ben, ana).unwrap();
    assert!(is_decided && standing.relation() == Relation::Asks, "{pair:?}");
    let row = world.key_view(&side_key(ben, ana).unwrap());
    assert_eq!(row.copies.len(), 3);
    assert!(row.copies.iter().all(|copy| written_down(&copy.versions) == Some(standing)));
    let rows = world.keys_of(user_key(ana).unwrap().partition());
    let kinds: Vec<Kind> = rows.iter().filter_map(|key| kind_of(key.sort())).collect();
    assert_eq!(kinds, [Kind::Profile, Kind::Device, Kind::Standing]);
    let name = world.register_view(&name_register("ana").unwrap());
    let (user, hash) = claimed(name.last().unwrap().0).unwrap();
    assert!(user.id == ana && hash.starts_with("$argon2id$"), "{hash}");

    let opened =
        match told(&mut world, 2, Of::LogIn { name: "ana".into(), password: password_of("ana") }) {
            Told::LoggedIn(Ok(opened)) => opened,
            other => panic!("{other:?}"),
        };
    assert_eq!(world.sessions().next_back(), Some(&(NodeId(2), opened.clone())));
    let session = opened.token.session();
    let trusting = |world: &World| {
        let until = |node| world.services(node)?.accounts.trusts(session);
        (0..5).filter_map(|i| until(NodeId(i))).collect::<Vec<_>>()
    };
    assert_eq!(trusting(&world), [], "nobody has asked for it yet");
    check(&mut world, 3, &opened).unwrap();
    let until = trusting(&world);
    assert!(until.len() == 1 && until[0] > world.now() && until[0] <= world.now() + TRUST);
    told(&mut world, 1, Of::LogOut(opened.token.clone()));
    after(&mut world, Span::from_secs(1));
    assert_eq!(trusting(&world), []);
    let row = world.key_view(&session_key(session).unwrap());
    assert!(row.copies.iter().all(|copy| !is_open(&copy.versions)));
}

#[test]
fn r11_2_a_friendship_that_was_decided_by_a_dying_node_comes_to_both() {
    let mut repaired = 0;
    for seed in 1..=30 {
        let mut world = world(seed, 3);
        let people = invite(&mut world, &["ana", "ben"]);
        step(&mut world, 1, people[0], people[1], Step::Befriend).unwrap();
        // Whatever wall clocks say: those of all who might finish are ahead, or that of the one who dies.
        let jumps: &[(u16, i64)] = match seed % 3 {
            0 => &[(1, 10_000), (2, 10_000)],
            1 => &[(0, 86_400_000)],
            _ => &[],
        };
        for &(node, millis) in jumps {
            fault(&mut world, Fault::Jump { node: NodeId(node), millis });
        }
        // Dead some milliseconds after it was asked: before, between and after the steps of one step.
        let accept = Of::Step { me: people[1], other: people[0], step: Step::Befriend };
        ask(&mut world, 0, Ask::Accounts(accept));
        after(&mut world, Span::from_millis(2 * seed));
        fault(&mut world, Fault::Kill(NodeId(0)));
        after(&mut world, Span::from_secs(40));
        let ana = standings(&mut world, 1, people[0])[&people[1]];
        let ben = standings(&mut world, 2, people[1])[&people[0]];
        assert_eq!((ana.mine, ana.theirs, ana.version), (ben.theirs, ben.mine, ben.version));
        for at in [1, 2] {
            repaired += world.services(NodeId(at)).unwrap().accounts.counters().repaired;
        }
    }
    assert!(repaired > 0, "no node died between the decision and the second row");
}

#[test]
fn r12_10_a_log_out_on_the_small_side_of_a_partition_holds_when_it_heals() {
    let mut world = world(6, 5);
    sign_up(&mut world, 0, "ana", "correct horse").unwrap();
    let opened: Vec<LoggedIn> =
        (0..8).map(|at| log_in(&mut world, at % 5, "ana", "correct horse").unwrap()).collect();
    fault(&mut world, Fault::Split(alloc::vec![NodeId(3), NodeId(4)]));
    after(&mut world, Span::from_secs(5));
    let mut ended = Vec::new();
    for opened in opened {
        if told(&mut world, 3, Of::LogOut(opened.token.clone())) == Told::LoggedOut(Ok(())) {
            ended.push(opened);
        }
    }
    assert!(ended.len() > 4, "stand-ins take a log-out while owners are away");
    fault(&mut world, Fault::HealNetwork);
    after(&mut world, Span::from_secs(20));
    for (at, opened) in ended.iter().enumerate() {
        let at = u16::try_from(at % 5).unwrap();
        assert_eq!(check(&mut world, at, opened), Err(Error::Session));
    }
}

#[test]
fn r12_10_a_check_that_began_before_a_log_out_does_not_bring_the_session_back() {
    let mut world = world(7, 3);
    sign_up(&mut world, 0, "ana", "correct horse").unwrap();
    for tenths in 0..40 {
        after(&mut world, Span::from_secs(6));
        let opened = log_in(&mut world, 0, "ana", "correct horse").unwrap();
        let first = ask(&mut world, 1, Ask::Accounts(Of::LogOut(opened.token.clone())));
        after(&mut world, Span::from_micros(100 * tenths));
        // Node 2 has not met the session yet: it reads the row.
        ask(&mut world, 2, Ask::Accounts(Of::Check(opened.token.clone())));
        after(&mut world, Span::from_millis(50));
        assert!(world.answer(first).is_some());
        assert_eq!(check(&mut world, 2, &opened), Err(Error::Session), "{tenths}");
    }
}

#[test]
fn r12_10_a_user_has_so_many_sessions_and_the_earliest_end_first() {
    let mut world = world(8, 1);
    sign_up(&mut world, 0, "ana", "correct horse").unwrap();
    let mut opened = Vec::new();
    for _ in 0..MAX_SESSIONS + 3 {
        after(&mut world, Span::from_secs(6));
        opened.push(log_in(&mut world, 0, "ana", "correct horse").unwrap());
    }
    for (i, opened) in opened.iter().enumerate() {
        assert_eq!(check(&mut world, 0, opened).is_ok(), i >= 3, "{i}");
    }
}

#[test]
fn r10_2_a_device_is_of_whoever_registered_it_last() {
    let mut world = world(9, 3);
    let people = invite(&mut world, &["ana", "ben"]);
    let [ana, ben] = people[..] else { panic!("{people:?}") };
    let counts = alloc::rc::Rc::new(core::cell::RefCell::new(Vec::new()));
    for (at, user) in [(0, ana), (1, ben), (2, ben), (0, ana)] {
        let counted = alloc::rc::Rc::clone(&counts);
        let services = world.shared(NodeId(at)).unwrap();
        world.spawn(NodeId(at), |_| async move {
            let accounts = &services.accounts;
            accounts.add_device(user, Platform::Android, "one phone").await.unwrap();
            let of = |user| async move { accounts.devices(user).await.unwrap().len() };
            let both = (of(ana).await, of(ben).await);
            counted.borrow_mut().push(both);
        });
        after(&mut world, Span::from_secs(1));
    }
    // Each has another one beside it.
    assert_eq!(*counts.borrow(), [(2, 1), (1, 2), (1, 2), (2, 1)]);
}

#[test]
fn r11_2_who_is_asked_is_told_once_and_nobody_asks_without_end() {
    let mut world = world(10, 3);
    let people = invite(&mut world, &["ana", "ben"]);
    let [ana, ben] = people[..] else { panic!("{people:?}") };
    for wish in [Step::Befriend, Step::Part, Step::Befriend] {
        step(&mut world, 1, ana, ben, wish).unwrap();
        after(&mut world, Span::from_secs(10));
    }
    let counters =
        (0..3).map(|node| world.services(NodeId(node)).unwrap().notifications.counters().accepted);
    assert_eq!(counters.sum::<u64>(), 1);
    let refused = (0..300).map(|_| step(&mut world, 1, ana, ben, Step::Befriend));
    let refused: Vec<_> = refused.filter(Result::is_err).collect();
    assert!(refused.len() > 80, "only {} of 300 steps were refused", refused.len());
    assert!(refused.iter().all(|refused| matches!(refused, Err(Error::TooOften { .. }))));
}

/// What accounts must equal once all is quiet: names to users, sessions that are open, and pairs of which both
/// sides say the same.
#[test]
fn r12_2_accounts_equal_a_naive_model_after_faults_in_30_worlds() {
    let (mut acknowledged, mut friends) = (0, 0);
    for seed in 1..=30 {
        let mut random = Random::new(seed);
        let mut world = world(seed, 5);
        let names: Vec<String> = (0..6).map(|i| format!("user-{i}")).collect();
        let shown: Vec<&str> = names.iter().map(String::as_str).collect();
        let people = invite(&mut world, &shown);
        let mut asked = Vec::new();
        let requests = in_trouble(&mut world, &mut random, 250, |random| {
            let (me, other) = (random.index(6), random.index(6));
            let ask = match random.below(10) {
                0 => Of::SignUp(SignUp::new(&format!("new-{}", random.below(8)), "password 1")),
                1 => Of::SignUp(SignUp::new(&format!("new-{}", random.below(8)), "password 2")),
                2 => Of::LogIn { name: names[me].clone(), password: password_of(&names[me]) },
                kind => {
                    let step = match kind {
                        3 => Step::Block,
                        4 => Step::Unblock,
                        5 => Step::Part,
                        _ => Step::Befriend,
                    };
                    Of::Step { me: people[me], other: people[other], step }
                }
            };
            asked.push(ask.clone());
            Ask::Accounts(ask)
        });
        let mut owners: BTreeMap<String, (UserId, Of)> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for ((request, _), ask) in requests.into_iter().zip(asked) {
            match world.answer(request).cloned() {
                Some(Answered::Accounts(Told::SignedUp(name, Ok(user)))) => {
                    acknowledged += 1;
                    ids.insert(user);
                    // One user has the name, whoever asked; only the one password finds it.
                    let owner = owners.entry(name).or_insert_with(|| (user, ask.clone()));
                    assert_eq!(*owner, (user, ask), "seed {seed}");
                }
                Some(Answered::Accounts(Told::LoggedIn(Ok(opened)))) => {
                    acknowledged += 1;
                    let at = u16::try_from(random.below(5)).unwrap();
                    assert_eq!(check(&mut world, at, &opened), Ok(opened.session), "seed {seed}");
                }
                Some(Answered::Accounts(Told::Stepped(Ok(_)))) => acknowledged += 1,
                _ => {}
            }
        }
        assert_eq!(ids.len(), owners.len(), "seed {seed}: a user has two names");
        // Clocks are some minutes apart at most: so long may a queue take to look back for what came under a late one.
        after(&mut world, Span::from_secs(60));
        for (i, &one) in people.iter().enumerate() {
            let at = u16::try_from(i % 5).unwrap();
            for (other, mine) in standings(&mut world, at, one) {
                let theirs = standings(&mut world, (at + 1) % 5, other);
                let theirs = theirs.get(&one);
                let both = theirs.map(|theirs| (theirs.theirs, theirs.mine, theirs.version));
                assert_eq!(both, Some((mine.mine, mine.theirs, mine.version)), "seed {seed}");
                friends += u32::from(mine.relation() == Relation::Friends);
            }
        }
    }
    assert!(acknowledged > 1_750, "only {acknowledged} of 7500 were answered");
    assert!(friends > 50, "only {friends} sides of friendships");
}

#[test]
fn the_people_of_worlds_are_friends_and_known_by_name() {
    let mut world = world(5, 5);
    let id = ask(&mut world, 2, Ask::Accounts(crate::sim::cast(8)));
    after(&mut world, Span::from_secs(5));
    assert!(matches!(world.answer(id), Some(Answered::Accounts(Told::Invited(Ok(_))))));
    let people: Vec<(&str, UserId)> =
        world.people().iter().map(|(n, &id)| (n.as_str(), id)).collect();
    assert_eq!(people, crate::sim::CAST);
    let friends = |standings: BTreeMap<UserId, Standing>| {
        standings.values().filter(|is| is.relation() == Relation::Friends).count()
    };
    let count: Vec<usize> =
        (1..=8).map(|user| friends(standings(&mut world, 4, UserId(user)))).collect();
    assert_eq!(count, [4, 3, 3, 4, 3, 3, 3, 7]);
}
