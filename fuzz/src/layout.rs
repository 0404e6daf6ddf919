//! Who is in a cluster, as peers and operators say it, and what follows for the ring.

use ennead::native::founding::{Founding, Gathering, Hello, Introduction, MAGIC, Seat};
use ennead::ring::{HashRing, Layout, Member, NodeId, Slice};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};

/// The most weight of all members together: each unit has 256 points on the ring.
const WEIGHT: u32 = 24;
/// The most points that are added at once.
const POINTS: u32 = 64;

/// An input.
#[derive(Debug, Serialize, Deserialize)]
enum Said {
    /// A peer greets.
    Hello(Box<Hello>),
    /// Members make a layout.
    Members(Vec<Member>),
    /// A ring changes.
    Changes(Vec<Change>),
}

#[derive(Debug, Serialize, Deserialize)]
enum Change {
    Add(Member, u32),
    Remove(NodeId),
}

pub(super) fn run(data: &[u8]) {
    match postcard::from_bytes(data) {
        Ok(Said::Hello(hello)) => greet(&hello),
        Ok(Said::Members(members)) => lay_out(members),
        Ok(Said::Changes(changes)) => change(changes),
        Err(_) => {}
    }
}

fn weight(members: &[Member]) -> u32 {
    members.iter().map(|member| u32::from(member.weight)).sum()
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn introduction(name: &str, peer: SocketAddr) -> Introduction {
    let zone = String::new();
    Introduction { name: name.into(), zone, weight: 1, peer, http: address(81), resp: address(91) }
}

fn greet(hello: &Hello) {
    let members = |founding: &Founding| -> Vec<Member> {
        founding.seats.iter().map(|seat| seat.member.clone()).collect()
    };
    if hello.founding.as_ref().is_some_and(|founding| weight(&members(founding)) > WEIGHT) {
        return;
    }
    let me = introduction("n1", address(71));
    let mut gathering = Gathering::new(me.clone(), &[address(72)]);
    let missing = gathering.missing();
    match gathering.handle_hello(hello) {
        Ok(Some(founding)) => {
            assert!(founding.seat("n1").is_some_and(|seat| seat.peer == me.peer));
            lay_out(members(&founding));
        }
        Ok(None) => {
            assert_eq!(hello.magic, MAGIC);
            assert!(gathering.missing().len() <= missing.len());
            if let Ok(Some(founding)) = gathering.found(|| Ok(7)) {
                assert_eq!(founding.seats.len(), 2);
                lay_out(members(&founding));
            }
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(gathering.missing(), missing, "who is refused counts for nothing");
        }
    }
}

/// Members in any order make the same layout, in which every slice prefers all of them in some order.
fn lay_out(members: Vec<Member>) {
    if weight(&members) > WEIGHT {
        return;
    }
    let Ok(layout) = Layout::founding(members.clone()) else { return };
    let all: BTreeSet<NodeId> = members.iter().map(|member| member.id).collect();
    assert_eq!(all.len(), members.len(), "two members of one number");
    for slice in Slice::all() {
        let list = layout.preference_list(slice);
        assert_eq!(list.len(), all.len(), "{slice:?}");
        assert_eq!(list.iter().copied().collect::<BTreeSet<_>>(), all, "{slice:?}");
        assert!(layout.holds(list[0], slice, 1) && !layout.holds(list[0], slice, 0));
    }
    assert!(members.iter().all(|member| layout.member(member.id) == Some(member)));
    assert_eq!(Layout::founding(members.into_iter().rev().collect()), Ok(layout));
}

/// A ring that changed is the ring that is made of who is left.
fn change(changes: Vec<Change>) {
    let mut ring = HashRing::new();
    let mut model: BTreeMap<NodeId, (Member, u32)> = BTreeMap::new();
    for change in changes.into_iter().take(32) {
        match change {
            Change::Add(member, points) => {
                let points = points % (POINTS + 1);
                if u32::from(member.weight) * points <= 4 * POINTS
                    && ring.add_with_points(&member, points).is_ok()
                {
                    let old = model.insert(member.id, (member, points));
                    assert_eq!(old, None, "a member was added twice");
                }
            }
            Change::Remove(id) => assert_eq!(ring.remove(id), model.remove(&id).is_some()),
        }
    }
    let mut anew = HashRing::new();
    for (member, points) in model.values() {
        anew.add_with_points(member, *points).expect("what was added can be added");
    }
    assert!(ring.points().is_sorted_by(|a, b| a.0 <= b.0));
    assert_eq!(ring.points(), anew.points());
    for key in ["", "a", "harbour"] {
        let replicas = ring.replicas(key.as_bytes(), model.len() + 1);
        assert_eq!(ring.owner(key.as_bytes()), replicas.first().copied());
        let different: BTreeSet<NodeId> = replicas.iter().copied().collect();
        assert_eq!(different.len(), replicas.len(), "{replicas:?}");
        assert!(different.iter().all(|id| model.contains_key(id)));
        assert_eq!(replicas.len(), model.len());
        assert_eq!(replicas, anew.replicas(key.as_bytes(), model.len() + 1));
    }
}

/// Greetings of nodes that found a cluster and of one that has; members in zones; a ring that changes.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let other = introduction("n2", address(72));
    let mut asking = Gathering::new(other.clone(), &[address(71)]).hello();
    let mut said = vec![("asks", Said::Hello(Box::new(asking.clone())))];
    let member = |id, name: &str| Member::new(NodeId(id), name);
    let seats = [("n1", 71), ("n2", 72), ("n3", 73)].into_iter().zip(0..);
    let seats =
        seats.map(|((name, port), id)| Seat { member: member(id, name), peer: address(port) });
    asking.founding = Some(Founding { cluster: 7, seats: seats.collect() });
    asking.config = Some(ennead::kv::Config::default());
    said.push(("knows", Said::Hello(Box::new(asking))));
    let zones = (0..6).map(|i| {
        member(i, &format!("n{i}")).in_zone(["x", "y", "z"][usize::from(i % 3)]).weighing(i + 1)
    });
    said.push(("zones", Said::Members(zones.collect())));
    let change = [
        Change::Add(member(3, "n3"), 16),
        Change::Add(member(1, "n1").weighing(2).in_zone("x"), 8),
        Change::Remove(NodeId(3)),
        Change::Add(member(2, "n2").in_zone("x"), 64),
        Change::Add(member(3, "n3"), 1),
    ];
    said.push(("ring", Said::Changes(change.into())));
    let bytes = |said: &Said| postcard::to_allocvec(said).expect("plain values");
    said.iter().map(|(name, said)| ((*name).to_owned(), bytes(said))).collect()
}
