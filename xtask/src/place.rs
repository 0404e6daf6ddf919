//! Where things are: the repository, its target folder, and the cache of what is built once.

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Error, Result, say};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target folder, `target/` unless `CARGO_TARGET_DIR` says otherwise.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A path as it is best shown: relative to the repository if it lies in it.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Cargo of the toolchain that runs xtask, in the root, without what `cargo run` adds.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    scrub(&mut command, false);
    command
}

/// Removes the variables that `cargo run` sets for the program it starts. With `other_compiler`,
/// also those that would make another compiler use this one's parts.
pub(crate) fn scrub(command: &mut Command, other_compiler: bool) {
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let of_run = name == "CARGO"
            || name == "CARGO_CRATE_NAME"
            || name == "CARGO_PRIMARY_PACKAGE"
            || name == "CARGO_BIN_NAME"
            || name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_");
        let of_compiler = name == "RUSTUP_TOOLCHAIN"
            || name == "LD_LIBRARY_PATH"
            || name.starts_with("RUSTC")
            || name.starts_with("RUSTDOC")
            || name.starts_with("CARGO_BUILD_RUST");
        if of_run || (other_compiler && of_compiler) {
            command.env_remove(name);
        }
    }
}

/// The cache folder: what is built once for all checkouts.
fn cache() -> Result<PathBuf> {
    let folder = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) if !home.is_empty() => PathBuf::from(home).join(".cache"),
        _ => {
            return Err(Error::new(
                "neither XDG_CACHE_HOME nor HOME is set: set one, built tools are kept there",
            ));
        }
    };
    Ok(folder.join("ennead"))
}

/// The folder `key` of the cache. If it is missing, `fill` builds it in a folder of its own (given
/// first; the final place is given second), which is renamed into place when it is whole. A lock
/// file keeps two processes from building the same thing.
pub(crate) fn cached(key: &str, fill: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<PathBuf> {
    let cache = cache()?;
    let place = cache.join(key);
    if place.is_dir() {
        return Ok(place);
    }
    shell::make_folder(&cache)?;
    let lock_path = cache.join(format!("{key}.lock"));
    let lock = File::create(&lock_path)
        .map_err(|error| Error::new(format!("cannot make {}: {error}", lock_path.display())))?;
    if lock.try_lock().is_err() {
        say(format_args!("waiting for another process that builds {key}"));
        lock.lock()
            .map_err(|error| Error::new(format!("cannot lock {}: {error}", lock_path.display())))?;
    }
    if place.is_dir() {
        return Ok(place);
    }
    let unfinished = cache.join(format!("{key}.unfinished"));
    shell::remove_folder(&unfinished)?;
    shell::make_folder(&unfinished)?;
    fill(&unfinished, &place)?;
    shell::rename(&unfinished, &place)?;
    Ok(place)
}

/// The version of a package in `Cargo.lock`.
pub(crate) fn locked_version(package: &str) -> Result<String> {
    let path = root().join("Cargo.lock");
    version_in(&shell::read_text(&path)?, package).ok_or_else(|| {
        Error::new(format!(
            "{} names no package `{package}`: has the dependency been removed?",
            path.display()
        ))
    })
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_from_a_lock_file() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(version_in(lock, "a").as_deref(), Some("2.0.0"));
        assert_eq!(version_in(lock, "c"), None);
    }
}
