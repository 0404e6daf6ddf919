//! The program `ennead-mistakes`: how many worlds it takes until each planted mistake is found.
//!
//! It is no part of the server and never built together with it: `cargo xtask mistakes` runs it.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a tool of the host")]

use clap::Parser;
use ennead::base::{Mistake, Span};
use ennead::sim::{self, Options};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Plants mistakes, one at a time, and tells how many worlds it takes until each is found
#[derive(Debug, Parser)]
#[command(name = "ennead-mistakes")]
struct Arguments {
    /// Worlds that are tried at most, by their seeds from 0; without any mistake so many must hold
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    seeds: u64,
    /// Seconds of each world with faults, on its own clock
    #[arg(long, default_value_t = 60, value_name = "S",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Worlds without any mistake that must hold; as many as are tried at most, unless given
    #[arg(long, value_name = "N")]
    sound: Option<u64>,
    /// Only these mistakes, by name
    #[arg(value_parser = mistake, value_name = "MISTAKE")]
    only: Vec<Mistake>,
    /// Prints JSON, one object a line
    #[arg(long)]
    json: bool,
}

fn mistake(text: &str) -> Result<Mistake, String> {
    let found = Mistake::ALL.iter().find(|mistake| mistake.name() == text);
    let names = || Mistake::ALL.iter().map(|mistake| mistake.name()).collect::<Vec<_>>().join(", ");
    found.copied().ok_or_else(|| format!("got {text:?}, expected one of: {}", names()))
}

/// What was found first.
struct Found {
    seed: u64,
    said: String,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all is as it should be: each mistake found, and nothing found without one.
fn run(arguments: &Arguments) -> std::io::Result<bool> {
    let mut out = std::io::stdout();
    if !arguments.json {
        writeln!(out, "{:<26} {:>5} {:>8}  {}", "mistake", "seeds", "time", "what was said")?;
    }
    let all = Mistake::ALL.iter().copied();
    let chosen = all.filter(|one| arguments.only.is_empty() || arguments.only.contains(one));
    // Without any last: it takes longest.
    let mut is_well = true;
    for planted in chosen.map(Some).chain([None]) {
        let began = Instant::now();
        let most = match planted {
            Some(_) => arguments.seeds,
            None => arguments.sound.unwrap_or(arguments.seeds),
        };
        let found = first(planted, most, arguments.seconds);
        let seconds = began.elapsed().as_secs_f64();
        is_well &= found.is_some() == planted.is_some();
        let seeds = found.as_ref().map_or(most, |found| found.seed + 1);
        if arguments.json {
            let object = json!({
                "mistake": planted.map(Mistake::name), "sentence": planted.map(Mistake::sentence),
                "seeds": seeds, "is_found": found.is_some(), "seconds": seconds,
                "seed": found.as_ref().map(|found| found.seed),
                "said": found.as_ref().map(|found| &found.said),
            });
            writeln!(out, "{object}")?;
        } else {
            let name = planted.map_or("none", Mistake::name);
            let said = found.map_or_else(|| "nothing".into(), |found| found.said);
            writeln!(out, "{name:<26} {seeds:>5} {seconds:>6.1} s  {said}")?;
        }
    }
    Ok(is_well)
}

/// The lowest seed below `most` whose world fails. The same whatever the number of cores.
fn first(planted: Option<Mistake>, most: u64, seconds: u64) -> Option<Found> {
    let bar = ProgressBar::new(most); // hidden by itself where nobody sees it
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos} of at most {len} worlds");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(planted.map_or("none", Mistake::name));
    let next = AtomicU64::new(0);
    let found: Mutex<Option<Found>> = Mutex::new(None);
    let lock = || found.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        Mistake::plant(planted);
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            // A lower seed that is still running may fail too: of those that fail the least counts.
            if seed >= most || lock().as_ref().is_some_and(|found| found.seed < seed) {
                return;
            }
            let options = Options::swarm(seed);
            let report = sim::run(seed, options, Span::from_secs(seconds), |_| {});
            bar.inc(1);
            let mut found = lock();
            let is_first = found.as_ref().is_none_or(|found| seed < found.seed);
            if let Some(said) = report.violations.first().filter(|_| is_first) {
                *found = Some(Found { seed, said: said.to_string() });
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    lock().take()
}
