use super::*;
use crate::base::Wall;
use crate::ids::{EPOCH, Error, Id, MAX_COUNT, RANGE, Reading, SnowflakeId, Variant, decode};
use alloc::collections::BTreeSet;
use alloc::string::ToString;

fn give(variant: Variant, count: u16) -> Ask {
    Ask::Ids { variant, count }
}

fn ids(answered: Answered) -> Result<Vec<Id>, Error> {
    match answered {
        Answered::Ids(_, outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn numbers(world: &mut World, at: u16, variant: Variant, count: u16) -> Vec<u64> {
    let number = |id| match id {
        Id::Number(number) => number,
        Id::Uuid(uuid) => panic!("{uuid}"),
    };
    ids(answer(world, at, give(variant, count))).unwrap().into_iter().map(number).collect()
}

/// What was answered in a world in trouble, in the order of the questions.
fn given(seed: u64, variant: Variant) -> Vec<Vec<Id>> {
    let mut random = Random::new(seed);
    let mut world = world(seed, 5);
    let asked = in_trouble(&mut world, &mut random, 200, |random| {
        give(variant, 1 + u16::try_from(random.below(300)).unwrap())
    });
    let answers = asked.into_iter().filter_map(|(id, _)| match world.answer(id) {
        Some(Answered::Ids(_, Ok(ids))) => Some(ids.clone()),
        _ => None,
    });
    answers.collect()
}

#[test]
fn r7_5_no_scheme_repeats_an_id_under_faults_in_120_worlds() {
    for variant in Variant::ALL {
        let mut answered = 0;
        for seed in 1..=20 {
            let answers = given(seed, variant);
            answered += answers.len();
            let all = answers.concat();
            let different: BTreeSet<Id> = all.iter().copied().collect();
            assert_eq!(all.len(), different.len(), "{variant:?}, seed {seed}");
            for batch in answers {
                let rises = batch.is_sorted() || variant == Variant::UuidV4;
                // A clock that went far back may make a node change its worker id within a batch.
                assert!(
                    rises || variant == Variant::Snowflake,
                    "{variant:?}, seed {seed}: {batch:?}"
                );
            }
        }
        assert!(answered > 1_000, "{variant:?}: only {answered} of 4000 were answered");
    }
}

#[test]
fn r7_6_the_node_cut_off_from_the_majority_refuses_when_its_promise_ends() {
    let mut world = world(3, 3);
    let first = numbers(&mut world, 0, Variant::Snowflake, 5);
    assert!(first.is_sorted());
    fault(&mut world, Fault::CutOff(NodeId(0)));
    after(&mut world, Span::from_secs(3));
    assert!(ids(answer(&mut world, 0, give(Variant::Snowflake, 5))).is_ok(), "still promised");
    after(&mut world, Span::from_secs(8));
    let refused = ids(answer(&mut world, 0, give(Variant::Snowflake, 5)));
    assert!(matches!(refused, Err(Error::Port(_))), "{refused:?}");
    assert!(ids(answer(&mut world, 0, give(Variant::UuidV7, 5))).is_ok(), "needs nobody");
    assert!(ids(answer(&mut world, 1, give(Variant::Snowflake, 5))).is_ok(), "has a majority");
    fault(&mut world, Fault::HealNetwork);
    after(&mut world, Span::from_secs(3));
    assert!(ids(answer(&mut world, 0, give(Variant::Snowflake, 5))).is_ok());
}

#[test]
fn r7_6_no_two_nodes_hold_one_worker_id() {
    let mut world = world(4, 7);
    let mut workers = BTreeSet::new();
    for at in 0..7 {
        let id = numbers(&mut world, at, Variant::Snowflake, 1)[0];
        workers.insert(SnowflakeId(id).parts().worker);
    }
    assert_eq!(workers.len(), 7);
    // A node that starts again takes another one: who it was may still be under way.
    let before = world.services(NodeId(2)).and_then(|services| services.ids.worker()).unwrap().0;
    fault(&mut world, Fault::Kill(NodeId(2)));
    fault(&mut world, Fault::Restart(NodeId(2)));
    after(&mut world, Span::from_secs(1));
    let id = numbers(&mut world, 2, Variant::Snowflake, 1)[0];
    let again = SnowflakeId(id).parts().worker;
    assert!(again != before && !workers.contains(&again), "{again:?}");
}

#[test]
fn r7_6_a_clock_that_jumps_back_is_waited_for_or_costs_a_worker_id() {
    let mut world = world(5, 3);
    let first = numbers(&mut world, 0, Variant::Snowflake, 100);
    let worker = |id: u64| SnowflakeId(id).parts().worker;
    fault(&mut world, Fault::Jump { node: NodeId(0), millis: -300 });
    let second = numbers(&mut world, 0, Variant::Snowflake, 100);
    assert!(first.last() < second.first() && worker(first[0]) == worker(second[0]));
    fault(&mut world, Fault::Jump { node: NodeId(0), millis: -3_600_000 });
    let third = numbers(&mut world, 0, Variant::Snowflake, 100);
    assert!(worker(third[0]) != worker(second[0]), "an hour is too long to wait");
    let wall = SnowflakeId(second[99]).parts().wall(EPOCH);
    assert!(SnowflakeId(third[0]).parts().wall(EPOCH) < wall, "its clock shows less");
    let all: BTreeSet<u64> = [first, second, third].concat().into_iter().collect();
    assert_eq!(all.len(), 300);
    // Forwards is no trouble.
    fault(&mut world, Fault::Jump { node: NodeId(0), millis: 3_600_000 });
    assert_eq!(numbers(&mut world, 0, Variant::Snowflake, 100).len(), 100);
}

#[test]
fn r7_6_batches_larger_than_a_millisecond_holds_are_waited_for() {
    let mut world = world(6, 3);
    let batch = numbers(&mut world, 0, Variant::Snowflake, MAX_COUNT);
    assert!(batch.len() == usize::from(MAX_COUNT) && batch.is_sorted_by(|a, b| a < b));
    let times: BTreeSet<u64> = batch.iter().map(|&id| SnowflakeId(id).parts().time).collect();
    assert!(times.len() >= 3, "{times:?}");
    for count in [0, MAX_COUNT + 1] {
        let refused = ids(answer(&mut world, 0, give(Variant::Snowflake, count)));
        assert_eq!(refused, Err(Error::Count { got: count }));
    }
}

#[test]
fn r7_1_each_node_counts_in_its_own_steps() {
    let mut world = world(7, 3);
    for at in 0..3 {
        let ids = numbers(&mut world, at, Variant::MultiMaster, 4);
        let first = u64::from(at) + 1;
        assert_eq!(ids, [first, first + 3, first + 6, first + 9]);
    }
    // A node that starts again goes on after the range that it had leased.
    fault(&mut world, Fault::Kill(NodeId(1)));
    fault(&mut world, Fault::Restart(NodeId(1)));
    after(&mut world, Span::from_secs(1));
    assert_eq!(numbers(&mut world, 1, Variant::MultiMaster, 2), [2 + 3 * RANGE, 5 + 3 * RANGE]);
}

#[test]
fn r7_3_tickets_are_dense_from_the_centre_and_in_ranges_when_leased() {
    let mut world = world(8, 3);
    assert_eq!(numbers(&mut world, 0, Variant::CentralTicket, 2), [1, 2]);
    assert_eq!(numbers(&mut world, 1, Variant::CentralTicket, 1), [3]);
    assert_eq!(numbers(&mut world, 2, Variant::Ticket, 2), [4, 5]);
    assert_eq!(numbers(&mut world, 0, Variant::Ticket, 1), [4 + RANGE]);
    assert_eq!(numbers(&mut world, 2, Variant::Ticket, 2), [6, 7]);
    // Without the majority the centre refuses, and a leased range goes on to its end.
    fault(&mut world, Fault::CutOff(NodeId(2)));
    after(&mut world, Span::from_secs(3));
    let central = ids(answer(&mut world, 2, give(Variant::CentralTicket, 1)));
    assert!(matches!(central, Err(Error::Port(_))), "{central:?}");
    let rest = u16::try_from(RANGE - 4).unwrap();
    assert_eq!(numbers(&mut world, 2, Variant::Ticket, rest).len(), usize::from(rest));
    let spent = ids(answer(&mut world, 2, give(Variant::Ticket, 1)));
    assert!(matches!(spent, Err(Error::Port(_))), "{spent:?}");
}

#[test]
fn r7_6_ids_of_a_node_say_when_they_were_given() {
    let mut world = world(9, 3);
    let id = numbers(&mut world, 0, Variant::Snowflake, 1)[0];
    let wall = decode(&id.to_string(), &Reading::default()).unwrap().wall.unwrap();
    let uuid = ids(answer(&mut world, 0, give(Variant::UuidV7, 1))).unwrap()[0];
    let later = decode(&uuid.to_string(), &Reading::default()).unwrap().wall.unwrap();
    let apart = |a: Wall, b: Wall| a.as_millis().abs_diff(b.as_millis());
    assert!(wall > EPOCH && apart(wall, later) < 1_000, "{wall} {later}");
}

/// The answers to questions that were asked at one moment.
fn at_once(world: &mut World, at: u16, variant: Variant, questions: usize) -> Vec<u64> {
    let asked: Vec<_> = (0..questions).map(|_| ask(world, at, give(variant, 1))).collect();
    after(world, Span::from_secs(5));
    let number = |id| match world.answer(id) {
        Some(Answered::Ids(_, Ok(ids))) => match ids.as_slice() {
            &[Id::Number(number)] => number,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    asked.into_iter().map(number).collect()
}

#[test]
fn r7_3_requests_that_come_at_once_share_one_lease() {
    let mut world = world(10, 3);
    let mut given = at_once(&mut world, 0, Variant::Ticket, 300);
    given.sort_unstable();
    assert!(given.iter().copied().eq(1..=300), "{given:?}");
    assert_eq!(
        numbers(&mut world, 1, Variant::CentralTicket, 1),
        [RANGE + 1],
        "one range is leased"
    );
    // The next range in the middle of them: some have the end of one range, some the beginning of another.
    numbers(&mut world, 0, Variant::Ticket, u16::try_from(RANGE).unwrap() - 400);
    let mut given = at_once(&mut world, 0, Variant::Ticket, 300);
    given.sort_unstable();
    assert!(given.iter().copied().eq((901..=1_000).chain(1_002..=1_201)), "{given:?}");
    assert_eq!(numbers(&mut world, 1, Variant::CentralTicket, 1), [2 * RANGE + 2]);
}

#[test]
fn r7_6_requests_that_come_at_once_take_one_worker_id() {
    let mut world = world(11, 3);
    let taken =
        |world: &World| world.services(NodeId(0)).map(|services| services.ids.counters().workers);
    let mut all = at_once(&mut world, 0, Variant::Snowflake, 300);
    assert_eq!(taken(&world), Some(1));
    for millis in [-3_600_000, 7_200_000, -3_600_000] {
        fault(&mut world, Fault::Jump { node: NodeId(0), millis });
        all.extend(at_once(&mut world, 0, Variant::Snowflake, 300));
    }
    assert!(taken(&world) <= Some(3), "{:?}: one for each jump back", taken(&world));
    let different: BTreeSet<u64> = all.iter().copied().collect();
    assert_eq!(different.len(), all.len());
}

#[test]
fn r7_6_what_is_killed_in_the_middle_of_a_lease_holds_nobody_up() {
    let mut world = world(12, 3);
    for seconds in 0..3 {
        for _ in 0..20 {
            ask(&mut world, 0, give(Variant::Ticket, 1));
            ask(&mut world, 0, give(Variant::Snowflake, 1));
        }
        after(&mut world, Span::from_millis(seconds));
        fault(&mut world, Fault::Kill(NodeId(0)));
        fault(&mut world, Fault::Restart(NodeId(0)));
        after(&mut world, Span::from_secs(2));
    }
    assert_eq!(at_once(&mut world, 0, Variant::Ticket, 20).len(), 20);
    assert_eq!(at_once(&mut world, 0, Variant::Snowflake, 20).len(), 20);
    // Without a majority all that wait are refused together, none after the other.
    fault(&mut world, Fault::CutOff(NodeId(0)));
    after(&mut world, Span::from_secs(15));
    let asked: Vec<_> = (0..20).map(|_| ask(&mut world, 0, give(Variant::Snowflake, 1))).collect();
    after(&mut world, Span::from_secs(8));
    for id in asked {
        assert!(matches!(world.answer(id), Some(Answered::Ids(_, Err(_)))), "{id}");
    }
}
