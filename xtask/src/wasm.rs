//! The compiler for `wasm32-unknown-unknown`, found or made.
//!
//! 1. The compiler in use has the target: nothing to do.
//! 2. `rustup target add` brings it.
//! 3. Debian's rustc brings the source of its standard library: it is compiled once (a minute) and
//!    laid out in the cache as a sysroot with its own `rustc`, `rustdoc` and `cargo`, so that every
//!    tool that finds `rustc` on `PATH` builds wasm with it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::shell::{self, Error, Result, say};
use crate::{apt, place, tools};

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_RUSTDOC: &str = "/usr/bin/rustdoc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "wasm-ld-19";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

/// A compiler that builds a target.
pub(crate) enum Toolchain {
    /// The one that xtask was built with.
    Host,
    /// Debian's, by this sysroot in the cache.
    Debian(PathBuf),
}

impl Toolchain {
    /// Where its output goes: two compilers must not share a target folder.
    pub(crate) fn target_dir(&self) -> PathBuf {
        match self {
            Self::Host => place::target(),
            Self::Debian(_) => place::target().join("wasm"),
        }
    }

    /// Its cargo, in the root.
    pub(crate) fn cargo(&self) -> Command {
        match self {
            Self::Host => place::cargo(),
            Self::Debian(sysroot) => {
                let mut command = Command::new(sysroot.join("bin/cargo"));
                command.current_dir(place::root()).env("PATH", path_with(&[sysroot.join("bin")]));
                place::scrub(&mut command, true);
                command
                    .env("CARGO_TARGET_DIR", self.target_dir())
                    .env(linker_variable(), DEBIAN_LINKER);
                command
            }
        }
    }
}

/// `PATH` with these folders first.
fn path_with(folders: &[PathBuf]) -> std::ffi::OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&old));
    // Folder names that cannot stand in PATH were not in the old one either.
    env::join_paths(all).unwrap_or(old)
}

fn linker_variable() -> &'static str {
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER"
}

/// Which compiler the user chose by `ENNEAD_WASM_TOOLCHAIN`.
fn choice() -> Result<Option<String>> {
    match env::var("ENNEAD_WASM_TOOLCHAIN") {
        Err(_) => Ok(None),
        Ok(name) if name == "rustup" || name == "debian" => Ok(Some(name)),
        Ok(name) => Err(Error::usage(format!(
            "ENNEAD_WASM_TOOLCHAIN is `{name}`, expected `rustup` or `debian` (or unset: the first that works)"
        ))),
    }
}

/// Finds a compiler for wasm or makes one; the search is done once.
pub(crate) fn toolchain() -> Result<&'static Toolchain> {
    static FOUND: OnceLock<Result<Toolchain>> = OnceLock::new();
    FOUND.get_or_init(find_toolchain).as_ref().map_err(Clone::clone)
}

fn find_toolchain() -> Result<Toolchain> {
    let choice = choice()?;
    let may_ask = !debian_is_complete();
    if choice.as_deref() != Some("debian") && host_has(TARGET, may_ask || choice.is_some())? {
        return Ok(Toolchain::Host);
    }
    if choice.as_deref() == Some("rustup") {
        return Err(Error::new(format!(
            "ENNEAD_WASM_TOOLCHAIN=rustup, but `rustup target add {TARGET}` brings no standard library"
        )));
    }
    debian_packages(&format!("the compiler for {TARGET}"))?;
    let version = debian_version()?;
    let sysroot = place::cached(&format!("wasm-sysroot-bitcode-{version}"), |folder, place| {
        build_sysroot(folder, place)
    })?;
    Ok(Toolchain::Debian(sysroot))
}

/// Whether the compiler in use has the standard library of `target`, if need be after asking rustup for it. Where
/// Debian's packages are at hand, rustup has failed before: it is not asked again.
fn host_has(target: &str, may_ask: bool) -> Result<bool> {
    if library_present(target)? {
        return Ok(true);
    }
    let Some(rustup) = shell::find("rustup").filter(|_| may_ask) else {
        return Ok(false);
    };
    say(format_args!("the compiler lacks {target}: asking rustup (a few seconds)"));
    let mut command = Command::new(rustup);
    command.args(["target", "add", target]).env("RUST_BACKTRACE", "0").current_dir(place::root());
    match shell::run_within(Duration::from_secs(180), &mut command) {
        Ok(()) => library_present(target),
        Err(error) => {
            say(format_args!("rustup could not bring it ({error})"));
            Ok(false)
        }
    }
}

fn library_present(target: &str) -> Result<bool> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir", "--target", target]).current_dir(place::root());
    let folder = shell::output(&mut command)?;
    Ok(std::fs::read_dir(folder.trim()).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    }))
}

fn debian_is_complete() -> bool {
    Path::new("/usr/lib/rustlib/src/rust/library/std").is_dir()
        && Path::new(DEBIAN_RUSTC).is_file()
        && Path::new(DEBIAN_CARGO).is_file()
        && shell::find(DEBIAN_LINKER).is_some()
}

fn debian_packages(what: &str) -> Result<()> {
    if debian_is_complete() {
        return Ok(());
    }
    apt::install(&DEBIAN_PACKAGES, what).map_err(|error| {
        Error::new(format!(
            "{error}\nWith rustup, `rustup target add {TARGET}` is all it takes, where its servers can be reached"
        ))
    })
}

/// The release and commit of Debian's compiler, as a key of the cache.
fn debian_version() -> Result<String> {
    let text = shell::output(Command::new(DEBIAN_RUSTC).arg("-vV"))?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    match (field("release:"), field("commit-hash:"), field("host:")) {
        (Some(release), Some(commit), Some(host)) => {
            let commit: String = commit.chars().take(9).collect();
            Ok(format!("{release}-{commit}-{host}"))
        }
        _ => Err(Error::new(format!(
            "`{DEBIAN_RUSTC} -vV` printed no release, commit-hash and host, but: {text}"
        ))),
    }
}

/// Debian's cargo, for targets whose standard library it has to build. The private flag `-Zbuild-std` needs
/// `RUSTC_BOOTSTRAP`; Debian's library source carries what it needs.
fn debian_cargo() -> Command {
    let mut command = Command::new(DEBIAN_CARGO);
    place::scrub(&mut command, true);
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTDOC", DEBIAN_RUSTDOC)
        .env(linker_variable(), DEBIAN_LINKER);
    command
}

fn build_sysroot(folder: &Path, place: &Path) -> Result<()> {
    say(format_args!("building the standard library for {TARGET} (about a minute, once)"));
    let empty = folder.join("empty");
    shell::write(
        &empty.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    shell::write(&empty.join("src/lib.rs"), "#![no_std]\n")?;
    shell::run(
        debian_cargo()
            .args(["build", "--quiet", "--release", "--target", TARGET])
            .arg("-Zbuild-std=std,panic_abort,test")
            .current_dir(&empty)
            // The release of the web is optimised as one piece, which takes the library's bitcode.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", empty.join("target")),
    )?;

    let rustlib = folder.join("lib/rustlib");
    let libraries = rustlib.join(TARGET).join("lib");
    let built = empty.join("target").join(TARGET).join("release/deps");
    let mut count = 0;
    for file in shell::files_below(&built)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            shell::copy(&file, &libraries.join(&*name))?;
            count += 1;
        }
    }
    if count == 0 {
        return Err(Error::new(format!(
            "the standard library built without error, but left no .rlib in {}",
            built.display()
        )));
    }
    shell::remove_folder(&empty)?;

    let host = shell::output(Command::new(DEBIAN_RUSTC).args(["--print", "host-tuple"]))?;
    for name in [host.trim(), "etc"] {
        link(&Path::new("/usr/lib/rustlib").join(name), &rustlib.join(name))?;
    }
    for (name, program) in [("rustc", DEBIAN_RUSTC), ("rustdoc", DEBIAN_RUSTDOC)] {
        let script = format!("#!/bin/sh\nexec {program} --sysroot '{}' \"$@\"\n", place.display());
        let path = folder.join("bin").join(name);
        shell::write(&path, script)?;
        make_program(&path)?;
    }
    link(Path::new(DEBIAN_CARGO), &folder.join("bin/cargo"))
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> Result<()> {
    std::os::unix::fs::symlink(to, at)
        .map_err(|error| Error::new(format!("cannot link {}: {error}", at.display())))
}

#[cfg(unix)]
fn make_program(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .map_err(|error| Error::new(format!("cannot make {} a program: {error}", path.display())))
}

#[cfg(not(unix))]
fn link(_: &Path, at: &Path) -> Result<()> {
    Err(Error::new(format!("{}: Debian's compiler is for Debian", at.display())))
}

#[cfg(not(unix))]
fn make_program(_: &Path) -> Result<()> {
    Ok(())
}

/// Builds the core without any feature for a machine that has no operating system.
pub(crate) fn build_bare() -> Result<()> {
    const BARE: &str = "thumbv7em-none-eabihf";
    let arguments = ["build", "-p", "ennead", "--no-default-features", "--target", BARE];
    let may_ask = !debian_is_complete();
    if choice()?.as_deref() != Some("debian") && host_has(BARE, may_ask)? {
        return shell::run(place::cargo().args(arguments));
    }
    debian_packages(&format!("the compiler for {BARE}"))?;
    shell::run(
        debian_cargo()
            .args(arguments)
            .arg("-Zbuild-std=core,alloc")
            .current_dir(place::root())
            .env("CARGO_TARGET_DIR", place::target().join("bare")),
    )
}

/// Prints the exports with which plain cargo, wasm-pack and wasm-bindgen work here.
pub(crate) fn print_env() -> Result<()> {
    let toolchain = toolchain()?;
    let mut folders = vec![tools::wasm_bindgen()?];
    if let Toolchain::Debian(sysroot) = toolchain {
        folders.insert(0, sysroot.join("bin"));
        println!("unset RUSTUP_TOOLCHAIN RUSTC RUSTDOC RUSTC_WRAPPER");
        println!("export {}={DEBIAN_LINKER}", linker_variable());
    }
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    println!("export PATH=\"{}:$PATH\"", folders.join(":"));
    println!("export CARGO_TARGET_DIR=\"{}\"", toolchain.target_dir().display());
    println!("export {}=wasm-bindgen-test-runner", tools::RUNNER_VARIABLE);
    Ok(())
}
