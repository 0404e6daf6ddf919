//! Registers on real nodes: what clients see while nodes are killed and stand still must have an order.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test of real hosts"
)]

use ennead::kv::{Update, Updated};
use ennead::sim::linearizable::{Call, check};
use ennead_tests::cluster::Cluster;
use ennead_tests::http::{Answer, Http};
use ennead_tests::secs;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PATH: &str = "/v1/registers/counter";

fn body(update: &Update) -> String {
    let text = |value: &Option<bytes::Bytes>| {
        value.as_ref().map(|value| String::from_utf8_lossy(value).into_owned())
    };
    match update {
        Update::Add(amount) => json!({"add": amount}).to_string(),
        Update::CompareAndSet { expected, value } => {
            json!({"expected": text(expected), "value": text(value)}).to_string()
        }
        Update::Read => String::new(),
    }
}

fn read(answer: &Answer) -> Updated {
    let answer = answer.json();
    Updated {
        applied: answer["applied"].as_bool().unwrap(),
        value: answer["value"].as_str().map(|text| text.to_owned().into()),
        version: answer["version"].as_u64().unwrap(),
    }
}

/// One client that asks again and again, at any node, and writes down what it saw.
fn client(nodes: &[Http], number: u64, start: Instant, stop: &AtomicBool) -> Vec<Call> {
    let micros = || u64::try_from(start.elapsed().as_micros()).unwrap();
    let (mut calls, mut last, mut turn) = (Vec::new(), None, number);
    while !stop.load(Ordering::Relaxed) {
        turn += 1;
        let update = match turn % 4 {
            0 => Update::Read,
            1 | 2 => Update::Add(1),
            _ => Update::CompareAndSet {
                expected: last.clone(),
                value: Some((turn * 10_000 + number).to_string().into()),
            },
        };
        let node = &nodes[usize::try_from(turn / 4 + number).unwrap() % nodes.len()];
        let begun = micros();
        let answer = match &update {
            Update::Read => node.get(PATH),
            change => node.send("POST", PATH, None, body(change).as_bytes()),
        };
        match answer {
            Ok(answer) if answer.status == 200 => {
                let updated = read(&answer);
                last.clone_from(&updated.value);
                calls.push(Call { update, begun, ended: Some((micros(), updated)) });
            }
            // A refusal says whether it may have happened.
            Ok(refused) if refused.json()["may_have_happened"].is_null() => {
                std::thread::sleep(Duration::from_millis(20));
            }
            // Who could not even connect has asked nothing.
            Err(error) if error.to_string().contains("refused") => {
                std::thread::sleep(Duration::from_millis(20));
            }
            _ => calls.push(Call { update, begun, ended: None }),
        }
    }
    calls
}

#[test]
fn r6_20_what_clients_see_of_a_register_has_an_order_while_nodes_die_and_stand_still() {
    let mut cluster = Cluster::start(3, &[]);
    let start = Instant::now();
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..6)
        .map(|number| {
            let addresses: Vec<_> = (0..3).map(|i| cluster.http_address(i)).collect();
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let nodes: Vec<Http> =
                    addresses.into_iter().map(|address| Http::new(address, secs(2))).collect();
                client(&nodes, number, start, &stop)
            })
        })
        .collect();
    std::thread::sleep(secs(1));
    for victim in 0..3 {
        cluster.kill(victim);
        std::thread::sleep(secs(1));
        cluster.start_node(victim);
        cluster.wait_healthy(victim);
        let other = (victim + 1) % 3;
        cluster.node(other).signal("STOP");
        std::thread::sleep(secs(1));
        cluster.node(other).signal("CONT");
        std::thread::sleep(Duration::from_millis(500));
    }
    cluster.wait_all_up();
    std::thread::sleep(secs(1));
    stop.store(true, Ordering::Relaxed);
    let calls: Vec<Call> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    let answered = calls.iter().filter(|call| call.ended.is_some()).count();
    println!("{answered} calls answered, {} unclear", calls.len() - answered);
    assert!(answered > 200, "hardly any load: {answered}");
    check(&calls).unwrap();
}

#[test]
fn r6_20_a_register_refuses_without_a_majority_and_says_what_it_expects() {
    let mut cluster = Cluster::start(3, &[]);
    let http = cluster.http(0);
    let change = |body: &str| http.send("POST", PATH, None, body.as_bytes()).unwrap();
    let created = change(r#"{"expected": null, "value": "a"}"#);
    assert_eq!((created.status, read(&created).applied), (200, true));
    let again = change(r#"{"expected": null, "value": "b"}"#);
    assert_eq!(read(&again), Updated { applied: false, value: Some("a".into()), version: 1 });
    let number = change(r#"{"add": 1}"#);
    assert!(!read(&number).applied, "it holds no number");
    for wrong in ["", "{}", r#"{"add": "1"}"#, r#"{"add": 1, "value": "x"}"#] {
        let refused = change(wrong);
        assert_eq!((refused.status, refused.problem().as_str()), (400, "bad-request"), "{wrong}");
        assert!(refused.text().contains("expected"), "{}", refused.text());
    }
    // A process that is killed and started again keeps what it accepted.
    for i in 0..3 {
        cluster.node(i).signal("KILL");
    }
    for i in 0..3 {
        cluster.kill(i);
        cluster.start_node(i);
    }
    cluster.wait_all_up();
    assert_eq!(read(&cluster.http(2).get(PATH).unwrap()).value, Some("a".into()));
    cluster.kill(1);
    cluster.kill(2);
    let alone = http.get(PATH).unwrap();
    let kind = alone.problem();
    assert!(
        alone.status == 503 && ["no-majority", "unreachable"].contains(&kind.as_str()),
        "{kind}"
    );
}
