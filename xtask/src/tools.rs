//! Programs that are found, or else built or installed once.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Error, Result, say};
use crate::{apt, place};

/// Tells cargo what runs wasm tests.
pub(crate) const RUNNER_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";
const BINARYEN: &str = "132.0.0";
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";

/// The folder that holds `wasm-bindgen` and `wasm-bindgen-test-runner` of the version in
/// `Cargo.lock`; another version would refuse our wasm.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = place::locked_version("wasm-bindgen")?;
    if let Some(folder) = on_path("wasm-bindgen", &version)
        && folder.join("wasm-bindgen-test-runner").is_file()
    {
        return Ok(folder);
    }
    cargo_install("wasm-bindgen", "wasm-bindgen-cli", &version, "3 minutes")
}

/// The program `cargo-deny`.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let folder = cargo_install("cargo-deny", "cargo-deny", CARGO_DENY, "6 minutes")?;
    Ok(folder.join("cargo-deny"))
}

/// The program `cargo-fuzz`.
pub(crate) fn cargo_fuzz() -> Result<PathBuf> {
    let folder = match on_path("cargo-fuzz", CARGO_FUZZ) {
        Some(folder) => folder,
        None => cargo_install("cargo-fuzz", "cargo-fuzz", CARGO_FUZZ, "2 minutes")?,
    };
    Ok(folder.join("cargo-fuzz"))
}

/// The folder on `PATH` whose `program` says that it is of this version.
fn on_path(program: &str, version: &str) -> Option<PathBuf> {
    let found = shell::find(program)?;
    let text = shell::output(Command::new(&found).arg("--version")).ok()?;
    let same = text.split_whitespace().any(|word| word == version);
    same.then(|| found.parent().map(Path::to_path_buf)).flatten()
}

/// Builds a package's programs into the cache and gives their folder. Without `--locked`: the
/// versions that a package was locked to may be gone from a registry's mirror.
fn cargo_install(name: &str, package: &str, version: &str, expected: &str) -> Result<PathBuf> {
    let folder = place::cached(&format!("{name}-{version}"), |folder, _| {
        say(format_args!("building {package} {version} (about {expected}, once)"));
        let build = folder.join("build");
        shell::run(
            place::cargo()
                .args(["install", "--quiet", package, "--version", version, "--root"])
                .arg(folder)
                .arg("--target-dir")
                .arg(&build)
                .env_remove("RUSTFLAGS"),
        )?;
        shell::remove_folder(&build)
    })?;
    Ok(folder.join("bin"))
}

/// A command that runs `wasm-opt`, or `None` where there is no npm to bring it. Debian's own is too old for
/// what today's rustc emits.
pub(crate) fn wasm_opt() -> Result<Option<Command>> {
    let (Some(node), Some(npm)) = (shell::find("node"), shell::find("npm")) else {
        return Ok(None);
    };
    let folder = place::cached(&format!("binaryen-{BINARYEN}"), |folder, _| {
        say(format_args!("installing binaryen {BINARYEN} for wasm-opt (half a minute, once)"));
        let mut command = Command::new(npm);
        command
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"])
            .args(["--loglevel=error", "--prefix"])
            .arg(folder)
            .arg(format!("binaryen@{BINARYEN}"))
            .current_dir(folder)
            .stdout(std::io::stderr());
        shell::run(&mut command)
    })?;
    let mut command = Command::new(node);
    command.arg(folder.join("node_modules/binaryen/bin/wasm-opt"));
    Ok(Some(command))
}

/// The version of `wasm-opt`, for deciding whether built files are still good.
pub(crate) fn wasm_opt_version() -> &'static str {
    BINARYEN
}

/// Chromium or Chrome.
pub(crate) fn chromium() -> Result<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    program("ENNEAD_CHROMIUM", &names, &["chromium", "chromium-driver"])
}

/// The driver of the same browser.
pub(crate) fn chromedriver() -> Result<PathBuf> {
    program("ENNEAD_CHROMEDRIVER", &["chromedriver"], &["chromium", "chromium-driver"])
}

/// Redis's own command line.
pub(crate) fn redis_cli() -> Result<PathBuf> {
    program("ENNEAD_REDIS_CLI", &["redis-cli"], &["redis-tools"])
}

/// A program by a variable, by `PATH`, or by Debian's packages.
fn program(variable: &str, names: &[&str], packages: &[&str]) -> Result<PathBuf> {
    if let Ok(chosen) = env::var(variable) {
        return shell::find(&chosen).ok_or_else(|| {
            Error::new(format!(
                "{variable} is `{chosen}`, which is no program: correct or unset it"
            ))
        });
    }
    let look = || names.iter().find_map(|name| shell::find(name));
    if let Some(found) = look() {
        return Ok(found);
    }
    apt::install(packages, names[0])?;
    look().ok_or_else(|| {
        Error::new(format!(
            "{} is installed, but {} is not on PATH: set {variable}",
            packages.join(" "),
            names[0]
        ))
    })
}
