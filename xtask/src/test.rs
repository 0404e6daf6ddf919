//! Every test of the repository, in stages: what fails fast comes first.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::shell::{self, Error, Result, say, seconds};
use crate::wasm::Toolchain;
use crate::{npm, place, site, tidy, tools, wasm};

/// A stage's name, what it shows, how long it takes at most on a fresh machine with two cores, and what does it.
type Stage = (&'static str, &'static str, &'static str, fn() -> Result<()>);

const STAGES: [Stage; 9] = [
    ("fmt", "the code is formatted", "seconds", fmt),
    ("clippy", "no warning of the compiler or of clippy", "3 minutes", clippy),
    ("tidy", "layers, sizes, banned things", "half a minute", tidy_stage),
    ("native", "the core's and the page's own tests, and examples", "6 minutes", native),
    ("no-std", "the core builds without an operating system", "2 minutes", wasm::build_bare),
    ("site", "the page builds", "8 minutes", build_site),
    ("npm", "the npm package builds and works in Node.js", "1 minute", npm_stage),
    ("system", "whole systems: simulation, processes over TCP, browser", "4 minutes", system),
    ("web", "the core and the JavaScript API in a headless browser", "3 minutes", web),
];

/// The stages' names in their order.
pub(crate) fn stage_names() -> String {
    STAGES.map(|(name, ..)| name).join(", ")
}

/// Runs the stages named, or all; goes on after a failure, and fails at the end if any failed.
pub(crate) fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| STAGES.iter().all(|stage| stage.0 != **name)) {
        return Err(Error::usage(format!(
            "unknown stage `{unknown}`, expected one of: {}",
            stage_names()
        )));
    }
    let chosen = |stage: &&Stage| names.is_empty() || names.iter().any(|name| name == stage.0);
    let mut results: Vec<(&str, Duration, Result<()>)> = Vec::new();
    for (name, purpose, cold, stage) in STAGES.iter().filter(chosen) {
        eprintln!();
        say(format_args!("=== {name}: {purpose} (on a fresh machine about {cold})"));
        let start = Instant::now();
        let result = stage();
        if let Err(error) = &result {
            say(format_args!("FAILED {name}: {error}"));
        }
        results.push((name, start.elapsed(), result));
    }
    summary(&results)
}

fn summary(results: &[(&str, Duration, Result<()>)]) -> Result<()> {
    println!();
    let mut failed = Vec::new();
    let mut total = Duration::ZERO;
    for (name, time, result) in results {
        total += *time;
        let outcome = if result.is_ok() { "ok" } else { "FAILED" };
        println!("{name:<8} {outcome:<6} {:>12}", seconds(*time));
        if let Err(error) = result {
            println!("         {error}");
            failed.push(*name);
        }
    }
    let count = results.len();
    println!("{count} stages in {}, {} failed", seconds(total), failed.len());
    match failed.first() {
        None => Ok(()),
        Some(first) => Err(Error::new(format!(
            "failed: {}; `cargo xtask test {first}` runs one stage again",
            failed.join(", ")
        ))),
    }
}

/// Fails with what to install if a part of the Rust toolchain is missing.
fn needs(program: &str, component: &str) -> Result<()> {
    if shell::succeeds(place::cargo().args([program, "--version"])) {
        return Ok(());
    }
    Err(Error::new(format!(
        "`cargo {program}` does not work here: install it by `rustup component add {component}`"
    )))
}

fn fmt() -> Result<()> {
    needs("fmt", "rustfmt")?;
    shell::run(place::cargo().args(["fmt", "--all", "--", "--check"]))
        .map_err(|error| Error::new(format!("{error}; `cargo fmt --all` mends it")))
}

fn clippy() -> Result<()> {
    needs("clippy", "clippy")?;
    let strict = ["--", "-D", "warnings"];
    shell::run(place::cargo().args(["clippy", "--workspace", "--all-targets"]).args(strict))?;
    match wasm::toolchain()? {
        Toolchain::Host => shell::run(
            place::cargo()
                .args(["clippy", "-p", "ennead-web", "--all-targets", "--target", wasm::TARGET])
                .args(strict),
        ),
        Toolchain::Debian(_) => {
            say(
                "Debian's compiler has no clippy: code only for wasm is compiled in the stage `web`, not linted",
            );
            Ok(())
        }
    }
}

fn tidy_stage() -> Result<()> {
    tidy::run()?;
    shell::run(place::cargo().args(["test", "-p", "xtask"]))
}

fn native() -> Result<()> {
    shell::run(place::cargo().args(["test", "-p", "ennead"]))?;
    // What of the page needs no browser; for wasm these tests would not run.
    shell::run(place::cargo().args(["test", "-p", "ennead-web", "--lib", "--bins"]))?;
    let check = ["check", "-p", "ennead", "--no-default-features"];
    shell::run(place::cargo().args(check))?;
    shell::run(place::cargo().args(check).args(["--features", "std"]))
}

fn build_site() -> Result<()> {
    site::build().map(drop)
}

fn npm_stage() -> Result<()> {
    npm::build()?;
    npm::test()
}

fn system() -> Result<()> {
    let site = site::build()?;
    npm::build()?;
    shell::run(place::cargo().args(["build", "-p", "ennead", "-p", "ennead-tests"]))?;
    let program: PathBuf = place::target().join("debug/ennead");
    shell::run(
        place::cargo()
            .args(["test", "-p", "ennead-tests", "--no-fail-fast"])
            .env("ENNEAD_SITE", site)
            .env("ENNEAD_BIN", program)
            .env("ENNEAD_CHROMIUM", tools::chromium()?)
            .env("ENNEAD_CHROMEDRIVER", tools::chromedriver()?)
            .env("ENNEAD_REDIS_CLI", tools::redis_cli()?),
    )
}

fn web() -> Result<()> {
    tools::chromium()?;
    let toolchain = wasm::toolchain()?;
    shell::run(
        toolchain
            .cargo()
            .args(["test", "-p", "ennead-web", "--target", wasm::TARGET])
            .args(["--test", "*"])
            .env(tools::RUNNER_VARIABLE, tools::wasm_bindgen()?.join("wasm-bindgen-test-runner"))
            .env("CHROMEDRIVER", tools::chromedriver()?),
    )
}
