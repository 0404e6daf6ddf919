//! `ennead sim`: worlds from seeds, as tests.

mod many;

use crate::base::Span;
use crate::sim::{self, Link, Options, Report, Shrunk};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::io::{IsTerminal, Result, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The page that opens links, as `ennead cluster` serves it.
const PAGE: &str = "http://127.0.0.1:8101/";
/// How long the transitions of a world that failed are shrunk.
const SHRINK_FOR: Duration = Duration::from_secs(60);
/// How many transitions are told in words.
const TOLD: usize = 60;
/// The longest link that is printed, in bytes: an argument of a program may have 128 KiB on Linux.
const LONGEST_LINK: usize = 100_000;
/// Minutes of one world, and of each of many.
const ONE: u64 = 10;
const EACH: u64 = 2;

/// What `ennead sim` is asked.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct Simulate {
    /// Runs the world of this seed
    #[arg(long, value_name = "S", group = "which")]
    seed: Option<u64>,
    /// Runs the worlds of the seeds from A up to B, B not included, until one fails
    #[arg(long, value_name = "A..B", group = "which", value_parser = seeds)]
    seeds: Option<(u64, u64)>,
    /// Runs the worlds of the seeds from A on, whichever fail, for as long as --for says
    #[arg(long, value_name = "A", group = "which", requires = "minutes_of_work")]
    soak: Option<u64>,
    /// Goes where a link leads, heals the world there, and judges
    #[arg(long, value_name = "LINK", group = "which", value_parser = link,
        conflicts_with_all = ["nodes", "minutes"])]
    link: Option<Link>,
    /// Minutes that --soak takes, on this machine's clock
    #[arg(id = "minutes_of_work", long = "for", value_name = "M", requires = "soak",
        value_parser = clap::value_parser!(u64).range(1..=100_000))]
    minutes_of_work: Option<u64>,
    /// Nodes of a world, if not 3 to 9 as its seed draws them
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    nodes: Option<u16>,
    /// Minutes, on the world's clock, with faults; healing comes after [default: 10 for one world, 2 for many]
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: Option<u64>,
    /// Prints JSON, one object a line
    #[arg(long)]
    json: bool,
}

fn seeds(text: &str) -> std::result::Result<(u64, u64), String> {
    let wrong = || format!("got {text:?}, expected two numbers as in 1..1000, the first one less");
    let (a, b) = text.split_once("..").ok_or_else(wrong)?;
    match (a.parse(), b.parse()) {
        (Ok(a), Ok(b)) if a < b => Ok((a, b)),
        _ => Err(wrong()),
    }
}

/// A link, or the address that carries it.
fn link(text: &str) -> std::result::Result<Link, sim::LinkError> {
    let behind = text.split_once("world=").map_or(text, |(_, link)| link);
    Link::parse(behind.split('&').next().unwrap_or_default())
}

/// Runs it: success if nothing was violated.
///
/// # Errors
/// If the standard output cannot be written.
pub fn run(arguments: &Simulate) -> Result<ExitCode> {
    match arguments {
        Simulate { seed: Some(seed), .. } => one(arguments, *seed),
        Simulate { link: Some(link), .. } => follow(arguments, link),
        Simulate { seeds: Some((first, end)), .. } => {
            many::until_one_fails(arguments, *first, *end)
        }
        Simulate { soak: Some(first), minutes_of_work: Some(minutes), .. } => {
            many::soak(arguments, *first, Duration::from_secs(60 * minutes))
        }
        _ => Ok(ExitCode::from(2)), // clap asks for one of them
    }
}

impl Simulate {
    fn options(&self, seed: u64) -> Options {
        self.nodes.map_or_else(|| Options::swarm(seed), |nodes| Options::from_seed(seed, nodes))
    }

    fn minutes(&self) -> u64 {
        self.minutes.unwrap_or(if self.seed.is_some() { ONE } else { EACH })
    }

    fn span(&self) -> Span {
        Span::from_secs(60 * self.minutes())
    }

    /// The command that runs the world of a seed again.
    fn command(&self, seed: u64) -> String {
        let nodes = self.nodes.map_or_else(String::new, |nodes| format!(" --nodes {nodes}"));
        format!("ennead sim --seed {seed}{nodes} --minutes {}", self.minutes())
    }
}

fn one(arguments: &Simulate, seed: u64) -> Result<ExitCode> {
    let (options, span) = (arguments.options(seed), arguments.span());
    let mut out = std::io::stdout();
    if !arguments.json {
        writeln!(out, "seed         {seed}\n{options}")?;
    }
    let bar = progress(span.as_millis() / 1_000, "{msg} {wide_bar} {pos} of {len} s");
    bar.set_message("world");
    let report = sim::run(seed, options, span, |now| bar.set_position(now.as_micros() / 1_000_000));
    bar.finish_and_clear();
    tell(arguments, &report, &mut out)?;
    Ok(verdict(report.violations.is_empty()))
}

/// Goes where a link leads.
fn follow(arguments: &Simulate, link: &Link) -> Result<ExitCode> {
    let mut out = std::io::stdout();
    if !arguments.json {
        writeln!(out, "seed         {}\n{}", link.seed, link.options)?;
        if !link.is_of_this_build() {
            writeln!(out, "made by      {}: this program may go another way", link.build)?;
        }
        tell_transitions(&link.transitions, &mut out)?;
    }
    let bar = progress(link.at.as_micros() / 1_000_000, "{msg} {wide_bar} {pos} of {len} s");
    let report = sim::follow(link, |now| bar.set_position(now.as_micros() / 1_000_000));
    bar.finish_and_clear();
    if arguments.json {
        let mut object = object(arguments, &report);
        object["minutes"] = json!(link.at.as_micros() / 60_000_000);
        object["command"] = json!(format!("ennead sim --link {}", link.to_fragment()));
        writeln!(out, "{object}")?;
    } else {
        tell_outcome(&report, &mut out)?;
        writeln!(out, "digest: {:016x}", report.digest)?;
    }
    Ok(verdict(report.violations.is_empty()))
}

fn verdict(holds: bool) -> ExitCode {
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A progress bar on standard error, if a person sees it.
pub(super) fn progress(length: u64, template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Tells of one world, and what it takes to make it fail if it did.
fn tell(arguments: &Simulate, report: &Report, out: &mut impl Write) -> Result<()> {
    let shrunk = shrunk(arguments, report);
    if arguments.json {
        let mut object = object(arguments, report);
        if let Some(Shrunk { of, left, report }) = &shrunk {
            let transitions: Vec<String> = left.iter().map(ToString::to_string).collect();
            let (link, command) = short(report).unzip();
            object["shrunk"] = json!({
                "of": of, "transitions": transitions, "link": link, "command": command,
            });
        }
        return writeln!(out, "{object}");
    }
    tell_outcome(report, out)?;
    if !report.violations.is_empty() {
        writeln!(out, "again        {}", arguments.command(report.seed))?;
        match &shrunk {
            Some(Shrunk { of, left, report }) => {
                writeln!(out, "shrunk       to {} of {of} transitions", left.len())?;
                tell_transitions(left, out)?;
                match short(report) {
                    Some((link, command)) => {
                        writeln!(out, "see these    {link}\nagain these  {command}")?;
                    }
                    None => writeln!(out, "see these    too many for a link: use the seed")?,
                }
            }
            None => writeln!(out, "shrunk       no: the list alone does not fail, only its seed")?,
        }
    }
    writeln!(out, "see it       {}", address(&report.link))?;
    writeln!(out, "digest: {:016x}", report.digest)
}

fn tell_outcome(report: &Report, out: &mut impl Write) -> Result<()> {
    let Report { events, messages, lasted, violations, .. } = report;
    writeln!(out, "happened     {events} events, {messages} messages in {lasted}")?;
    match &violations[..] {
        [] => {
            writeln!(out, "verdict      holds: nothing acknowledged was lost, all replicas agree")?;
        }
        found => {
            writeln!(out, "verdict      {} violations, the first of them:", found.len())?;
            for violation in found.iter().take(10) {
                writeln!(out, "             {violation}")?;
            }
        }
    }
    Ok(())
}

fn tell_transitions(transitions: &[sim::Logged], out: &mut impl Write) -> Result<()> {
    for logged in transitions.iter().take(TOLD) {
        writeln!(out, "             {logged}")?;
    }
    match transitions.len().saturating_sub(TOLD) {
        0 => Ok(()),
        more => writeln!(out, "             and {more} more"),
    }
}

/// What a world is in JSON.
fn object(arguments: &Simulate, report: &Report) -> Value {
    let violations: Vec<String> = report.violations.iter().map(ToString::to_string).collect();
    json!({
        "seed": report.seed, "nodes": report.options.nodes, "minutes": arguments.minutes(),
        "digest": format!("{:016x}", report.digest),
        "events": report.events, "messages": report.messages,
        "lasted_ms": report.lasted.as_millis(), "violations": violations,
        "command": arguments.command(report.seed), "link": address(&report.link),
    })
}

fn address(link: &Link) -> String {
    format!("{PAGE}#store&world={}", link.to_fragment())
}

/// The address and the command that replay a shrunk world, if an address can carry it.
fn short(report: &Report) -> Option<(String, String)> {
    let link = report.link.to_fragment();
    let command = format!("ennead sim --link {link}");
    (link.len() <= LONGEST_LINK).then(|| (address(&report.link), command))
}

/// Leaves out whatever a world fails without, for a minute at most.
fn shrunk(arguments: &Simulate, report: &Report) -> Option<Shrunk> {
    if report.violations.is_empty() {
        return None;
    }
    let bar = progress(0, "shrinking: {msg}");
    let ends = Instant::now() + SHRINK_FOR;
    let shrunk = report.shrink(arguments.span(), |left, of| {
        bar.set_message(format!("{left} of {of} transitions are left"));
        bar.tick();
        Instant::now() < ends
    });
    bar.finish_and_clear();
    shrunk
}
