//! Debian's packages.

use std::env;
use std::process::Command;

use crate::shell::{self, Error, Result, say};

/// Installs packages where that is ours to do: as root, or in CI by `sudo`. Elsewhere the error
/// says what to run. `why` names what they are for.
pub(crate) fn install(packages: &[&str], why: &str) -> Result<()> {
    let list = packages.join(" ");
    if shell::find("apt-get").is_none() {
        return Err(Error::new(format!(
            "{why}: not found, and this system has no apt-get. Install what Debian calls `{list}`"
        )));
    }
    let mut prefix: Vec<&str> = Vec::new();
    if !is_root() {
        let may = env::var_os("CI").is_some()
            && shell::succeeds(Command::new("sudo").args(["-n", "true"]));
        if !may {
            return Err(Error::new(format!(
                "{why}: not found. Run `sudo apt-get install --no-install-recommends {list}` and try again"
            )));
        }
        prefix.extend(["sudo", "-n"]);
    }
    say(format_args!("installing {list} for {why} (about a minute)"));
    let apt = |arguments: &[&str]| {
        let mut words = prefix.clone();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]);
        words.extend(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]);
        words.extend(arguments);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdout(std::io::stderr());
        shell::run(&mut command)
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments).map_err(|error| Error::new(format!("{why}: {error}")))
}

fn is_root() -> bool {
    shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
