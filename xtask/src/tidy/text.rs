//! What no text file here holds: reminders, traces of one machine, ragged white space.

use super::source::{is_word, word_positions};
use super::{File, Finding};

/// Reminders; written in parts, as this file is read by its own rule.
const REMINDERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Folders of one machine, as the start of a path.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Use", "rs/")];

/// Hosts of package registries: where packages come from is a setting of the machine.
const REGISTRIES: [&str; 7] = [
    concat!("index.cra", "tes.io"),
    concat!("static.cra", "tes.io"),
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("files.python", "hosted.org"),
    concat!("deb.deb", "ian.org"),
    concat!("arti", "factory"),
];

/// The one source that cargo writes for every package of the public registry, on every machine.
const CARGO_SOURCE: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Inputs of fuzzing, which are whatever they must be.
const CORPORA: &str = "fuzz/corpus/";

pub(super) fn check(file: &File) -> Vec<Finding> {
    let path = file.path.as_str();
    if path.starts_with(CORPORA) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut find = |line: usize, what: String, remedy: &'static str| {
        findings.push(Finding::new(path, line, what, remedy));
    };
    let tabs_allowed = path.ends_with("Makefile") || path == ".gitmodules";
    for (index, line) in file.text.split('\n').enumerate() {
        let number = index + 1;
        if line.contains('\t') && !tabs_allowed {
            find(number, "a tab".into(), "indent with spaces; in a literal write \\t");
        }
        if line.ends_with([' ', '\t', '\r']) {
            find(number, "white space at the end of the line".into(), "remove it");
        }
        for reminder in REMINDERS {
            if word_positions(line, reminder).next().is_some() {
                find(
                    number,
                    format!("`{reminder}`"),
                    "do it, or describe the limit where a reader will look for it",
                );
            }
        }
        for folder in MACHINE_PATHS {
            if line.match_indices(folder).any(|(at, _)| starts_path(&line[..at])) {
                find(
                    number,
                    format!("`{folder}`, a path of one machine"),
                    "use a relative path or a variable",
                );
            }
        }
        for host in REGISTRIES {
            if line.contains(host) {
                find(
                    number,
                    format!("`{host}`, a registry's host"),
                    "leave it out: the machine's settings name the registry",
                );
            }
        }
        if path.ends_with("package-lock.json") && line.trim_start().starts_with("\"resolved\":") {
            find(
                number,
                "a download address".into(),
                "write the lock file with npm's option --omit-lockfile-registry-resolved",
            );
        }
        if path.ends_with("Cargo.lock") && line.starts_with("source = ") && line != CARGO_SOURCE {
            find(
                number,
                format!("{line}, not the public registry"),
                "depend on a published version",
            );
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        let lines = file.text.lines().count();
        find(lines, "no line end at the end of the file".into(), "add one");
    }
    findings
}

/// Whether a `/` after this text starts a path, rather than going on with a URL or a longer path.
fn starts_path(before: &str) -> bool {
    !before.ends_with(|c: char| {
        is_word(c) || matches!(c, '.' | '-' | '~' | '}' | ')' | '>' | '*' | '/')
    }) || before.ends_with("file://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.into(), text: text.into() };
        check(&file).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn clean_text_passes() {
        let text = format!("See http://site.test{}a and ../work.\n", MACHINE_PATHS[2]);
        assert!(found("README.md", &text).is_empty());
        assert!(found("Cargo.lock", &format!("{CARGO_SOURCE}\n")).is_empty());
        assert!(found("empty", "").is_empty());
        assert!(found("fuzz/corpus/resp/a", "GET a\t ").is_empty());
    }

    #[test]
    fn each_kind_is_found() {
        for (path, text, what) in [
            ("a.rs", "\tlet x;\n".to_string(), "a tab"),
            ("a.md", "two  \n".to_string(), "white space"),
            ("a.css", format!("/* {} later */\n", REMINDERS[0]), "` "),
            ("a.sh", format!("cd {}x\n", MACHINE_PATHS[0]), "a path of one machine"),
            ("a.sh", format!("x=\"{}x\"\n", MACHINE_PATHS[1]), "a path of one machine"),
            ("a.toml", format!("url = \"https://{}/x\"\n", REGISTRIES[2]), "a registry's host"),
            ("pkg/package-lock.json", "  \"resolved\": \"x\",\n".to_string(), "a download address"),
            (
                "Cargo.lock",
                "source = \"git+https://x.test/y\"\n".to_string(),
                "not the public registry",
            ),
            ("a.md", "no end".to_string(), "no line end"),
        ] {
            let found = found(path, &text);
            assert_eq!(found.len(), 1, "{path}: {text}: {found:?}");
            assert!(found[0].contains(what.trim_end()), "{found:?}");
        }
    }
}
