//! `ennead bench`: how fast this program is on this machine.

use crate::base::{Ratio, Span};
use crate::sim::{self, Options};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

/// How often each measurement is made; the median is told, since machines are noisy.
const RUNS: usize = 5;

/// What `ennead bench` is asked.
#[derive(Debug, Args)]
pub struct Bench {
    /// Minutes of the simulated world, on its own clock
    #[arg(long, value_name = "M", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: u64,
    /// Prints JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// Runs the benchmarks: success unless a world failed.
///
/// # Errors
/// If the standard output cannot be written.
pub fn run(arguments: &Bench) -> std::io::Result<ExitCode> {
    let calm = Options { operations: 100, ..Options::gentle(5) };
    let rough = Options {
        loss: Ratio::new(1, 100),
        crash_every: Some(Span::from_secs(30)),
        pause_every: Some(Span::from_secs(30)),
        partition_every: Some(Span::from_secs(60)),
        ..calm
    };
    let mut out = std::io::stdout();
    for (name, options) in [("calm", calm), ("faults", rough)] {
        let mut speeds = Vec::with_capacity(RUNS);
        let mut events = 0;
        for seed in 1..=RUNS as u64 {
            let began = Instant::now();
            let report = sim::run(seed, options, Span::from_secs(60 * arguments.minutes), |_| {});
            let took = began.elapsed().as_secs_f64();
            if let [violation, ..] = &report.violations[..] {
                eprintln!("error: seed {seed}: {violation}");
                return Ok(ExitCode::FAILURE);
            }
            #[allow(clippy::cast_precision_loss)] // for people
            speeds.push(report.lasted.as_millis() as f64 / 1_000.0 / took);
            events += report.events;
        }
        speeds.sort_by(f64::total_cmp);
        let (median, least, most) = (speeds[RUNS / 2], speeds[0], speeds[RUNS - 1]);
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
    Ok(ExitCode::SUCCESS)
}
