//! The program `ennead`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ennead::native::cli::run()
}
