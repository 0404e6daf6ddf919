//! Chat on real nodes: how many messages a second, and how long until the other device has one.

use super::systems::{Client, Measured, failed, get, post};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Between two messages of one person: a little more than the chat allows.
const PACE: Duration = Duration::from_millis(55);

/// Somebody who has logged in.
struct Person {
    id: String,
    client: Client,
}

fn person(address: SocketAddr, name: &str) -> io::Result<Person> {
    let client = Client::new(&[]);
    let body = json!({ "name": name, "password": "a password for a bench" });
    let told = |step: &str, told: Option<Value>| {
        told.ok_or_else(|| failed(format!("{name} was not {step}")))
    };
    let made = told("signed up", client.json(address, &post("/v1/users", &body)))?;
    let opened = told("logged in", client.json(address, &post("/v1/sessions", &body)))?;
    let (Some(id), Some(token)) = (made["id"].as_str(), opened["token"].as_str()) else {
        return Err(failed(format!("{name} was refused: {made} {opened}")));
    };
    Ok(Person { id: id.to_owned(), client: Client::new(&[token.to_owned()]) })
}

/// Messages a second of so many pairs, each of which says the next one when the other, at the next node, has heard
/// the last by long polling; and how long each took from one device to the other.
pub(super) fn load(http: &[SocketAddr], pairs: usize, seconds: u64) -> io::Result<Measured> {
    let mut people = Vec::new();
    for pair in 0..pairs {
        let named = |side: &str| person(http[0], &format!("{side}-{}-{pair}", std::process::id()));
        people.push((named("says")?, named("hears")?));
    }
    let began = Instant::now();
    let end = began + Duration::from_secs(seconds);
    let talk = |number: usize, (says, hears): (Person, Person)| {
        let (here, there) = (http[number % http.len()], http[(number + 1) % http.len()]);
        let mut measured = Measured::default();
        let to = format!("/v1/chat/@{}/messages", hears.id);
        let mut last = 0;
        while Instant::now() < end {
            let from = format!("/v1/chat/@{}/messages?after={last}&wait=4", says.id);
            let body = json!({ "id": format!("{number}-{last}"), "text": "x".repeat(100) });
            let heard = std::thread::scope(|scope| {
                let heard = scope.spawn(|| {
                    let heard = hears.client.json(there, &get(from).by(0));
                    (heard.unwrap_or_default(), Instant::now())
                });
                // The other waits already, as a device does.
                std::thread::sleep(Duration::from_millis(2));
                let asked = Instant::now();
                let sent = says.client.send(here, &post(&*to, &body).by(0));
                let (heard, at) = heard.join().map_err(|_| "a panic".to_owned())?;
                let is_heard = heard["messages"][0]["number"] == json!(last + 1);
                match sent {
                    Ok(_) if !is_heard => Err(format!("{heard} instead of the message")),
                    sent => sent.map(|_| at.duration_since(asked)),
                }
            });
            match heard {
                Ok(took) => {
                    last += 1;
                    measured.micros.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                    std::thread::sleep(PACE.saturating_sub(took));
                }
                Err(why) => measured.fail(why),
            }
        }
        measured
    };
    Ok(std::thread::scope(|scope| {
        let talks: Vec<_> = people
            .into_iter()
            .enumerate()
            .map(|(number, pair)| scope.spawn(move || talk(number, pair)))
            .collect();
        Measured::together(talks, began)
    }))
}
