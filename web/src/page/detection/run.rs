//! The two sets of servers: run up to the moment that is shown, and what of them is to be seen.

use super::action::{Done, Fields, Plan};
use super::measure::{Measure, Measured};
use crate::page::clock;
use crate::page::store::marks::{Layer, Scene};
use ennead::base::{Instant, Ratio, Span};
use ennead::kv::{Health, MemberView};
use ennead::ring::NodeId;
use ennead::sim::detection::{Counted, Detection, Noticed, Scheme, Setting};
use ennead::sim::{Between, Flight, Mark};
use web_sys::Element;
use yew::NodeRef;

/// The ways of telling, in the order in which they stand side by side.
pub(crate) const SCHEMES: [Scheme; 2] = [Scheme::Gossip, Scheme::AllToAll];
/// How long the servers have known each other when they are first seen.
const BEFORE: Span = Span::from_secs(10);
/// The seed of what they draw.
const SEED: u64 = 7;
/// Milliseconds of each frame that measuring may take.
const BUDGET: f64 = 4.0;

/// The servers, kept from one look to the next.
#[derive(Default)]
pub(crate) struct Runs {
    /// Whose course it is, and how much of what was done to them has happened.
    of: Option<Plan>,
    done: usize,
    pair: Vec<Detection>,
    layers: [(NodeRef, Option<(Element, Layer)>); 2],
    measure: Measure,
}

/// One ring as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SideLook {
    /// What was sent and mistaken since they began.
    pub(crate) counted: Counted,
    /// Messages a second, since they began.
    pub(crate) rate: u64,
    /// For each server, by how many others that run it is suspected or held down.
    pub(crate) doubted: Vec<u16>,
    /// The list of the chosen server; none while it is down.
    pub(crate) list: Option<Vec<MemberView>>,
    /// The servers' own moment.
    pub(crate) now: Instant,
    /// How fast the server that was killed last was noticed.
    pub(crate) noticed: Option<Noticed>,
}

/// The page's servers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DetectionLook {
    /// How many.
    pub(crate) servers: u16,
    /// Messages lost of a hundred now.
    pub(crate) loss: u8,
    /// For each, whether it runs.
    pub(crate) running: Vec<bool>,
    /// The server that was killed last, if it is still down.
    pub(crate) killed: Option<u16>,
    /// The two rings.
    pub(crate) sides: Vec<SideLook>,
    /// What was measured so far.
    pub(crate) measured: Measured,
}

/// The servers of a plan as they begin.
pub(super) fn setting(plan: &Plan, scheme: Scheme) -> Setting {
    let mut setting = Setting::of(scheme, plan.servers);
    setting.loss = Ratio::new(u32::from(plan.loss), 100);
    setting.config.gossip_fanout = plan.fan_out;
    if plan.adapts { setting } else { setting.fixed() }
}

/// The same with messages slow enough to be followed.
fn slow(setting: Setting) -> Setting {
    let latency = Between { least: Span::from_millis(20), most: Span::from_millis(45) };
    Setting { latency, ..setting }
}

impl Runs {
    /// Runs them up to a moment of the world, in microseconds.
    fn reach(&mut self, plan: &Plan, moment: u64) {
        let at = |since: u64| Instant::ZERO + BEFORE + Span::from_micros(since);
        let until = at(plan.since(moment));
        let is_same = self.of.as_ref().is_some_and(|of| {
            let bare = |plan: &Plan| Plan { done: Vec::new(), ..plan.clone() };
            bare(of) == bare(plan) && plan.done.get(..self.done) == of.done.get(..self.done)
        });
        // Going back is beginning anew.
        if !is_same || self.pair.iter().any(|servers| servers.now() > until) {
            let begin = |scheme| Detection::new(SEED, slow(setting(plan, scheme)));
            (self.pair, self.done) = (SCHEMES.map(begin).into(), 0);
        }
        if self.of.as_ref() != Some(plan) {
            self.of = Some(plan.clone());
        }
        while let Some(&(since, done)) = plan.done.get(self.done).filter(|(s, _)| at(*s) <= until) {
            self.done += 1;
            for servers in &mut self.pair {
                servers.run_until(at(since));
                match done {
                    Done::Kill(id) => servers.kill(NodeId(id)),
                    Done::Restart(id) => servers.restart(NodeId(id)),
                    Done::Lose(loss) => servers.lose(Ratio::new(u32::from(loss), 100)),
                }
            }
        }
        self.pair.iter_mut().for_each(|servers| servers.run_until(until));
    }

    /// Runs them up to a moment of the world and looks at them.
    pub(crate) fn look(&mut self, fields: &Fields, moment: u64) -> DetectionLook {
        let plan = &fields.plan;
        self.reach(plan, moment);
        for ((place, _), shown) in self.layers.iter_mut().zip(&fields.layers) {
            if place != shown {
                *place = shown.clone();
            }
        }
        self.measure.turn_to(plan);
        let all = || (0..plan.servers).map(NodeId);
        let running: Vec<bool> =
            all().map(|id| self.pair.first().is_some_and(|one| one.is_running(id))).collect();
        let down = |id: u16| running.get(usize::from(id)) == Some(&false);
        let killed = plan.done.iter().take(self.done).rev().find_map(|(_, done)| match done {
            Done::Kill(id) if down(*id) => Some(*id),
            _ => None,
        });
        let sides = self.pair.iter().map(|servers| side(servers, fields.chosen, killed)).collect();
        DetectionLook {
            servers: plan.servers,
            loss: plan.loss_at(plan.since(moment)),
            running,
            killed,
            sides,
            measured: self.measure.measured().clone(),
        }
    }

    /// Draws the heartbeats of a frame and measures a little, while the page is shown. Whether there is
    /// something new to look at.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative, and far below 2^53
    pub(crate) fn frame(&mut self, moment: f64, speed: f64) -> bool {
        let is_shown = self.layers.iter().all(|(place, _)| place.cast::<Element>().is_some());
        let Some(plan) = self.of.clone().filter(|_| is_shown) else { return false };
        self.reach(&plan, moment as u64);
        let own = moment - plan.began as f64 + BEFORE.as_micros() as f64;
        for ((place, layer), servers) in self.layers.iter_mut().zip(&self.pair) {
            draw(place, layer, servers, own, speed);
        }
        self.measure.go_on(clock::milliseconds() + BUDGET)
    }
}

fn draw(
    place: &NodeRef,
    layer: &mut Option<(Element, Layer)>,
    servers: &Detection,
    moment: f64,
    speed: f64,
) {
    let Some(group) = place.cast::<Element>() else { return };
    if layer.as_ref().is_none_or(|(old, _)| *old != group) {
        *layer = Some((group.clone(), Layer::new(group)));
    }
    let flights: Vec<Flight> = (servers.beats())
        .map(|beat| Flight {
            number: beat.number,
            from: beat.from,
            to: beat.to,
            sent: beat.sent,
            arrives: beat.arrives,
            mark: Mark::Gossip,
            key: None,
        })
        .collect();
    if let Some((_, layer)) = layer {
        let nodes = usize::from(servers.setting().servers);
        layer.draw(&Scene { flights: &flights, moment, nodes, speed, selected: None });
    }
}

fn side(servers: &Detection, chosen: u16, killed: Option<u16>) -> SideLook {
    let all = || (0..servers.setting().servers).map(NodeId);
    let counted = *servers.counted();
    let mut doubted = vec![0; usize::from(servers.setting().servers)];
    for list in all().filter_map(|id| servers.members(id)) {
        for (doubts, view) in doubted.iter_mut().zip(list) {
            *doubts += u16::from(view.health != Health::Up);
        }
    }
    let micros = servers.now().as_micros().max(1);
    SideLook {
        rate: (counted.messages * 1_000_000 + micros / 2) / micros,
        counted,
        doubted,
        list: servers.members(NodeId(chosen)).map(<[MemberView]>::to_vec),
        now: servers.now(),
        noticed: killed.and_then(|id| servers.noticed(NodeId(id))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_8_the_same_moment_looks_the_same_whichever_way_it_was_reached() {
        let mut fields = Fields::first();
        let began = fields.plan.began;
        fields.plan.done = vec![(2_000_000, Done::Kill(3)), (5_000_000, Done::Lose(30))];
        let mut straight = Runs::default();
        let at_once = straight.look(&fields, began + 8_000_000);
        let mut in_steps = Runs::default();
        for step in (0..=12).chain([9, 3]).chain(4..=8) {
            let _ = in_steps.look(&fields, began + step * 1_000_000);
        }
        assert_eq!(in_steps.look(&fields, began + 8_000_000), at_once);
        assert_eq!((at_once.killed, at_once.loss, at_once.running[3]), (Some(3), 30, false));
        assert!(at_once.sides.iter().all(|side| side.noticed.is_some_and(|n| n.by == 7)));
    }
}
