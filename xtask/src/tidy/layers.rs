//! Layers of the core: each folder may use only those before it.
//!
//! The order is that of ARCHITECTURE.md. Paths are read from code, not from comments: a doc comment
//! may well point upward.

use super::Finding;
use super::source::{Source, is_word, word_positions};

/// Folders of `core/src/` by layer, the lowest first.
const LAYERS: [&[&str]; 9] = [
    &["base"],
    &["ring", "sketch"],
    &["kv"],
    &["port"],
    &["ids"],
    SERVICES,
    &["services"],
    &["sim"],
    &["native"],
];
const SERVICES: &[&str] =
    &["accounts", "autocomplete", "chat", "crawler", "feed", "notification", "shortener"];

const UPWARD: &str = "move what both need down, or take it as an argument or through a small trait that a host fills in";
const SIDEWAYS: &str =
    "services never use each other: state the need as a small trait, a host fills it in";
const UNKNOWN: &str = "name the folder in LAYERS of xtask/src/tidy/layers.rs and in ARCHITECTURE.md, or move it into one that is named";
const BY_ROOT: &str = "name it by its folder (`crate::base::...`), so that its layer can be seen";

/// Checks the paths that a file of the core uses; other files have no layers.
pub(super) fn check(path: &str, source: &Source) -> Vec<Finding> {
    let Some((folder, depth)) = folder_of(path) else {
        return Vec::new();
    };
    let Some(own) = layer(folder) else {
        return vec![Finding::new(path, 1, format!("the folder `{folder}` has no layer"), UNKNOWN)];
    };
    let code = source.joined();
    let mut findings = Vec::new();
    for (at, name) in used(&code, depth) {
        let line = code[..at].matches('\n').count() + 1;
        match layer(&name) {
            _ if name == folder => {}
            Some(other) if other > own => findings.push(Finding::new(
                path,
                line,
                format!("`{folder}` uses `{name}`, a layer above it"),
                UPWARD,
            )),
            Some(_) if SERVICES.contains(&folder) && SERVICES.contains(&name.as_str()) => {
                findings.push(Finding::new(
                    path,
                    line,
                    format!("the service `{folder}` uses the service `{name}`"),
                    SIDEWAYS,
                ));
            }
            None if name.starts_with(char::is_uppercase) || name == "*" => {
                findings.push(Finding::new(
                    path,
                    line,
                    format!("`{folder}` uses `crate::{name}` by the root of the crate"),
                    BY_ROOT,
                ))
            }
            _ => {}
        }
    }
    findings
}

fn layer(folder: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&folder))
}

/// The folder below `core/src/` and how many `super` lead from the file to the root of the crate.
/// Files directly in `core/src/` bind the layers together: they have none.
fn folder_of(path: &str) -> Option<(&str, usize)> {
    let inner = path.strip_prefix("core/src/")?;
    let (folder, rest) = inner.split_once('/')?;
    let folders = rest.matches('/').count();
    let depth = if rest.ends_with("mod.rs") { 1 + folders } else { 2 + folders };
    Some((folder, depth))
}

/// First names of the paths that start at the root of the crate, with their positions.
fn used(code: &str, depth: usize) -> Vec<(usize, String)> {
    let from_root = ["crate::".to_string(), "super::".repeat(depth)];
    let mut found = Vec::new();
    for (index, start) in from_root.iter().enumerate() {
        for at in word_positions(code, start) {
            let after = &code[at + start.len()..];
            // A longer chain of `super` than leads to the root belongs to a module within the file.
            if index == 1 && (code[..at].ends_with("super::") || after.starts_with("super::")) {
                continue;
            }
            found.extend(first_names(after).into_iter().map(|name| (at, name)));
        }
    }
    found.sort();
    found
}

/// `a::b` gives `a`; `{a::b, c::{d, e}}` gives `a` and `c`.
fn first_names(after: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        if text.starts_with('*') {
            return "*".to_string();
        }
        text.chars().take_while(|&c| is_word(c)).collect()
    };
    let Some(group) = after.trim_start().strip_prefix('{') else {
        return vec![name(after)];
    };
    let mut names = vec![name(group)];
    let mut depth = 1;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(path, &Source::new(text)).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn steps_down_are_allowed() {
        for (path, text) in [
            ("core/src/kv/mod.rs", "use crate::base::wire;\nuse crate::{ring::Ring, sketch};"),
            (
                "core/src/ring/mod.rs",
                "use crate::ring::Point; use crate::sketch::Bloom; use super::base::X;",
            ),
            ("core/src/ids/service.rs", "use crate::port::Ports; use crate::kv::Key;"),
            ("core/src/feed/a.rs", "//! As crate::sim shows.\nuse super::super::kv::Table;"),
            ("core/src/lib.rs", "pub use crate::native::Server;"),
            ("web/src/lib.rs", "use crate::native;"),
        ] {
            assert_eq!(found(path, text), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn steps_up_are_found() {
        for (path, text, what) in [
            ("core/src/base/wire.rs", "use crate::ring::Ring;", "`base` uses `ring`"),
            ("core/src/kv/mod.rs", "use super::sim::World;", "`kv` uses `sim`"),
            ("core/src/kv/a/b.rs", "use super::super::super::sim::X;", "`kv` uses `sim`"),
            ("core/src/port/mod.rs", "use crate::{base, ids::{Ids}};", "`port` uses `ids`"),
            ("core/src/sim/mod.rs", "fn f() { crate::native::run() }", "`sim` uses `native`"),
        ] {
            let found = found(path, text);
            assert_eq!(found.len(), 1, "{path}: {found:?}");
            assert!(found[0].contains(what), "{found:?}");
        }
    }

    #[test]
    fn services_never_use_each_other() {
        let found = found("core/src/chat/mod.rs", "use crate::notification::Notifier;");
        assert_eq!(found, ["the service `chat` uses the service `notification`"]);
    }

    #[test]
    fn unknown_folders_and_root_names_are_found() {
        assert_eq!(found("core/src/misc/mod.rs", ""), ["the folder `misc` has no layer"]);
        let by_root = found("core/src/base/mod.rs", "use crate::World;");
        assert_eq!(by_root, ["`base` uses `crate::World` by the root of the crate"]);
    }

    #[test]
    fn lines_are_right() {
        let source = Source::new("/* a\n */\nuse crate::kv::Node;");
        assert_eq!(check("core/src/base/a.rs", &source)[0].line, 3);
    }
}
