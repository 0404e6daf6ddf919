//! Child processes. Whatever becomes of a test, its processes end with it: when it drops them, and,
//! should it be killed itself, because each reads a pipe that then closes.

use crate::{secs, within};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// The program under test: what `ENNEAD_BIN` names, or the debug build.
#[must_use]
pub fn ennead() -> PathBuf {
    if let Some(path) = std::env::var_os("ENNEAD_BIN") {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "ENNEAD_BIN is {}, which is no file", path.display());
        return path;
    }
    let here = std::env::current_exe().unwrap();
    let path = here.ancestors().nth(2).unwrap().join("ennead");
    assert!(
        path.is_file(),
        "{} is not there: `cargo build -p ennead` first, or set ENNEAD_BIN",
        path.display()
    );
    path
}

/// Runs the program to its end.
#[must_use]
pub fn run(arguments: &[&str]) -> Output {
    Command::new(ennead()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What a program printed on standard output.
#[must_use]
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a program printed on standard error.
#[must_use]
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running child and its log.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
    name: String,
}

impl Process {
    /// Starts a command whose output goes to `log`.
    #[must_use]
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        let child = command
            .stdin(Stdio::piped())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} could not be started: {error}"));
        Self { child, log: log.to_path_buf(), name: name.to_owned() }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The end of its log, for messages.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = self.log_text();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(15)..].join("\n  ");
        format!("log of {}:\n  {tail}", self.name)
    }

    /// All of its log.
    #[must_use]
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Panics with the log if it has ended.
    pub fn assert_runs(&mut self) {
        if let Some(status) = self.ended() {
            panic!("{} ended ({status}), {}", self.name, self.log_tail());
        }
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let (child, name) = (&mut self.child, self.name.clone());
        within(limit, || child.try_wait().unwrap(), || format!("{name} has not ended"))
    }
}

/// Sends a process a signal by name.
pub fn signal(process: u32, name: &str) {
    let kill = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()), "`kill -{name} {process}` failed");
}

/// Waits until a process that is not our child is gone.
pub fn wait_gone(process: u32) {
    let folder = PathBuf::from(format!("/proc/{process}"));
    within(secs(10), || (!folder.exists()).then_some(()), || format!("process {process} runs"));
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log_tail());
        }
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        // A stopped process takes SIGKILL, too.
        self.kill();
    }
}
