//! Running other programs: what is run is said on standard error, with how long it took.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Why a command of xtask could not be done: a message for a person.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    message: String,
    usage: bool,
}

impl Error {
    /// Something that was tried failed.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), usage: false }
    }

    /// The command line was wrong; nothing was tried.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), usage: true }
    }

    /// 2 for wrong usage, 1 for a failure.
    pub(crate) fn exit_code(&self) -> u8 {
        if self.usage { 2 } else { 1 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Says what is being done, on standard error.
pub(crate) fn say(what: impl fmt::Display) {
    eprintln!("[xtask] {what}");
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Runs a command with the terminal's input and output, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let text = shown(command);
    say(format_args!("$ {text}"));
    let start = Instant::now();
    let status = command.status().map_err(|error| not_started(&text, &error))?;
    if status.success() {
        say(format_args!("  done in {}", seconds(start.elapsed())));
        Ok(())
    } else {
        Err(Error::new(format!(
            "`{text}` ended with {status} after {}, expected success: see its messages above",
            seconds(start.elapsed())
        )))
    }
}

/// Runs a command and gives what it printed; its error messages pass through.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let text = shown(command);
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| not_started(&text, &error))?;
    if !output.status.success() {
        return Err(Error::new(format!("`{text}` ended with {}, expected success", output.status)));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| Error::new(format!("`{text}` printed bytes that are not UTF-8")))
}

/// Runs a command, shows what it prints as it comes, and gives that and how it ended.
pub(crate) fn shared(command: &mut Command) -> Result<(String, ExitStatus)> {
    let text = shown(command);
    say(format_args!("$ {text}"));
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| not_started(&text, &error))?;
    let mut printed = String::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.map_err(|error| {
                Error::new(format!("cannot read what `{text}` prints: {error}"))
            })?;
            println!("{line}");
            printed.push_str(&line);
            printed.push('\n');
        }
    }
    let status = child.wait().map_err(|error| Error::new(format!("`{text}`: {error}")))?;
    Ok((printed, status))
}

/// Whether a command can be started and succeeds; nothing it prints is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Like [`run`], but ends the command when it takes longer than `limit`.
pub(crate) fn run_within(limit: Duration, command: &mut Command) -> Result<()> {
    let text = shown(command);
    say(format_args!("$ {text}"));
    let start = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).spawn().map_err(|error| not_started(&text, &error))?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(Error::new(format!("`{text}` ended with {status}"))),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(50)),
            Ok(None) | Err(_) => {
                // It may have ended by itself in between; either way it is gone afterwards.
                let _ = child.kill();
                let _ = child.wait();
                return Err(Error::new(format!("`{text}` was ended after {}", seconds(limit))));
            }
        }
    }
}

fn not_started(text: &str, error: &std::io::Error) -> Error {
    Error::new(format!("`{text}` could not be started: {error}"))
}

/// A program by its name: a path that exists, or the first on `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file() || file.with_extension("exe").is_file()
}

/// A duration for people: tenths below a minute.
pub(crate) fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(60) {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

/// Reads a file, or says which one could not be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| Error::new(format!("cannot read {}: {error}", path.display())))
}

/// Reads a text file, or says which one could not be read.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?)
        .map_err(|_| Error::new(format!("{} is not UTF-8 text", path.display())))
}

/// Writes a file and its folders, or says which one could not be written.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    std::fs::write(path, content)
        .map_err(|error| Error::new(format!("cannot write {}: {error}", path.display())))
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .map_err(|error| Error::new(format!("cannot make the folder {}: {error}", path.display())))
}

/// Removes a folder with everything in it, if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::new(format!("cannot remove {}: {error}", path.display()))),
    }
}

/// Copies one file into a folder that is made if needed.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    std::fs::copy(from, to).map(drop).map_err(|error| {
        Error::new(format!("cannot copy {} to {}: {error}", from.display(), to.display()))
    })
}

/// Moves a finished file or folder to its place on the same disk.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|error| {
        Error::new(format!("cannot move {} to {}: {error}", from.display(), to.display()))
    })
}

/// The folders directly in a folder, in the order of their names.
pub(crate) fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Error::new(format!("cannot list {}: {error}", folder.display())))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    Ok(found)
}

/// The files below a folder, in the order of their paths.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        let entries = std::fs::read_dir(&next)
            .map_err(|error| Error::new(format!("cannot list {}: {error}", next.display())))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
