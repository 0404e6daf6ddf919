//! The chat on real clusters: people on different nodes, a third device, nodes killed in the middle.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test of real hosts"
)]

use ennead_tests::cluster::Cluster;
use ennead_tests::http::{Answer, Http};
use ennead_tests::socket::Socket;
use ennead_tests::{secs, within};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Somebody who has signed up and logged in.
struct Person {
    id: String,
    token: String,
}

fn post(http: &Http, path: &str, body: &Value) -> Answer {
    http.send("POST", path, None, body.to_string().as_bytes()).unwrap()
}

fn put(http: &Http, path: &str, body: &Value) -> Answer {
    http.send("PUT", path, None, body.to_string().as_bytes()).unwrap()
}

fn log_in(cluster: &Cluster, node: usize, name: &str) -> (String, Value) {
    let body = json!({ "name": name, "password": "correct horse" });
    let opened = post(&cluster.http(node), "/v1/sessions", &body);
    assert_eq!(opened.status, 201, "{}", opened.text());
    let opened = opened.json();
    (opened["token"].as_str().unwrap().to_owned(), opened)
}

fn person(cluster: &Cluster, name: &str) -> Person {
    let body = json!({ "name": name, "password": "correct horse" });
    let made = post(&cluster.http(0), "/v1/users", &body);
    assert_eq!(made.status, 201, "{}", made.text());
    let (token, _) = log_in(cluster, 0, name);
    Person { id: made.json()["id"].as_str().unwrap().to_owned(), token }
}

impl Person {
    fn http(&self, cluster: &Cluster, node: usize) -> Http {
        cluster.http(node).with("Authorization", &format!("Bearer {}", self.token))
    }

    fn connect(&self, cluster: &Cluster, node: usize, known: &Value) -> (Socket, Value) {
        let connect = || Socket::connect(cluster.http_address(node), &self.token, known).ok();
        within(secs(20), connect, || format!("no socket to n{}", node + 1))
    }
}

fn befriend(cluster: &Cluster, one: &Person, other: &Person) {
    for (who, whom) in [(one, other), (other, one)] {
        let path = format!("/v1/me/friends/{}", whom.id);
        let answer = put(&who.http(cluster, 0), &path, &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// What a device has of a conversation, as it is told: in order, without gaps, each once.
#[derive(Default)]
struct Has {
    messages: Vec<Value>,
}

impl Has {
    fn last(&self) -> u64 {
        self.messages.last().map_or(0, |message| message["number"].as_u64().unwrap())
    }

    fn take(&mut self, frame: &Value) {
        if frame["type"] == "messages" {
            for message in frame["messages"].as_array().unwrap() {
                assert_eq!(message["number"].as_u64().unwrap(), self.last() + 1, "{frame}");
                self.messages.push(message.clone());
            }
        }
    }

    fn until(&mut self, socket: &mut Socket, last: u64) {
        let began = Instant::now();
        while self.last() < last {
            assert!(began.elapsed() < secs(30), "{} of {last} after 30 s", self.last());
            if let Some(frame) = socket.hear(secs(1)).unwrap() {
                self.take(&frame);
            }
        }
    }

    fn texts(&self) -> Vec<&str> {
        self.messages.iter().map(|message| message["text"].as_str().unwrap()).collect()
    }
}

fn said(conversation: &str, id: &str) -> Value {
    let text = format!("text of {id}");
    json!({ "type": "send", "conversation": conversation, "id": id, "text": text, "after": 0 })
}

#[test]
fn r12_4_two_people_on_two_nodes_talk_and_nothing_is_lost_or_doubled_by_kills() {
    let mut cluster = Cluster::start(3, &[]);
    let (ana, ben) = (person(&cluster, "ana"), person(&cluster, "ben"));
    befriend(&cluster, &ana, &ben);
    let (mut a, _) = ana.connect(&cluster, 0, &json!({}));
    let (mut b, welcome) = ben.connect(&cluster, 1, &json!({}));
    assert_eq!(welcome["online"], json!([ana.id]), "Ben sees that Ana is there");
    assert_eq!(a.hear_kind("presence")["users"][0]["user"], ben.id.as_str());

    a.say(&said("@ben", "m1")).unwrap();
    let ack = a.hear_kind("ack");
    assert_eq!((&ack["number"], &ack["new"]), (&json!(1), &json!(true)));
    let conversation = ack["conversation"].as_str().unwrap().to_owned();
    let (mut of_a, mut of_b) = (Has::default(), Has::default());
    of_b.until(&mut b, 1);

    // Said again, by another way and on another node, it is there once.
    let again = json!({ "id": "m1", "text": "text of m1" });
    let path = format!("/v1/chat/{conversation}/messages");
    let answer = post(&ana.http(&cluster, 2), &path, &again);
    assert_eq!((answer.status, &answer.json()["number"]), (200, &json!(1)), "{}", answer.text());

    // Many at once, and the node that takes them is killed in the middle.
    let ids: Vec<String> = (2..=40).map(|i| format!("m{i}")).collect();
    for id in &ids {
        a.say(&said(&conversation, id)).unwrap();
    }
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    while acknowledged.len() < 5 {
        acknowledged.insert(a.hear_kind("ack")["id"].as_str().unwrap().to_owned());
    }
    cluster.kill(0);
    of_a.messages.clear();
    // At another node Ana's device says again what was not acknowledged, and is given all that is there.
    let (mut a, _) = ana.connect(&cluster, 2, &json!({}));
    for id in ids.iter().filter(|id| !acknowledged.contains(*id)) {
        let began = Instant::now();
        'answered: loop {
            a.say(&said(&conversation, id)).unwrap();
            while let Some(frame) = a.hear(secs(5)).unwrap() {
                of_a.take(&frame);
                match frame["type"].as_str() {
                    Some("ack") if frame["id"] == id.as_str() => break 'answered,
                    // While the others notice that the node is gone.
                    Some("error") => break,
                    _ => {}
                }
            }
            assert!(began.elapsed() < secs(30), "{id} is not taken");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    of_a.until(&mut a, 40);
    of_b.until(&mut b, 40);
    assert_eq!(of_a.texts(), of_b.texts(), "one order for all");
    let distinct: BTreeSet<&str> = of_a.texts().into_iter().collect();
    assert_eq!(distinct.len(), 40, "each once");

    // A third device catches up, and one that was away goes on from what it has.
    let (mut c, _) = ben.connect(&cluster, 2, &json!({}));
    let mut of_c = Has::default();
    of_c.until(&mut c, 40);
    assert_eq!(of_c.texts(), of_a.texts());
    drop(c);
    a.say(&said(&conversation, "m41")).unwrap();
    of_b.until(&mut b, 41);
    cluster.start_node(0);
    cluster.wait_healthy(0);
    let known = json!({ &conversation: 40 });
    let (mut c, _) = ben.connect(&cluster, 0, &known);
    of_c.until(&mut c, 41);
    assert_eq!(of_c.texts(), of_b.texts());
}

#[test]
fn r12_2_plain_requests_do_what_a_socket_does_and_long_polling_waits() {
    let cluster = Cluster::start(3, &[]);
    let (ana, ben, cho) =
        (person(&cluster, "ana"), person(&cluster, "ben"), person(&cluster, "cho"));
    befriend(&cluster, &ana, &ben);
    let group = json!({ "name": "climbers", "members": ["ben", cho.id] });
    let refused = post(&ana.http(&cluster, 0), "/v1/chat/groups", &group);
    assert_eq!((refused.status, refused.problem()), (403, "not-friends".into()));
    befriend(&cluster, &ana, &cho);
    let opened = post(&ana.http(&cluster, 0), "/v1/chat/groups", &group);
    assert_eq!(opened.status, 201, "{}", opened.text());
    let conversation = opened.json()["conversation"].as_str().unwrap().to_owned();
    assert_eq!(opened.json()["members"].as_array().unwrap().len(), 3);
    let path = format!("/v1/chat/{conversation}/messages");

    // Long polling: the answer comes with the message, and empty if there is none.
    let waiting = {
        let http = ben.http(&cluster, 1);
        let path = format!("{path}?after=0&wait=8");
        std::thread::spawn(move || (http.get(&path).unwrap(), Instant::now()))
    };
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    let longest = "한".repeat(100_000);
    let sent = post(&ana.http(&cluster, 2), &path, &json!({ "id": "1", "text": longest }));
    assert_eq!((sent.status, &sent.json()["number"]), (201, &json!(1)), "{}", sent.text());
    let (heard, at) = waiting.join().unwrap();
    assert_eq!(heard.json()["messages"][0]["text"], longest.as_str());
    assert!(at.duration_since(began) < secs(3), "{:?}", at.duration_since(began));
    let empty = ben.http(&cluster, 1).get(&format!("{path}?after=1&wait=1")).unwrap();
    assert_eq!(empty.json()["messages"], json!([]));

    // Inbox, what was read, who is in.
    let unread = |person: &Person| {
        let list = person.http(&cluster, 1).get("/v1/chat/conversations").unwrap().json();
        list["conversations"][0]["unread"].as_u64()
    };
    within(secs(20), || (unread(&cho) == Some(1)).then_some(()), || "no inbox".into());
    let read = put(
        &cho.http(&cluster, 1),
        &format!("/v1/chat/{conversation}/read"),
        &json!({"number": 9}),
    );
    assert_eq!(read.status, 204, "{}", read.text());
    assert_eq!(unread(&cho), Some(0));
    let member = format!("/v1/chat/groups/{conversation}/members/{}", cho.id);
    let removed = ana.http(&cluster, 0).send("DELETE", &member, None, b"").unwrap();
    assert_eq!(removed.status, 200, "{}", removed.text());

    let too_long = json!({ "id": "2", "text": "x".repeat(100_001) });
    for (person, method, path, body, kind) in [
        (&ana, "POST", &path, &too_long, "text"),
        (&ana, "POST", &path, &json!({ "id": "", "text": "x" }), "message-id"),
        (&ana, "POST", &path, &json!({ "text": "x" }), "bad-request"),
        (&cho, "POST", &path, &json!({ "id": "3", "text": "x" }), "no-conversation"),
        (
            &ana,
            "POST",
            &"/v1/chat/p2-1/messages".into(),
            &json!({ "id": "3", "text": "x" }),
            "conversation",
        ),
        (
            &ana,
            "POST",
            &"/v1/chat/@ana/messages".into(),
            &json!({ "id": "3", "text": "x" }),
            "alone",
        ),
        (
            &ana,
            "POST",
            &"/v1/chat/@99/messages".into(),
            &json!({ "id": "3", "text": "x" }),
            "no-user",
        ),
        (&ana, "GET", &format!("{path}?limit=0"), &json!({}), "bad-request"),
        (&ana, "GET", &format!("{path}?after=1&before=2"), &json!({}), "bad-request"),
        (&ana, "GET", &format!("{path}?after=1&wait=61"), &json!({}), "bad-request"),
        (
            &ben,
            "DELETE",
            &format!("/v1/chat/groups/{conversation}/members/{}", ana.id),
            &json!({}),
            "not-owner",
        ),
    ] {
        let refused =
            person.http(&cluster, 0).send(method, path, None, body.to_string().as_bytes());
        let refused = refused.unwrap();
        assert_eq!(refused.problem(), kind, "{method} {path}: {}", refused.text());
    }
    let nobody = cluster.http(0).get("/v1/chat/conversations").unwrap();
    assert_eq!(nobody.status, 401);
}

#[test]
fn r12_10_log_in_says_where_and_a_log_out_ends_the_socket_and_is_seen_at_once() {
    let mut cluster = Cluster::start(3, &[]);
    let (ana, ben) = (person(&cluster, "ana"), person(&cluster, "ben"));
    befriend(&cluster, &ana, &ben);
    let (mut a, _) = ana.connect(&cluster, 0, &json!({}));
    let (mut b, _) = ben.connect(&cluster, 1, &json!({}));
    a.hear_kind("presence");
    // The server with the fewest connections.
    let is_third = || {
        let server = cluster.http(1).get("/v1/chat/server").unwrap().json();
        assert!(server["criterion"].is_string(), "{server}");
        (server["node"] == "n3").then_some(())
    };
    within(secs(20), is_third, || "n3 has no connections".into());
    let (_, opened) = log_in(&cluster, 2, "ben");
    let socket = opened["chat_server"]["socket"].as_str().unwrap();
    assert_eq!(socket, format!("ws://{}/v1/chat/socket", cluster.http_address(2)));

    let out = ben.http(&cluster, 2).send("DELETE", "/v1/sessions/current", None, b"").unwrap();
    assert_eq!(out.status, 204, "{}", out.text());
    let began = Instant::now();
    let gone = a.hear_kind("presence");
    assert_eq!(gone["users"][0], json!({ "user": ben.id, "online": false }));
    assert!(began.elapsed() < secs(2), "{:?}", began.elapsed());
    assert_eq!(b.closed(), "4001");
    let refused = Socket::connect(cluster.http_address(1), &ben.token, &json!({}));
    assert!(refused.is_err(), "the token opens nothing");

    // What is not understood is said so, or ends the socket if it comes first.
    a.say(&json!({ "type": "dance" })).unwrap();
    assert_eq!(a.hear_kind("error")["problem"]["status"], 400);
    // A node that is stopped sends its devices elsewhere.
    cluster.node(0).signal("TERM");
    assert_eq!(a.closed(), "1012");
    let metrics = cluster.http(1).get("/metrics").unwrap().text();
    assert!(metrics.contains("ennead_chat_connected_total 1"), "{metrics}");
}
