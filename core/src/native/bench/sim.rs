//! The speed of simulated worlds.

use super::{Bench, RUNS, least_median_most};
use crate::base::{Ratio, Span};
use crate::sim::{self, Between, Options, Spell, Weather};
use serde_json::json;
use std::io::Write;
use std::time::Instant;

/// Whether every world kept its promises.
pub(super) fn run(arguments: &Bench, out: &mut impl Write) -> std::io::Result<bool> {
    let calm = Options { operations: 100, ..Options::gentle(5) };
    let half = Span::from_secs(30);
    let rough = Options {
        loss: Ratio::new(1, 100),
        weather: Weather {
            crashes: Spell { every: Some(half), lasts: Between::millis(1_000, 5_000) },
            pauses: Spell { every: Some(half), lasts: Between::millis(500, 3_000) },
            partitions: Spell { every: Some(half * 2), lasts: Between::millis(1_000, 10_000) },
            ..Weather::CALM
        },
        ..calm
    };
    for (name, options) in [("calm", calm), ("faults", rough)] {
        let mut speeds = Vec::with_capacity(RUNS);
        let mut events = 0;
        for seed in 1..=RUNS as u64 {
            let began = Instant::now();
            let report = sim::run(seed, options, Span::from_secs(60 * arguments.minutes), |_| {});
            let took = began.elapsed().as_secs_f64();
            if let [violation, ..] = &report.violations[..] {
                eprintln!("error: seed {seed}: {violation}");
                return Ok(false);
            }
            #[allow(clippy::cast_precision_loss)] // for people
            speeds.push(report.lasted.as_millis() as f64 / 1_000.0 / took);
            events += report.events;
        }
        let (least, median, most) = least_median_most(speeds);
        if arguments.json {
            let speed = json!({"median": median, "least": least, "most": most});
            let object = json!({"bench": "sim", "world": name, "nodes": options.nodes,
                "operations_a_second": options.operations, "events": events,
                "times_real_time": speed});
            writeln!(out, "{object}")?;
        } else {
            writeln!(
                out,
                "sim, {name:<6}  {} nodes, {} operations a second: {median:.0} times real time, \
                 {:.1} minutes a second ({least:.0} to {most:.0} in {RUNS} runs)",
                options.nodes,
                options.operations,
                median / 60.0
            )?;
        }
    }
    Ok(true)
}
