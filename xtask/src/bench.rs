//! Measurements: `ennead bench` measures and prints a table; it is shown and kept.
//!
//! What needs more than the program itself (other crates beside it) is in `bench/`, under the name `beside`.

use crate::place;
use crate::shell::{self, Error, Result, say};

/// The measurement that is not the program's own: this beside other crates, in `bench/`.
const BESIDE: &str = "beside";

/// Runs `ennead bench` with these arguments and keeps what it prints in `target/bench/`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut command = place::cargo();
    if arguments.first().is_some_and(|name| name == BESIDE) {
        command.args(["run", "--release", "-p", "ennead-bench", "--"]).args(&arguments[1..]);
    } else {
        command.args(["run", "--release", "-p", "ennead", "--bin", "ennead", "--", "bench"]);
        command.args(arguments);
    }
    let text = shell::shown(&command);
    let (table, status) = shell::shared(&mut command)?;
    if !status.success() {
        return Err(Error::new(format!("`{text}` ended with {status}, nothing was kept")));
    }
    let file = place::target().join("bench").join(format!("{}.txt", file_name(arguments)));
    shell::write(&file, table)?;
    say(format_args!("kept in {}", place::shown(&file)));
    Ok(())
}

/// The name of the measurement, or `all`.
fn file_name(arguments: &[String]) -> &str {
    match arguments.first() {
        Some(name) if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => name,
        _ => "all",
    }
}
