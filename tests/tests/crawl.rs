//! `ennead crawl`, `ennead robots` and crawls on a cluster, on real sites of this machine.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

use ennead_tests::cluster::{Cluster, loopback};
use ennead_tests::process::{Process, ennead, run, stderr, stdout};
use ennead_tests::site::{Asked, Site};
use ennead_tests::{secs, within};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How deep crawls go unless they are told otherwise: so far they follow the calendar.
const DEPTH: usize = 32;
/// Requests under way at once unless a crawl is told otherwise.
const PARALLEL: usize = 16;

fn sites(pages: usize) -> [Site; 2] {
    let [one, two] = [loopback(), loopback()].map(|host| SocketAddr::new(host, 8700));
    [Site::start(one, pages, Some(two)), Site::start(two, pages, None)]
}

/// The pages in the index of a crawl, with their files and titles.
fn index(folder: &Path) -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("address\tdepth\toutcome\tfile\ttitle"));
    let fields = lines.map(|line| line.split('\t').map(String::from).collect::<Vec<_>>());
    let pages = fields.filter(|fields| fields[2] == "page");
    pages.map(|fields| (fields[0].clone(), fields[3].clone(), fields[4].clone())).collect()
}

/// No two requests to a site overlap or follow each other faster than `delay`.
fn check_pace(site: &Site, delay: Duration) {
    let mut asked = site.asked();
    asked.sort_by_key(|asked| asked.from);
    // A little less: the pause is kept by the crawler, and measured here.
    let least = delay.mul_f64(0.9);
    for pair in asked.windows(2) {
        let [Asked { until, .. }, Asked { from, .. }] = pair else { continue };
        assert!(*from >= *until + least, "{pair:?}");
    }
}

#[test]
fn r9_8_a_crawl_killed_in_the_middle_resumes_and_loses_nothing() {
    const PAGES: usize = 60;
    let delay = Duration::from_millis(20);
    let sites = sites(PAGES);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let seed = sites[0].url("/");
    let mut arguments = vec!["crawl", &seed, "--any-host", "--allow-private"];
    arguments.extend(["--delay", "20", "--out", out.to_str().unwrap()]);
    let resume = ["crawl", "--resume", "--json", "--out", out.to_str().unwrap()];

    let mut runs = 0;
    for limit in [15, 70, 120] {
        let mut command = Command::new(ennead());
        command.args(if runs == 0 { &arguments[..] } else { &resume });
        let mut process = Process::start("crawl", &mut command, &folder.path().join("log"));
        let is_far = || {
            process.assert_runs();
            (sites[0].asked().len() + sites[1].asked().len() > limit).then_some(())
        };
        within(secs(60), is_far, || format!("not {limit} requests"));
        process.kill();
        runs += 1;
    }
    let ended = run(&resume);
    assert!(ended.status.success(), "{}", stderr(&ended));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&ended)).unwrap();
    assert_eq!(summary["finished"], true);
    assert_eq!(summary["runs"], runs + 1);

    // On the first site the calendar begins one step from the seed, on the second one two.
    let mut expected: BTreeSet<String> = sites[0].expected(DEPTH - 1).into_iter().collect();
    expected.extend(sites[1].expected(DEPTH - 2));
    let found = index(&out);
    let addresses: BTreeSet<String> = found.iter().map(|page| page.0.clone()).collect();
    assert_eq!(addresses, expected);
    assert_eq!(summary["pages"], expected.len());
    // All but the first page of the second site are as on the first one, and `/copy` as `/p1` on both.
    assert_eq!(summary["copies"], PAGES + (DEPTH - 1) + 2);
    assert!(summary["trapped"].as_u64() > Some(0));
    // What was kept just before a kill may turn out a copy of what came first the next time.
    let not_kept = found.iter().filter(|(_, file, _)| file.is_empty()).count() as u64;
    let copies = [&summary["copies"], &summary["near_copies"]].map(|n| n.as_u64().unwrap());
    let copies: u64 = copies.iter().sum();
    let twice = (runs * PARALLEL) as u64;
    assert!((copies.saturating_sub(twice)..=copies).contains(&not_kept), "{not_kept} of {copies}");
    for (address, file, title) in found.iter().filter(|(_, file, _)| !file.is_empty()) {
        let body = std::fs::read_to_string(out.join(file)).unwrap();
        assert!(body.contains(&format!("<title>{title}</title>")), "{address}");
    }
    for site in &sites {
        let times = site.times();
        let again: usize =
            times.iter().filter(|(path, _)| *path != "/robots.txt").map(|(_, n)| n - 1).sum();
        assert!(again <= runs * PARALLEL, "{again} pages were fetched again after {runs} kills");
        assert!(times.keys().all(|path| !path.starts_with("/private/") && path != "/a.png"));
        assert!(times["/robots.txt"] <= runs + 1, "once a run");
        assert!(site.asked().iter().all(|asked| asked.agent.starts_with("ennead/")));
        check_pace(site, delay);
    }

    // What is finished stays so, and the folder is not begun anew by mistake.
    // Only rules are asked for anew, since what they forbade is not written down.
    let pages = || sites[0].asked().iter().filter(|asked| asked.path != "/robots.txt").count();
    let before = pages();
    assert!(run(&resume).status.success());
    assert_eq!(pages(), before);
    let refused = run(&arguments);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("--resume"), "{}", stderr(&refused));
    let other = run(&["crawl", "http://a.example/", "--resume", "--out", out.to_str().unwrap()]);
    assert!(stderr(&other).contains("began at http://127."), "{}", stderr(&other));
}

#[test]
fn r9_8_a_folder_that_is_somebody_elses_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("state/theirs");
    std::fs::create_dir(folder.path().join("state")).unwrap();
    std::fs::write(&theirs, "kept").unwrap();
    let out = folder.path().to_str().unwrap();
    let refused = run(&["crawl", "http://127.0.0.1:9/", "--allow-private", "--out", out]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("name another folder"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_to_string(theirs).unwrap(), "kept");
}

#[test]
fn r9_13_private_addresses_are_refused_unless_they_are_allowed() {
    let sites = sites(3);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let seed = sites[0].url("/");
    let refused = run(&["crawl", &seed, "--out", out.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1), "{}", stdout(&refused));
    assert!(stderr(&refused).contains("--allow-private"), "{}", stderr(&refused));
    assert!(sites[0].asked().is_empty(), "it was asked nevertheless");
    let allowed = run(&[
        "crawl",
        &seed,
        "--max-pages",
        "1",
        "--allow-private",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(allowed.status.success(), "the folder can be used again: {}", stderr(&allowed));
    let wrong = run(&["crawl", "ftp://a.example/", "--out", out.to_str().unwrap()]);
    assert!(stderr(&wrong).contains("expected http or https"), "{}", stderr(&wrong));
}

#[test]
fn r9_3_the_command_robots_answers_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robots.txt");
    std::fs::write(&file, "User-agent: *\nDisallow: /private/\nUser-agent: friend\nAllow: /\n")
        .unwrap();
    let file = file.to_str().unwrap();
    for (agent, url, word, code) in [
        ("ennead", "https://a.example/private/x", "disallowed\n", 1),
        ("ennead", "https://a.example/public", "allowed\n", 0),
        ("friend", "/private/x", "allowed\n", 0),
    ] {
        let ended = run(&["robots", file, "--agent", agent, url]);
        assert_eq!((stdout(&ended).as_str(), ended.status.code()), (word, Some(code)), "{url}");
    }
    for arguments in
        [["robots", "no-such-file", "--agent", "a", "/"], ["robots", file, "--agent", "a", "x:"]]
    {
        let failed = run(&arguments);
        assert_eq!(failed.status.code(), Some(2), "{arguments:?}");
        assert!(!stderr(&failed).is_empty());
    }
}

#[test]
fn r9_8_a_crawl_on_a_cluster_outlives_the_node_that_runs_it() {
    let sites = sites(100);
    let mut cluster = Cluster::start(3, &["--allow-private"]);
    let plan =
        format!(r#"{{"seeds": ["{}"], "any_host": true, "delay_ms": 40}}"#, sites[0].url("/"));
    let opened = cluster.http(0).send("POST", "/v1/crawls", None, plan.as_bytes()).unwrap();
    assert_eq!(opened.status, 201, "{}", opened.text());
    let path = format!("/v1/crawls/{}", opened.json()["id"].as_str().unwrap());
    let asked = || sites[0].asked().len() + sites[1].asked().len();
    within(secs(30), || (asked() > 40).then_some(()), || "the crawl has not begun".into());

    let runs_here = |cluster: &Cluster, i: usize| {
        let metrics = cluster.http(i).get("/metrics").unwrap().text();
        metrics.lines().any(|line| line == "ennead_crawls_taken_total 1")
    };
    let runner = (0..3).find(|&i| runs_here(&cluster, i)).expect("a node has taken it up");
    cluster.kill(runner);
    let other = (runner + 1) % 3;
    let mut last = String::new();
    let finished = || {
        last = cluster.http(other).get(&path).map(|answer| answer.text()).unwrap_or_default();
        let view: serde_json::Value = serde_json::from_str(&last).ok()?;
        (view["status"] == "finished").then_some(view)
    };
    let view = within(secs(90), finished, || "the crawl is not finished".into());
    // Whoever takes it up just after the kill may not reach the store yet, and leaves it to the next.
    let taken_over = usize::try_from(view["runs"].as_u64().unwrap() - 1).unwrap();
    assert!(taken_over >= 1, "{view}");
    let expected = sites[0].expected(DEPTH - 1).len() + sites[1].expected(DEPTH - 2).len();
    assert_eq!(view["progress"]["pages"], expected, "{view}");
    for site in &sites {
        let again: usize = site.times().values().map(|n| n - 1).sum();
        let most = taken_over * (PARALLEL + 1);
        assert!(again <= most, "{again} were asked for again");
        check_pace(site, Duration::from_millis(40));
    }

    for (body, status, kind) in [
        (r#"{"seeds": []}"#, 400, "crawl-plan"),
        (r#"{"seeds": ["http://["]}"#, 400, "bad-request"),
        (r#"{"seeds": ["http://a/"], "depth": 1}"#, 400, "bad-request"),
        (r#"{"seeds": ["http://a/"], "domains": ["http://a/"]}"#, 400, "crawl-plan"),
        ("", 400, "bad-request"),
    ] {
        let refused =
            cluster.http(other).send("POST", "/v1/crawls", None, body.as_bytes()).unwrap();
        assert_eq!((refused.status, refused.problem().as_str()), (status, kind), "{body}");
    }
    // A second one, that is cancelled before it is through.
    let http = cluster.http(other);
    let slow =
        format!(r#"{{"seeds": ["{}"], "any_host": true, "delay_ms": 400}}"#, sites[0].url("/"));
    let second = http.send("POST", "/v1/crawls", None, slow.as_bytes()).unwrap().json();
    let second = format!("/v1/crawls/{}", second["id"].as_str().unwrap());
    let begun = || (http.get(&second).unwrap().json()["status"] == "running").then_some(());
    within(secs(30), begun, || "the second crawl has not begun".into());
    let cancelled = http.send("DELETE", &second, None, b"").unwrap();
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(cancelled.json()["status"], "cancelled");
    let listed = http.get("/v1/crawls?limit=1").unwrap().json();
    assert_eq!(listed["crawls"][0]["status"], "cancelled", "{listed}");
    let cursor = listed["cursor"].as_str().unwrap();
    let rest = http.get(&format!("/v1/crawls?cursor={cursor}")).unwrap().json();
    assert_eq!(rest["crawls"].as_array().unwrap().len(), 1, "{rest}");
    assert_eq!(rest["crawls"][0]["status"], "finished", "{rest}");
    assert!(rest["cursor"].is_null(), "{rest}");
    assert_eq!(http.get("/v1/crawls?limit=0").unwrap().status, 400);
    let again = http.send("DELETE", &path, None, b"").unwrap();
    assert_eq!(again.json()["status"], "finished", "what is finished stays so");

    let unknown = cluster.http(other).get("/v1/crawls/nothing").unwrap();
    assert_eq!((unknown.status, unknown.problem().as_str()), (404, "no-crawl"));
}
