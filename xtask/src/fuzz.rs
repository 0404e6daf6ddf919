//! Fuzzing: libFuzzer on the targets of `fuzz/`, built by cargo-fuzz with the nightly compiler.
//!
//! What a target has found so far is in `target/fuzz/corpus/`, and goes on from there at the next run; the corpora in
//! `fuzz/corpus/` are only read, unless `--keep` takes the best of it there. What breaks is kept in
//! `target/fuzz/artifacts/`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shell::{self, Error, Result, say, seconds};
use crate::{place, tools};

/// How often progress is shown.
const EVERY: Duration = Duration::from_secs(10);
/// How long one input may take, in seconds, and how much memory all may take, in MiB.
const SLOWEST: u32 = 20;
const MEMORY: u32 = 2_048;
/// The longest input, in bytes.
const LONGEST: u32 = 4_096;
/// The most files of a committed corpus, and bytes of all of them: less than its test allows, for names given by hand.
const FILES: usize = 90;
const BYTES: u64 = 180_000;

#[derive(Debug, PartialEq, Eq)]
struct Options {
    targets: Vec<String>,
    minutes: u32,
    jobs: u32,
    keep: bool,
}

impl Options {
    fn parse(arguments: &[String], all: &[String]) -> Result<Self> {
        let mut options = Self { targets: Vec::new(), minutes: 10, jobs: 1, keep: false };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "--minutes" => &mut options.minutes,
                "--jobs" => &mut options.jobs,
                "--keep" => {
                    options.keep = true;
                    continue;
                }
                name if all.iter().any(|target| target == name) => {
                    options.targets.push(name.to_owned());
                    continue;
                }
                other => {
                    return Err(Error::usage(format!(
                        "`{other}` is no target and no option: expected {}, `--minutes M`, `--jobs J` or `--keep`",
                        all.join(", ")
                    )));
                }
            };
            let value = words.next().map_or("nothing", String::as_str);
            let number = value.parse().ok().filter(|number| (1..=10_000).contains(number));
            *place = number.ok_or_else(|| {
                Error::usage(format!("`{word}` got `{value}`, expected a number from 1 to 10000"))
            })?;
        }
        if options.targets.is_empty() {
            options.targets = all.to_vec();
        }
        Ok(options)
    }
}

/// Where things of one target are.
struct Folders {
    /// What was found, and grows.
    found: PathBuf,
    /// What is committed.
    kept: PathBuf,
    /// What real systems say, as the tests write it.
    seeds: PathBuf,
    /// What breaks.
    broken: PathBuf,
}

impl Folders {
    fn of(target: &str) -> Result<Self> {
        let below = |folder: &str| place::target().join(folder).join(target);
        let folders = Self {
            found: below("fuzz/corpus"),
            kept: place::root().join("fuzz/corpus").join(target),
            seeds: below("tmp/fuzz-seeds"),
            broken: below("fuzz/artifacts"),
        };
        for folder in [&folders.found, &folders.kept, &folders.seeds, &folders.broken] {
            shell::make_folder(folder)?;
        }
        Ok(folders)
    }

    fn broken(&self) -> Result<BTreeSet<PathBuf>> {
        Ok(shell::files_below(&self.broken)?.into_iter().collect())
    }
}

/// What libFuzzer says of its progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Progress {
    executions: u64,
    rate: u64,
    /// Edges of the program that were reached.
    coverage: u64,
}

impl Progress {
    /// From a line such as `#4096 pulse cov: 1021 ft: 2030 corp: 120/9Kb exec/s: 2048 rss: 90Mb`.
    fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix('#')?.split_whitespace();
        let executions = words.next()?.trim_end_matches(':').parse().ok()?;
        let mut progress = Self { executions, ..Self::default() };
        while let Some(word) = words.next() {
            let place = match word {
                "cov:" => &mut progress.coverage,
                "exec/s:" => &mut progress.rate,
                _ => continue,
            };
            *place = words.next()?.parse().ok()?;
        }
        (progress.coverage > 0).then_some(progress)
    }
}

/// What came of a target.
struct Outcome {
    target: String,
    progress: Progress,
    lasted: Duration,
    corpus: usize,
    broken: Vec<PathBuf>,
}

/// Fuzzes each target in turn, and fails if one broke.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments, &targets()?)?;
    if !shell::succeeds(nightly(Path::new("cargo")).arg("--version")) {
        return Err(Error::new(
            "fuzzing needs the nightly compiler: `rustup toolchain install nightly --profile minimal` brings it",
        ));
    }
    // The tests write what real systems say: there the core is built already.
    let seeds = ["test", "-p", "ennead", "--test", "corpora", "what_corpora_begin_with"];
    shell::run(place::cargo().args(seeds))?;
    let mut outcomes = Vec::new();
    for target in &options.targets {
        let program = build(target)?;
        let folders = Folders::of(target)?;
        outcomes.push(fuzz(target, &program, &folders, &options)?);
        if options.keep {
            keep(&program, &folders)?;
        }
    }
    summary(&outcomes)
}

/// The names of the targets, by their programs.
fn targets() -> Result<Vec<String>> {
    let files = shell::files_below(&place::root().join("fuzz/targets"))?;
    let name = |file: &PathBuf| Some(file.file_stem()?.to_str()?.to_owned());
    Ok(files.iter().filter_map(name).collect())
}

/// A program under the nightly toolchain.
fn nightly(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(place::root());
    place::scrub(&mut command, true);
    command.env("RUSTUP_TOOLCHAIN", "nightly");
    command
}

/// Builds a target's program. There is no unsafe code here for a sanitizer to watch, and without one it is
/// several times as fast.
fn build(target: &str) -> Result<PathBuf> {
    let folder = place::target().join("fuzz");
    let mut command = nightly(&tools::cargo_fuzz()?);
    command.args(["build", "--sanitizer", "none", "--codegen-units", "16", "--target-dir"]);
    shell::run(command.arg(&folder).arg(target))?;
    let built =
        shell::folders_in(&folder)?.into_iter().map(|host| host.join("release").join(target));
    built.into_iter().find(|program| program.is_file()).ok_or_else(|| {
        Error::new(format!("cargo-fuzz built no {target} in {}", place::shown(&folder)))
    })
}

fn fuzz(target: &str, program: &Path, folders: &Folders, options: &Options) -> Result<Outcome> {
    let before = folders.broken()?;
    let mut command = Command::new(program);
    command.args([&folders.found, &folders.kept, &folders.seeds]);
    command.arg(format!("-artifact_prefix={}/", folders.broken.display()));
    command.arg(format!("-max_total_time={}", 60 * options.minutes));
    command.arg(format!("-timeout={SLOWEST}")).arg(format!("-rss_limit_mb={MEMORY}"));
    command.arg(format!("-max_len={LONGEST}"));
    if options.jobs > 1 {
        command.arg(format!("-fork={}", options.jobs));
    }
    let text = shell::shown(&command);
    say(format_args!("$ {text}"));
    let start = Instant::now();
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::new(format!("`{text}` could not be started: {error}")))?;
    let (mut progress, mut shown) = (Progress::default(), Instant::now());
    if let Some(lines) = child.stderr.take() {
        for line in BufReader::new(lines).split(b'\n') {
            let line = line.map_err(|error| Error::new(format!("`{text}`: {error}")))?;
            let line = String::from_utf8_lossy(&line);
            match Progress::read(&line) {
                Some(now) => {
                    progress = now;
                    if shown.elapsed() >= EVERY {
                        shown = Instant::now();
                        say(format_args!("{target}: {line}"));
                    }
                }
                // Notes on each new input would bury what a panic says.
                None if line.starts_with('#') || line.trim_start().starts_with("NEW_") => {}
                None => eprintln!("{line}"),
            }
        }
    }
    let status = child.wait().map_err(|error| Error::new(format!("`{text}`: {error}")))?;
    let broken: Vec<PathBuf> = folders.broken()?.difference(&before).cloned().collect();
    if !status.success() && broken.is_empty() {
        return Err(Error::new(format!("`{text}` ended with {status} and kept nothing")));
    }
    let corpus = shell::files_below(&folders.found)?.len();
    Ok(Outcome { target: target.to_owned(), progress, lasted: start.elapsed(), corpus, broken })
}

/// Takes of what was found what reaches the most code of the program, as far as the committed corpus has room.
fn keep(program: &Path, folders: &Folders) -> Result<()> {
    let best = folders.broken.with_extension("best");
    shell::remove_folder(&best)?;
    shell::make_folder(&best)?;
    let mut merge = Command::new(program);
    merge.arg("-merge=1").args([&best, &folders.kept, &folders.found, &folders.seeds]);
    shell::run(merge.stderr(Stdio::null()))?;
    let size = |file: &PathBuf| file.metadata().map_or(0, |data| data.len());
    let kept = shell::files_below(&folders.kept)?;
    let (mut files, mut bytes) = (kept.len(), kept.iter().map(size).sum::<u64>());
    let known = kept.iter().map(|file| shell::read(file)).collect::<Result<BTreeSet<_>>>()?;
    let mut new = shell::files_below(&best)?;
    new.retain(|file| shell::read(file).is_ok_and(|input| !known.contains(&input)));
    new.sort_by_key(|file| (size(file), file.clone()));
    // Short and long ones alike: what is deep takes some length.
    let room = FILES.saturating_sub(files).max(1);
    let step = new.len().div_ceil(room).max(1);
    for file in new.into_iter().step_by(step) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The longest of the names are hashes, of which the beginning is enough.
        let name: String = name.chars().take(12).collect();
        if files >= FILES || bytes + size(&file) > BYTES {
            break;
        }
        shell::copy(&file, &folders.kept.join(name))?;
        (files, bytes) = (files + 1, bytes + size(&file));
    }
    say(format_args!("{}: {files} files, {bytes} bytes", place::shown(&folders.kept)));
    shell::remove_folder(&best)
}

fn summary(outcomes: &[Outcome]) -> Result<()> {
    println!("target       lasted  executions  a second  corpus   edges  broke");
    for Outcome { target, progress, lasted, corpus, broken } in outcomes {
        let Progress { executions, rate, coverage } = progress;
        let (lasted, broke) = (seconds(*lasted), broken.len());
        println!(
            "{target:<8} {lasted:>10} {executions:>11} {rate:>9} {corpus:>7} {coverage:>7} {broke:>6}"
        );
    }
    let broken: Vec<&PathBuf> = outcomes.iter().flat_map(|outcome| &outcome.broken).collect();
    match broken.first() {
        None => Ok(()),
        Some(first) => Err(Error::new(format!(
            "{} inputs broke something, such as {}: the target's program tries one again if it is given its path; \
             mend the cause, and copy it to fuzz/corpus/",
            broken.len(),
            place::shown(first)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options> {
        let owned =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Options::parse(&owned(words), &owned(&["a", "b"]))
    }

    #[test]
    fn targets_are_chosen_or_all_meant() {
        let targets = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(parse(&[]).unwrap(), Options { targets, minutes: 10, jobs: 1, keep: false });
        let one = parse(&["b", "--minutes", "3", "--jobs", "2", "--keep"]).unwrap();
        assert_eq!(one, Options { targets: vec!["b".to_owned()], minutes: 3, jobs: 2, keep: true });
        for words in [&["c"][..], &["--minutes"], &["--minutes", "0"], &["--jobs", "x"]] {
            assert_eq!(parse(words).unwrap_err().exit_code(), 2, "{words:?}");
        }
    }

    #[test]
    fn progress_is_read_alone_and_with_jobs() {
        let expected = Progress { executions: 4_096, rate: 2_048, coverage: 1_021 };
        for line in [
            "#4096\tpulse  cov: 1021 ft: 2030 corp: 120/9Kb lim: 33 exec/s: 2048 rss: 90Mb",
            "#4096: cov: 1021 ft: 2030 corp: 120 exec/s: 2048 oom/timeout/crash: 0/0/0 time: 9s job: 1 dft_time: 0",
        ] {
            assert_eq!(Progress::read(line), Some(expected.clone()));
        }
        for line in ["INFO: seed corpus", "#0 READ units: 3", "#x cov: 1", "==1== ERROR"] {
            assert_eq!(Progress::read(line), None, "{line}");
        }
    }

    #[test]
    fn there_are_targets() {
        assert!(targets().unwrap().contains(&"frames".to_owned()));
    }
}
