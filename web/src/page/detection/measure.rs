//! What the charts show, measured in the page by the code that runs on its stage: a little in every frame.

use super::action::{LOSSES, Plan};
use super::run::{SCHEMES, setting};
use crate::page::clock;
use ennead::base::{Instant, Ratio, Span};
use ennead::sim::detection::{Counted, Detection, Scheme, Setting};

/// Among so many servers messages are counted.
pub(crate) const AMONG: [u16; 5] = [3, 8, 16, 24, 32];
/// For how long, and for how long mistakes are.
const COSTS: Span = Span::from_secs(4);
const MISTAKES: Span = Span::from_secs(300);
/// What is not counted at first.
const BEFORE: Span = Span::from_secs(10);
/// Between two looks at the clock.
const STEP: Span = Span::from_millis(200);

/// What was measured so far; none where nothing was yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Messages a second in all, for each of [`AMONG`], by gossip and all to all.
    pub(crate) messages: Vec<[Option<u64>; 2]>,
    /// How often an hour a server that ran was held down, for each of [`LOSSES`]: by gossip and all to all with
    /// a fixed tolerance, then both with one that adapts.
    pub(crate) alarms: Vec<[Option<u64>; 4]>,
    /// How many of how many measurements are made.
    pub(crate) made: (usize, usize),
}

/// One measurement: which, and of what.
#[derive(Clone, Copy, Debug)]
struct Job {
    is_alarms: bool,
    row: usize,
    column: usize,
    setting: Setting,
}

/// The measurements under way.
#[derive(Default)]
pub(crate) struct Measure {
    /// For how many servers and which fan-out.
    of: Option<(u16, u8)>,
    jobs: Vec<Job>,
    current: Option<(Detection, Option<Counted>)>,
    measured: Measured,
}

fn jobs(plan: &Plan) -> Vec<Job> {
    let quiet = Plan { loss: 0, done: Vec::new(), ..plan.clone() };
    let of = |scheme: Scheme, servers: u16, loss: u8, adapts: bool| {
        let mut setting = setting(&Plan { servers, adapts, ..quiet.clone() }, scheme);
        setting.loss = Ratio::new(u32::from(loss), 100);
        setting
    };
    let mut jobs = Vec::new();
    for (row, &servers) in AMONG.iter().enumerate() {
        for (column, scheme) in SCHEMES.into_iter().enumerate() {
            let setting = of(scheme, servers, 0, true);
            jobs.push(Job { is_alarms: false, row, column, setting });
        }
    }
    for (row, &loss) in LOSSES.iter().enumerate() {
        for column in 0..4 {
            let setting = of(SCHEMES[column % 2], plan.servers, loss, column >= 2);
            jobs.push(Job { is_alarms: true, row, column, setting });
        }
    }
    jobs
}

impl Measure {
    /// What was measured so far.
    pub(crate) const fn measured(&self) -> &Measured {
        &self.measured
    }

    /// Begins anew if other servers are to be measured.
    pub(crate) fn turn_to(&mut self, plan: &Plan) {
        let of = (plan.servers, plan.fan_out);
        if self.of == Some(of) {
            return;
        }
        let mut jobs = jobs(plan);
        let made = (0, jobs.len());
        jobs.reverse();
        let measured = Measured {
            messages: vec![[None; 2]; AMONG.len()],
            alarms: vec![[None; 4]; LOSSES.len()],
            made,
        };
        *self = Self { of: Some(of), jobs, current: None, measured };
    }

    /// Goes on until a moment of the browser's clock, or until all is measured. Whether a figure is new.
    pub(crate) fn go_on(&mut self, until: f64) -> bool {
        let before = self.measured.made.0;
        while clock::milliseconds() < until && self.step() {}
        self.measured.made.0 != before
    }

    /// One small step; whether there was one to take.
    fn step(&mut self) -> bool {
        let Some(&Job { is_alarms, row, column, setting }) = self.jobs.last() else { return false };
        let (servers, begun) =
            self.current.get_or_insert_with(|| (Detection::new(1, setting), None));
        servers.run_until(servers.now() + STEP);
        if begun.is_none() && servers.now() >= Instant::ZERO + BEFORE {
            *begun = Some(*servers.counted());
        }
        let span = if is_alarms { MISTAKES } else { COSTS };
        let Some(before) = begun.filter(|_| servers.now() >= Instant::ZERO + BEFORE + span) else {
            return true;
        };
        let (now, micros) = (servers.counted(), span.as_micros());
        if is_alarms {
            let an_hour = (now.alarms - before.alarms) * 3_600_000_000 / micros;
            self.measured.alarms[row][column] = Some(an_hour);
        } else {
            let a_second = (now.messages - before.messages) * 1_000_000 / micros;
            self.measured.messages[row][column] = Some(a_second);
        }
        self.measured.made.0 += 1;
        self.current = None;
        self.jobs.pop();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::Fields;
    use super::*;

    #[test]
    fn r6_8_all_that_the_charts_show_is_measured() {
        let mut plan = Fields::first().plan;
        plan.servers = 3;
        let mut measure = Measure::default();
        measure.turn_to(&plan);
        while measure.step() {}
        let Measured { messages, alarms, made } = measure.measured();
        assert_eq!((made.0, messages.len(), alarms.len()), (made.1, AMONG.len(), LOSSES.len()));
        assert_eq!(messages[0], [Some(30), Some(30)]);
        assert_eq!(messages[4], [Some(320), Some(4_960)]);
        assert_eq!(alarms[0], [Some(0); 4]);
        assert!(alarms.iter().flatten().all(Option::is_some));
        measure.turn_to(&Plan { servers: 5, ..plan });
        assert_eq!(measure.measured().made.0, 0);
    }
}
