//! Accounts and the news feed on real clusters.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead_tests::cluster::Cluster;
use ennead_tests::http::{Answer, Http};
use ennead_tests::{secs, within};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;

/// What every user of these tests has.
const PASSWORD: &str = "correct horse battery";

fn post(http: &Http, path: &str, body: &Value) -> Answer {
    http.send("POST", path, None, body.to_string().as_bytes()).unwrap()
}

/// Signs somebody up at one node and logs in at another; the token.
fn sign_up(cluster: &Cluster, name: &str) -> String {
    let wish = json!({"name": name, "password": PASSWORD, "email": format!("{name}@example.com")});
    let made = post(&cluster.http(0), "/v1/users", &wish);
    assert_eq!(made.status, 201, "{}", made.text());
    log_in(&cluster.http(cluster.len() - 1), name)
}

fn log_in(http: &Http, name: &str) -> String {
    let session = post(http, "/v1/sessions", &json!({"name": name, "password": PASSWORD}));
    assert_eq!((session.status, session.cache.as_str()), (201, "no-store"), "{}", session.text());
    assert_eq!(session.json()["user"]["name"], name);
    session.json()["token"].as_str().unwrap().to_owned()
}

/// A node, asked by somebody.
fn by(cluster: &Cluster, node: usize, token: &str) -> Http {
    cluster.http(node).with("Authorization", &format!("Bearer {token}"))
}

fn befriend(cluster: &Cluster, one: (&str, &str), other: (&str, &str)) {
    let asked = by(cluster, 0, one.1).put(&format!("/v1/me/friends/{}", other.0), "").unwrap();
    assert_eq!(asked.json()["state"], "asked", "{}", asked.text());
    let accepted = by(cluster, 0, other.1).put(&format!("/v1/me/friends/{}", one.0), "").unwrap();
    assert_eq!(accepted.json()["state"], "friends", "{}", accepted.text());
}

fn texts(http: &Http, path: &str) -> Vec<String> {
    let page = http.get(path).unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let posts = page.json()["posts"].as_array().unwrap().clone();
    posts.iter().map(|post| post["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn r12_2_people_sign_up_log_in_at_any_node_and_are_out_everywhere_at_once() {
    let mut cluster = Cluster::start(3, &[]);
    let ana = sign_up(&cluster, "ana");
    for (body, status, kind) in [
        (json!({"name": "ana", "password": "another horse"}), 409, "taken"),
        (json!({"name": "ANA", "password": "another horse"}), 409, "taken"),
        (json!({"name": "a", "password": PASSWORD}), 400, "name"),
        (json!({"name": "1234", "password": PASSWORD}), 400, "name"),
        (json!({"name": "ben", "password": "short"}), 400, "password"),
        (json!({"name": "ben", "password": PASSWORD, "email": "ben"}), 400, "detail"),
        (json!({"name": "ben", "password": PASSWORD, "more": 1}), 400, "bad-request"),
    ] {
        let refused = post(&cluster.http(1), "/v1/users", &body);
        assert_eq!((refused.status, refused.problem().as_str()), (status, kind), "{body}");
    }
    // The same again, as after an answer that was lost.
    let wish = json!({"name": "ana", "password": PASSWORD});
    assert_eq!(post(&cluster.http(2), "/v1/users", &wish).status, 201);
    for (name, password) in [("ana", "wrong password"), ("nobody", PASSWORD)] {
        let refused =
            post(&cluster.http(1), "/v1/sessions", &json!({"name": name, "password": password}));
        assert_eq!((refused.status, refused.problem().as_str()), (403, "credentials"));
    }
    for token in ["", "none", &"A".repeat(43)] {
        let refused = by(&cluster, 1, token).get("/v1/me").unwrap();
        assert_eq!((refused.status, refused.problem().as_str()), (401, "unauthorised"));
    }
    cluster.kill(2); // where the session was opened
    for node in 0..2 {
        let me = by(&cluster, node, &ana).get("/v1/me").unwrap();
        assert_eq!(me.json()["email"], "ana@example.com", "{}", me.text());
    }
    let changed = by(&cluster, 0, &ana)
        .send(
            "PATCH",
            "/v1/me",
            None,
            json!({"display_name": "Ana", "email": ""}).to_string().as_bytes(),
        )
        .unwrap();
    assert_eq!(
        (&changed.json()["display_name"], &changed.json()["email"]),
        (&json!("Ana"), &Value::Null)
    );
    let seen = cluster.http(0).get("/v1/users/ana").unwrap().json();
    assert_eq!((&seen["display_name"], &seen["email"]), (&json!("Ana"), &Value::Null));
    let id = seen["id"].as_str().unwrap();
    assert_eq!(cluster.http(1).get(&format!("/v1/users/{id}")).unwrap().json()["name"], "ana");
    assert_eq!(cluster.http(1).get("/v1/users/nobody").unwrap().problem(), "no-user");

    let out = by(&cluster, 1, &ana).send("DELETE", "/v1/sessions/current", None, b"").unwrap();
    assert_eq!(out.status, 204, "{}", out.text());
    for node in 0..2 {
        within(
            secs(1),
            || (by(&cluster, node, &ana).get("/v1/me").unwrap().status == 401).then_some(()),
            || format!("node {node} still takes a session that was ended"),
        );
    }
    // Eight more wrong tries, and the name is closed for a while.
    let tries = (0..20).map(|_| {
        post(
            &cluster.http(0),
            "/v1/sessions",
            &json!({"name": "ana", "password": "wrong password"}),
        )
    });
    let limited = tries.filter(|answer| answer.status == 429).count();
    assert!(limited >= 10, "only {limited} of 20 tries were refused");
}

#[test]
fn r10_2_devices_are_registered_and_removed() {
    let cluster = Cluster::start(1, &[]);
    let ana = by(&cluster, 0, &sign_up(&cluster, "ana"));
    let device = json!({"platform": "android", "token": "token-1"});
    let made = post(&ana, "/v1/me/devices", &device);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(post(&ana, "/v1/me/devices", &device).json()["id"], made.json()["id"]);
    for i in 2..=32 {
        let device = json!({"platform": "web", "token": format!("token-{i}")});
        assert_eq!(post(&ana, "/v1/me/devices", &device).status, 201);
    }
    let refused = post(&ana, "/v1/me/devices", &json!({"platform": "apple", "token": "one more"}));
    assert_eq!((refused.status, refused.problem().as_str()), (409, "devices"));
    let devices = ana.get("/v1/me/devices").unwrap().json();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 32);
    assert!(!devices.to_string().contains("token-1"), "a token is not shown");
    let path = format!("/v1/me/devices/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(ana.send("DELETE", &path, None, b"").unwrap().status, 204);
    let devices = ana.get("/v1/me/devices").unwrap().json();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 31);
}

#[test]
fn r11_1_a_post_at_one_node_is_in_the_feeds_of_friends_at_all_and_none_is_lost_by_a_kill() {
    let mut cluster = Cluster::start(3, &[]);
    let (ana, ben, eva) =
        (sign_up(&cluster, "ana"), sign_up(&cluster, "ben"), sign_up(&cluster, "eva"));
    befriend(&cluster, ("ana", &ana), ("ben", &ben));
    befriend(&cluster, ("eva", &eva), ("ana", &ana));
    let listed = by(&cluster, 2, &ana).get("/v1/me/friends").unwrap().json();
    assert_eq!(listed["friends"].as_array().unwrap().len(), 2);

    let publish = |node: usize, token: &str, text: &str, key: &str| {
        let http = by(&cluster, node, token).with("Idempotency-Key", key);
        post(&http, "/v1/me/feed", &json!({"text": text}))
    };
    let first = publish(0, &ana, "first", "one");
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(publish(2, &ana, "first", "one").json()["id"], first.json()["id"]);
    for node in 0..3 {
        for token in [&ana, &ben, &eva] {
            assert_eq!(texts(&by(&cluster, node, token), "/v1/me/feed"), ["first"]);
        }
    }
    publish(1, &ben, "second", "two");
    // Ana is a friend of both, Ben and Eva are none of each other.
    assert_eq!(texts(&by(&cluster, 2, &ana), "/v1/me/feed"), ["second", "first"]);
    assert_eq!(texts(&by(&cluster, 2, &eva), "/v1/me/feed"), ["first"]);
    let second = by(&cluster, 0, &ana).get("/v1/me/feed?limit=1").unwrap().json();
    let path = format!("/v1/posts/{}", second["posts"][0]["id"].as_str().unwrap());
    assert_eq!(by(&cluster, 0, &ana).get(&path).unwrap().json()["text"], "second");
    assert_eq!(by(&cluster, 0, &eva).get(&path).unwrap().problem(), "no-post");
    assert_eq!(
        by(&cluster, 0, &ana).send("DELETE", &path, None, b"").unwrap().problem(),
        "not-yours"
    );
    assert_eq!(cluster.http(0).get(&path).unwrap().status, 401);
    for (body, kind) in [
        (json!({"text": " "}), "post"),
        (json!({"text": "x".repeat(10_001)}), "post"),
        (json!({"text": "a", "media": [{"kind": "image", "url": "javascript:1"}]}), "post"),
        (
            json!({"text": "a", "media": [{"kind": "sound", "url": "https://x.test/"}]}),
            "bad-request",
        ),
    ] {
        assert_eq!(post(&by(&cluster, 0, &ana), "/v1/me/feed", &body).problem(), kind, "{body}");
    }

    // Node 3 is killed in the middle of it all.
    let mut said = vec!["second".to_owned(), "first".to_owned()];
    for i in 0..20 {
        if i == 7 {
            cluster.kill(2);
        }
        let text = format!("post {i}");
        let answered = within(
            secs(20),
            || {
                let http = by(&cluster, i % 2, &ana).with("Idempotency-Key", &format!("post-{i}"));
                let answer = post(&http, "/v1/me/feed", &json!({"text": text}));
                (answer.status == 201).then_some(answer)
            },
            || format!("post {i} is not taken"),
        );
        assert_eq!(answered.json()["text"], text.as_str());
        said.insert(0, text);
    }
    cluster.start_node(2);
    cluster.wait_healthy(2);
    for node in 0..3 {
        let mut seen = Vec::new();
        let mut path = "/v1/me/feed?limit=6".to_owned();
        loop {
            let page = by(&cluster, node, &ben).get(&path).unwrap();
            assert_eq!(page.status, 200, "{}", page.text());
            let page = page.json();
            let posts = page["posts"].as_array().unwrap();
            seen.extend(posts.iter().map(|post| post["text"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/me/feed?limit=6&cursor={next}");
        }
        assert_eq!(seen, said, "node {node}");
    }
    let gone = format!("/v1/posts/{}", first.json()["id"].as_str().unwrap());
    assert_eq!(by(&cluster, 1, &ana).send("DELETE", &gone, None, b"").unwrap().status, 204);
    within(
        secs(10),
        || {
            (!texts(&by(&cluster, 2, &ben), "/v1/me/feed?limit=100").contains(&"first".into()))
                .then_some(())
        },
        || "a deleted post is still shown".into(),
    );
}

/// The lines of an open feed.
fn open(cluster: &Cluster, node: usize, token: &str, last: Option<&str>) -> mpsc::Receiver<String> {
    let mut stream = TcpStream::connect(cluster.http_address(node)).unwrap();
    let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
    let request = format!(
        "GET /v1/me/feed/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n{last}\r\n",
        cluster.http_address(node)
    );
    stream.write_all(request.as_bytes()).unwrap();
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The next post of an open feed: its number and its text.
fn next(lines: &mpsc::Receiver<String>) -> (String, String) {
    let (mut id, mut text) = (String::new(), None);
    loop {
        let line = lines.recv_timeout(secs(20)).expect("a post within twenty seconds");
        if let Some(found) = line.strip_prefix("id: ") {
            id = found.to_owned();
        }
        if let Some(data) = line.strip_prefix("data: ") {
            let post: Value = serde_json::from_str(data).unwrap();
            text = Some(post["text"].as_str().unwrap().to_owned());
        }
        if line.is_empty()
            && let Some(text) = text.take()
        {
            return (id, text);
        }
    }
}

#[test]
fn r11_7_an_open_feed_receives_posts_without_asking_again() {
    let cluster = Cluster::start(3, &[]);
    let (ana, ben) = (sign_up(&cluster, "ana"), sign_up(&cluster, "ben"));
    befriend(&cluster, ("ana", &ana), ("ben", &ben));
    let say = |node, text: &str| {
        let said = post(&by(&cluster, node, &ana), "/v1/me/feed", &json!({"text": text}));
        assert_eq!(said.status, 201, "{}", said.text());
    };
    say(0, "before");
    // What is not yet in a feed when that is opened, comes.
    within(
        secs(20),
        || (texts(&by(&cluster, 2, &ben), "/v1/me/feed") == ["before"]).then_some(()),
        || "the first post does not come".into(),
    );
    let lines = open(&cluster, 2, &ben, None);
    within(
        secs(10),
        || lines.try_recv().ok().filter(|line| line.starts_with("content-type: text/event-stream")),
        || "the feed does not open".into(),
    );
    std::thread::sleep(secs(1));
    say(0, "one");
    let (first, text) = next(&lines);
    assert_eq!(text, "one");
    say(1, "two");
    assert_eq!(next(&lines).1, "two");
    drop(lines);
    say(1, "three");
    // Whoever comes back is shown what it missed, in order.
    let lines = open(&cluster, 1, &ben, Some(&first));
    assert_eq!(next(&lines).1, "two");
    assert_eq!(next(&lines).1, "three");
    // And the feed ends with the session.
    let out = by(&cluster, 0, &ben).send("DELETE", "/v1/sessions/current", None, b"").unwrap();
    assert_eq!(out.status, 204);
    within(
        secs(20),
        || match lines.try_recv() {
            Ok(line) => (line == "0").then_some(()), // the last chunk of the body
            Err(mpsc::TryRecvError::Disconnected) => Some(()),
            Err(mpsc::TryRecvError::Empty) => None,
        },
        || "the feed is open though its session has ended".into(),
    );
    let refused = open(&cluster, 0, &ben, None);
    assert!(refused.recv_timeout(secs(5)).unwrap().contains("401"));
    // One user may not take all the places of a node.
    let opened = (0..17).map(|_| open(&cluster, 0, &ana, None)).collect::<Vec<_>>();
    let status = |number: usize| opened[number].recv_timeout(secs(10)).unwrap();
    let refused = (0..17).filter(|&number| !status(number).contains("200")).count();
    assert_eq!(refused, 1, "sixteen feeds of one user");
}
