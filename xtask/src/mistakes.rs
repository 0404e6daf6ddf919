//! Planted mistakes: how many simulated worlds it takes until each is found.

use crate::place;
use crate::shell::{self, Result};

/// Runs `ennead-mistakes` with these arguments. Its program is built without the server, which is never built with
/// mistakes.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    shell::run(place::cargo().args(COMMAND).args(arguments))
}

const COMMAND: [&str; 10] = [
    "run",
    "--release",
    "-p",
    "ennead",
    "--no-default-features",
    "--features",
    "mistakes",
    "--bin",
    "ennead-mistakes",
    "--",
];
