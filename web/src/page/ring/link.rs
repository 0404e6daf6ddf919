//! The ring as text in the address: the servers as they are and as they were before the last change, so
//! that a link shows what moved, too.
//!
//! `16,4:0x1.1x2~16,4:1x2` reads: 16 points a unit of weight, server 4 is the next; servers 0 of weight 1
//! and 1 of weight 2; then server 0 left.

use super::state::{HEAVIEST, MOST, POINTS, What, server_name};
use ennead::ring::{Member, NodeId};

/// The highest number that a server has in a link.
const LAST: u16 = 9_999;

/// Servers and points: all that a ring is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Points for each unit of weight.
    pub(crate) points: u32,
    /// The number of the next server.
    pub(crate) next: u16,
    /// Numbers and weights, in the order in which they came.
    pub(crate) servers: Vec<(u16, u16)>,
}

/// What a link says of a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// Before the last change, if there was one.
    pub(crate) before: Option<Plan>,
    /// Now.
    pub(crate) now: Plan,
    /// The key that is looked up.
    pub(crate) key: String,
}

impl Plan {
    /// The servers as members of a ring.
    pub(super) fn members(&self) -> Vec<Member> {
        let member =
            |&(id, weight): &(u16, u16)| Member::new(NodeId(id), &server_name(id)).weighing(weight);
        self.servers.iter().map(member).collect()
    }

    /// What leads from here to another plan, if it is one change.
    pub(super) fn change_to(&self, now: &Self) -> Option<What> {
        let differing = |a: &Self, b: &Self| {
            let is_new = |server: &&(u16, u16)| !b.servers.contains(server);
            a.servers.iter().filter(is_new).copied().collect::<Vec<_>>()
        };
        let (gone, come) = (differing(self, now), differing(now, self));
        match (gone.as_slice(), come.as_slice()) {
            ([], []) if self.points != now.points => Some(What::Points(now.points)),
            _ if self.points != now.points => None,
            ([], [(id, _)]) => Some(What::Join(server_name(*id))),
            ([(id, _)], []) => Some(What::Leave(server_name(*id))),
            ([(old, _)], [(id, weight)]) if old == id => {
                Some(What::Weigh(server_name(*id), *weight))
            }
            _ => None,
        }
    }

    fn to_text(&self) -> String {
        let servers = self.servers.iter().map(|(id, weight)| format!("{id}x{weight}"));
        let servers = servers.collect::<Vec<_>>().join(".");
        format!("{},{}:{servers}", self.points, self.next)
    }

    fn parse(text: &str) -> Option<Self> {
        let (points, rest) = text.split_once(',')?;
        let (next, servers) = rest.split_once(':')?;
        let server = |text: &str| {
            let (id, weight) = text.split_once('x')?;
            Some((id.parse().ok()?, weight.parse().ok()?))
        };
        // One more than may be is enough to see that there are too many.
        let servers: Option<Vec<(u16, u16)>> =
            servers.split('.').take(MOST + 1).map(server).collect();
        let plan =
            Self { points: points.parse().ok()?, next: next.parse().ok()?, servers: servers? };
        let is_in_order = plan.servers.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let are_weights = plan.servers.iter().all(|(_, weight)| (1..=HEAVIEST).contains(weight));
        let last = plan.servers.last()?.0;
        let is_one = POINTS.contains(&plan.points)
            && plan.servers.len() <= MOST
            && is_in_order
            && are_weights
            && last < plan.next
            && plan.next <= LAST;
        is_one.then_some(plan)
    }
}

impl Shared {
    /// The rings that it tells of, in their order.
    pub(crate) fn plans(&self) -> Vec<Plan> {
        self.before.iter().chain([&self.now]).cloned().collect()
    }

    /// The text of a ring's part of an address; the key has a part of its own.
    pub(crate) fn to_text(&self) -> String {
        match &self.before {
            Some(before) => format!("{}~{}", before.to_text(), self.now.to_text()),
            None => self.now.to_text(),
        }
    }

    /// Reads what [`Shared::to_text`] wrote; none if it is no ring of this page.
    pub(crate) fn parse(text: &str, key: String) -> Option<Self> {
        match text.split_once('~') {
            None => Some(Self { before: None, now: Plan::parse(text)?, key }),
            Some((before, now)) => {
                let (before, now) = (Plan::parse(before)?, Plan::parse(now)?);
                before.change_to(&now)?;
                Some(Self { before: Some(before), now, key })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::State;
    use super::*;

    fn shared(state: &State) -> Shared {
        state.shared("harbour")
    }

    #[test]
    fn r5_8_a_link_shows_the_ring_and_what_the_last_change_moved() {
        let mut state = State::first();
        let steps: [fn(&mut State); 5] = [
            |state| assert!(state.join(2)),
            |state| assert!(state.leave(NodeId(1))),
            |state| state.weigh(NodeId(0), 3),
            |state| state.set_points(64),
            |state| assert!(state.leave(NodeId(4))),
        ];
        for step in steps {
            let text = shared(&state).to_text();
            let read = Shared::parse(&text, "harbour".into()).expect(&text);
            assert_eq!(read, shared(&state));
            let again = State::after(&read.plans());
            assert_eq!((&again.keys, &again.spread), (&state.keys, &state.spread), "{text}");
            assert_eq!(again.changes.first(), state.changes.first(), "{text}");
            step(&mut state);
        }
        let mut again = State::after(&shared(&state).plans());
        assert!(again.join(1));
        assert_eq!(again.members().last().map(|member| member.name.as_str()), Some("F"));
    }

    #[test]
    fn what_is_no_ring_of_the_page_is_refused() {
        for text in [
            "",
            "~",
            "16",
            "16,4:",
            "16,4:0",
            "16,4:0x0",
            "16,4:0x5",
            "15,4:0x1",
            "16,0:0x1",
            "16,1:1x1",
            "16,4:1x1.0x1",
            "16,4:0x1.0x1",
            "16,4:0x1~16,4:0x1",
            "16,4:0x1~64,4:0x2",
            "16,99999:0x1",
            "16,20:0x1.1x1.2x1.3x1.4x1.5x1.6x1.7x1.8x1.9x1.10x1.11x1.12x1",
            "16,65535:65535x1",
        ] {
            assert_eq!(Shared::parse(text, String::new()), None, "{text}");
        }
        assert!(Shared::parse("16,4:0x1.3x4~64,4:0x1.3x4", String::new()).is_some());
    }
}
