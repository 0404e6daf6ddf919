//! From a compiled wasm file to files that a page can load: wasm-bindgen, then wasm-opt.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::shell::{self, Error, Result, say};
use crate::{place, tools, wasm};

/// What today's rustc emits for wasm32. Named, because wasm-bindgen may leave the list of features
/// out of the file, and wasm-opt would refuse what it does not expect.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How release is changed for the web, where bytes are waited for: code in one piece and small. Measured on
/// the playground, compressed by brotli: 423 kB with the core at `s` and the rest at `z`, 399 kB so; a second of
/// the simulated world takes 0.8 ms either way, more than 1,000 times as fast as the clock.
const PROFILE: [&str; 3] = [
    "profile.release.lto='fat'",
    "profile.release.codegen-units=1",
    "profile.release.opt-level='z'",
];

/// What this process has compiled.
static COMPILED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Compiles a target of `ennead-web` (`--lib`, or `--bin` and its name) in release and gives the file. A
/// process compiles each only once: the page and the package want the library with other features under
/// the same name, so cargo would compile it anew for minutes each time they take turns.
pub(crate) fn compile(which: &[&str], file: &str) -> Result<PathBuf> {
    let toolchain = wasm::toolchain()?;
    let path = toolchain.target_dir().join(wasm::TARGET).join("release").join(file);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if path.is_file() && compiled.contains(&path) {
        return Ok(path);
    }
    shell::run(
        toolchain
            .cargo()
            .args(["build", "--release", "-p", "ennead-web", "--target", wasm::TARGET])
            .args(which)
            .args(PROFILE.iter().flat_map(|setting| ["--config", setting])),
    )?;
    if path.is_file() {
        compiled.insert(path.clone());
        Ok(path)
    } else {
        Err(Error::new(format!(
            "ennead-web built without error, but {} is not there",
            place::shown(&path)
        )))
    }
}

/// Writes `NAME.js` and `NAME_bg.wasm` for a compiled file into a folder, optimised if `wasm-opt` is at hand.
pub(crate) fn generate(compiled: &Path, folder: &Path, name: &str, types: bool) -> Result<()> {
    let mut command = Command::new(tools::wasm_bindgen()?.join("wasm-bindgen"));
    command.arg(compiled).args(["--target", "web", "--out-name", name, "--out-dir"]).arg(folder);
    if !types {
        command.arg("--no-typescript");
    }
    shell::run(&mut command)?;

    let Some(mut wasm_opt) = tools::wasm_opt()? else {
        say(
            "no npm here: the wasm stays unoptimised, twice as large as it could be. Install Node.js to change that",
        );
        return Ok(());
    };
    let wasm = folder.join(format!("{name}_bg.wasm"));
    let smaller = folder.join(format!("{name}_bg.smaller"));
    wasm_opt.args(["-Oz", "--strip-debug", "--strip-producers"]).args(FEATURES);
    shell::run(wasm_opt.arg(&wasm).arg("-o").arg(&smaller))?;
    shell::rename(&smaller, &wasm)
}

/// A digest of everything that goes into generated files; equal digests need no new build.
pub(crate) fn digest(inputs: &[PathBuf], parameters: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.write_usize(bytes.len());
        hasher.write(bytes);
    };
    for parameter in parameters {
        add(parameter.as_bytes());
    }
    add(place::locked_version("wasm-bindgen")?.as_bytes());
    add(tools::wasm_opt_version().as_bytes());
    add(&[u8::from(shell::find("npm").is_some())]);
    for input in inputs {
        add(place::shown(input).as_bytes());
        add(&shell::read(input)?);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}
