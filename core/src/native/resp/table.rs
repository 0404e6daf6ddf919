//! The commands that are understood, and what `COMMAND` tells about them.

use super::value::Value;
use bytes::Bytes;

/// What a command is called and which arguments it takes.
#[derive(Debug)]
pub(super) struct Command {
    /// Its name in lower case.
    pub(super) name: &'static str,
    /// How many words it has, the name included; if negative, at least so many.
    pub(super) arity: i64,
    /// What clients may want to know before they send it.
    pub(super) flags: &'static [&'static str],
    /// Which words are keys: first, last (negative counts from the end) and step; 0 for none.
    pub(super) keys: (i64, i64, i64),
    /// What it does.
    pub(super) summary: &'static str,
    /// Which part of Redis it comes from.
    pub(super) group: &'static str,
}

const READ: &[&str] = &["readonly", "fast"];
const WRITE: &[&str] = &["write", "denyoom"];
const TALK: &[&str] = &["loading", "stale", "fast"];

/// All of them, by name.
pub(super) const COMMANDS: &[Command] = &[
    command("client", -2, TALK, (0, 0, 0), "connection", "What the server knows of connections."),
    command("command", -1, TALK, (0, 0, 0), "server", "The commands that are understood."),
    command("config", -2, &["admin"], (0, 0, 0), "server", "The settings, in Redis's names."),
    command("dbsize", 1, &["readonly"], (0, 0, 0), "server", "Counts the keys of the cluster."),
    command("del", -2, WRITE, (1, -1, 1), "generic", "Deletes keys."),
    command("echo", 2, TALK, (0, 0, 0), "connection", "Answers its argument."),
    command("exists", -2, READ, (1, -1, 1), "generic", "Counts the keys that have a value."),
    command("flushall", -1, WRITE, (0, 0, 0), "server", "Deletes all keys of the cluster."),
    command("get", 2, READ, (1, 1, 1), "string", "Answers the value of a key."),
    command("hello", -1, TALK, (0, 0, 0), "connection", "Chooses the protocol."),
    command("info", -1, TALK, (0, 0, 0), "server", "The state of this node."),
    command("mget", -2, READ, (1, -1, 1), "string", "Answers the values of keys."),
    command("mset", -3, WRITE, (1, -1, 2), "string", "Writes keys, each by itself."),
    command("ping", -1, TALK, (0, 0, 0), "connection", "Answers."),
    command("quit", -1, TALK, (0, 0, 0), "connection", "Closes the connection."),
    command("select", 2, TALK, (0, 0, 0), "connection", "Chooses database 0, the only one."),
    command("set", -3, WRITE, (1, 1, 1), "string", "Writes the value of a key."),
];

const fn command(
    name: &'static str,
    arity: i64,
    flags: &'static [&'static str],
    keys: (i64, i64, i64),
    group: &'static str,
    summary: &'static str,
) -> Command {
    Command { name, arity, flags, keys, summary, group }
}

impl Command {
    /// A command by name, in any case.
    #[must_use]
    pub(super) fn find(name: &[u8]) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.name.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Whether it takes so many words, its name included.
    #[must_use]
    pub(super) fn takes(&self, words: usize) -> bool {
        let words = i64::try_from(words).unwrap_or(i64::MAX);
        if self.arity < 0 { words >= -self.arity } else { words == self.arity }
    }

    /// Whether it changes its keys.
    #[must_use]
    pub(super) fn writes(&self) -> bool {
        self.flags.contains(&"write")
    }

    /// Whether it reads or changes all keys.
    #[must_use]
    pub(super) fn is_over_all(&self) -> bool {
        matches!(self.name, "dbsize" | "flushall")
    }

    fn info(&self) -> Value {
        let (first, last, step) = self.keys;
        let flags = self.flags.iter().map(|flag| Value::Simple(flag)).collect();
        Value::Array(vec![
            Value::text(self.name),
            Value::Integer(self.arity),
            Value::Array(flags),
            Value::Integer(first),
            Value::Integer(last),
            Value::Integer(step),
            Value::Array(Vec::new()),
            Value::Array(Vec::new()),
            Value::Array(Vec::new()),
            Value::Array(Vec::new()),
        ])
    }

    fn docs(&self) -> (Value, Value) {
        let docs = [("summary", self.summary), ("since", "1.0.0"), ("group", self.group)];
        let docs = docs.map(|(name, text)| (Value::text(name), Value::text(text)));
        (Value::text(self.name), Value::Map(docs.to_vec()))
    }
}

/// `COMMAND` and its subcommands.
#[must_use]
pub(super) fn describe(arguments: &[Bytes]) -> Value {
    let Some((subcommand, names)) = arguments.split_first() else {
        return Value::Array(COMMANDS.iter().map(Command::info).collect());
    };
    let known = || names.iter().filter_map(|name| Command::find(name));
    match subcommand.to_ascii_lowercase().as_slice() {
        b"count" if names.is_empty() => Value::count(COMMANDS.len() as u64),
        b"list" if names.is_empty() => {
            Value::Array(COMMANDS.iter().map(|command| Value::text(command.name)).collect())
        }
        b"info" if names.is_empty() => describe(&[]),
        b"info" => {
            let infos = names.iter().map(|name| match Command::find(name) {
                Some(command) => command.info(),
                None => Value::Null,
            });
            Value::Array(infos.collect())
        }
        b"docs" if names.is_empty() => Value::Map(COMMANDS.iter().map(Command::docs).collect()),
        b"docs" => Value::Map(known().map(Command::docs).collect()),
        b"count" | b"list" => wrong_number(&format!("command|{}", lower(subcommand))),
        _ => unknown_subcommand("COMMAND", subcommand),
    }
}

/// Bytes as words in lower case.
#[must_use]
pub(super) fn lower(word: &[u8]) -> String {
    String::from_utf8_lossy(word).to_lowercase()
}

/// A command with too few or too many arguments.
#[must_use]
pub(super) fn wrong_number(name: &str) -> Value {
    Value::err(format_args!("wrong number of arguments for '{name}' command"))
}

/// A subcommand that is not there.
#[must_use]
pub(super) fn unknown_subcommand(command: &str, subcommand: &[u8]) -> Value {
    let got = shortened(subcommand);
    Value::err(format_args!("unknown subcommand '{got}'. Try {command} HELP."))
}

/// A command that is not there, with the beginning of its arguments.
#[must_use]
pub(super) fn unknown(request: &[Bytes]) -> Value {
    let (name, arguments) = match request.split_first() {
        Some((name, arguments)) => (shortened(name), arguments),
        None => (String::new(), request),
    };
    let mut shown = String::new();
    for argument in arguments {
        if shown.len() >= 128 {
            break;
        }
        let room = 128 - shown.len();
        let argument = &argument[..argument.len().min(room)];
        shown.push_str(&format!("'{}' ", String::from_utf8_lossy(argument)));
    }
    Value::err(format_args!("unknown command '{name}', with args beginning with: {shown}"))
}

fn shortened(word: &[u8]) -> String {
    String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_18_errors_are_worded_as_redis_words_them() {
        let request: Vec<Bytes> = ["foo", "a", "b"].map(Bytes::from).to_vec();
        assert_eq!(
            unknown(&request),
            Value::Error("ERR unknown command 'foo', with args beginning with: 'a' 'b' ".into())
        );
        assert_eq!(
            wrong_number("get"),
            Value::Error("ERR wrong number of arguments for 'get' command".into())
        );
        assert_eq!(
            unknown_subcommand("CLIENT", b"x"),
            Value::Error("ERR unknown subcommand 'x'. Try CLIENT HELP.".into())
        );
    }

    #[test]
    fn arity_counts_the_name() {
        let takes = |name: &[u8], words| Command::find(name).unwrap().takes(words);
        assert!(takes(b"GET", 2) && !takes(b"get", 3));
        assert!(takes(b"del", 2) && takes(b"del", 9) && !takes(b"del", 1));
    }

    #[test]
    fn the_table_is_in_order_and_describes_itself() {
        assert!(COMMANDS.is_sorted_by_key(|command| command.name));
        assert_eq!(describe(&["COUNT".into()]), Value::count(COMMANDS.len() as u64));
        assert!(matches!(describe(&[]), Value::Array(all) if all.len() == COMMANDS.len()));
        let info = describe(&["info".into(), "get".into(), "nothing".into()]);
        assert!(matches!(info, Value::Array(found) if found[1] == Value::Null));
    }
}
