//! The store over HTTP: siblings and contexts, lists, what describes itself.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test of real hosts"
)]

use ennead_tests::cluster::Cluster;
use ennead_tests::process::{run, stderr, stdout};
use ennead_tests::resp::Reply;
use std::time::{Duration, Instant};

#[test]
fn r6_7_siblings_are_shown_with_a_context_that_settles_them() {
    let cluster = Cluster::start(3, &[]);
    let (one, two, three) = (cluster.http(0), cluster.http(1), cluster.http(2));
    let path = "/v1/kv/city/";
    let nothing = one.get(path).unwrap();
    assert_eq!((nothing.status, nothing.problem().as_str()), (404, "no-value"));
    assert!(!nothing.context.is_empty(), "what is not there has a context, too");

    // Both saw nothing.
    let first = one.send("PUT", path, Some(&nothing.context), b"Seoul").unwrap();
    let second = two.send("PUT", path, Some(&nothing.context), b"Busan").unwrap();
    assert_eq!((first.status, second.status), (204, 204));
    let both = three.get(path).unwrap();
    let mut values = both.values().unwrap();
    values.sort();
    assert_eq!((both.status, values), (300, vec!["Busan".to_owned(), "Seoul".to_owned()]));
    let shown = cluster.resp(0).ask(&["GET", "city"]).unwrap();
    for i in 0..3 {
        assert_eq!(
            cluster.resp(i).ask(&["GET", "city"]).unwrap(),
            shown,
            "one winner on all nodes"
        );
    }

    let url = format!("http://{}", cluster.http_address(1));
    let get = run(&["kv", "get", "city", "--http", &url]);
    let mut lines: Vec<String> = stdout(&get).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["Busan", "Seoul"], "{}", stderr(&get));

    // Who saw only the first leaves the second beside.
    let partly = two.send("PUT", path, Some(&first.context), b"Incheon").unwrap();
    assert_eq!(partly.status, 204);
    let mut values = one.get(path).unwrap().values().unwrap();
    values.sort();
    assert_eq!(values, ["Busan", "Incheon"]);

    // Who saw all settles it.
    let all = one.get(path).unwrap().context;
    assert_eq!(three.send("PUT", path, Some(&all), b"Jeju").unwrap().status, 204);
    assert_eq!(two.get(path).unwrap().values().unwrap(), ["Jeju"]);

    // A delete by one who had not seen the value leaves it.
    assert_eq!(one.send("DELETE", path, Some(&all), b"").unwrap().status, 204);
    assert_eq!(two.get(path).unwrap().values().unwrap(), ["Jeju"]);
    assert_eq!(one.send("DELETE", path, None, b"").unwrap().status, 204);
    assert_eq!(three.get(path).unwrap().status, 404);
    assert_eq!(cluster.resp(1).ask(&["GET", "city"]).unwrap(), Reply::Nil);

    // A context of another cluster is told from one of this.
    let other = Cluster::start(1, &[]);
    let foreign = other.http(0).get(path).unwrap().context;
    let refused = one.send("PUT", path, Some(&foreign), b"x").unwrap();
    assert_eq!((refused.status, refused.problem().as_str()), (400, "context"));
}

#[test]
fn r6_14_a_partition_is_listed_in_order_page_by_page() {
    let cluster = Cluster::start(3, &[]);
    for i in 0..25 {
        let put = cluster.http(i % 3).put(&format!("/v1/kv/list/k{i:02}"), &i.to_string()).unwrap();
        assert_eq!(put.status, 204, "{}", put.text());
    }
    let mut path = "/v1/kv/list?limit=10".to_owned();
    let mut found = Vec::new();
    loop {
        let page = cluster.http(2).get(&path).unwrap().json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 10);
        found.extend(items.iter().map(|item| item["sort"].as_str().unwrap().to_owned()));
        match page["cursor"].as_str() {
            Some(cursor) => path = format!("/v1/kv/list?limit=10&cursor={cursor}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..25).map(|i| format!("k{i:02}")).collect();
    assert_eq!(found, expected);
    let url = format!("http://{}", cluster.http_address(1));
    let scan = run(&["kv", "scan", "list", "--start", "k20", "--reverse", "--http", &url]);
    let lines = stdout(&scan);
    assert_eq!(lines.lines().next(), Some("k24\t24"), "{lines}");
    assert_eq!(lines.lines().count(), 5, "{lines}");
}

#[test]
fn a_node_describes_itself_and_its_cluster() {
    let cluster = Cluster::start(3, &[]);
    assert_eq!(cluster.resp(0).ask(&["MSET", "a", "1", "b", "2"]).unwrap(), Reply::ok());
    let mget = cluster.resp(1).ask(&["MGET", "a", "nothing", "b"]).unwrap();
    assert_eq!(mget, Reply::Array(vec![Reply::bulk("1"), Reply::Nil, Reply::bulk("2")]));
    let view = cluster.http(2).get("/v1/cluster").unwrap().json();
    assert_eq!(view["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(view["node"]["name"], "n3");
    let description = cluster.http(0).get("/openapi.json").unwrap().json();
    for path in ["/healthz", "/v1/cluster", "/v1/kv/{partition}/{sort}"] {
        assert!(description["paths"].get(path).is_some(), "{path} is not described");
    }
    let metrics = cluster.http(0).get("/metrics").unwrap().text();
    assert!(metrics.contains("# TYPE ennead_"), "{metrics}");
    let page = cluster.http(0).get("/").unwrap();
    assert!(page.status == 200 && page.text().contains("cargo xtask site"), "{}", page.text());
    assert_eq!(cluster.resp(0).ask(&["DBSIZE"]).unwrap(), Reply::Number(2));
    assert_eq!(cluster.resp(2).ask(&["FLUSHALL"]).unwrap(), Reply::ok());
    for i in 0..3 {
        assert_eq!(cluster.resp(i).ask(&["EXISTS", "a", "b"]).unwrap(), Reply::Number(0));
    }
    let url = format!("http://{}", cluster.http_address(0));
    let json = run(&["status", "--json", "--http", &url]);
    let status: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(status["node"]["name"], "n1");
}

#[test]
fn r8_7_who_asks_too_often_is_told_to_wait_and_others_are_not() {
    let cluster = Cluster::start(1, &["--rate", "10", "--burst", "50"]);
    let http = cluster.http(0);
    let put = || http.put("/v1/kv/city/", "Seoul").unwrap();
    let began = Instant::now();
    let answers: Vec<_> = (0..400).map(|_| put()).collect();
    let (taken, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 204);
    let most = 51 + usize::try_from(began.elapsed().as_millis()).unwrap() / 100;
    assert!((50..=most).contains(&taken.len()), "{} of 400, expected 50 to {most}", taken.len());
    for answer in &refused {
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (429, "too-often"),
            "{}",
            answer.text()
        );
        assert!(answer.text().contains("10 in 1.000 s, 50 at once from 127."), "{}", answer.text());
    }

    // Reads, other ways in, and what watches the node are not touched.
    assert_eq!(http.get("/v1/kv/city/").unwrap().values().unwrap(), ["Seoul"]);
    let mut resp = cluster.resp(0);
    for _ in 0..400 {
        assert_eq!(resp.ask(&["SET", "city", "Busan"]).unwrap(), Reply::ok());
    }
    assert!((0..100).all(|_| http.get("/healthz").unwrap().status == 200));
    let metrics = http.get("/metrics").unwrap().text();
    let counted = format!("ennead_http_limited_total{{class=\"write\"}} {}", refused.len());
    assert!(metrics.lines().any(|line| line == counted), "{counted}: {metrics}");

    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(put().status, 204, "after the time that was told it is taken");
    let none = Cluster::start(1, &["--rate", "0"]);
    let status = |_| none.http(0).put("/v1/kv/city/", "Seoul").unwrap().status;
    assert!((0..400).map(status).all(|status| status == 204));
}
