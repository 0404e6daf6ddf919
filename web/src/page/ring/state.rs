//! The page's own ring: servers, a few hundred keys, and what each change moved.

use super::link::{Plan, Shared};
use ennead::ring::{HashRing, Member, Modulo, Movement, NodeId, RingHash, Spread};

/// The keys that are counted and drawn.
pub(crate) const KEYS: u32 = 400;
/// The most servers.
pub(crate) const MOST: usize = 12;
/// The greatest weight that can be given here.
pub(crate) const HEAVIEST: u16 = 4;
/// How many points a unit of weight may have.
pub(crate) const POINTS: [u32; 6] = [1, 4, 16, 64, 256, 1_024];
/// The changes that are remembered.
const REMEMBERED: usize = 6;

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A server came.
    Join(String),
    /// A server went.
    Leave(String),
    /// A server has another weight.
    Weigh(String, u16),
    /// All servers stand at another number of points.
    Points(u32),
}

/// A change and which keys it moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// What it was.
    pub(crate) what: What,
    /// On the ring.
    pub(crate) ring: Movement,
    /// By modulo.
    pub(crate) modulo: Movement,
}

/// Where a key belongs, on the ring and by modulo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The first 64 bits of its hash.
    pub(crate) place: u64,
    /// Its server on the ring.
    pub(crate) ring: NodeId,
    /// Its server by modulo.
    pub(crate) modulo: NodeId,
    /// Whether the last change moved it on the ring.
    pub(crate) ring_moved: bool,
    /// Whether the last change moved it by modulo.
    pub(crate) modulo_moved: bool,
}

/// The ring and what is shown of it.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Points for each unit of weight.
    pub(crate) points: u32,
    /// The ring.
    pub(crate) ring: HashRing,
    /// The same servers in a row.
    pub(crate) row: Modulo,
    /// Every key, in the order of the ring.
    pub(crate) keys: Vec<Placed>,
    /// How evenly the ring itself is spread.
    pub(crate) spread: Spread,
    /// What was changed, the latest first.
    pub(crate) changes: Vec<Change>,
    /// The number of the next server: none is given twice.
    next: u16,
    /// What the last change began with.
    before: Option<Plan>,
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        (&self.before, self.plan()) == (&other.before, other.plan())
    }
}

/// The name of the `i`th counted key.
pub(crate) fn key_name(i: u32) -> String {
    format!("key-{i}")
}

/// A server's name: a letter, and a number after the alphabet is used up.
pub(super) fn server_name(id: u16) -> String {
    let letter = char::from(b'A' + u8::try_from(id % 26).unwrap_or(0));
    if id < 26 { letter.to_string() } else { format!("{letter}{}", id / 26 + 1) }
}

fn ring_of(members: &[Member], points: u32) -> HashRing {
    let mut ring = HashRing::new();
    for member in members {
        // Names, weights and points are in range by construction.
        let _ = ring.add_with_points(member, points);
    }
    ring
}

impl State {
    /// Four servers of sixteen points: few enough to be told apart, enough to be uneven.
    pub(crate) fn first() -> Self {
        let servers = (0..4).map(|id| (id, 1)).collect();
        Self::of_plan(&Plan { points: 16, next: 4, servers })
    }

    /// The last of some rings, each one change after the one before, with what the last changes moved.
    pub(crate) fn after(plans: &[Plan]) -> Self {
        let plans = &plans[plans.len().saturating_sub(REMEMBERED + 1)..];
        let Some(first) = plans.first() else { return Self::first() };
        let mut state = Self::of_plan(first);
        for pair in plans.windows(2) {
            let (before, now) = (&pair[0], &pair[1]);
            let Some(what) = before.change_to(now) else { continue };
            let members = now.members();
            (state.points, state.next) = (now.points, now.next);
            let row = Modulo::new(members.iter().map(|member| member.id).collect());
            state.turn_into(before.clone(), what, ring_of(&members, now.points), row);
        }
        state
    }

    fn of_plan(plan: &Plan) -> Self {
        let members = plan.members();
        let mut state = Self {
            points: plan.points,
            ring: ring_of(&members, plan.points),
            row: Modulo::new(members.iter().map(|member| member.id).collect()),
            keys: Vec::new(),
            spread: Spread::default(),
            changes: Vec::new(),
            next: plan.next,
            before: None,
        };
        state.place(None);
        state
    }

    /// All that it is made of.
    pub(super) fn plan(&self) -> Plan {
        let servers = self.members().iter().map(|member| (member.id.0, member.weight)).collect();
        Plan { points: self.points, next: self.next, servers }
    }

    /// What a link says of it.
    pub(crate) fn shared(&self, key: &str) -> Shared {
        Shared { before: self.before.clone(), now: self.plan(), key: key.into() }
    }

    /// The servers, in the order in which they came.
    pub(crate) fn members(&self) -> &[Member] {
        self.ring.members()
    }

    /// A server.
    pub(crate) fn member(&self, id: NodeId) -> Option<&Member> {
        self.members().iter().find(|member| member.id == id)
    }

    /// A server's name.
    pub(crate) fn name(&self, id: NodeId) -> &str {
        self.member(id).map_or("?", |member| &member.name)
    }

    /// A server of a weight comes; false if there are as many as the page takes.
    pub(crate) fn join(&mut self, weight: u16) -> bool {
        if self.members().len() >= MOST {
            return false;
        }
        let before = self.plan();
        let member = Member::new(NodeId(self.next), &server_name(self.next)).weighing(weight);
        self.next = self.next.saturating_add(1);
        let mut ring = self.ring.clone();
        let mut row = self.row.clone();
        let _ = ring.add_with_points(&member, self.points); // in range by construction
        row.add(member.id);
        self.turn_into(before, What::Join(member.name), ring, row);
        true
    }

    /// A server goes; false if it is the last, or not there.
    pub(crate) fn leave(&mut self, id: NodeId) -> bool {
        if self.members().len() < 2 || self.member(id).is_none() {
            return false;
        }
        let name = self.name(id).to_string();
        let (mut ring, mut row) = (self.ring.clone(), self.row.clone());
        ring.remove(id);
        row.remove(id);
        self.turn_into(self.plan(), What::Leave(name), ring, row);
        true
    }

    /// A server is given another weight.
    pub(crate) fn weigh(&mut self, id: NodeId, weight: u16) {
        let weight = weight.clamp(1, HEAVIEST);
        let mut members = self.members().to_vec();
        let Some(member) = members.iter_mut().find(|member| member.id == id) else { return };
        if member.weight == weight {
            return;
        }
        member.weight = weight;
        let what = What::Weigh(member.name.clone(), weight);
        self.turn_into(self.plan(), what, ring_of(&members, self.points), self.row.clone());
    }

    /// All servers stand at another number of points.
    pub(crate) fn set_points(&mut self, points: u32) {
        if points != self.points && POINTS.contains(&points) {
            let before = self.plan();
            self.points = points;
            let ring = ring_of(self.members(), points);
            self.turn_into(before, What::Points(points), ring, self.row.clone());
        }
    }

    /// The key next to a place of the ring, by its number.
    pub(crate) fn key_at(&self, place: u64) -> Option<u32> {
        let distance = |i: &u32| {
            let key = RingHash::of_key(key_name(*i).as_bytes()).prefix();
            key.wrapping_sub(place).min(place.wrapping_sub(key))
        };
        (0..KEYS).min_by_key(distance)
    }

    fn turn_into(&mut self, before: Plan, what: What, ring: HashRing, row: Modulo) {
        let names: Vec<String> = (0..KEYS).map(key_name).collect();
        let change = Change {
            what,
            ring: Movement::between(&names, |key| self.ring.owner(key), |key| ring.owner(key)),
            modulo: Movement::between(&names, |key| self.row.owner(key), |key| row.owner(key)),
        };
        let old = (std::mem::replace(&mut self.ring, ring), std::mem::replace(&mut self.row, row));
        self.changes.insert(0, change);
        self.changes.truncate(REMEMBERED);
        self.before = Some(before);
        self.place(Some(old));
    }

    /// Places every key anew, and marks those that belonged elsewhere before.
    fn place(&mut self, before: Option<(HashRing, Modulo)>) {
        let keys = (0..KEYS).filter_map(|i| {
            let name = key_name(i);
            let key = name.as_bytes();
            let (ring, modulo) = (self.ring.owner(key)?, self.row.owner(key)?);
            let moved = |old: Option<NodeId>, new| old.is_some_and(|old| old != new);
            let (old_ring, old_row) =
                before.as_ref().map_or((None, None), |(r, m)| (r.owner(key), m.owner(key)));
            Some(Placed {
                place: RingHash::of_key(key).prefix(),
                ring,
                modulo,
                ring_moved: moved(old_ring, ring),
                modulo_moved: moved(old_row, modulo),
            })
        });
        self.keys = keys.collect();
        self.keys.sort_by_key(|key| key.place);
        self.spread = self.ring.spread();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ennead::ring::ONE;

    #[test]
    fn r5_2_a_join_and_a_leave_move_the_least_and_are_marked() {
        let mut state = State::first();
        assert!(state.keys.iter().all(|key| !key.ring_moved && !key.modulo_moved));
        assert!(state.join(2));
        let join = &state.changes[0];
        assert_eq!((join.what.clone(), join.ring.ratio()), (What::Join("E".into()), Some(ONE)));
        let marked = state.keys.iter().filter(|key| key.ring_moved).count() as u64;
        assert_eq!(marked, join.ring.moved());
        assert!(state.keys.iter().filter(|key| key.ring_moved).all(|key| key.ring == NodeId(4)));
        assert!(join.modulo.moved() > join.ring.moved());
        assert!(state.leave(NodeId(4)) && !state.leave(NodeId(4)));
        assert_eq!(state.changes[0].ring.moved(), marked, "as many go home again");
        assert!(state.join(1));
        assert_eq!(state.members().last().map(|member| member.name.as_str()), Some("F"));
    }

    #[test]
    fn the_page_keeps_to_its_bounds() {
        let mut state = State::first();
        while state.join(1) {}
        assert_eq!(state.members().len(), MOST);
        for id in 0..20 {
            let _ = state.leave(NodeId(id));
        }
        assert_eq!(state.members().len(), 1);
        let last = state.members()[0].id;
        state.weigh(last, 99);
        assert_eq!(state.members()[0].weight, HEAVIEST);
        state.set_points(64);
        assert_eq!(state.ring.points().len(), 64 * usize::from(HEAVIEST));
        state.set_points(63);
        assert_eq!(state.points, 64);
        assert_eq!(state.changes.len(), REMEMBERED);
        assert_eq!(server_name(27), "B2");
    }
}
