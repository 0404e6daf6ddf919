//! What the repository as a whole holds and does not hold.

use super::{File, Finding};

/// Starts and ends of paths that only generated or installed files have.
const GENERATED_STARTS: [&str; 3] = ["target/", "pkg/ennead_web", "pkg/snippets/"];
const GENERATED_PARTS: [&str; 2] = ["node_modules/", "/target/"];
const GENERATED_ENDS: [&str; 6] = [".wasm", ".rlib", ".log", ".profraw", ".tgz", ".orig"];

/// Files that must be there, and a text that each must hold.
const NEEDED: [(&str, &str); 4] = [
    ("clippy.toml", "std::time::Instant::now"),
    ("deny.toml", "[licenses]"),
    ("rust-toolchain.toml", "wasm32-unknown-unknown"),
    (".ci/run", "cargo xtask test"),
];

pub(super) fn check_paths(paths: &[String]) -> Vec<Finding> {
    let generated = |path: &&String| {
        GENERATED_STARTS.iter().any(|start| path.starts_with(start))
            || GENERATED_PARTS.iter().any(|part| path.contains(part))
            || GENERATED_ENDS.iter().any(|end| path.ends_with(end))
    };
    let remedy = "`git rm --cached` it and name it in .gitignore";
    paths
        .iter()
        .filter(generated)
        .map(|path| Finding::new(path, 1, "a generated file", remedy))
        .collect()
}

pub(super) fn check_files(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, part) in NEEDED {
        let text = files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
        match text {
            None => findings.push(Finding::new(
                path,
                1,
                "the file is missing",
                "restore it from git's history",
            )),
            Some(text) if !text.contains(part) => findings.push(Finding::new(
                path,
                1,
                format!("`{part}` is missing"),
                "restore it from git's history, or change xtask/src/tidy/tree.rs with a reason",
            )),
            Some(_) => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_found() {
        let paths = [
            "pkg/ennead_web.js",
            "pkg/index.js",
            "a/node_modules/b.js",
            "x.wasm",
            "web/target/x",
            "web/src/a.rs",
        ];
        let paths: Vec<String> = paths.map(str::to_string).into();
        let found: Vec<String> =
            check_paths(&paths).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["pkg/ennead_web.js", "a/node_modules/b.js", "x.wasm", "web/target/x"]);
    }

    #[test]
    fn missing_and_emptied_files_are_found() {
        let mut files: Vec<File> = NEEDED
            .iter()
            .map(|(path, part)| File { path: (*path).into(), text: format!("{part}\n") })
            .collect();
        assert!(check_files(&files).is_empty());
        files[0].text.clear();
        files.pop();
        let found: Vec<String> =
            check_files(&files).into_iter().map(|finding| finding.what).collect();
        assert_eq!(found, ["`std::time::Instant::now` is missing", "the file is missing"]);
    }
}
