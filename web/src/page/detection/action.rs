//! What can be done on the page.

use crate::page::action::{Interface, Tab};
use crate::page::snapshot::Snapshot;
use ennead::sim::Transition;
use yew::NodeRef;

/// Among how many servers there is a choice.
pub(crate) const SERVERS: [u16; 6] = [3, 5, 8, 12, 16, 24];
/// Among how many messages lost of a hundred.
pub(crate) const LOSSES: [u8; 7] = [0, 5, 10, 20, 30, 40, 50];
/// Among how many servers that gossip tells in a round.
pub(crate) const FAN_OUTS: [u8; 4] = [1, 2, 3, 4];
/// The first servers begin with the world that everybody meets first.
const FIRST: u64 = 12_000_000;
/// The latest moment of a link, in microseconds: a day.
const LATEST: u64 = 86_400_000_000;
/// The most that a person does to one set of servers.
const MOST_DONE: usize = 100;

/// What was done to the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// One was killed.
    Kill(u16),
    /// One was started again.
    Restart(u16),
    /// So many messages of a hundred are lost from then on.
    Lose(u8),
}

/// All that the course of the servers depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How many there are.
    pub(crate) servers: u16,
    /// How many each one tells in a round of gossip.
    pub(crate) fan_out: u8,
    /// Whether the tolerance of silence follows what is heard.
    pub(crate) adapts: bool,
    /// Messages lost of a hundred, at first.
    pub(crate) loss: u8,
    /// When they began, in microseconds of the world.
    pub(crate) began: u64,
    /// What was done, and how many microseconds after they began.
    pub(crate) done: Vec<(u64, Done)>,
}

impl Plan {
    /// Messages lost of a hundred so long after they began.
    pub(crate) fn loss_at(&self, since: u64) -> u8 {
        let told = self.done.iter().take_while(|(at, _)| *at <= since);
        let losses = told.filter_map(|(_, done)| match done {
            Done::Lose(loss) => Some(*loss),
            _ => None,
        });
        losses.last().unwrap_or(self.loss)
    }

    /// How many microseconds after they began a moment of the world is.
    pub(crate) const fn since(&self, moment: u64) -> u64 {
        moment.saturating_sub(self.began)
    }

    /// Whether nothing more can be done to them.
    pub(crate) const fn is_full(&self) -> bool {
        self.done.len() >= MOST_DONE
    }

    /// Does something now; what was done later, before the person went back, is forgotten.
    fn add(&mut self, moment: u64, done: Done) {
        let since = self.since(moment);
        self.done.retain(|(at, _)| *at <= since);
        if !self.is_full() {
            self.done.push((since, done));
        }
    }

    /// Others begin now, with nothing done to them but what is lost.
    fn begin(&mut self, moment: u64) {
        self.loss = self.loss_at(self.since(moment));
        self.began = moment;
        self.done.clear();
    }
}

/// What the page remembers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fields {
    /// The servers.
    pub(crate) plan: Plan,
    /// Which ring's list is looked at: 0 for gossip, 1 for all to all.
    pub(crate) side: usize,
    /// Whose list.
    pub(crate) chosen: u16,
    /// Where the heartbeats of the two rings are drawn.
    pub(crate) layers: [NodeRef; 2],
}

impl Fields {
    /// Filled in already, so that one click does something.
    pub(crate) fn first() -> Self {
        let plan =
            Plan { servers: 8, fan_out: 2, adapts: true, loss: 10, began: FIRST, done: Vec::new() };
        Self { plan, side: 0, chosen: 2, layers: Default::default() }
    }

    /// Another world begins, and its clock with it.
    pub(crate) fn begin_with_world(&mut self) {
        self.plan.begin(FIRST);
    }

    /// As links have them: `8,2,1,10,12000000,0,2,k2@500.l30@900` are eight servers of which each tells two, with a
    /// tolerance that adapts and 10 % lost, from the twelfth second on; the list of the third by gossip is
    /// shown; it was killed after 500 microseconds, and after 900 the loss became 30 %.
    pub(crate) fn to_text(&self) -> String {
        let Self { plan, side, chosen, .. } = self;
        let done = plan.done.iter().map(|(at, done)| match done {
            Done::Kill(id) => format!("k{id}@{at}"),
            Done::Restart(id) => format!("r{id}@{at}"),
            Done::Lose(loss) => format!("l{loss}@{at}"),
        });
        let done = done.collect::<Vec<_>>().join(".");
        let Plan { servers, fan_out, loss, began, .. } = plan;
        let adapts = u8::from(plan.adapts);
        format!("{servers},{fan_out},{adapts},{loss},{began},{side},{chosen},{done}")
    }

    /// Reads what [`Fields::to_text`] wrote; none if it is not of this page.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(8, ',').collect();
        let &[servers, fan_out, adapts, loss, began, side, chosen, done] = parts.as_slice() else {
            return None;
        };
        let plan = Plan {
            servers: servers.parse().ok().filter(|servers| SERVERS.contains(servers))?,
            fan_out: fan_out.parse().ok().filter(|fan_out| FAN_OUTS.contains(fan_out))?,
            adapts: matches!(adapts, "0" | "1").then_some(adapts == "1")?,
            loss: loss.parse().ok().filter(|loss| LOSSES.contains(loss))?,
            began: began.parse().ok().filter(|began| *began <= LATEST)?,
            done: parse_done(done)?,
        };
        let is_server = |id: &u16| *id < plan.servers;
        let is_right = plan.done.iter().all(|(_, done)| match done {
            Done::Kill(id) | Done::Restart(id) => is_server(id),
            Done::Lose(loss) => LOSSES.contains(loss),
        });
        let is_in_order = plan.done.is_sorted_by_key(|(at, _)| *at);
        let side = side.parse().ok().filter(|side| *side < 2)?;
        let chosen = chosen.parse().ok().filter(is_server)?;
        (is_right && is_in_order).then_some(Self { plan, side, chosen, ..Self::first() })
    }
}

fn parse_done(text: &str) -> Option<Vec<(u64, Done)>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let one = |part: &str| {
        let (what, at) = part.split_once('@')?;
        let at = at.parse().ok().filter(|at| *at <= LATEST)?;
        let done = match what.split_at_checked(1)? {
            ("k", id) => Done::Kill(id.parse().ok()?),
            ("r", id) => Done::Restart(id.parse().ok()?),
            ("l", loss) => Done::Lose(loss.parse().ok()?),
            _ => return None,
        };
        Some((at, done))
    };
    // One more than may be is enough to see that there are too many.
    let all: Option<Vec<_>> = text.split('.').take(MOST_DONE + 1).map(one).collect();
    all.filter(|all| all.len() <= MOST_DONE)
}

/// Something that a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Another number of servers, by its place among the choices.
    Servers(usize),
    /// Another fan-out, likewise.
    FanOut(usize),
    /// Another loss, likewise: the servers go on.
    Loss(usize),
    /// Let the tolerance of silence follow what is heard, or not.
    Adapt(bool),
    /// Kill the chosen server.
    Kill,
    /// Start it again.
    Restart,
    /// Begin anew, now.
    Again,
    /// Look at the list of a server on one of the rings.
    Choose(usize, u16),
}

/// Does it. The world is told nothing: the servers are the page's own, on its clock.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let fields = &mut interface.detection;
    let (moment, plan, chosen) = (snapshot.moment, &mut fields.plan, fields.chosen);
    match verb {
        Verb::Servers(choice) => {
            plan.servers = SERVERS.get(choice).copied().unwrap_or(plan.servers);
            plan.begin(moment);
            fields.chosen = chosen.min(plan.servers - 1);
        }
        Verb::FanOut(choice) => {
            plan.fan_out = FAN_OUTS.get(choice).copied().unwrap_or(plan.fan_out);
            plan.begin(moment);
        }
        Verb::Adapt(adapts) => {
            plan.adapts = adapts;
            plan.begin(moment);
        }
        Verb::Loss(choice) => {
            if let Some(&loss) = LOSSES.get(choice) {
                plan.add(moment, Done::Lose(loss));
            }
        }
        Verb::Kill => plan.add(moment, Done::Kill(chosen)),
        Verb::Restart => plan.add(moment, Done::Restart(chosen)),
        Verb::Again => plan.begin(moment),
        Verb::Choose(side, server) => {
            (fields.side, fields.chosen) = (side.min(1), server.min(plan.servers - 1));
            interface.tab = Tab::Inspect;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_8_a_link_has_the_servers_and_what_was_done_to_them() {
        let mut fields = Fields { side: 1, chosen: 7, ..Fields::first() };
        assert_eq!(
            Fields::parse(&fields.to_text()).map(|read| read.plan),
            Some(fields.plan.clone())
        );
        fields.plan.add(FIRST + 5, Done::Kill(7));
        fields.plan.add(FIRST + 9, Done::Lose(30));
        fields.plan.add(FIRST + 12, Done::Restart(7));
        let read = Fields::parse(&fields.to_text()).expect("what was written is read");
        assert_eq!((&read.plan, read.side, read.chosen), (&fields.plan, 1, 7));
        assert_eq!((read.plan.loss_at(8), read.plan.loss_at(9)), (10, 30));
        for damaged in [
            "",
            "8,2,1,10,12000000,0,2",
            "7,2,1,10,12000000,0,2,",
            "8,2,2,10,12000000,0,2,",
            "8,2,1,11,12000000,0,2,",
            "8,2,1,10,12000000,2,2,",
            "8,2,1,10,12000000,0,8,",
            "8,2,1,10,12000000,0,2,k8@1",
            "8,2,1,10,12000000,0,2,k1@9.r1@3",
            "8,2,1,10,12000000,0,2,l31@9",
            "8,2,1,10,12000000,0,2,x1@9",
            "8,2,1,10,99999999999999,0,2,",
        ] {
            assert!(Fields::parse(damaged).is_none(), "{damaged}");
        }
        let many = vec!["k1@1"; MOST_DONE + 1].join(".");
        assert!(Fields::parse(&format!("8,2,1,10,12000000,0,2,{many}")).is_none());
    }

    #[test]
    fn who_goes_back_and_acts_forgets_what_came_later() {
        let mut plan = Fields::first().plan;
        plan.add(FIRST + 10, Done::Kill(1));
        plan.add(FIRST + 20, Done::Restart(1));
        plan.add(FIRST + 15, Done::Lose(50));
        assert_eq!(plan.done, [(10, Done::Kill(1)), (15, Done::Lose(50))]);
        plan.begin(FIRST + 30);
        assert_eq!((plan.loss, plan.began, plan.done.len()), (50, FIRST + 30, 0));
    }
}
