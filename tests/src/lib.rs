//! What whole-system tests need: real processes of the program on this machine, clients for what they
//! serve, a steady load with a ledger of what was acknowledged, and a real browser.
//!
//! | file | what |
//! | --- | --- |
//! | `process.rs` | child processes: started, killed, stopped, ended with the test |
//! | `cluster.rs` | the nodes of a cluster, each with a loopback address and data of its own |
//! | `resp.rs`, `http.rs` | clients |
//! | `socket.rs` | a device of the chat |
//! | `providers.rs` | a mail server and a webhook, for notifications |
//! | `site.rs` | small web sites, for crawls |
//! | `load.rs` | writers and readers who note what was acknowledged |
//! | `browser.rs` | headless Chromium by ChromeDriver's WebDriver protocol |
//!
//! Nothing is skipped: a tool that is missing fails the test and says what to install or set.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::missing_panics_doc,
    reason = "a test of real hosts: it measures time, starts threads, and fails by panicking"
)]

pub mod browser;
pub mod cluster;
pub mod http;
pub mod load;
pub mod process;
pub mod providers;
pub mod resp;
pub mod site;
pub mod socket;

use std::time::{Duration, Instant};

/// Waits until `what` gives a value; panics after `limit` with what `describe` says.
pub fn within<T>(
    limit: Duration,
    mut what: impl FnMut() -> Option<T>,
    describe: impl FnOnce() -> String,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(start.elapsed() < limit, "not within {limit:?}: {}", describe());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Seconds.
#[must_use]
pub const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The program a variable names; without it, one of this name on `PATH`.
#[must_use]
pub fn program(variable: &str, name: &str, package: &str) -> std::path::PathBuf {
    if let Some(chosen) = std::env::var_os(variable) {
        let path = std::path::PathBuf::from(chosen);
        assert!(path.is_file(), "{variable} is {}, which is no file", path.display());
        return path;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file()).unwrap_or_else(|| {
        panic!("{name} is not on PATH: install it (Debian: {package}), set {variable}, or run `cargo xtask test system`, which does both")
    })
}
