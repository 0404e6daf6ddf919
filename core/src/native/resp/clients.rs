//! What the server knows of its RESP connections, and the commands about them.

use super::table::{lower, unknown_subcommand, wrong_number};
use super::value::{Protocol, Value};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One connection, as others may see it.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Its number, rising from 1.
    pub(super) id: u64,
    /// Where it comes from.
    pub(super) address: SocketAddr,
    /// Where it came in.
    pub(super) local: SocketAddr,
    /// When it came, in milliseconds since 1970.
    pub(super) since: u64,
    /// The name that it gave itself.
    pub(super) name: String,
    /// The library it says it is, and its version.
    pub(super) library: (String, String),
    /// The last command.
    pub(super) last: &'static str,
    /// What it speaks.
    pub(super) protocol: Protocol,
}

impl Client {
    fn line(&self) -> String {
        let age = super::super::clock::wall().as_millis().saturating_sub(self.since) / 1000;
        let resp = if self.protocol == Protocol::Resp3 { 3 } else { 2 };
        format!(
            "id={} addr={} laddr={} name={} age={age} db=0 cmd={} resp={resp} lib-name={} lib-ver={}",
            self.id, self.address, self.local, self.name, self.last, self.library.0, self.library.1
        )
    }
}

/// All connections.
#[derive(Debug, Default)]
pub(super) struct Clients {
    next: Mutex<u64>,
    open: Mutex<BTreeMap<u64, Arc<Mutex<Client>>>>,
}

/// Its guard, whatever happened to others who held it.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clients {
    /// Writes a new connection down.
    pub(super) fn enter(&self, address: SocketAddr, local: SocketAddr) -> Arc<Mutex<Client>> {
        let id = {
            let mut next = locked(&self.next);
            *next += 1;
            *next
        };
        let client = Arc::new(Mutex::new(Client {
            id,
            address,
            local,
            since: super::super::clock::wall().as_millis(),
            name: String::new(),
            library: (String::new(), String::new()),
            last: "",
            protocol: Protocol::default(),
        }));
        locked(&self.open).insert(id, Arc::clone(&client));
        client
    }

    /// Strikes a connection out.
    pub(super) fn leave(&self, id: u64) {
        locked(&self.open).remove(&id);
    }

    fn list(&self) -> String {
        let open: Vec<_> = locked(&self.open).values().cloned().collect();
        open.iter().map(|client| locked(client).line() + "\n").collect()
    }
}

/// `CLIENT` and its subcommands.
pub(super) fn handle(clients: &Clients, me: &Mutex<Client>, arguments: &[Bytes]) -> Value {
    let Some((subcommand, rest)) = arguments.split_first() else {
        return wrong_number("client");
    };
    let subcommand_name = lower(subcommand);
    match (subcommand_name.as_str(), rest) {
        ("id", []) => Value::count(locked(me).id),
        ("getname", []) => {
            let name = locked(me).name.clone();
            if name.is_empty() { Value::Null } else { Value::text(name) }
        }
        ("setname", [name]) => set_name(me, name),
        ("setinfo", [what, value]) => set_info(me, what, value),
        ("info", []) => Value::text(locked(me).line() + "\n"),
        ("list", []) => Value::text(clients.list()),
        ("list", _) => Value::err("CLIENT LIST with options is not supported yet"),
        ("no-evict" | "no-touch", [switch])
            if switch.eq_ignore_ascii_case(b"on") || switch.eq_ignore_ascii_case(b"off") =>
        {
            Value::OK // nobody is evicted here
        }
        ("no-evict" | "no-touch", [_]) => Value::err("syntax error"),
        ("help", []) => Value::Array(
            [
                "CLIENT <subcommand> [<arg> ...]. Subcommands are:",
                "GETNAME",
                "ID",
                "INFO",
                "LIST",
                "NO-EVICT (ON|OFF)",
                "SETINFO <option> <value>",
                "SETNAME <name>",
            ]
            .map(Value::Simple)
            .to_vec(),
        ),
        ("id" | "getname" | "setname" | "setinfo" | "info" | "no-evict" | "no-touch", _) => {
            wrong_number(&format!("client|{subcommand_name}"))
        }
        _ => unknown_subcommand("CLIENT", subcommand),
    }
}

/// Whether a name fits on a line of `CLIENT LIST`.
fn is_plain(name: &[u8]) -> bool {
    name.len() <= 256 && name.iter().all(|byte| (b'!'..=b'~').contains(byte))
}

/// Names the connection.
pub(super) fn set_name(me: &Mutex<Client>, name: &[u8]) -> Value {
    if !is_plain(name) {
        return Value::err("Client names cannot contain spaces, newlines or special characters.");
    }
    locked(me).name = String::from_utf8_lossy(name).into_owned();
    Value::OK
}

fn set_info(me: &Mutex<Client>, what: &[u8], value: &[u8]) -> Value {
    let text = String::from_utf8_lossy(value).into_owned();
    let what = lower(what);
    if what != "lib-name" && what != "lib-ver" {
        return Value::err(format_args!("Unrecognized option '{what}'"));
    }
    if !is_plain(value) {
        return Value::err(format_args!(
            "{what} cannot contain spaces, newlines or special characters."
        ));
    }
    if what == "lib-name" {
        locked(me).library.0 = text;
    } else {
        locked(me).library.1 = text;
    }
    Value::OK
}
