//! `ennead ids`: ids from a cluster, and what an id says.

use super::client::{Client, ClientError, print};
use crate::base::Wall;
use crate::ids::{self, Decoded, EPOCH, IdError, MAX_COUNT, Reading, Scheme};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// A scheme as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SchemeChoice {
    /// Steps of the number of nodes.
    MultiMaster,
    /// 128 bits: version 7, or version 4 if asked for.
    Uuid,
    /// One counter, leased in ranges.
    Ticket,
    /// Time, worker, sequence.
    Snowflake,
}

impl From<SchemeChoice> for Scheme {
    fn from(choice: SchemeChoice) -> Self {
        match choice {
            SchemeChoice::MultiMaster => Self::MultiMaster,
            SchemeChoice::Uuid => Self::Uuid,
            SchemeChoice::Ticket => Self::Ticket,
            SchemeChoice::Snowflake => Self::Snowflake,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Ids {
    #[command(subcommand)]
    command: IdsCommand,
}

#[derive(Debug, Subcommand)]
enum IdsCommand {
    /// Asks a node for new ids, and prints one a line
    Next {
        /// How they are made
        #[arg(long, default_value = "snowflake")]
        scheme: SchemeChoice,
        /// How many, 1 to 10000
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_COUNT)))]
        count: u16,
        /// The node to ask
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
        http: String,
        /// Print a JSON array of strings
        #[arg(long)]
        json: bool,
    },
    /// Says what ids mean, without asking anybody
    Decode {
        /// The ids
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Their scheme [default: told from their shape]
        #[arg(long)]
        scheme: Option<SchemeChoice>,
        /// The epoch of a Snowflake, in milliseconds since 1970
        #[arg(long, value_name = "MS", default_value_t = EPOCH.as_millis())]
        epoch: u64,
        /// How many servers give multi-master ids
        #[arg(long, value_name = "K", default_value_t = 1)]
        servers: u16,
        /// Print JSON: numbers as strings, since JavaScript's hold 53 bits only
        #[arg(long)]
        json: bool,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The id.
    #[error(transparent)]
    Id(#[from] IdError),
}

/// Runs it.
pub(super) fn run(arguments: &Ids) -> Result<(), Failure> {
    match &arguments.command {
        IdsCommand::Next { scheme, count, http, json } => {
            let client = Client::new(http);
            let path = format!("/v1/ids/{}?count={count}", Scheme::from(*scheme));
            let mut answer = client.send("POST", &path, None, b"")?;
            let bytes = client.success(&mut answer)?;
            let ids: Vec<String> = client.json(&bytes)?;
            let text = if *json { json!(ids).to_string() } else { ids.join("\n") };
            Ok(print(&format!("{text}\n"))?)
        }
        IdsCommand::Decode { ids, scheme, epoch, servers, json } => {
            let (scheme, epoch) = (scheme.map(Scheme::from), Wall::from_millis(*epoch));
            let reading = Reading { scheme, epoch, servers: *servers };
            let decoded: Vec<Decoded> =
                ids.iter().map(|id| ids::decode(id, &reading)).collect::<Result<_, _>>()?;
            let text = if *json {
                let all: Vec<Value> = decoded.iter().map(value).collect();
                format!("{}\n", Value::Array(all))
            } else {
                decoded.iter().map(table).collect::<Vec<_>>().join("\n")
            };
            Ok(print(&text)?)
        }
    }
}

fn value(decoded: &Decoded) -> Value {
    let fields = decoded.fields.iter().map(|field| {
        let bits = (field.bits > 0).then_some(field.bits);
        json!({ "name": field.name, "bits": bits, "value": field.value.to_string() })
    });
    let mut value = Map::new();
    value.insert("id".into(), decoded.id.clone().into());
    value.insert("scheme".into(), decoded.scheme.name().into());
    value.insert("fields".into(), fields.collect());
    value.insert("time".into(), json!(decoded.wall.map(|wall| wall.to_string())));
    Value::Object(value)
}

fn table(decoded: &Decoded) -> String {
    let mut text = format!("{} ({})\n", decoded.id, decoded.scheme);
    for field in &decoded.fields {
        let bits = match field.bits {
            0 => String::new(),
            1 => "1 bit".to_owned(),
            bits => format!("{bits} bits"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:<12} {bits:>8}  {}", field.name, field.value);
    }
    if let Some(wall) = decoded.wall {
        let _ = writeln!(text, "  {:<12} {:>8}  {wall}", "given at", "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_6_an_id_is_explained_in_a_table_and_in_json() {
        let decoded = ids::decode("1541815603606036480", &Reading::default()).unwrap();
        let text = table(&decoded);
        assert!(text.starts_with("1541815603606036480 (snowflake)\n  sign"), "{text}");
        assert!(text.contains("41 bits  367597485448\n"), "{text}");
        assert!(text.ends_with("2022-06-28T16:07:40.105Z\n"), "{text}");
        let value = value(&decoded);
        assert_eq!(value["fields"][1]["value"], "367597485448");
        assert_eq!(value["time"], "2022-06-28T16:07:40.105Z");
    }
}
