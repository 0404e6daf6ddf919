//! Simulated worlds for hours, from seeds that the commit gives.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::place;
use crate::shell::{self, Error, Result, say};

const USAGE: &str = "cargo xtask soak takes --hours H or --minutes M (at most 100000 minutes)";

/// Runs `ennead sim --soak` on all cores and keeps its summary in `target/soak/`; fails if any world does.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let minutes = minutes(arguments)?;
    let commit = shell::output(git().args(["rev-parse", "HEAD"]))?;
    let commit = commit.trim();
    let changes = shell::output(git().args(["status", "--porcelain", "--untracked-files=no"]))?;
    let seed = first_seed(commit)?;
    let state = if changes.is_empty() { "" } else { ", with changes that are not committed" };
    let about = format!("commit       {commit}{state}\n");
    print!("{about}");
    let mut command = place::cargo();
    command.args(["run", "--release", "-p", "ennead", "--bin", "ennead", "--", "sim"]);
    command.args(["--soak", &seed.to_string(), "--for", &minutes.to_string()]);
    let (summary, status) = shell::shared(&mut command)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let name = format!("{}-{now}.txt", &commit[..12.min(commit.len())]);
    let file = place::target().join("soak").join(name);
    shell::write(&file, about + &summary)?;
    say(format_args!("kept in {}", place::shown(&file)));
    if status.success() {
        Ok(())
    } else {
        Err(Error::new(format!("the soak ended with {status}: see above which seeds fail")))
    }
}

fn git() -> std::process::Command {
    let mut command = std::process::Command::new("git");
    command.current_dir(place::root());
    command
}

/// The first 48 bits of the commit: below what JavaScript counts exactly.
fn first_seed(commit: &str) -> Result<u64> {
    let digits = commit.get(..12).unwrap_or(commit);
    u64::from_str_radix(digits, 16).map_err(|_| {
        Error::new(format!("git names the commit {commit:?}, expected a hexadecimal name"))
    })
}

fn minutes(arguments: &[String]) -> Result<u64> {
    let wrong = || Error::usage(format!("{USAGE}, got {:?}", arguments.join(" ")));
    let (unit, number) = match arguments {
        [unit, number] => (unit.as_str(), number.parse::<u64>().map_err(|_| wrong())?),
        _ => return Err(wrong()),
    };
    let minutes = match unit {
        "--hours" => number.saturating_mul(60),
        "--minutes" => number,
        _ => return Err(wrong()),
    };
    if (1..=100_000).contains(&minutes) { Ok(minutes) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_in_hours_and_minutes() {
        let read = |text: &str| minutes(&text.split(' ').map(String::from).collect::<Vec<_>>());
        assert_eq!(read("--hours 2").ok(), Some(120));
        assert_eq!(read("--minutes 5").ok(), Some(5));
        for wrong in ["", "--hours", "--hours x", "--minutes 0", "--days 1", "--hours 1 2"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_commit_gives_a_seed() {
        assert_eq!(first_seed("000000000010ffff").ok(), Some(0x10));
        assert!(first_seed("nothing").is_err());
    }
}
