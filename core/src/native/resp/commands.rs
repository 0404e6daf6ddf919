//! What each command does.

use super::session::Session;
use super::table::{self, Command, lower, wrong_number};
use super::value::{Protocol, Value};
use super::{admin, clients, keyspace};
use crate::kv::{Answer, Key, Request};
use crate::native::host::Running;
use crate::native::node_thread::{NodeHandle, Outcome, Stopped};
use crate::port;
use bytes::Bytes;
use tokio::sync::oneshot;

/// A reply that is there or will come.
pub(super) enum Pending {
    /// It is there.
    Now(Value),
    /// The value of a key.
    Get(oneshot::Receiver<Outcome>),
    /// The values of several keys, or what went wrong with one.
    GetMany(Vec<Result<oneshot::Receiver<Outcome>, Value>>),
    /// Whether writes were acknowledged.
    Set(Vec<oneshot::Receiver<Outcome>>),
    /// A task of several steps.
    Task(oneshot::Receiver<Value>),
}

impl Pending {
    /// Waits for it.
    pub(super) async fn finish(self) -> Value {
        match self {
            Self::Now(value) => value,
            Self::Get(outcome) => get(outcome).await,
            Self::GetMany(outcomes) => {
                let mut values = Vec::with_capacity(outcomes.len());
                for outcome in outcomes {
                    match outcome {
                        Ok(outcome) => match get(outcome).await {
                            error @ Value::Error(_) => return error,
                            value => values.push(value),
                        },
                        Err(value) => return value,
                    }
                }
                Value::Array(values)
            }
            Self::Set(outcomes) => {
                for outcome in outcomes {
                    if let Err(error) = answer(outcome).await {
                        return Value::refused(&error);
                    }
                }
                Value::OK
            }
            Self::Task(value) => value.await.unwrap_or_else(|_| Value::refused(&Stopped.into())),
        }
    }
}

async fn answer(outcome: oneshot::Receiver<Outcome>) -> Result<Answer, port::Error> {
    Ok(outcome.await.map_err(|_| Stopped)??)
}

/// A key with siblings is shown as their winner.
fn shown(answer: &Answer) -> Option<Bytes> {
    match answer {
        Answer::Got(versions) => versions.winner().and_then(|sibling| sibling.value.clone()),
        _ => None,
    }
}

async fn get(outcome: oneshot::Receiver<Outcome>) -> Value {
    match answer(outcome).await {
        Ok(answer) => shown(&answer).map_or(Value::Null, Value::Bulk),
        Err(error) => Value::refused(&error),
    }
}

/// RESP's key. Copied: what is kept must not hold a connection's buffer in memory.
fn key(bytes: &Bytes) -> Result<Key, Value> {
    let key = Key::new(Bytes::copy_from_slice(bytes), Bytes::new()).map_err(Value::err)?;
    if key.is_of_service() {
        return Err(Value::err(
            "keys that begin with a zero byte belong to services: choose another",
        ));
    }
    Ok(key)
}

fn keys(words: &[Bytes]) -> Result<Vec<Key>, Value> {
    words.iter().map(key).collect()
}

/// Starts a command whose name and number of words are right.
pub(super) async fn start(
    session: &mut Session<'_>,
    running: &Running,
    command: &Command,
    request: &[Bytes],
) -> Pending {
    if let Some(value) = talk(session, command, request) {
        return Pending::Now(value);
    }
    let started = match (command.name, &request[1..]) {
        ("get", [name]) => submit_get(&running.node, name).await.map(Pending::Get),
        ("mget", names) => {
            let mut outcomes = Vec::with_capacity(names.len());
            for name in names {
                outcomes.push(submit_get(&running.node, name).await);
            }
            Ok(Pending::GetMany(outcomes))
        }
        ("set", [name, value]) => submit_puts(&running.node, &[name.clone(), value.clone()]).await,
        ("set", [_, _, option, ..]) => Err(set_option(option)),
        ("mset", pairs) if pairs.len() % 2 != 0 => Err(wrong_number("mset")),
        ("mset", pairs) => submit_puts(&running.node, pairs).await,
        ("exists", names) => task(running, names, exists),
        ("del", names) => task(running, names, delete),
        ("dbsize", []) => {
            Ok(spawn(running, |node| async move { keyspace::count(&node).await.map(Value::count) }))
        }
        ("flushall", []) => Ok(spawn(running, flush)),
        ("flushall", [mode]) if ["sync", "async"].contains(&lower(mode).as_str()) => {
            Ok(spawn(running, flush))
        }
        ("flushall", _) => Err(Value::err("syntax error")),
        ("info", sections) => match running.node.snapshot().await {
            Ok(snapshot) => {
                Ok(Pending::Now(admin::info(session.host, running, &snapshot, sections)))
            }
            Err(stopped) => Err(Value::refused(&stopped.into())),
        },
        _ => Err(table::unknown(request)),
    };
    started.unwrap_or_else(Pending::Now)
}

/// The commands that need no store: they work before a cluster is founded, too. None for others.
pub(super) fn talk(
    session: &mut Session<'_>,
    command: &Command,
    request: &[Bytes],
) -> Option<Value> {
    Some(match (command.name, &request[1..]) {
        ("ping", []) => Value::Simple("PONG"),
        ("ping" | "echo", [words]) => Value::Bulk(words.clone()),
        ("ping", _) => wrong_number("ping"),
        ("quit", _) => {
            session.ends = true;
            Value::OK
        }
        ("select", [index]) => match std::str::from_utf8(index).ok().and_then(|i| i.parse().ok()) {
            Some(0i32) => Value::OK,
            Some(_) => Value::err("DB index is out of range"),
            None => Value::err("value is not an integer or out of range"),
        },
        ("hello", words) => hello(session, words),
        ("command", words) => table::describe(words),
        ("client", words) => clients::handle(session.clients, &session.me, words),
        ("config", words) => admin::config(session.host, words),
        _ => return None,
    })
}

fn hello(session: &mut Session<'_>, words: &[Bytes]) -> Value {
    let mut protocol = session.protocol;
    let mut rest = words;
    if let Some((version, options)) = words.split_first() {
        protocol = match std::str::from_utf8(version).ok().and_then(|text| text.parse().ok()) {
            Some(2i64) => Protocol::Resp2,
            Some(3) => Protocol::Resp3,
            Some(_) => return Value::Error("NOPROTO unsupported protocol version".into()),
            None => return Value::err("Protocol version is not an integer or out of range"),
        };
        rest = options;
    }
    let mut name = None;
    while let Some((option, values)) = rest.split_first() {
        match (lower(option).as_str(), values) {
            ("auth", [_, _, ..]) => {
                return Value::err(
                    "AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
                );
            }
            ("setname", [value, after @ ..]) => {
                name = Some(value);
                rest = after;
            }
            _ => {
                let option = String::from_utf8_lossy(option);
                return Value::err(format_args!("Syntax error in HELLO option '{option}'"));
            }
        }
    }
    if let Some(name) = name
        && let error @ Value::Error(_) = clients::set_name(&session.me, name)
    {
        return error;
    }
    session.protocol = protocol;
    let mut me = clients::locked(&session.me);
    me.protocol = protocol;
    let version = if protocol == Protocol::Resp3 { 3 } else { 2 };
    Value::Map(vec![
        (Value::text("server"), Value::text("ennead")),
        (Value::text("version"), Value::text(env!("CARGO_PKG_VERSION"))),
        (Value::text("proto"), Value::Integer(version)),
        (Value::text("id"), Value::count(me.id)),
        (Value::text("mode"), Value::text("standalone")),
        (Value::text("role"), Value::text("master")),
        (Value::text("modules"), Value::Array(Vec::new())),
    ])
}

fn set_option(option: &[u8]) -> Value {
    let known = ["nx", "xx", "get", "ex", "px", "exat", "pxat", "keepttl", "ifeq"];
    if known.contains(&lower(option).as_str()) {
        let option = String::from_utf8_lossy(option).to_uppercase();
        Value::err(format_args!("SET with {option} is not supported yet: expected SET key value"))
    } else {
        Value::err("syntax error")
    }
}

async fn submit_get(node: &NodeHandle, name: &Bytes) -> Result<oneshot::Receiver<Outcome>, Value> {
    let request = Request::get(key(name)?);
    node.submit(request).await.map_err(|stopped| Value::refused(&stopped.into()))
}

async fn submit_puts(node: &NodeHandle, pairs: &[Bytes]) -> Result<Pending, Value> {
    // Of a key that is named twice the last value counts, and no order of two writes is at stake.
    let mut puts: Vec<(Key, &Bytes)> = Vec::with_capacity(pairs.len() / 2);
    for pair in pairs.chunks_exact(2) {
        puts.push((key(&pair[0])?, &pair[1]));
    }
    if puts.len() > 1 {
        puts.reverse();
        puts.sort_by(|a, b| a.0.cmp(&b.0));
        puts.dedup_by(|later, first| later.0 == first.0);
    }
    let mut outcomes = Vec::with_capacity(puts.len());
    for (key, value) in puts {
        let request = Request::put(key, Bytes::copy_from_slice(value));
        let outcome = node.submit(request).await;
        outcomes.push(outcome.map_err(|stopped| Value::refused(&stopped.into()))?);
    }
    Ok(Pending::Set(outcomes))
}

/// Runs on its own: a client that goes does not leave it half done.
fn spawn<F>(running: &Running, work: impl FnOnce(NodeHandle) -> F) -> Pending
where
    F: Future<Output = Result<Value, port::Error>> + Send + 'static,
{
    let (reply, value) = oneshot::channel();
    let work = work(running.node.clone());
    tokio::spawn(async move {
        let value = work.await.unwrap_or_else(|error| Value::refused(&error));
        let _ = reply.send(value); // who asked may have gone
    });
    Pending::Task(value)
}

fn task<F>(
    running: &Running,
    names: &[Bytes],
    work: impl FnOnce(NodeHandle, Vec<Key>) -> F,
) -> Result<Pending, Value>
where
    F: Future<Output = Result<Value, port::Error>> + Send + 'static,
{
    let keys = keys(names)?;
    Ok(spawn(running, |node| work(node, keys)))
}

async fn flush(node: NodeHandle) -> Result<Value, port::Error> {
    keyspace::flush(&node).await.map(|_| Value::OK)
}

/// Which of the keys have a value: a key that is named twice counts twice.
async fn live(node: &NodeHandle, keys: &[Key]) -> Result<Vec<bool>, port::Error> {
    let mut outcomes = Vec::with_capacity(keys.len());
    for key in keys {
        outcomes.push(node.submit(Request::get(key.clone())).await?);
    }
    let mut live = Vec::with_capacity(keys.len());
    for outcome in outcomes {
        live.push(shown(&answer(outcome).await?).is_some());
    }
    Ok(live)
}

async fn exists(node: NodeHandle, keys: Vec<Key>) -> Result<Value, port::Error> {
    let live = live(&node, &keys).await?;
    Ok(Value::count(live.iter().filter(|&&live| live).count() as u64))
}

/// Counts the keys that had a value, then deletes these. The two steps are not one: a key that
/// another client deletes in between is counted by both.
async fn delete(node: NodeHandle, mut keys: Vec<Key>) -> Result<Value, port::Error> {
    keys.sort();
    keys.dedup();
    let live = live(&node, &keys).await?;
    let keys: Vec<Key> =
        keys.into_iter().zip(live).filter(|(_, live)| *live).map(|(key, _)| key).collect();
    let deleted = keys.len() as u64;
    let mut outcomes = Vec::with_capacity(keys.len());
    for key in keys {
        outcomes.push(node.submit(Request::delete(key)).await?);
    }
    for outcome in outcomes {
        answer(outcome).await?;
    }
    Ok(Value::count(deleted))
}
