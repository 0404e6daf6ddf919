//! `ennead bench`: how fast and how good this program is on this machine, one file a system.

mod chat;
mod detection;
mod notices;
mod ring;
mod sim;
mod systems;

use clap::{Args, ValueEnum};
use std::io::Write;
use std::process::ExitCode;

/// How often each measurement is made; the median is told, since machines are noisy.
const RUNS: usize = 5;

/// What `ennead bench` is asked.
#[derive(Debug, Args)]
pub struct Bench {
    /// What to measure [default: everything]
    #[arg(value_name = "NAME")]
    what: Vec<System>,
    /// Minutes of the simulated world, on its own clock
    #[arg(long, value_name = "M", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: u64,
    /// Clients that load the nodes of `systems`
    #[arg(long, value_name = "C", default_value_t = 32,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1_024))]
    clients: usize,
    /// Seconds that each request of `systems` is asked for
    #[arg(long, value_name = "S", default_value_t = 5,
        value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Prints JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum System {
    /// The speed of simulated worlds.
    Sim,
    /// How evenly the hash ring spreads, what it moves, and how fast it looks up.
    Ring,
    /// Gossip beside all-to-all heartbeats: messages, time to notice, false alarms.
    Detection,
    /// Every system on one node and on three: rate, p50, p99.
    Systems,
}

/// Runs the benchmarks: success unless one failed.
///
/// # Errors
/// If the standard output cannot be written.
pub fn run(arguments: &Bench) -> std::io::Result<ExitCode> {
    let all = System::value_variants();
    let chosen = if arguments.what.is_empty() { all } else { &arguments.what };
    let mut out = std::io::stdout();
    for system in chosen {
        let succeeded = match system {
            System::Sim => sim::run(arguments, &mut out)?,
            System::Ring => ring::run(arguments, &mut out)?,
            System::Detection => detection::run(arguments, &mut out)?,
            System::Systems => systems::run(arguments, &mut out)?,
        };
        if !succeeded {
            return Ok(ExitCode::FAILURE);
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The least, the median and the greatest of some figures.
fn least_median_most(mut figures: Vec<f64>) -> (f64, f64, f64) {
    figures.sort_by(f64::total_cmp);
    let at = |i: usize| figures.get(i).copied().unwrap_or_default();
    (at(0), at(figures.len() / 2), at(figures.len().saturating_sub(1)))
}
