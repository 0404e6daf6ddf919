//! What Rust code here must not hold, and must.

use super::Finding;
use super::source::{Source, word_positions};

/// The most lines a Rust file may have.
const MOST_LINES: usize = 700;

/// Unfinished or disabled code: the text, and what to do.
const UNFINISHED: [(&str, &str); 4] = [
    ("todo!", "write it, or leave the whole path out until it is written"),
    ("unimplemented!", "write it, or leave the whole path out until it is written"),
    ("dbg!", "remove it, or log by tracing in a host"),
    ("#[ignore", "mend the test, or remove it and say why in the commit"),
];

const AMBIENT: &str = "only a host may use it: take time, random numbers and effects as arguments";
const UNORDERED: &str = "its order differs from run to run: use BTreeMap or BTreeSet";
const FLOAT: &str = "decisions are made with integers, equal on every machine: use integer ratios; \
                     only what is shown (core/src/sim/view*.rs) may use floats";

/// What the core below `native` must not use, and why.
const HOST_ONLY: [(&str, &str); 10] = [
    ("std::time", AMBIENT),
    ("std::thread", AMBIENT),
    ("std::fs", AMBIENT),
    ("std::net", AMBIENT),
    ("std::env", AMBIENT),
    ("std::process", AMBIENT),
    ("HashMap", UNORDERED),
    ("HashSet", UNORDERED),
    ("f32", FLOAT),
    ("f64", FLOAT),
];

/// Roots of crates and programs, where unsafe code is forbidden for all that lies below.
const ROOTS: [&str; 5] = [
    "core/src/lib.rs",
    "core/src/main.rs",
    "web/src/lib.rs",
    "web/src/main.rs",
    "xtask/src/main.rs",
];

pub(super) fn check(path: &str, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = source.lines().count();
    if lines > MOST_LINES {
        findings.push(Finding::new(
            path,
            lines,
            format!("{lines} lines, at most {MOST_LINES}"),
            "move one mechanism, with its tests, into a file named by the field's word for it",
        ));
    }
    let forbidden = "#![forbid(unsafe_code)]";
    if ROOTS.contains(&path) && !source.lines().any(|(_, line)| line.trim() == forbidden) {
        findings.push(Finding::new(
            path,
            1,
            format!("`{forbidden}` is missing"),
            "put it at the top, after the doc comment",
        ));
    }
    let below_hosts = is_below_hosts(path);
    for (number, line) in source.lines() {
        for (word, remedy) in UNFINISHED {
            if word_positions(line, word).next().is_some() {
                findings.push(Finding::new(path, number, format!("`{word}`"), remedy));
            }
        }
        if !below_hosts {
            continue;
        }
        for (word, remedy) in HOST_ONLY {
            let is_float = remedy == FLOAT;
            if is_float && may_show_floats(path) {
                continue;
            }
            let found =
                word_positions(line, word).next().is_some() || (is_float && has_suffix(line, word));
            if found {
                findings.push(Finding::new(
                    path,
                    number,
                    format!("`{word}` in the core below `native`"),
                    remedy,
                ));
            }
        }
    }
    findings
}

/// The core's folders below the native host. The files directly in `core/src/` bind all together.
fn is_below_hosts(path: &str) -> bool {
    path.strip_prefix("core/src/")
        .is_some_and(|inner| inner.contains('/') && !inner.starts_with("native/"))
}

fn may_show_floats(path: &str) -> bool {
    path.starts_with("core/src/sim/view")
}

/// A number such as `1_f64` or `2f32`.
fn has_suffix(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].trim_end_matches('_');
        before.ends_with(|c: char| c.is_ascii_digit()) || before.ends_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(path, &Source::new(text)).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn unfinished_code_is_found_anywhere() {
        for (text, what) in [
            ("fn f() { todo!() }", "`todo!`"),
            ("fn f() { unimplemented!(\"x\") }", "`unimplemented!`"),
            ("let x = dbg!(y);", "`dbg!`"),
            ("#[ignore = \"slow\"]", "`#[ignore`"),
        ] {
            assert_eq!(found("web/src/a.rs", text), [what]);
        }
        assert!(found("web/src/a.rs", "// todo!() in words\nlet s = \"dbg!\";").is_empty());
    }

    #[test]
    fn the_core_below_native_has_no_ambient_things() {
        for (text, word) in [
            ("use std::time::Duration;", "std::time"),
            ("std::thread::spawn(f);", "std::thread"),
            ("use std::fs;", "std::fs"),
            ("use std::net::TcpStream;", "std::net"),
            ("use std::collections::HashMap;", "HashMap"),
            ("let x: f64 = y;", "f64"),
            ("let x = 1_f32;", "f32"),
        ] {
            let what = format!("`{word}` in the core below `native`");
            assert_eq!(found("core/src/kv/node.rs", text), [what]);
            assert!(found("core/src/native/node.rs", text).is_empty());
            assert!(found("core/src/lib.rs", text).iter().all(|f| !f.contains(word)));
        }
        assert!(found("core/src/sim/view.rs", "let x: f64 = y;").is_empty());
        assert!(found("core/src/kv/a.rs", "use core::time::Duration; // f64").is_empty());
    }

    #[test]
    fn long_files_are_found() {
        let text = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(found("core/src/kv/a.rs", &text), ["701 lines, at most 700"]);
        assert!(found("core/src/kv/a.rs", &"x\n".repeat(MOST_LINES)).is_empty());
    }

    #[test]
    fn roots_forbid_unsafe_code() {
        assert_eq!(found("web/src/lib.rs", "//! A\n"), ["`#![forbid(unsafe_code)]` is missing"]);
        assert!(found("web/src/lib.rs", "//! A\n#![forbid(unsafe_code)]\n").is_empty());
        assert!(found("web/src/page.rs", "//! A\n").is_empty());
    }
}
