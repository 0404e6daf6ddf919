//! Unique ids and short addresses on real clusters.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead_tests::cluster::Cluster;
use ennead_tests::http::Answer;
use ennead_tests::process::{run, stderr, stdout};
use ennead_tests::{secs, within};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn ids(cluster: &Cluster, node: usize, path: &str) -> Vec<String> {
    let answer = cluster.http(node).send("POST", path, None, b"").unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn shorten(cluster: &Cluster, node: usize, wish: &Value) -> Answer {
    let body = wish.to_string();
    cluster.http(node).send("POST", "/v1/urls", None, body.as_bytes()).unwrap()
}

fn code(answer: &Answer) -> String {
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    answer.json()["code"].as_str().unwrap().to_owned()
}

#[test]
fn r7_5_ids_of_three_nodes_are_unique_also_while_one_is_killed() {
    let mut cluster = Cluster::start(3, &[]);
    let mut met: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for round in 0..6 {
        for scheme in ["snowflake", "uuid", "ticket", "multi-master"] {
            for node in 0..if round < 3 { 3 } else { 2 } {
                let ids = ids(&cluster, node, &format!("/v1/ids/{scheme}?count=500"));
                assert_eq!(ids.len(), 500);
                let met = met.entry(scheme).or_default();
                assert!(ids.into_iter().all(|id| met.insert(id)), "{scheme} repeats an id");
            }
        }
        if round == 2 {
            cluster.kill(2);
        }
    }
    // What it had is not given again when it comes back.
    cluster.start_node(2);
    cluster.wait_healthy(2);
    for scheme in ["snowflake", "uuid", "ticket", "multi-master"] {
        for id in ids(&cluster, 2, &format!("/v1/ids/{scheme}?count=500")) {
            assert!(met.entry(scheme).or_default().insert(id), "{scheme} repeats an id");
        }
    }
    for (path, kind) in [
        ("/v1/ids/snowflake?count=0", "count"),
        ("/v1/ids/snowflake?count=10001", "count"),
        ("/v1/ids/snowflake?count=many", "bad-request"),
        ("/v1/ids/uuid?version=5", "bad-request"),
        ("/v1/ids/dice", "not-found"),
    ] {
        let refused = cluster.http(0).send("POST", path, None, b"").unwrap();
        assert_eq!(refused.problem(), kind, "{path}: {}", refused.text());
    }
    let metrics = cluster.http(0).get("/metrics").unwrap().text();
    assert!(metrics.contains("ennead_ids_snowflake_total 3000"), "{metrics}");
}

#[test]
fn r7_6_ids_of_the_command_line_decode() {
    let cluster = Cluster::start(1, &[]);
    let url = format!("http://{}", cluster.http_address(0));
    for (scheme, said) in [
        ("snowflake", "data centre"),
        ("uuid", "version"),
        ("ticket", "number"),
        ("multi-master", "number"),
    ] {
        let next = run(&["ids", "next", "--scheme", scheme, "--count", "3", "--http", &url]);
        let lines: Vec<String> = stdout(&next).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 3, "{}", stderr(&next));
        let decoded = run(&["ids", "decode", &lines[0], &lines[2]]);
        let text = stdout(&decoded);
        assert!(text.contains(&lines[0]) && text.contains(&lines[2]), "{text}");
        assert!(text.contains(said), "{scheme}: {text}");
        if matches!(scheme, "snowflake" | "uuid") {
            assert!(text.contains("given at"), "{text}");
        }
    }
    let json = run(&["ids", "next", "--count", "2", "--json", "--http", &url]);
    let ids: Vec<String> = serde_json::from_str(&stdout(&json)).unwrap();
    let decoded = run(&["ids", "decode", "--json", &ids[1]]);
    let decoded: Value = serde_json::from_str(&stdout(&decoded)).unwrap();
    assert_eq!(decoded[0]["id"], ids[1].as_str());
    assert_eq!(decoded[0]["scheme"], "snowflake");
    let wrong = run(&["ids", "decode", "12a"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("\"12a\" is no id"), "{}", stderr(&wrong));
    assert_eq!(run(&["ids", "next", "--count", "0"]).status.code(), Some(2));
}

#[test]
fn r8_1_an_address_is_shortened_at_one_node_and_followed_at_all_while_one_is_killed() {
    let mut cluster = Cluster::start(3, &["--public-url", "https://sho.rt"]);
    let url = "https://example.com/a/long?path=with&more#there";
    let made = shorten(&cluster, 0, &json!({ "url": url }));
    assert_eq!(made.status, 201, "{}", made.text());
    let first = code(&made);
    assert_eq!(made.json()["short_url"], format!("https://sho.rt/{first}"));
    assert_eq!(made.location, format!("https://sho.rt/{first}"));
    for node in 0..3 {
        let followed = cluster.http(node).get(&format!("/{first}")).unwrap();
        assert_eq!((followed.status, followed.location.as_str()), (302, url));
        assert_eq!(followed.cache, "no-store");
        let again = shorten(&cluster, node, &json!({ "url": url }));
        assert_eq!((again.status, code(&again)), (200, first.clone()));
    }
    let permanent = shorten(&cluster, 1, &json!({ "url": url, "redirect": 301 }));
    let followed = cluster.http(2).get(&format!("/{}", code(&permanent))).unwrap();
    assert_eq!((followed.status, followed.location.as_str()), (301, url));
    assert_eq!(followed.cache, "public, max-age=86400");

    // Codes by hash, of which the first is known, and one that is wished for.
    let wiki = "https://en.wikipedia.org/wiki/Systems_design";
    let hashes = [("crc32", "5cb5405"), ("md5", "5a62509"), ("sha1", "0eeae79")];
    for (later, (scheme, expected)) in (0..).zip(hashes) {
        // Links that end at different times are different links.
        let expires_at = 4_000_000_000_000_u64 + later;
        let wish = json!({ "url": wiki, "scheme": scheme, "expires_at": expires_at });
        let made = shorten(&cluster, 2, &wish);
        assert_eq!((made.status, code(&made).as_str()), (201, expected));
        let followed = cluster.http(0).get(&format!("/{expected}")).unwrap();
        assert_eq!(followed.location, wiki);
    }
    let wished = json!({ "url": url, "code": "summer-26" });
    assert_eq!(shorten(&cluster, 1, &wished).status, 201);
    assert_eq!(shorten(&cluster, 2, &wished).status, 200);
    let taken = shorten(&cluster, 0, &json!({ "url": wiki, "code": "summer-26" }));
    assert_eq!((taken.status, taken.problem().as_str()), (409, "taken"));

    // A node is killed in the middle of it all: nothing that was acknowledged is lost.
    let mut links: BTreeMap<String, String> = BTreeMap::new();
    for i in 0..90 {
        if i == 30 {
            cluster.kill(2);
        }
        let url = format!("https://example.com/{i}");
        let answer = shorten(&cluster, i % 2, &json!({ "url": url }));
        if matches!(answer.status, 200 | 201) {
            assert_eq!(links.insert(code(&answer), url), None, "a code for two addresses");
        }
    }
    assert!(links.len() >= 80, "only {} of 90 were acknowledged", links.len());
    cluster.start_node(2);
    cluster.wait_healthy(2);
    cluster.wait_all_up();
    for (i, (code, url)) in links.iter().enumerate() {
        let followed = cluster.http(i % 3).get(&format!("/{code}")).unwrap();
        assert_eq!((followed.status, &followed.location), (302, url), "{}", followed.text());
    }
    // Two nodes that led to each other would lead in circles.
    let other = json!({ "url": format!("http://{}/abc", cluster.http_address(2)) });
    assert_eq!(shorten(&cluster, 0, &other).problem(), "loop");
    within(
        secs(10),
        || {
            let stats = cluster.http(1).get(&format!("/v1/urls/{first}/stats")).ok()?.json();
            (stats["clicks"]["total"].as_u64()? >= 2).then_some(())
        },
        || "clicks are not counted".to_owned(),
    );
}

#[test]
fn r8_7_what_is_unsafe_reserved_or_unknown_is_refused_as_a_problem() {
    let cluster = Cluster::start(1, &[]);
    let own = format!("http://{}/abc", cluster.http_address(0));
    let long = format!("https://example.com/{}", "x".repeat(3_000));
    for (wish, status, kind) in [
        (json!({ "url": "javascript:alert(1)" }), 400, "url"),
        (json!({ "url": "https://user@example.com/" }), 400, "url"),
        (json!({ "url": "https://example.com/\r\nX: y" }), 400, "url"),
        (json!({ "url": long }), 400, "url"),
        (json!({ "url": own }), 400, "loop"),
        (json!({ "url": "https://example.com/", "code": "healthz" }), 400, "reserved"),
        (json!({ "url": "https://example.com/", "code": "abcdefg" }), 400, "code"),
        (json!({ "url": "https://example.com/", "redirect": 307 }), 400, "bad-request"),
        (json!({ "url": "https://example.com/", "expires_at": 5 }), 400, "expired"),
        (json!({ "url": "https://example.com/", "color": "red" }), 400, "bad-request"),
        (json!({ "url": "x".repeat(20_000) }), 413, "body"),
        (json!([]), 400, "bad-request"),
    ] {
        let refused = shorten(&cluster, 0, &wish);
        assert_eq!((refused.status, refused.problem().as_str()), (status, kind), "{wish}");
    }
    for path in ["/nothing", "/favicon.ico", "/v1/urls/nothing/stats"] {
        let missing = cluster.http(0).get(path).unwrap();
        assert_eq!((missing.status, missing.problem().as_str()), (404, "no-link"), "{path}");
    }
    let description = cluster.http(0).get("/openapi.json").unwrap().json();
    for path in ["/v1/ids/{scheme}", "/v1/urls", "/v1/urls/{code}/stats", "/{code}"] {
        assert!(description["paths"].get(path).is_some(), "{path} is not described");
    }
    let wrong = run(&["serve", "--public-url", "ftp://sho.rt"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", stderr(&wrong));
}
