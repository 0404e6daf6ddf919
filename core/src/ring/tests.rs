use super::*;
use alloc::format;
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
fn r5_2_a_join_moves_keys_only_to_the_joiner_and_a_leave_only_from_the_leaver() {
    let all = members(6);
    let (mut grown, mut shrunk) = (ring(&all[..5]), ring(&all[..5]));
    let before = ring(&all[..5]);
    grown.add(&all[5]).unwrap();
    shrunk.remove(NodeId(2));
    for key in keys(5_000) {
        let owner = before.owner(&key);
        assert!(grown.owner(&key) == owner || grown.owner(&key) == Some(NodeId(5)));
        assert!(shrunk.owner(&key) == owner || owner == Some(NodeId(2)));
    }
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
    assert_eq!(Layout::founding(Vec::new()), Err(LayoutError::Count { got: 0 }));
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
