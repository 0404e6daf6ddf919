//! Replays what fuzzing found and began with: see `fuzz/`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test of hosts")]

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "a crate of its own elsewhere")]
mod fuzz;

use fuzz::{TARGETS, Target};
use std::path::Path;

/// The most files of a corpus, and bytes of all of them: clones are to stay small.
const FILES: usize = 100;
const BYTES: usize = 200_000;

fn target(name: &str) -> Target {
    *TARGETS.iter().find(|target| target.name == name).expect("the target is in the table")
}

/// Tries all that the corpus of a target holds, and what it begins with.
fn replay(name: &str) {
    let target = target(name);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let mut inputs: Vec<(String, Vec<u8>)> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a file").path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file can be read")))
        .collect();
    let bytes: usize = inputs.iter().map(|(_, input)| input.len()).sum();
    assert!((1..=FILES).contains(&inputs.len()), "{name}: {} files", inputs.len());
    assert!(bytes <= BYTES, "{name}: {bytes} bytes");
    inputs.extend((target.seeds)());
    for (path, input) in &inputs {
        if let Err(panic) = std::panic::catch_unwind(|| fuzz::run(name, input)) {
            eprintln!("{name} fails with {path}");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn fuzz_frames() {
    replay("frames");
}

#[test]
fn fuzz_resp() {
    replay("resp");
}

#[test]
fn fuzz_http() {
    replay("http");
}

#[test]
fn fuzz_layout() {
    replay("layout");
}

#[test]
fn fuzz_links() {
    replay("links");
}

#[test]
fn fuzz_pages() {
    replay("pages");
}

/// Writes down what real systems say, for `cargo xtask fuzz` to begin with.
#[test]
fn what_corpora_begin_with() {
    for target in TARGETS {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-seeds").join(target.name);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        for (name, bytes) in (target.seeds)() {
            assert!(!bytes.is_empty(), "{}: {name}", target.name);
            std::fs::write(folder.join(name), bytes).expect("a file can be written");
        }
    }
}

#[test]
fn the_targets_have_programs() {
    for target in TARGETS {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/targets");
        assert!(program.join(target.name).with_extension("rs").is_file(), "{}", target.name);
    }
}
