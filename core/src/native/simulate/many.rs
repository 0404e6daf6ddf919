//! Many worlds at once, on all cores.

use super::{Simulate, address, progress, tell, verdict};
use crate::sim::{self, Options, Report};
use indicatif::ProgressBar;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{Result, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What came of many worlds.
#[derive(Debug, Default)]
struct Sum {
    worlds: u64,
    /// Milliseconds on their own clocks.
    simulated: u64,
    events: u64,
    messages: u64,
    /// Events a second, world by world.
    speeds: Vec<u64>,
    /// How many worlds had what.
    drawn: BTreeMap<&'static str, u64>,
    /// Those that failed, by seed.
    failed: BTreeMap<u64, Report>,
    took: Duration,
}

impl Sum {
    fn add(&mut self, report: Report, took: Duration) {
        self.worlds += 1;
        self.simulated += report.lasted.as_millis();
        self.events += report.events;
        self.messages += report.messages;
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        self.speeds.push(report.events.saturating_mul(1_000_000) / micros);
        for (what, is_there) in features(&report.options) {
            *self.drawn.entry(what).or_default() += u64::from(is_there);
        }
        if !report.violations.is_empty() {
            self.failed.insert(report.seed, report);
        }
    }

    /// So much in so much time.
    fn per(&self, count: u64, time: Duration) -> f64 {
        #[allow(clippy::cast_precision_loss)] // for people
        let count = count as f64;
        count * time.as_secs_f64() / self.took.as_secs_f64().max(0.001)
    }

    fn tell(&mut self, arguments: &Simulate, first: u64, out: &mut impl Write) -> Result<()> {
        self.speeds.sort_unstable();
        let worst = self.speeds.first().copied().unwrap_or(0);
        let median = self.speeds.get(self.speeds.len() / 2).copied().unwrap_or(0);
        let minutes_per_second = self.per(self.simulated, Duration::from_secs(1)) / 60_000.0;
        let seeds_per_hour = self.per(self.worlds, Duration::from_secs(3_600));
        let Self { worlds, simulated, events, messages, drawn, failed, took, .. } = self;
        if arguments.json {
            let failed: Vec<_> = failed.values().map(|r| super::object(arguments, r)).collect();
            let object = json!({
                "first": first, "worlds": worlds, "minutes": arguments.minutes(),
                "simulated_ms": simulated, "events": events, "messages": messages, "drawn": drawn,
                "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                "simulated_minutes_per_second": minutes_per_second,
                "seeds_per_hour": seeds_per_hour,
                "events_per_second": {"worst": worst, "median": median}, "failed": failed,
            });
            return writeln!(out, "{object}");
        }
        let minutes = arguments.minutes();
        writeln!(
            out,
            "worlds       {worlds} from seed {first} on, {minutes} minutes each and healing"
        )?;
        let drawn: Vec<String> = drawn.iter().map(|(what, in_)| format!("{what} {in_}")).collect();
        writeln!(out, "drawn        {}", drawn.join(", "))?;
        let hours = *simulated / 3_600_000;
        writeln!(
            out,
            "happened     {events} events, {messages} messages in {hours} h of their time"
        )?;
        writeln!(
            out,
            "took         {:.1} s: {minutes_per_second:.1} simulated minutes a second, \
             {seeds_per_hour:.0} seeds an hour",
            took.as_secs_f64()
        )?;
        writeln!(
            out,
            "speed        {worst} events a second in the slowest world, {median} in the median"
        )?;
        match failed.len() {
            0 => writeln!(out, "verdict      all {worlds} worlds hold"),
            count => writeln!(out, "verdict      {count} of {worlds} worlds fail"),
        }
    }
}

/// What a world may have or lack.
fn features(options: &Options) -> [(&'static str, bool); 12] {
    let weather = &options.weather;
    [
        ("losses", options.loss.times > 0),
        ("duplicates", options.duplication.times > 0),
        ("reordering", options.reordering.times > 0),
        ("skew", options.skew.as_micros() > 0),
        ("strong reads", options.is_strong()),
        ("crashes", weather.crashes.every.is_some()),
        ("pauses", weather.pauses.every.is_some()),
        ("partitions", weather.partitions.every.is_some()),
        ("clogged links", weather.clogs.every.is_some()),
        ("slow disks", weather.slow_disks.every.is_some()),
        ("failing syncs", weather.failing_syncs.every.is_some()),
        ("clock jumps", weather.jumps.is_some()),
    ]
}

/// Runs worlds on all cores: `next` gives seeds until there is none, `bar` is told of each that is done.
fn run(
    arguments: &Simulate,
    next: impl Fn(&Sum) -> Option<u64> + Sync,
    tick: impl Fn(&Sum) + Sync,
) -> Sum {
    let began = Instant::now();
    let sum = Mutex::new(Sum::default());
    let lock = || sum.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        loop {
            let Some(seed) = next(&lock()) else { return };
            let began = Instant::now();
            let world = || sim::run(seed, arguments.options(seed), arguments.span(), |_| {});
            let report = catch_unwind(AssertUnwindSafe(world)).unwrap_or_else(|panic| {
                eprintln!("error: a world panicked; again: {}", arguments.command(seed));
                resume_unwind(panic)
            });
            let mut sum = lock();
            sum.add(report, began.elapsed());
            tick(&sum);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let mut sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum.took = began.elapsed();
    sum
}

/// The worlds of some seeds, until one fails.
pub(super) fn until_one_fails(arguments: &Simulate, first: u64, end: u64) -> Result<ExitCode> {
    let bar = progress(end - first, "{wide_bar} {pos} of {len} seeds, {per_sec}, {eta} left");
    let seeds = AtomicU64::new(first);
    let next = |sum: &Sum| {
        let seed = seeds.fetch_add(1, Ordering::Relaxed);
        // A lower seed that is still running may fail too; of those that fail the least is told.
        let is_enough = sum.failed.first_key_value().is_some_and(|(&failed, _)| failed < seed);
        (seed < end && !is_enough).then_some(seed)
    };
    let mut sum = run(arguments, next, |_| bar.inc(1));
    bar.finish_and_clear();
    let mut out = std::io::stdout();
    if let Some((_, report)) = sum.failed.first_key_value() {
        if !arguments.json {
            writeln!(out, "seed         {}\n{}", report.seed, report.options)?;
        }
        tell(arguments, report, &mut out)?;
    }
    sum.tell(arguments, first, &mut out)?;
    Ok(verdict(sum.failed.is_empty()))
}

/// World after world, whichever fail, until time is up.
pub(super) fn soak(arguments: &Simulate, first: u64, time: Duration) -> Result<ExitCode> {
    let began = Instant::now();
    let bar: ProgressBar = progress(time.as_secs(), "{wide_bar} {pos} of {len} s, {msg}");
    let seeds = AtomicU64::new(first);
    let next = |_: &Sum| (began.elapsed() < time).then(|| seeds.fetch_add(1, Ordering::Relaxed));
    let mut sum = run(arguments, next, |sum| {
        bar.set_position(began.elapsed().as_secs().min(time.as_secs()));
        bar.set_message(format!("{} worlds, {} fail", sum.worlds, sum.failed.len()));
    });
    bar.finish_and_clear();
    let mut out = std::io::stdout();
    if !arguments.json {
        for report in sum.failed.values() {
            let first = report.violations.first().map(ToString::to_string).unwrap_or_default();
            writeln!(out, "violation    {first}\nagain        {}", arguments.command(report.seed))?;
            writeln!(out, "see it       {}", address(&report.link))?;
        }
    }
    sum.tell(arguments, first, &mut out)?;
    Ok(verdict(sum.failed.is_empty()))
}
