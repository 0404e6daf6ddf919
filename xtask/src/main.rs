//! Everything that is done to this repository, as one program: `cargo xtask help`.
//!
//! | file | what it does |
//! | --- | --- |
//! | `shell.rs` | runs other programs and says what it runs, how long it took, and what to do when it fails |
//! | `place.rs` | the repository's folders and the cache of built tools |
//! | `apt.rs`, `tools.rs`, `wasm.rs` | finds tools and compilers, or builds and installs them once |
//! | `bindings.rs`, `site.rs`, `npm.rs` | the page and the npm package |
//! | `run.rs`, `test.rs`, `audit.rs`, `bench.rs`, `fuzz.rs`, `soak.rs`, `mistakes.rs` | the commands of the same names |
//! | `tidy.rs`, `tidy/` | the rules of this repository that no compiler checks |
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a tool of the host: it reads its surroundings, measures time and prints"
)]

mod apt;
mod audit;
mod bench;
mod bindings;
mod fuzz;
mod mistakes;
mod npm;
mod place;
mod run;
mod shell;
mod site;
mod soak;
mod test;
mod tidy;
mod tools;
mod wasm;

use std::process::ExitCode;

use shell::{Error, Result};

const HELP: &str = "\
cargo xtask run [--base-port P] [--nodes K]   build the server and the page, start K nodes on loopback (3, from 7100)
cargo xtask test [STAGE]...                   every test, or only the stages named: STAGES
cargo xtask site                              the static site, into target/site/
cargo xtask npm                               the npm package, into pkg/
cargo xtask tidy                              the rules that no compiler checks: layers, sizes, banned things
cargo xtask audit                             licences, duplicates and sources of the dependencies (cargo-deny)
cargo xtask bench [NAME] [ARGUMENT]...        measure, print the table and keep it in target/bench/: sim, ring,
                                              systems, or beside (other crates); without a name all but the last
cargo xtask fuzz [TARGET]... [--minutes M] [--jobs J] [--keep]
                                              fuzz each target, or those named, for M minutes (10) with the nightly
                                              compiler; with --keep, add the best inputs to fuzz/corpus/
cargo xtask soak --hours H | --minutes M      simulated worlds on all cores until time is up, from seeds that the commit
                                              gives; the summary is kept in target/soak/
cargo xtask mistakes [--seeds N] [--json] [MISTAKE]...   plant mistakes one at a time, and print how many simulated
                                              worlds it takes until each is found; fails if one is not within N (1000)
cargo xtask wasm-env                          print the exports for using plain cargo, wasm-pack and wasm-bindgen
cargo xtask help                              this text

What is missing is installed: the wasm target by rustup (or else from Debian's packages), wasm-bindgen and wasm-opt
into the cache ($XDG_CACHE_HOME/ennead or ~/.cache/ennead), Chromium, ChromeDriver and redis-cli by apt-get when run
as root or in CI. Variables that choose what is used instead:
  ENNEAD_WASM_TOOLCHAIN=rustup|debian   which compiler builds wasm (the first that works)
  ENNEAD_CHROMIUM, ENNEAD_CHROMEDRIVER, ENNEAD_REDIS_CLI   programs for the tests
  CARGO_TARGET_DIR                      stands for target/ everywhere above
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    match dispatch(command, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Result<()> {
    match command {
        "run" => run::run(rest),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "fuzz" => fuzz::run(rest),
        "soak" => soak::run(rest),
        "mistakes" => mistakes::run(rest),
        "site" => no_arguments(command, rest).and_then(|()| site::build().map(drop)),
        "npm" => no_arguments(command, rest).and_then(|()| npm::build()),
        "tidy" => no_arguments(command, rest).and_then(|()| tidy::run()),
        "audit" => no_arguments(command, rest).and_then(|()| audit::run()),
        "wasm-env" => no_arguments(command, rest).and_then(|()| wasm::print_env()),
        "help" | "--help" | "-h" => {
            print!("{}", HELP.replace("STAGES", &test::stage_names()));
            Ok(())
        }
        other => {
            Err(Error::usage(format!("unknown command `{other}`: `cargo xtask help` lists them")))
        }
    }
}

fn no_arguments(command: &str, rest: &[String]) -> Result<()> {
    match rest.first() {
        None => Ok(()),
        Some(extra) => {
            Err(Error::usage(format!("`cargo xtask {command}` takes no arguments, got `{extra}`")))
        }
    }
}
