//! Licences, duplicate versions and sources of the dependencies. Advisories are left out: their
//! database lies on a server that not every machine reaches.

use std::process::Command;

use crate::shell::{self, Result};
use crate::{place, tools};

/// Runs cargo-deny with the rules of `deny.toml`.
pub(crate) fn run() -> Result<()> {
    let mut command = Command::new(tools::cargo_deny()?);
    place::scrub(&mut command, false);
    command
        .args([
            "--workspace",
            "--locked",
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ])
        .current_dir(place::root());
    shell::run(&mut command)
}
