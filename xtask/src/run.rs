//! A local cluster with its page, from a fresh checkout, by one command.

use std::process::Command;

use crate::shell::{self, Error, Result, say};
use crate::{place, site};

/// Node i (from 1) has its HTTP port at base + this + i.
const HTTP: u16 = 1000;
/// The highest base port at which every port of every node exists.
const HIGHEST_BASE: u16 = 60_000;

#[derive(Debug, PartialEq, Eq)]
struct Options {
    base_port: u16,
    nodes: u16,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self { base_port: 7100, nodes: 3 };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.as_str(), None),
            };
            let (place, range) = match name {
                "--base-port" => (&mut options.base_port, 1..=HIGHEST_BASE),
                "--nodes" => (&mut options.nodes, 1..=99),
                _ => {
                    return Err(Error::usage(format!(
                        "unknown argument `{word}`, expected `--base-port P` or `--nodes K`"
                    )));
                }
            };
            let value = value.or_else(|| words.next().map(String::as_str)).unwrap_or("nothing");
            *place =
                value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
                    Error::usage(format!(
                        "`{name}` got `{value}`, expected a number from {} to {}",
                        range.start(),
                        range.end()
                    ))
                })?;
        }
        Ok(options)
    }
}

/// Builds the server and the site and becomes `ennead cluster`, which ends its nodes at Ctrl-C.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments)?;
    shell::run(place::cargo().args(["build", "--release", "-p", "ennead", "--bin", "ennead"]))?;
    let site = site::build()?;
    let data = place::target().join(format!("cluster-{}-{}", options.base_port, options.nodes));
    println!("The page: http://127.0.0.1:{}/", options.base_port + HTTP + 1);
    println!("The nodes keep their data in {}; Ctrl-C ends them.", place::shown(&data));
    let mut cluster = Command::new(place::target().join("release/ennead"));
    place::scrub(&mut cluster, true);
    cluster
        .args(["cluster", "--nodes", &options.nodes.to_string()])
        .args(["--base-port", &options.base_port.to_string(), "--data"])
        .arg(data)
        .arg("--site")
        .arg(site);
    become_program(&mut cluster)
}

/// Puts the program in the place of xtask, so that every signal reaches it and none is left over.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    say(format_args!("$ {}", shell::shown(command)));
    let error = command.exec();
    Err(Error::new(format!("`{}` could not be started: {error}", shell::shown(command))))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    shell::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_string()).collect();
        Options::parse(&words)
    }

    #[test]
    fn reads_both_forms_of_options() {
        let options = parse(&["--base-port", "7200", "--nodes=5"]).unwrap();
        assert_eq!(options, Options { base_port: 7200, nodes: 5 });
    }

    #[test]
    fn says_what_it_expected() {
        for (words, part) in [
            (&["--nodes", "0"][..], "from 1 to 99"),
            (&["--base-port"][..], "got `nothing`"),
            (&["--nodse", "3"][..], "unknown argument"),
        ] {
            let error = parse(words).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
