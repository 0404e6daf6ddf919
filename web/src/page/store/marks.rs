//! The messages on the stage: a layer of its own that moves with every frame, outside the
//! components. Each message is a mark on its way; where time runs so fast, or so many are in the air,
//! that marks would only flicker, they give way to flows: lines as wide as their rate.

use super::geometry;
use crate::page::frame::geometry::Point;
use crate::page::settings;
use ennead::sim::{Flight, Mark};
use gloo::utils::document;
use web_sys::Element;

/// More messages than this are shown as flows.
const MOST_MARKS: usize = 240;
/// A message that is seen for less time than this, in milliseconds, is a flicker.
const FLICKER: f64 = 70.0;
/// How much of the old is left in a flow after each frame.
const FADE: f64 = 0.94;

const SVG: &str = "http://www.w3.org/2000/svg";

/// What one frame needs to know.
pub(crate) struct Scene<'a> {
    /// The messages.
    pub(crate) flights: &'a [Flight],
    /// The moment in microseconds.
    pub(crate) moment: f64,
    /// How many nodes there are.
    pub(crate) nodes: usize,
    /// World seconds a second; zero while time stands still.
    pub(crate) speed: f64,
    /// The number of the selected message.
    pub(crate) selected: Option<u64>,
}

/// A mark and the line behind it.
struct Pair {
    trail: Element,
    mark: Element,
    drawn: Option<Mark>,
    visible: bool,
}

/// The layer.
pub(crate) struct Layer {
    root: Element,
    pairs: Vec<Pair>,
    flows: Vec<Element>,
    rates: Vec<f64>,
    less_motion: bool,
    is_flowing: bool,
}

/// The shape of a mark: told by form first.
pub(crate) const fn shape(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Request => ("mark request", "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0Z"),
        Mark::Reply => ("mark reply", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z"),
        Mark::Gossip => ("mark gossip", "M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0Z"),
        Mark::Hint => ("mark hint", "M0-8L8 0L0 8L-8 0Z"),
        Mark::Repair => ("mark repair", "M0-8L7.5 5.5H-7.5Z"),
    }
}

fn set(element: &Element, name: &str, value: &str) {
    // The names are right by construction.
    let _ = element.set_attribute(name, value);
}

fn create(parent: &Element, kind: &str) -> Option<Element> {
    let element = document().create_element_ns(Some(SVG), kind).ok()?;
    parent.append_child(&element).ok()?;
    Some(element)
}

/// The way of a message, and how much of it lies behind it at a moment.
pub(crate) fn place(flight: &Flight, moment: f64, nodes: usize) -> (Point, Point, f64) {
    let (from, to) = geometry::chord(flight.from.index(), flight.to.index(), nodes);
    let (sent, arrives) = (flight.sent.as_micros() as f64, flight.arrives.as_micros() as f64);
    let part = ((moment - sent) / (arrives - sent).max(1.0)).clamp(0.0, 1.0);
    (from, to, part)
}

impl Layer {
    /// A layer in an empty group.
    pub(crate) fn new(root: Element) -> Self {
        Self {
            root,
            pairs: Vec::new(),
            flows: Vec::new(),
            rates: Vec::new(),
            less_motion: settings::wants_less_motion(),
            is_flowing: false,
        }
    }

    /// Draws one frame.
    pub(crate) fn draw(&mut self, scene: &Scene<'_>) {
        self.decide(scene);
        self.draw_flows(scene);
        let shown = if self.is_flowing { &[] } else { scene.flights };
        for (i, flight) in shown.iter().enumerate() {
            self.draw_mark(i, flight, scene);
        }
        for pair in self.pairs.iter_mut().skip(shown.len()).filter(|pair| pair.visible) {
            pair.visible = false;
            set(&pair.mark, "visibility", "hidden");
            set(&pair.trail, "visibility", "hidden");
        }
    }

    /// Marks or flows? Between the two bounds it stays as it is, so as not to change to and fro.
    fn decide(&mut self, scene: &Scene<'_>) {
        if scene.speed == 0.0 {
            self.is_flowing = scene.flights.len() > MOST_MARKS;
            return;
        }
        let travel = |flight: &Flight| flight.arrives.since(flight.sent).as_micros();
        let Some(longest) = scene.flights.iter().map(travel).max() else { return };
        let seen = longest as f64 / 1_000.0 / scene.speed;
        if seen < FLICKER || scene.flights.len() > MOST_MARKS {
            self.is_flowing = true;
        } else if seen > FLICKER * 1.5 {
            self.is_flowing = false;
        }
    }

    fn draw_mark(&mut self, i: usize, flight: &Flight, scene: &Scene<'_>) {
        if self.pairs.len() <= i {
            let Some(trail) = create(&self.root, "line") else { return };
            let Some(mark) = create(&self.root, "path") else { return };
            self.pairs.push(Pair { trail, mark, drawn: None, visible: true });
        }
        let Some(pair) = self.pairs.get_mut(i) else { return };
        if pair.drawn != Some(flight.mark) {
            let (class, path) = shape(flight.mark);
            set(&pair.mark, "class", class);
            set(&pair.mark, "d", path);
            set(&pair.trail, "class", &class.replace("mark", "trail"));
            pair.drawn = Some(flight.mark);
        }
        if !pair.visible {
            pair.visible = true;
            set(&pair.mark, "visibility", "visible");
            set(&pair.trail, "visibility", "visible");
        }
        let (from, to, part) = place(flight, scene.moment, scene.nodes);
        let at = from.towards(to, if self.less_motion { 0.5 } else { part });
        let size = if scene.nodes > 12 { 0.7 } else { 1.0 };
        let grown = if scene.selected == Some(flight.number) { size * 1.5 } else { size };
        set(&pair.mark, "transform", &format!("translate({:.1} {:.1}) scale({grown})", at.x, at.y));
        if self.less_motion {
            let shown = 1.0 - (part * 2.0 - 1.0).abs();
            set(&pair.mark, "opacity", &format!("{shown:.2}"));
        }
        for (name, value) in [("x1", from.x), ("y1", from.y), ("x2", at.x), ("y2", at.y)] {
            set(&pair.trail, name, &format!("{value:.1}"));
        }
    }

    /// A flow's rate is estimated from what is in the air: each message stands for one in its time
    /// of travel.
    fn draw_flows(&mut self, scene: &Scene<'_>) {
        let count = scene.nodes * scene.nodes;
        if self.rates.len() != count {
            self.rates = vec![0.0; count];
            self.flows.drain(..).for_each(|flow| flow.remove());
        }
        if scene.speed > 0.0 {
            self.rates.iter_mut().for_each(|rate| *rate *= FADE);
            for flight in scene.flights {
                let travel = flight.arrives.since(flight.sent).as_micros().max(1) as f64 / 1e6;
                let i = flight.from.index() * scene.nodes + flight.to.index();
                if let Some(rate) = self.rates.get_mut(i) {
                    *rate += (1.0 - FADE) / travel;
                }
            }
        }
        if !self.is_flowing {
            let is_shown =
                |flow: &Element| flow.get_attribute("visibility").as_deref() != Some("hidden");
            for flow in self.flows.iter().filter(|flow| is_shown(flow)) {
                set(flow, "visibility", "hidden");
            }
            return;
        }
        if self.flows.is_empty() {
            for i in 0..count {
                let Some(flow) = create(&self.root, "line") else { return };
                let (from, to) = geometry::chord(i / scene.nodes, i % scene.nodes, scene.nodes);
                set(&flow, "class", "flow");
                for (name, value) in [("x1", from.x), ("y1", from.y), ("x2", to.x), ("y2", to.y)] {
                    set(&flow, name, &format!("{value:.1}"));
                }
                self.flows.push(flow);
            }
        }
        for (flow, rate) in self.flows.iter().zip(&self.rates) {
            let width = (1.0 + rate / 2.0).ln() * 1.6;
            set(flow, "stroke-width", &format!("{:.2}", width.min(7.0)));
            set(flow, "visibility", if width < 0.15 { "hidden" } else { "visible" });
        }
    }
}
