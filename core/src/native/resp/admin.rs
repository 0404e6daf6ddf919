//! `CONFIG` and `INFO`: the settings and the state, under the names that Redis's clients know.

use super::table::{lower, unknown_subcommand, wrong_number};
use super::value::Value;
use crate::kv::MAX_VALUE;
use crate::native::host::{Host, Running};
use crate::native::node_thread::Snapshot;
use bytes::Bytes;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// `CONFIG` and its subcommands.
#[must_use]
pub(super) fn config(host: &Host, arguments: &[Bytes]) -> Value {
    let Some((subcommand, rest)) = arguments.split_first() else {
        return wrong_number("config");
    };
    match (lower(subcommand).as_str(), rest) {
        ("get", [_, ..]) => {
            // No setting has a long name, and matching takes its pattern's length in stack.
            let short = rest.iter().filter(|pattern| pattern.len() <= 64);
            let patterns: Vec<String> = short.map(|pattern| lower(pattern)).collect();
            let asked = settings(host).into_iter().filter(|(name, _)| {
                patterns.iter().any(|pattern| matches(pattern.as_bytes(), name.as_bytes()))
            });
            Value::Map(asked.map(|(name, value)| (Value::text(name), Value::text(value))).collect())
        }
        ("set", [name, _, ..]) if rest.len() % 2 == 0 => {
            let name = lower(name);
            if settings(host).iter().any(|(known, _)| *known == name) {
                Value::err(format_args!(
                    "CONFIG SET failed (possibly related to argument '{name}') - can't set immutable config"
                ))
            } else {
                Value::err(format_args!(
                    "Unknown option or number of arguments for CONFIG SET - '{name}'"
                ))
            }
        }
        ("resetstat", []) => {
            host.counters.resp_commands.store(0, Ordering::Relaxed);
            host.counters.resp_connections.store(0, Ordering::Relaxed);
            Value::OK
        }
        (name @ ("get" | "set" | "resetstat"), _) => wrong_number(&format!("config|{name}")),
        ("help", []) => Value::Array(
            [
                "CONFIG <subcommand> [<arg> ...]. Subcommands are:",
                "GET <pattern>",
                "SET <directive> <value>",
                "RESETSTAT",
            ]
            .map(Value::Simple)
            .to_vec(),
        ),
        _ => unknown_subcommand("CONFIG", subcommand),
    }
}

fn settings(host: &Host) -> Vec<(&'static str, String)> {
    vec![
        ("appendfsync", "always".into()),
        ("appendonly", "yes".into()),
        ("bind", host.me.resp.ip().to_string()),
        ("databases", "1".into()),
        ("maxclients", super::MAX_CLIENTS.to_string()),
        ("maxmemory", "0".into()),
        ("maxmemory-policy", "noeviction".into()),
        ("port", host.me.resp.port().to_string()),
        ("proto-max-bulk-len", MAX_VALUE.to_string()),
        ("save", String::new()),
        ("timeout", "0".into()),
    ]
}

/// Whether a name matches a pattern of `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            matches(rest, name)
                || name.split_first().is_some_and(|(_, name)| matches(pattern, name))
        }
        ([b'?', rest @ ..], [_, name @ ..]) => matches(rest, name),
        ([letter, rest @ ..], [got, name @ ..]) if letter == got => matches(rest, name),
        _ => false,
    }
}

/// `INFO`.
#[must_use]
pub(super) fn info(
    host: &Host,
    running: &Running,
    snapshot: &Snapshot,
    sections: &[Bytes],
) -> Value {
    let wanted: Vec<String> = sections.iter().map(|section| lower(section)).collect();
    let everything = wanted.is_empty()
        || wanted
            .iter()
            .any(|section| matches!(section.as_str(), "all" | "default" | "everything"));
    let mut text = String::new();
    let mut section = |name: &str, lines: &[(&str, String)]| {
        if everything || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)) {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            let _ = write!(text, "# {name}\r\n"); // writing to a string cannot fail
            for (key, value) in lines {
                let _ = write!(text, "{key}:{value}\r\n");
            }
        }
    };
    let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed).to_string();
    let counters = &snapshot.counters;
    let uptime = host.started.now().instant.as_micros() / 1_000_000;
    section(
        "Server",
        &[
            // Clients choose what they send by this: it names the level of commands, not the program.
            ("redis_version", "7.2.0".into()),
            ("ennead_version", env!("CARGO_PKG_VERSION").into()),
            ("redis_mode", "standalone".into()),
            ("os", std::env::consts::OS.into()),
            ("arch_bits", usize::BITS.to_string()),
            ("process_id", std::process::id().to_string()),
            ("tcp_port", host.me.resp.port().to_string()),
            ("uptime_in_seconds", uptime.to_string()),
        ],
    );
    section(
        "Clients",
        &[
            ("connected_clients", load(&host.counters.resp_clients)),
            ("maxclients", super::MAX_CLIENTS.to_string()),
        ],
    );
    section(
        "Persistence",
        &[
            ("loading", "0".into()),
            ("batches_written", snapshot.batches.0.to_string()),
            ("batches_durable", snapshot.batches.1.to_string()),
        ],
    );
    section(
        "Stats",
        &[
            ("total_connections_received", load(&host.counters.resp_connections)),
            ("total_commands_processed", load(&host.counters.resp_commands)),
            ("reads", counters.reads.to_string()),
            ("writes", counters.writes.to_string()),
            ("refused", counters.refused.to_string()),
            ("hints_kept", counters.hints_kept.to_string()),
            ("hints_handed_over", counters.hints_handed_over.to_string()),
        ],
    );
    section("Replication", &[("role", "master".into()), ("connected_slaves", "0".into())]);
    section(
        "Cluster",
        &[
            ("cluster_enabled", "0".into()),
            ("ennead_cluster", format!("{:016x}", running.founding.cluster)),
            ("ennead_node", host.me.name.clone()),
            ("ennead_members", running.founding.seats.len().to_string()),
        ],
    );
    section("Keyspace", &[("db0", format!("keys={},expires=0,avg_ttl=0", snapshot.records))]);
    Value::text(text)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_redis() {
        assert!(
            matches(b"*", b"save") && matches(b"max*", b"maxclients") && matches(b"?ave", b"save")
        );
        assert!(!matches(b"max", b"maxclients") && !matches(b"", b"save"));
    }
}
