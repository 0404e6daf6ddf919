use super::*;
use crate::base::{Random, Span, Wall};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use proptest::prelude::*;

const NOW: u64 = 1_700_000_000_000;

fn at(millis: u64) -> Wall {
    Wall::from_millis(NOW + millis)
}

fn generator(policy: ClockPolicy) -> Snowflake {
    Snowflake::new(Worker::new(3, 17).unwrap()).with_policy(policy)
}

#[test]
fn r7_1_servers_count_in_steps_of_their_number() {
    let ids = |server| {
        let mut master = MultiMaster::new(server, 3).unwrap();
        (0..4).map(|_| master.next().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!([ids(0), ids(1), ids(2)].concat(), [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]);
    let mut back = MultiMaster::new(2, 3).unwrap().at_turn(4);
    assert_eq!(back.next(), Some(15));
    assert_eq!(MultiMaster::turn(15, 3), (2, 4));
    for (server, servers) in [(3, 3), (0, 0), (0, MAX_STEP + 1)] {
        assert_eq!(MultiMaster::new(server, servers), Err(IdError::Step { server, servers }));
    }
    let mut spent = MultiMaster::new(1, 2).unwrap().at_turn(u64::MAX / 2);
    assert_eq!(spent.next(), None);
}

#[test]
fn r7_2_version_4_is_chance_in_all_but_six_bits() {
    // The example of RFC 9562, appendix A.3.
    let uuid = Uuid::v4(0x9191_08F7_52D1_F320, 0x1BAC_F847_DB41_48A8);
    assert_eq!(uuid.to_string(), "919108f7-52d1-4320-9bac-f847db4148a8");
    assert_eq!((uuid.version(), uuid.variant(), uuid.wall()), (4, 2, None));
    let flipped = Uuid::v4(!0x9191_08F7_52D1_F320, !0x1BAC_F847_DB41_48A8);
    assert_eq!((uuid.0 ^ flipped.0).count_ones(), 122);
}

#[test]
fn r7_2_version_7_begins_with_the_time() {
    // The example of RFC 9562, appendix A.6; a counter begins in its lower half, so its first bit
    // is 0 here.
    let now = Wall::from_millis(0x017F_22E2_79B0);
    let uuid = UuidV7::new().next(now, 0xCC3, 0x18C4_DC0C_0C07_398F << 2).unwrap();
    assert_eq!(uuid.to_string(), "017f22e2-79b0-74c3-98c4-dc0c0c07398f");
    let example: Uuid = "017F22E2-79B0-7CC3-98C4-DC0C0C07398F".parse().unwrap();
    assert_eq!((example.version(), example.variant(), example.wall()), (7, 2, Some(now)));
    assert_eq!(example.0 ^ uuid.0, 1 << 75);
}

#[test]
fn r7_2_version_7_rises_whatever_the_clock_does() {
    let (mut random, mut ids) = (Random::new(1), UuidV7::new());
    let mut last = Uuid(0);
    for round in 0..20_000 {
        let now = at(if round % 7 == 0 { random.below(50) } else { 10 });
        let uuid = ids.next(now, random.u64(), random.u64()).unwrap();
        assert!(uuid > last && uuid.version() == 7 && uuid.variant() == 2);
        last = uuid;
    }
    assert_eq!(ids.next(Wall::from_millis(1 << 48), 0, 0), Err(IdError::Exhausted));
}

#[test]
fn r7_3_leased_ranges_are_disjoint_and_end() {
    let mut central = 1u64;
    let mut lease = |count| {
        central += count;
        LeasedRange::new(central - count, count)
    };
    let (mut a, mut b) = (lease(3), lease(2));
    let given: Vec<_> = (0..4).map(|_| a.next()).chain((0..3).map(|_| b.next())).collect();
    assert_eq!(given, [Some(1), Some(2), Some(3), None, Some(4), Some(5), None]);
    let mut last = LeasedRange::new(u64::MAX - 1, 5);
    assert_eq!((last.left(), last.next(), last.next()), (1, Some(u64::MAX - 1), None));
    assert_eq!(LeasedRange::default().next(), None);
}

#[test]
fn r7_4_snowflake_bits_stand_where_they_should() {
    let id = SnowflakeId::of(SnowflakeParts {
        time: 1,
        worker: Worker::new(1, 1).unwrap(),
        sequence: 1,
    });
    assert_eq!(id.0, 1 << 22 | 1 << 17 | 1 << 12 | 1);
    let greatest = SnowflakeParts {
        time: MAX_TIME,
        worker: Worker::new(31, 31).unwrap(),
        sequence: PER_MILLISECOND - 1,
    };
    assert_eq!(SnowflakeId::of(greatest).0, i64::MAX.cast_unsigned());
    assert_eq!(SnowflakeId(i64::MAX.cast_unsigned()).parts(), greatest);
    for (data_centre, machine) in [(32, 0), (0, 32)] {
        let refused = Err(IdError::Worker { data_centre, machine });
        assert_eq!(Worker::new(data_centre, machine), refused);
    }
    assert!((0..WORKERS).all(|number| Worker::from_number(number).number() == number));
}

#[test]
fn r7_4_the_sequence_is_0_again_in_each_millisecond() {
    let mut ids = generator(ClockPolicy::Wait);
    let given = [0, 0, 0, 1, 1, 5].map(|millis| ids.next(at(millis)).unwrap().parts());
    assert_eq!(given.map(|parts| parts.sequence), [0, 1, 2, 0, 1, 0]);
    assert_eq!(given[5].wall(EPOCH), at(5));
    assert!(given.iter().all(|parts| parts.worker.number() == 3 * 32 + 17));
}

#[test]
fn r7_4_ids_end_69_years_after_the_epoch() {
    let mut ids = generator(ClockPolicy::Borrow);
    let last = EPOCH + Span::from_millis(MAX_TIME);
    assert_eq!(ids.next(last).unwrap().parts().time, MAX_TIME);
    assert_eq!(ids.next(last + Span::from_millis(1)), Err(IdError::Exhausted));
    let early = Wall::from_millis(5);
    let refused = Err(IdError::BeforeEpoch { now: early, epoch: EPOCH });
    assert_eq!(generator(ClockPolicy::Wait).next(early), refused);
    let mut since_1970 = generator(ClockPolicy::Wait).with_epoch(Wall::from_millis(0));
    assert_eq!(since_1970.next(early).unwrap().parts().time, 5);
}

#[test]
fn r7_6_more_than_4096_in_a_millisecond_wait_for_the_next() {
    for policy in [ClockPolicy::Wait, ClockPolicy::Borrow, ClockPolicy::Refuse] {
        let mut ids = generator(policy);
        for sequence in 0..PER_MILLISECOND {
            assert_eq!(ids.next(at(0)).unwrap().parts().sequence, sequence);
        }
        assert_eq!(ids.next(at(0)), Err(IdError::Wait(Span::from_millis(1))));
        assert_eq!(ids.next(at(1)).unwrap().parts().sequence, 0);
    }
}

#[test]
fn r7_6_a_clock_that_goes_back_is_waited_for_borrowed_from_or_refused() {
    let after_jump = |policy, back: u64| {
        let mut ids = generator(policy);
        ids.next(at(100)).unwrap();
        ids.next(at(100 - back))
    };
    assert_eq!(after_jump(ClockPolicy::Wait, 30), Err(IdError::Wait(Span::from_millis(30))));
    let behind = Span::from_millis(30);
    assert_eq!(after_jump(ClockPolicy::Refuse, 30), Err(IdError::ClockBack { behind }));
    let borrowed = after_jump(ClockPolicy::Borrow, 30).unwrap().parts();
    assert_eq!((borrowed.wall(EPOCH), borrowed.sequence), (at(100), 1));
    // Borrowing goes beyond the last millisecond, even from before the epoch.
    let mut ids = generator(ClockPolicy::Borrow);
    let first = ids.next(at(100)).unwrap();
    let given: Vec<_> = (0..10_000).map(|_| ids.next(Wall::from_millis(1)).unwrap()).collect();
    assert!(given.is_sorted() && given[0] > first);
    assert_eq!(given[9_999].parts().wall(EPOCH), at(102));
}

#[test]
fn r7_6_a_generator_keeps_to_the_moments_it_was_promised() {
    let mut ids = generator(ClockPolicy::Wait).within(at(10), at(20));
    assert_eq!(ids.next(at(8)), Err(IdError::Wait(Span::from_millis(3))));
    assert_eq!(ids.next(at(10)), Err(IdError::Wait(Span::from_millis(1))));
    assert_eq!(ids.next(at(20)).unwrap().parts().wall(EPOCH), at(20));
    assert_eq!(ids.next(at(21)), Err(IdError::Lapsed { until: at(20) }));
    ids.extend(at(30));
    assert_eq!(ids.next(at(21)).unwrap().parts().wall(EPOCH), at(21));
    // Borrowing does not go beyond the promise either.
    let mut ids = generator(ClockPolicy::Borrow).within(at(10), at(11));
    let given = (0..10_000).take_while(|_| ids.next(at(0)).is_ok()).count();
    assert_eq!(given, usize::from(PER_MILLISECOND));
    assert_eq!(ids.next(at(0)), Err(IdError::Lapsed { until: at(11) }));
}

/// Ids that generators of one worker give while their clock jumps, each generator for the moments
/// after those of the one before.
fn over_restarts(policy: ClockPolicy, seed: u64) -> Vec<SnowflakeId> {
    let mut random = Random::new(seed);
    let (mut given, mut until) = (Vec::new(), at(0));
    for _ in 0..20 {
        let mut clock = random.below(400);
        let promise = until.max(at(clock)) + Span::from_millis(50);
        let mut ids = generator(policy).within(until, promise);
        until = promise;
        for _ in 0..200 {
            clock = match random.below(20) {
                0 => random.below(400),
                1..8 => clock + 1,
                _ => clock,
            };
            given.extend(ids.next(at(clock)));
        }
    }
    given
}

#[test]
fn r7_6_ids_never_repeat_over_restarts_and_clock_jumps() {
    for policy in [ClockPolicy::Wait, ClockPolicy::Borrow, ClockPolicy::Refuse] {
        let mut total = 0;
        for seed in 0..50 {
            let given = over_restarts(policy, seed);
            assert!(given.is_sorted_by(|a, b| a < b), "{policy:?}, seed {seed}");
            total += given.len();
        }
        assert!(total > 1_000, "{policy:?} gave only {total}");
    }
}

#[test]
fn r7_5_a_generator_that_trusts_the_clock_repeats_itself() {
    let mut naive = NaiveSnowflake::new(Worker::default());
    let clock = [0, 0, 1, 2, 0, 0, 1];
    let given: Vec<_> = clock.iter().map(|&millis| naive.next(at(millis))).collect();
    let different: BTreeSet<_> = given.iter().collect();
    assert_eq!((given.len(), different.len()), (7, 4));
    let mut ours = generator(ClockPolicy::Borrow);
    let given: BTreeSet<_> = clock.iter().map(|&m| ours.next(at(m)).unwrap()).collect();
    assert_eq!(given.len(), 7);
}

#[test]
fn r7_6_ids_of_each_scheme_are_taken_apart() {
    let read = |text: &str, scheme, servers| {
        let reading = Reading { scheme, servers, ..Reading::default() };
        let decoded = decode(text, &reading).unwrap();
        assert_eq!(decoded.id, text);
        let parts: Vec<_> = decoded
            .fields
            .iter()
            .map(|field| format!("{}:{}={}", field.name, field.bits, field.value))
            .collect();
        (decoded.scheme, parts.join(" "), decoded.wall)
    };
    let id = generator(ClockPolicy::Wait).next(at(0)).unwrap();
    let parts = "sign:1=0 time:41=411165025343 data centre:5=3 machine:5=17 sequence:12=0";
    assert_eq!(read(&id.0.to_string(), None, 1), (Scheme::Snowflake, parts.into(), Some(at(0))));
    let parts = "time:48=1645557742000 version:4=7 counter:12=3267 variant:2=2 \
                 chance:62=1784793296645077391";
    let (scheme, got, wall) = read("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", None, 1);
    assert_eq!((scheme, got.as_str()), (Scheme::Uuid, parts));
    assert_eq!(wall.unwrap().to_string(), "2022-02-22T19:22:22.000Z");
    let ticket = (Scheme::Ticket, "number:64=4711".into(), None);
    assert_eq!(read("4711", None, 1), ticket);
    let multi = (Scheme::MultiMaster, "turn:0=4 server:0=2".into(), None);
    assert_eq!(read("15", Some(Scheme::MultiMaster), 3), multi);
}

#[test]
fn r7_6_what_is_no_id_is_refused() {
    for (text, scheme) in [
        ("", None),
        ("+5", None),
        ("12a", None),
        ("18446744073709551616", None),
        ("9223372036854775808", None), // the first bit is set
        ("017f22e2-79b0-7cc3-98c4-dc0c0c07398", None),
        ("017f22e2-79b0-7cc3-98c4+dc0c0c07398f", Some(Scheme::Uuid)),
        ("017f22e279b07cc398c4dc0c0c07398f0000", Some(Scheme::Uuid)),
        ("0", Some(Scheme::MultiMaster)),
    ] {
        let reading = Reading { scheme, ..Reading::default() };
        assert!(matches!(decode(text, &reading), Err(IdError::Text { .. })), "{text:?}");
    }
    let refused = "id".repeat(1_000).parse::<Uuid>().unwrap_err();
    assert!(refused.to_string().len() < 150, "{refused}");
    assert!("dice".parse::<Scheme>().is_err());
    assert!(Scheme::ALL.iter().all(|scheme| scheme.name().parse() == Ok(*scheme)));
}

proptest! {
    #[test]
    fn r7_4_snowflakes_come_apart_as_they_were_put_together(id in 0..=i64::MAX.cast_unsigned()) {
        prop_assert_eq!(SnowflakeId::of(SnowflakeId(id).parts()), SnowflakeId(id));
    }

    #[test]
    fn r7_2_uuids_come_back_from_text(bits: u128) {
        prop_assert_eq!(Uuid(bits).to_string().parse(), Ok(Uuid(bits)));
    }

    #[test]
    fn r7_6_any_text_is_decoded_or_refused(text in "[-0-9a-f é]{0,40}") {
        for scheme in [None].into_iter().chain(Scheme::ALL.map(Some)) {
            let reading = Reading { scheme, ..Reading::default() };
            if let Ok(decoded) = decode(&text, &reading) {
                let again = decode(&decoded.id, &Reading { scheme: Some(decoded.scheme), ..reading });
                prop_assert_eq!(again, Ok(decoded));
            }
        }
    }

    #[test]
    fn r7_6_ids_of_one_generator_rise_whatever_the_clock_does(
        clock in proptest::collection::vec(0u64..200, 1..400),
        policy in prop_oneof![
            Just(ClockPolicy::Wait), Just(ClockPolicy::Borrow), Just(ClockPolicy::Refuse)
        ],
    ) {
        let mut ids = generator(policy);
        let given: Vec<_> = clock.iter().filter_map(|&millis| ids.next(at(millis)).ok()).collect();
        prop_assert!(given.is_sorted_by(|a, b| a < b));
        prop_assert!(policy != ClockPolicy::Borrow || given.len() == clock.len());
    }
}
