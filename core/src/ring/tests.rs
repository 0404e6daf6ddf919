use super::*;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use proptest::prelude::*;

fn members(count: u16) -> Vec<Member> {
    (0..count).map(|i| Member::new(NodeId(i), &format!("node-{i}"))).collect()
}

fn ring(members: &[Member]) -> HashRing {
    let mut ring = HashRing::new();
    members.iter().for_each(|member| ring.add(member).unwrap());
    ring
}

fn keys(count: u32) -> impl Iterator<Item = [u8; 4]> {
    (0..count).map(u32::to_be_bytes)
}

#[test]
fn r5_1_a_key_belongs_to_the_first_server_clockwise() {
    let ring = ring(&members(5));
    for key in keys(500) {
        let place = RingHash::of_key(&key);
        let first = ring.points().iter().find(|&&(point, _)| point >= place);
        let expected = first.or(ring.points().first()).map(|&(_, id)| id);
        assert_eq!(ring.owner(&key), expected);
    }
}

#[test]
fn r5_1_points_are_fixed_for_all_machines_and_versions() {
    assert_eq!(RingHash::of_key(b"city").prefix(), 0x2C54_892C_40A1_7516);
    assert_eq!(RingHash::of_point("A", 0).prefix(), 0x5CDA_BCFE_B54A_35FC);
}

#[test]
fn r5_5_golden_vectors_of_another_program_hold() {
    let mut zoned: Vec<Member> = Vec::new();
    let mut ring = HashRing::new();
    let mut checked = 0;
    let hex =
        |place: RingHash| place.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let text = |word: &str| if word == "-" { String::new() } else { String::from(word) };
    for line in include_str!("vectors.txt").lines().filter(|line| !line.starts_with('#')) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["member", name, weight, zone] => {
                let id = NodeId(u16::try_from(zoned.len()).unwrap());
                let member = Member::new(id, name).in_zone(&text(zone));
                zoned.push(member.weighing(weight.parse().unwrap()));
                ring.add(zoned.last().unwrap()).unwrap();
            }
            ["point", name, index, place] => {
                let point = RingHash::of_point(name, index.parse().unwrap());
                assert_eq!(hex(point), place, "{line}");
                let id = zoned.iter().find(|member| member.name == name).unwrap().id;
                assert!(ring.points().contains(&(point, id)), "{line}");
            }
            ["key", key, place, modulo, replicas] => {
                let key = text(key);
                let names: Vec<&str> = ring
                    .replicas(key.as_bytes(), zoned.len())
                    .iter()
                    .map(|id| zoned[id.index()].name.as_str())
                    .collect();
                assert_eq!(hex(RingHash::of_key(key.as_bytes())), place, "{line}");
                assert_eq!(names.join(","), replicas, "{line}");
                assert_eq!(ring.owner(key.as_bytes()), Some(ring.replicas(key.as_bytes(), 1)[0]));
                let row = Modulo::new(zoned.iter().map(|member| member.id).collect());
                let owner = row.owner(key.as_bytes()).unwrap();
                assert_eq!(format!("{}", owner.0), modulo, "{line}");
                checked += 1;
            }
            _ => panic!("cannot read {line}"),
        }
    }
    assert_eq!(checked, 40);
}

#[test]
fn r5_3_spread_is_about_one_over_the_root_of_the_points() {
    for (points, least, most) in [(16, 180, 320), (64, 95, 155), (256, 48, 78), (1_000, 24, 40)] {
        // Twenty rings of ten servers: one alone may be lucky.
        let sum: u64 = (0..20)
            .map(|set| {
                let mut ring = HashRing::new();
                for i in 0..10 {
                    let member = Member::new(NodeId(i), &format!("{set}-{i}"));
                    ring.add_with_points(&member, points).unwrap();
                }
                ring.spread().deviation()
            })
            .sum();
        let thousandths = sum / 20 / 1_000;
        assert!((least..most).contains(&thousandths), "{points} points: {thousandths} thousandths");
    }
}

#[test]
fn r5_3_the_spread_of_keys_is_that_of_the_ring() {
    let heavy = Member::new(NodeId(9), "heavy").weighing(4);
    let all: Vec<Member> = members(5).into_iter().chain([heavy]).collect();
    let ring = ring(&all);
    let (of_ring, of_keys) =
        (ring.spread(), Spread::of_keys(&all, keys(50_000), |key| ring.owner(key)));
    assert_eq!(of_ring.total(), 1 << 64);
    assert_eq!(of_keys.total(), 50_000);
    for (part, count) in of_ring.loads().iter().zip(of_keys.loads()) {
        let (part, count) = (of_ring.relative(part), of_keys.relative(count));
        assert!(part.abs_diff(count) < ONE / 20, "{part} and {count} millionths");
    }
    assert!(of_ring.peak() > ONE && of_ring.peak() < ONE * 13 / 10, "{}", of_ring.peak());
}

#[test]
fn r5_3_figures_of_spread_are_right() {
    let load = |id, weight, load| Load { id: NodeId(id), weight, load };
    let even = Spread::of([load(0, 1, 10), load(1, 3, 30)].into());
    assert_eq!((even.peak(), even.deviation()), (ONE, 0));
    // 5 and 15 about a mean of 10: half as much again, and apart by half the mean.
    let uneven = Spread::of([load(0, 1, 5), load(1, 1, 15)].into());
    assert_eq!((uneven.peak(), uneven.deviation()), (ONE * 3 / 2, ONE / 2));
    assert_eq!((Spread::default().peak(), Spread::default().deviation()), (0, 0));
    assert_eq!(HashRing::new().spread(), Spread::default());
    let mut one = HashRing::new();
    one.add_with_points(&Member::new(NodeId(0), "alone"), 1).unwrap();
    assert_eq!((one.spread().total(), one.spread().peak()), (1 << 64, ONE));
}

#[test]
fn r5_4_modulo_moves_nearly_all_keys_where_the_ring_moves_one_share() {
    let all = members(10);
    let (before, after) = (ring(&all[..9]), ring(&all));
    let row = |count: u16| Modulo::new((0..count).map(NodeId).collect());
    let (row_before, row_after) = (row(9), row(10));
    let of_ring = Movement::between(keys(20_000), |key| before.owner(key), |key| after.owner(key));
    let of_row =
        Movement::between(keys(20_000), |key| row_before.owner(key), |key| row_after.owner(key));
    assert_eq!(of_ring.ratio(), Some(ONE));
    assert!((1_600..2_400).contains(&of_ring.moved()), "{}", of_ring.moved());
    assert!((17_800..18_200).contains(&of_row.moved()), "{}: nine of ten", of_row.moved());
    assert!(of_row.ratio().unwrap() > 8 * ONE);
}

#[test]
fn r5_8_the_known_hash_belongs_to_server_1_and_a_lost_server_costs_these_cache_misses() {
    let mut row = Modulo::new((0..4).map(NodeId).collect());
    assert_eq!(row.owner_of_hash(18_358_617), Some(NodeId(1)));
    let mut servers = ring(&members(4));
    let (all_row, all_servers) = (row.clone(), servers.clone());
    assert!(row.remove(NodeId(2)) && servers.remove(NodeId(2)));
    let of_row = Movement::between(keys(10_000), |key| all_row.owner(key), |key| row.owner(key));
    let of_ring =
        Movement::between(keys(10_000), |key| all_servers.owner(key), |key| servers.owner(key));
    // The same on every machine. The ring loses what the lost server had, and nothing else.
    let had = keys(10_000).filter(|key| all_servers.owner(key) == Some(NodeId(2))).count();
    assert_eq!((of_ring.moved(), of_ring.least()), (had as u64, had as u64));
    assert_eq!((of_ring.moved(), of_row.moved()), (2_465, 7_507));
    assert_eq!(Modulo::default().owner(b"city"), None);
}

#[test]
fn r5_3_points_are_in_proportion_to_weight() {
    let heavy = Member::new(NodeId(0), "heavy").weighing(3);
    let ring = ring(&[heavy, Member::new(NodeId(1), "light")]);
    let of = |id| ring.points().iter().filter(|&&(_, owner)| owner == id).count();
    assert_eq!(of(NodeId(0)), 3 * of(NodeId(1)));
    let owned = keys(20_000).filter(|key| ring.owner(key) == Some(NodeId(0))).count();
    assert!((13_500..16_500).contains(&owned), "{owned} of 20000, expected about 15000");
}

#[test]
fn r5_7_replicas_cover_distinct_zones_where_there_are_enough() {
    let zoned: Vec<Member> = members(6)
        .into_iter()
        .map(|member| {
            let zone = ["x", "y", "z"][member.id.index() % 3];
            member.in_zone(zone)
        })
        .collect();
    let layout = Layout::founding(zoned).unwrap();
    for slice in Slice::all() {
        let mut zones: Vec<&str> = layout.preference_list(slice)[..3]
            .iter()
            .map(|&id| layout.member(id).unwrap().zone.as_str())
            .collect();
        zones.sort_unstable();
        assert_eq!(zones, ["x", "y", "z"], "slice {}", slice.0);
    }
}

#[test]
fn layouts_do_not_depend_on_the_order_of_members() {
    let mut reversed = members(5);
    reversed.reverse();
    let layout = Layout::founding(reversed).unwrap();
    assert_eq!(layout, Layout::founding(members(5)).unwrap());
    assert_eq!(layout.digest(), Layout::founding(members(5)).unwrap().digest());
    assert_ne!(layout.digest(), Layout::founding(members(4)).unwrap().digest());
}

#[test]
fn bad_members_are_refused_and_change_nothing() {
    let mut ring = ring(&members(2));
    let points = ring.points().len();
    let taken = Member::new(NodeId(1), "other");
    assert_eq!(ring.add(&taken), Err(LayoutError::Duplicate { name: "other".into() }));
    let heavy = Member::new(NodeId(7), "h").weighing(MAX_WEIGHT + 1);
    assert!(matches!(ring.add(&heavy), Err(LayoutError::Weight { .. })));
    assert!(matches!(ring.add(&Member::new(NodeId(7), "")), Err(LayoutError::Name { .. })));
    assert_eq!(ring.points().len(), points);
    let many = ring.add_with_points(&Member::new(NodeId(7), "many"), MAX_POINTS + 1);
    assert_eq!(many, Err(LayoutError::Points { got: MAX_POINTS + 1 }));
    let alike = Member::new(NodeId(7), "node-0");
    assert_eq!(ring.add(&alike), Err(LayoutError::Duplicate { name: "node-0".into() }));
    assert_eq!(ring.points().len(), points);
    assert_eq!(Layout::founding(Vec::new()), Err(LayoutError::Count { got: 0 }));
}

/// Servers of any weights and zones, at any number of points.
fn any_members() -> impl Strategy<Value = Vec<Member>> {
    prop::collection::vec((1u16..=5, 0u8..4), 2..20).prop_map(|servers| {
        let member = |(i, (weight, zone)): (u16, (u16, u8))| {
            let zone = if zone == 0 { String::new() } else { format!("z{zone}") };
            Member::new(NodeId(i), &format!("node-{i}")).weighing(weight).in_zone(&zone)
        };
        (0..).zip(servers).map(member).collect()
    })
}

fn ring_with_points(members: &[Member], points: u32) -> HashRing {
    let mut ring = HashRing::new();
    members.iter().for_each(|member| ring.add_with_points(member, points).unwrap());
    ring
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn r5_2_a_join_moves_keys_only_to_the_joiner(all in any_members(), points in 1u32..80) {
        let joiner = all.last().unwrap().clone();
        let before = ring_with_points(&all[..all.len() - 1], points);
        let mut after = before.clone();
        after.add_with_points(&joiner, points).unwrap();
        let moved =
            Movement::between(keys(1_000), |key| before.owner(key), |key| after.owner(key));
        prop_assert!(moved.flows.keys().all(|&(_, to)| to == joiner.id));
        let gained = keys(1_000).filter(|key| after.owner(key) == Some(joiner.id)).count();
        prop_assert_eq!((moved.moved(), moved.least()), (gained as u64, gained as u64));
        prop_assert_eq!(moved.ratio(), (gained > 0).then_some(ONE));
    }

    #[test]
    fn r5_2_a_leave_moves_keys_only_from_the_leaver(
        all in any_members(), points in 1u32..80, who in any::<prop::sample::Index>()
    ) {
        let leaver = who.get(&all).id;
        let before = ring_with_points(&all, points);
        let mut after = before.clone();
        prop_assert!(after.remove(leaver));
        let moved =
            Movement::between(keys(1_000), |key| before.owner(key), |key| after.owner(key));
        prop_assert!(moved.flows.keys().all(|&(from, _)| from == leaver));
        let lost = keys(1_000).filter(|key| before.owner(key) == Some(leaver)).count();
        prop_assert_eq!((moved.moved(), moved.least()), (lost as u64, lost as u64));
        prop_assert_eq!(moved.ratio(), (lost > 0).then_some(ONE));
    }

    #[test]
    fn r5_5_a_ring_does_not_depend_on_the_order_in_which_servers_came(
        all in any_members(), points in 1u32..80
    ) {
        let reversed: Vec<Member> = all.iter().rev().cloned().collect();
        let (ring, other) = (ring_with_points(&all, points), ring_with_points(&reversed, points));
        prop_assert_eq!(ring.points(), other.points());
        prop_assert!(ring.points().is_sorted());
    }

    #[test]
    fn r5_7_replicas_are_on_distinct_servers_and_then_in_distinct_zones(
        all in any_members(), points in 1u32..80, key in any::<[u8; 4]>(), count in 0usize..24
    ) {
        let ring = ring_with_points(&all, points);
        let replicas = ring.replicas(&key, count);
        prop_assert_eq!(replicas.len(), count.min(all.len()));
        prop_assert_eq!(replicas.first().copied(), ring.owner(&key).filter(|_| count > 0));
        // What a walk over all servers would choose, worked out the slow way.
        let mut walk: Vec<NodeId> = Vec::new();
        for id in ring.clockwise(RingHash::of_key(&key)) {
            if !walk.contains(&id) {
                walk.push(id);
            }
        }
        let zone = |id: NodeId| match all[id.index()].zone.as_str() {
            "" => format!("alone {}", id.0),
            zone => zone.into(),
        };
        let mut rounds: Vec<(usize, usize, NodeId)> = walk
            .iter()
            .enumerate()
            .map(|(i, &id)| {
                let before = walk[..i].iter().filter(|&&other| zone(other) == zone(id)).count();
                (before, i, id)
            })
            .collect();
        rounds.sort_unstable();
        let expected: Vec<NodeId> = rounds.into_iter().map(|(_, _, id)| id).take(count).collect();
        prop_assert_eq!(replicas, expected);
    }
}

proptest! {
    #[test]
    fn r6_4_preference_lists_hold_each_server_once(count in 1u16..12, zones in 1u16..5) {
        let zoned = members(count)
            .into_iter()
            .map(|member| { let zone = format!("z{}", member.id.0 % zones); member.in_zone(&zone) })
            .collect();
        let layout = Layout::founding(zoned).unwrap();
        for slice in Slice::all() {
            let mut list = layout.preference_list(slice).to_vec();
            list.sort_unstable();
            prop_assert_eq!(list, (0..count).map(NodeId).collect::<Vec<_>>());
        }
    }
}
