//! The rules of this repository that no compiler checks. They also run as a test of this crate.
//!
//! Each rule is a function from a file's path and text to findings, so that it can be tried on a
//! made-up text; only this file touches the disk.

mod code;
mod layers;
mod source;
mod text;
mod tree;

use std::fmt;
use std::process::Command;

use crate::place;
use crate::shell::{self, Error, Result};

/// A file of the repository: its path from the root, with `/`, and its text.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

/// One breach of a rule: where, what, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    path: String,
    line: usize,
    what: String,
    remedy: &'static str,
}

impl Finding {
    pub(super) fn new(
        path: &str,
        line: usize,
        what: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self { path: path.to_string(), line, what: what.into(), remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}: {}", self.path, self.line, self.what, self.remedy)
    }
}

/// Checks the whole tree and prints what it finds.
pub(crate) fn run() -> Result<()> {
    let (findings, files) = check_tree()?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: {files} files, nothing found");
        Ok(())
    } else {
        Err(Error::new(format!(
            "tidy: {} findings in {files} files, each with its remedy above",
            findings.len()
        )))
    }
}

fn check_tree() -> Result<(Vec<Finding>, usize)> {
    let paths = paths()?;
    let mut findings = tree::check_paths(&paths);
    let mut files = Vec::new();
    for path in paths {
        // A file that is deleted but not yet committed, and files that are not text, have nothing to read.
        if let Ok(text) = std::fs::read_to_string(place::root().join(&path)) {
            files.push(File { path, text });
        }
    }
    findings.extend(tree::check_files(&files));
    for file in &files {
        findings.extend(check_file(file));
    }
    Ok((findings, files.len()))
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = text::check(file);
    if file.path.ends_with(".rs") {
        let source = source::Source::new(&file.text);
        findings.extend(code::check(&file.path, &source));
        findings.extend(layers::check(&file.path, &source));
    }
    findings.sort_by(|a, b| (a.line, &a.what).cmp(&(b.line, &b.what)));
    findings
}

/// The files that are tracked, or would be with `git add -A`.
fn paths() -> Result<Vec<String>> {
    let mut command = Command::new("git");
    command
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(place::root());
    let text = shell::output(&mut command).map_err(|error| {
        Error::new(format!(
            "{error}: tidy reads the list of files from git, in a clone of the repository"
        ))
    })?;
    let mut paths: Vec<String> =
        text.split('\0').filter(|path| !path.is_empty()).map(str::to_string).collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let (findings, files) = check_tree().unwrap();
        let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(list.is_empty(), "{}", list.join("\n"));
        assert!(files > 10, "only {files} files: is the root right?");
    }

    #[test]
    fn a_finding_says_where_what_and_what_to_do() {
        let finding = Finding::new("a/b.rs", 3, "a tab", "use spaces");
        assert_eq!(finding.to_string(), "a/b.rs:3: a tab: use spaces");
    }
}
