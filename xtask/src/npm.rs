//! The npm package: generated bindings into `pkg/`, beside its manifest and entry files.

use std::process::Command;

use crate::shell::{self, Error, Result, say};
use crate::{bindings, place};

const NAME: &str = "ennead_web";

/// Builds the library without the page, and `pkg/ennead_web.js`, its types and `pkg/ennead_web_bg.wasm` from it,
/// unless they are up to date.
pub(crate) fn build() -> Result<()> {
    let compiled = bindings::compile(&["--lib", "--no-default-features"], "ennead_web.wasm")?;
    let pkg = place::root().join("pkg");
    let digest = bindings::digest(std::slice::from_ref(&compiled), &["npm"])?;
    let stamp = place::target().join("npm.stamp");
    let there = ["ennead_web.js", "ennead_web.d.ts", "ennead_web_bg.wasm"]
        .iter()
        .all(|name| pkg.join(name).is_file());
    if there && std::fs::read_to_string(&stamp).is_ok_and(|old| old == digest) {
        say(format_args!("{} is up to date", place::shown(&pkg)));
        return Ok(());
    }
    bindings::generate(&compiled, &pkg, NAME, true)?;
    shell::write(&stamp, digest)?;
    let wasm = pkg.join(format!("{NAME}_bg.wasm"));
    let bytes = wasm.metadata().map_or(0, |data| data.len());
    println!("{bytes:>10}  {}", place::shown(&wasm));
    Ok(())
}

/// Runs the package's own tests in Node.js.
pub(crate) fn test() -> Result<()> {
    let pkg = place::root().join("pkg");
    let has_tests = shell::files_below(&pkg)?.iter().any(|file| {
        let name = file.display().to_string();
        !name.contains("node_modules")
            && [".test.js", ".test.mjs", ".test.cjs"].iter().any(|end| name.ends_with(end))
    });
    if !has_tests {
        return Err(Error::new(
            "pkg/ has no *.test.js, *.test.mjs or *.test.cjs: whether the package works is not known",
        ));
    }
    let node = shell::find("node").ok_or_else(|| {
        Error::new("the package's tests need Node.js 20 or later: install `nodejs`")
    })?;
    shell::run(Command::new(node).arg("--test").current_dir(&pkg))
}
