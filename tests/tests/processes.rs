//! Real nodes under load: killed, stopped, ended, started again. Nothing acknowledged may be lost.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead_tests::cluster::Cluster;
use ennead_tests::load::{KILLED, Ledger, Load, STOPPED, missing};
use ennead_tests::process::{self, Process};
use ennead_tests::resp::Reply;
use ennead_tests::{program, secs, within};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

#[test]
fn r6_4_what_one_node_is_told_another_answers() {
    let cluster = Cluster::start(3, &[]);
    let set = cluster.resp(0).ask(&["SET", "city", "Seoul"]).unwrap();
    assert_eq!(set, Reply::ok());
    assert_eq!(cluster.resp(2).ask(&["GET", "city"]).unwrap(), Reply::bulk("Seoul"));
    let over_http = cluster.http(1).get("/v1/kv/city/").unwrap();
    assert_eq!((over_http.status, over_http.text().as_str()), (200, "Seoul"));

    let redis = |i: usize, words: &[&str]| {
        let address = cluster.resp_address(i);
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let output = Command::new(program("ENNEAD_REDIS_CLI", "redis-cli", "redis-tools"))
            .args(["-h", &host, "-p", &port])
            .args(words)
            .output()
            .unwrap();
        process::stdout(&output).trim().to_owned()
    };
    assert_eq!(redis(0, &["SET", "city", "Busan"]), "OK");
    assert_eq!(redis(2, &["GET", "city"]), "Busan");
    assert_eq!(redis(1, &["DEL", "city"]), "1");
    assert_eq!(redis(0, &["EXISTS", "city"]), "0");
    let unknown = redis(1, &["LPUSH", "city", "x"]);
    assert!(unknown.starts_with("ERR unknown command"), "{unknown}");
}

#[test]
fn r6_9_any_one_node_may_be_killed_under_load_and_gets_back_what_it_missed() {
    let mut cluster = Cluster::start(3, &[]);
    let mut ledger = Ledger::new();
    for victim in 0..3 {
        let load = Load::start(&cluster.addresses(), 3, &ledger, KILLED);
        load.go_on(secs(1));
        cluster.kill(victim);
        load.go_on(secs(4));
        cluster.start_node(victim);
        cluster.wait_healthy(victim);
        load.go_on(secs(1));
        let outcome = load.stop();
        outcome.check(&format!("n{} killed under load and started again", victim + 1));
        ledger = outcome.ledger;
        cluster.wait_all_up();
        cluster.wait_no_hints();
        holds_all_alone(&mut cluster, victim, &ledger);
    }
}

/// Checks that a node by itself holds all of a ledger: the others stand still meanwhile.
fn holds_all_alone(cluster: &mut Cluster, node: usize, ledger: &Ledger) {
    let http = cluster.http(node);
    let mut lacks = Vec::new();
    let count = cluster.len();
    within(
        secs(40),
        || {
            (0..count).filter(|&i| i != node).for_each(|i| cluster.node(i).signal("STOP"));
            lacks = missing(&http, "?r=1", ledger);
            (0..count).filter(|&i| i != node).for_each(|i| cluster.node(i).signal("CONT"));
            if lacks.is_empty() {
                return Some(());
            }
            // What hints did not bring, repair does every few seconds.
            std::thread::sleep(secs(3));
            None
        },
        || format!("n{} did not get back what it missed", node + 1),
    );
    cluster.wait_all_up();
}

#[test]
fn r6_17_all_nodes_killed_at_once_under_load_lose_nothing_acknowledged() {
    let mut cluster = Cluster::start(3, &[]);
    let mut ledger = Ledger::new();
    for round in 1..=4 {
        let load = Load::start(&cluster.addresses(), 4, &ledger, KILLED);
        load.go_on(secs(1));
        for i in 0..3 {
            cluster.node(i).signal("KILL");
        }
        let outcome = load.stop();
        println!("round {round}: {} writes acknowledged", outcome.writes);
        assert!(outcome.writes > 20, "hardly any load: {outcome:?}");
        let stale: Vec<_> =
            outcome.failures.iter().filter(|failure| failure.contains("acknowledged")).collect();
        assert!(stale.is_empty(), "{stale:#?}");
        ledger = outcome.ledger;
        for i in 0..3 {
            cluster.kill(i);
            cluster.start_node(i);
        }
        for i in 0..3 {
            cluster.wait_healthy(i);
        }
        cluster.wait_all_up();
        for i in 0..3 {
            let lost = missing(&cluster.http(i), "", &ledger);
            assert!(lost.is_empty(), "round {round}, at n{}: {lost:#?}", i + 1);
        }
    }
}

#[test]
fn r6_8_a_stopped_node_is_gone_around_and_goes_on() {
    let mut cluster = Cluster::start(3, &[]);
    let load = Load::start(&cluster.addresses(), 3, &Ledger::new(), STOPPED);
    load.go_on(secs(1));
    cluster.node(1).signal("STOP");
    load.go_on(secs(5));
    cluster.node(1).signal("CONT");
    load.go_on(secs(2));
    let outcome = load.stop();
    outcome.check("n2 stopped for 5 s under load");
    cluster.wait_all_up();
    cluster.wait_no_hints();
    for i in 0..3 {
        let lost = missing(&cluster.http(i), "", &outcome.ledger);
        assert!(lost.is_empty(), "at n{}: {lost:#?}", i + 1);
    }

    // Asked to end, each finishes what is under way and syncs.
    for i in 0..3 {
        cluster.node(i).signal(if i == 0 { "INT" } else { "TERM" });
    }
    for i in 0..3 {
        let node = cluster.node(i);
        let status = node.wait(secs(10));
        assert!(status.success(), "{status}: {}", node.log_tail());
    }
    (0..3).for_each(|i| cluster.start_node(i));
    (0..3).for_each(|i| cluster.wait_healthy(i));
    cluster.wait_all_up();
    let lost = missing(&cluster.http(0), "", &outcome.ledger);
    assert!(lost.is_empty(), "after a restart: {lost:#?}");
}

#[test]
fn a_cluster_on_this_machine_starts_prints_its_processes_and_ends_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let is_free = |base: &u16| {
        [101, 1_101, 2_101, 102, 1_102, 2_102]
            .iter()
            .all(|port| TcpListener::bind(local(base - 100 + port)).is_ok())
    };
    let start = 11_000 + u16::try_from(std::process::id() % 1_000).unwrap() * 10;
    let base = (start..28_000).step_by(7).find(is_free).expect("free ports");
    let mut command = Command::new(process::ennead());
    command.args(["cluster", "--nodes", "2", "--base-port", &base.to_string(), "--data"]);
    command.arg(folder.path());
    let mut parent = Process::start("cluster", &mut command, &folder.path().join("cluster.log"));
    within(
        secs(30),
        || {
            parent.assert_runs();
            parent.log_text().contains("2 nodes serve").then_some(())
        },
        || "the nodes do not serve".into(),
    );
    let text = parent.log_text();
    let id = |name: &str| -> u32 {
        let line = text.lines().find(|line| line.starts_with(&format!("{name}: process ")));
        let line = line.unwrap_or_else(|| panic!("no line of {name} in: {text}"));
        line.split(' ').nth(2).unwrap().trim_end_matches(',').parse().unwrap()
    };
    let (one, two) = (id("n1"), id("n2"));
    let mut resp = ennead_tests::resp::Resp::connect(local(base + 2_001), secs(5)).unwrap();
    assert_eq!(resp.ask(&["SET", "city", "Seoul"]).unwrap(), Reply::ok());

    let url = format!("http://{}", local(base + 1_002));
    let status = process::run(&["status", "--http", &url]);
    let table = process::stdout(&status);
    assert!(status.status.success() && table.contains("n1") && table.contains("n2 *"), "{table}");
    let got = process::run(&["kv", "get", "city", "--http", &url]);
    assert_eq!((got.status.code(), process::stdout(&got).trim()), (Some(0), "Seoul"));
    let nothing = process::run(&["kv", "get", "nowhere", "--http", &url]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(process::stderr(&nothing).contains("\"nowhere\" has no value"));

    // Its ports are taken now: a second cluster says so.
    let second = process::run(&["cluster", "--nodes", "2", "--base-port", &base.to_string()]);
    let words = process::stderr(&second);
    assert_eq!(second.status.code(), Some(1));
    assert!(words.contains(&format!("port {} is in use", base + 1)), "{words}");

    // Even if the parent is killed, no node stays behind.
    parent.kill();
    process::wait_gone(one);
    process::wait_gone(two);
}
