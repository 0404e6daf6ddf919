//! Autocomplete on real nodes, and its commands.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead_tests::cluster::Cluster;
use ennead_tests::process::{run, stderr, stdout};
use ennead_tests::{secs, within};
use serde_json::{Value, json};
use std::fs;

fn search(cluster: &Cluster, node: usize, query: &str) {
    let body = json!({ "query": query }).to_string();
    let answer = cluster.http(node).send("POST", "/v1/queries", None, body.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn suggestions(cluster: &Cluster, node: usize, typed: &str) -> Value {
    let answer = cluster.http(node).get(&format!("/v1/autocomplete?q={typed}")).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["suggestions"].clone()
}

fn wait_for(cluster: &Cluster, node: usize, typed: &str, expected: &Value) {
    within(
        secs(20),
        || (suggestions(cluster, node, typed) == *expected).then_some(()),
        || format!("node {node} suggests {} for {typed}", suggestions(cluster, node, typed)),
    );
}

#[test]
fn r13_2_queries_counted_anywhere_are_suggested_everywhere_and_survive_kills() {
    let mut cluster = Cluster::start(3, &[]);
    for (node, query) in [(0, "Twitter"), (1, "twitch"), (2, "twitter"), (0, "win"), (1, "twitter")]
    {
        search(&cluster, node, query);
    }
    let expected = json!([{"query": "twitter", "count": 3}, {"query": "twitch", "count": 1}]);
    for node in 0..3 {
        wait_for(&cluster, node, "tw", &expected);
    }
    // A node that counted is killed in the middle of it: what it acknowledged is there.
    for _ in 0..20 {
        search(&cluster, 2, "twilight");
    }
    cluster.kill(2);
    let lifted = json!([{"query": "twilight", "count": 20}]);
    for node in 0..2 {
        wait_for(&cluster, node, "twil", &lifted);
    }
    search(&cluster, 0, "twilight");
    cluster.start_node(2);
    cluster.wait_healthy(2);
    let lifted = json!([{"query": "twilight", "count": 21}]);
    for node in 0..3 {
        wait_for(&cluster, node, "twil", &lifted);
    }
    // All processes at once.
    for node in 0..3 {
        cluster.kill(node);
    }
    for node in 0..3 {
        cluster.start_node(node);
    }
    for node in 0..3 {
        cluster.wait_healthy(node);
        wait_for(&cluster, node, "twil", &lifted);
    }
    let metrics = cluster.http(0).get("/metrics").unwrap().text();
    assert!(metrics.contains("ennead_autocomplete_suggestions_total"), "{metrics}");
}

#[test]
fn r13_4_blocked_words_are_hidden_on_every_node() {
    let cluster = Cluster::start(3, &[]);
    for query in ["red apple", "red bad apple"] {
        search(&cluster, 0, query);
    }
    let put = cluster.http(1).send("PUT", "/v1/autocomplete/blocked/bad", None, b"").unwrap();
    assert_eq!(put.status, 204);
    for node in 0..3 {
        wait_for(&cluster, node, "red", &json!([{"query": "red apple", "count": 1}]));
        let blocked = cluster.http(node).get("/v1/autocomplete/blocked").unwrap();
        assert_eq!(blocked.json(), json!({"blocked": ["bad"]}));
    }
    let path = "/v1/autocomplete/blocked/bad";
    assert_eq!(cluster.http(2).send("DELETE", path, None, b"").unwrap().status, 204);
    let both = json!([{"query": "red apple", "count": 1}, {"query": "red bad apple", "count": 1}]);
    wait_for(&cluster, 0, "red", &both);
}

#[test]
fn r13_1_bad_requests_are_refused_in_words() {
    let cluster = Cluster::start(1, &[]);
    let http = cluster.http(0);
    let long = "a".repeat(201);
    let post = |body: &str| http.send("POST", "/v1/queries", None, body.as_bytes()).unwrap();
    for (answer, status, problem) in [
        (http.get(&format!("/v1/autocomplete?q={long}")).unwrap(), 400, "query"),
        (http.get("/v1/autocomplete?q=a&limit=11").unwrap(), 400, "query"),
        (http.get("/v1/autocomplete?q=a&limit=x").unwrap(), 400, "bad-request"),
        (post(r#"{"query": "  "}"#), 400, "query"),
        (post(r#"{"query": "a", "count": 0}"#), 400, "bad-request"),
        (post(r#"{"querry": "a"}"#), 400, "bad-request"),
        (post("{"), 400, "bad-request"),
        (post(&"x".repeat(2 << 20)), 413, "body"),
    ] {
        assert_eq!((answer.status, answer.problem().as_str()), (status, problem));
    }
    assert_eq!(suggestions(&cluster, 0, ""), json!([]), "nothing of it was counted");
}

#[test]
fn r13_4_lists_are_built_asked_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("queries.tsv");
    let path = list.to_str().unwrap();
    let mut text: String = (0..3_000).map(|i| format!("query {i}\t{}\n", 1 + i % 7)).collect();
    text.push_str("Twitter\t35\ntwitter\t1\ntwitch\t29\r\n\n한국\t9\n");
    fs::write(&list, &text).unwrap();

    let built = run(&["autocomplete", "build", path]);
    assert!(built.status.success(), "{}", stderr(&built));
    let snapshot = format!("{path}.snapshot");
    assert!(stdout(&built).contains(&snapshot), "{}", stdout(&built));
    for file in [path, snapshot.as_str()] {
        for (typed, limit, expected) in [
            ("TW", "5", "twitter\t36\ntwitch\t29\n"),
            ("tw", "1", "twitter\t36\n"),
            ("하", "5", "한국\t9\n"),
            ("nothing", "5", ""),
        ] {
            let asked = run(&["autocomplete", "query", file, typed, "--limit", limit]);
            assert!(asked.status.success(), "{}", stderr(&asked));
            assert_eq!(stdout(&asked), expected, "{typed} in {file}");
        }
    }

    // Bad lines are told by number, and nothing is built.
    let bad = folder.path().join("bad.tsv");
    fs::write(&bad, "a\t1\nno tab\nb\tmany\n\t3\nc\t2\n").unwrap();
    let bad = bad.to_str().unwrap();
    let refused = run(&["autocomplete", "build", bad]);
    assert_eq!(refused.status.code(), Some(1));
    for line in [":2:", ":3:", ":4:", "3 of 5 lines"] {
        assert!(stderr(&refused).contains(line), "{line} in {}", stderr(&refused));
    }
    assert!(!fs::exists(format!("{bad}.snapshot")).unwrap());
    assert!(run(&["autocomplete", "build", bad, "--skip-bad"]).status.success());
    let kept = run(&["autocomplete", "query", &format!("{bad}.snapshot"), ""]);
    assert_eq!(stdout(&kept), "c\t2\na\t1\n");
    let mut damaged = fs::read(&snapshot).unwrap();
    damaged[100] ^= 1;
    fs::write(&snapshot, damaged).unwrap();
    let refused = run(&["autocomplete", "query", &snapshot, "t"]);
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    assert_eq!(run(&["autocomplete", "query", path, "t", "--limit", "0"]).status.code(), Some(2));
    assert_eq!(run(&["autocomplete", "query", "/nowhere", "t"]).status.code(), Some(1));

    let cluster = Cluster::start(3, &[]);
    let url = format!("http://{}", cluster.http_address(1));
    let loaded = run(&["autocomplete", "load", path, "--http", &url]);
    assert!(loaded.status.success(), "{}", stderr(&loaded));
    assert_eq!(stdout(&loaded), "3004 lines are counted\n");
    let expected = json!([{"query": "twitter", "count": 36}, {"query": "twitch", "count": 29}]);
    for node in 0..3 {
        wait_for(&cluster, node, "tw", &expected);
    }
}
