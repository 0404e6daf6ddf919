//! Bad input from the outside: refused in words, and neither the servers nor their data suffer.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead::base::{Random, wire};
use ennead::kv::{MAX_KEY, MAX_VALUE};
use ennead::native::founding::Hello;
use ennead_tests::cluster::{Cluster, loopback};
use ennead_tests::process::{run, stderr, stdout};
use ennead_tests::resp::{Reply, command};
use ennead_tests::{secs, within};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Output;

#[test]
fn wrong_usage_exits_with_2_and_says_what_to_do() {
    let wrong: [&[&str]; 15] = [
        &[],
        &["dance"],
        &["serve", "--color"],
        &["serve", "--peer-addr", "nowhere"],
        &["serve", "--http-addr", "127.0.0.1:99999"],
        &["serve", "-n", "x"],
        &["cluster", "--nodes", "0"],
        &["sim", "--minutes", "1"],
        &["sim", "--seed", "-1"],
        &["sim", "--soak", "1"],
        &["sim", "--for", "1"],
        &["sim", "--link", "damaged"],
        &["sim", "--link", "http://127.0.0.1:8101/#store&world=AAAA"],
        &["sim", "--seed", "7", "--nodes", "65"],
        &["kv", "get"],
    ];
    for arguments in wrong {
        let output = run(arguments);
        let words = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {words}");
        assert!(words.contains("Usage") || words.contains("--help"), "{arguments:?}: {words}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["serve", "--help"], &["sim", "--help"], &["--version"]] {
        let output = run(arguments);
        assert!(output.status.success() && stdout(&output).contains("ennead"), "{arguments:?}");
    }
    let gone = run(&["status", "--http", &format!("http://{}:8101", loopback())]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(stderr(&gone).contains("cannot reach"), "{}", stderr(&gone));
}

/// Runs a server that is expected to refuse to start.
fn refused(arguments: &[String]) -> Output {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(&words);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stderr(&output));
    output
}

#[test]
fn a_server_that_cannot_serve_says_why_and_exits_with_1() {
    let mut cluster = Cluster::start(3, &[]);
    assert_eq!(cluster.resp(0).ask(&["SET", "city", "Seoul"]).unwrap(), Reply::ok());

    // Its ports, its data folder, its address.
    let same = refused(&cluster.arguments(0));
    let expected = format!("cannot listen on {}", cluster.peer(0));
    assert!(stderr(&same).contains(&expected), "{}", stderr(&same));
    let with = |mut arguments: Vec<String>, flag: &str, value: &str| {
        let at = arguments.iter().position(|argument| argument == flag).unwrap();
        arguments[at + 1] = value.to_owned();
        arguments
    };
    let elsewhere = |arguments: Vec<String>| {
        let host = loopback();
        let ports = [("--peer-addr", 7101), ("--http-addr", 8101), ("--resp-addr", 9101)];
        ports.iter().fold(arguments, |arguments, (flag, port)| {
            with(arguments, flag, &format!("{host}:{port}"))
        })
    };
    let locked = refused(&elsewhere(cluster.arguments(0)));
    assert!(stderr(&locked).contains("is in use by another process"), "{}", stderr(&locked));
    let open = refused(&with(elsewhere(cluster.arguments(0)), "--http-addr", "0.0.0.0:8101"));
    assert!(stderr(&open).contains("is not a loopback address"), "{}", stderr(&open));
    let port = TcpListener::bind((loopback(), 9_101)).unwrap();
    let taken = port.local_addr().unwrap();
    let busy = refused(&with(cluster.arguments(0), "--peer-addr", &taken.to_string()));
    assert!(stderr(&busy).contains("choose another with --peer-addr"), "{}", stderr(&busy));
    drop(port);

    // The folder of another node, of another cluster, and a file.
    cluster.kill(1);
    let other_name = refused(&with(cluster.arguments(1), "--name", "n9"));
    let words = stderr(&other_name);
    assert!(words.contains("belongs to node \"n2\", this node is \"n9\""), "{words}");
    let stranger = Cluster::start(1, &[]);
    let alone = stranger.arguments(0);
    let file = tempfile::NamedTempFile::new().unwrap();
    let no_folder = refused(&elsewhere(with(
        cluster.arguments(0),
        "--data",
        &file.path().display().to_string(),
    )));
    assert!(stderr(&no_folder).contains("Check that it is a folder"), "{}", stderr(&no_folder));

    // W and R above N.
    let empty = tempfile::tempdir().unwrap();
    let too_many = with(elsewhere(alone), "--data", &empty.path().display().to_string());
    for (flag, words) in [
        ("-w", "w=2, expected 1 to 1"),
        ("-r", "r=2, expected 1 to 1"),
        ("-n", "n=2, expected 1 to 1"),
    ] {
        let mut arguments = too_many.clone();
        arguments.extend([flag.to_owned(), "2".to_owned()]);
        let output = refused(&arguments);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }

    // Nothing of that hurt.
    cluster.start_node(1);
    cluster.wait_healthy(1);
    cluster.wait_all_up();
    for i in 0..3 {
        assert_eq!(cluster.resp(i).ask(&["GET", "city"]).unwrap(), Reply::bulk("Seoul"));
    }
}

#[test]
fn a_node_with_the_data_of_another_cluster_is_kept_out() {
    let mut cluster = Cluster::start(3, &[]);
    assert_eq!(cluster.resp(0).ask(&["SET", "city", "Seoul"]).unwrap(), Reply::ok());
    // While all are away, n1 founds a cluster of its own on another folder.
    (0..3).for_each(|i| cluster.kill(i));
    let kept = cluster.data(0).with_extension("kept");
    std::fs::rename(cluster.data(0), &kept).unwrap();
    let mut alone = cluster.arguments(0);
    while let Some(at) = alone.iter().position(|argument| argument == "--join") {
        alone.drain(at..at + 2);
    }
    cluster.start_node_with(0, &alone);
    cluster.wait_healthy(0);
    assert_eq!(cluster.resp(0).ask(&["SET", "city", "Busan"]).unwrap(), Reply::ok());
    cluster.kill(0);
    (1..3).for_each(|i| cluster.start_node(i));
    (1..3).for_each(|i| cluster.wait_healthy(i));
    cluster.start_node(0);
    let status = cluster.node(0).wait(secs(15));
    let log = cluster.node(0).log_text();
    let last = log.lines().last().unwrap_or_default();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(last.starts_with("error: ") && last.contains("belongs to cluster"), "{log}");
    // The cluster goes on without it, and what it says counts nowhere.
    for i in 1..3 {
        let set = || {
            let set = cluster.resp(i).ask(&["SET", "still", "here"]).unwrap();
            (set == Reply::ok()).then_some(())
        };
        within(secs(10), set, || "the two others do not serve".into());
        assert_eq!(cluster.resp(i).ask(&["GET", "city"]).unwrap(), Reply::bulk("Seoul"));
    }
    // With its own data it is back.
    cluster.kill(0);
    std::fs::remove_dir_all(cluster.data(0)).unwrap();
    std::fs::rename(&kept, cluster.data(0)).unwrap();
    cluster.start_node(0);
    cluster.wait_healthy(0);
    cluster.wait_all_up();
    assert_eq!(cluster.resp(0).ask(&["GET", "still"]).unwrap(), Reply::bulk("here"));
}

/// Sends bytes and reads until the other side ends the connection.
fn throw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(secs(10))).unwrap();
    let _ = stream.write_all(bytes); // it may end the connection in the middle
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer); // a reset is an end, too
    answer
}

fn frame<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire::encode(value, &mut bytes).unwrap();
    bytes
}

#[test]
fn garbage_on_every_port_ends_the_connection_and_nothing_else() {
    let mut cluster = Cluster::start(3, &[]);
    assert_eq!(cluster.resp(0).ask(&["SET", "city", "Seoul"]).unwrap(), Reply::ok());
    let (peer, http, resp) = (cluster.peer(0), cluster.http_address(0), cluster.resp_address(0));
    let mut random = Random::new(7);
    let mut noise = |length: usize| -> Vec<u8> {
        (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect()
    };

    // What a node says first, and what a member could say.
    let hello = hello_of(&cluster, 1);
    let good = frame(&hello);
    let mut frames: Vec<Vec<u8>> =
        vec![b"GET / HTTP/1.1\r\n\r\n".to_vec(), good[..good.len() / 2].to_vec()];
    let mut other_version = good.clone();
    other_version[0] = wire::VERSION + 1;
    let mut too_long = good.clone();
    too_long[2..6].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut long_hello = good.clone();
    long_hello[2..6].copy_from_slice(&wire::MAX_BODY.to_le_bytes());
    long_hello.resize(600_000, 0);
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let foreign = frame(&Hello { magic: 7, ..hello.clone() });
    let mut no_member = hello.clone();
    no_member.me.name = "n9".into();
    frames.extend([other_version, too_long, long_hello, damaged, foreign, frame(&no_member)]);
    frames.push(frame(&"another type"));
    // A greeting of a member, then what is no message, one cut short, and messages of chance.
    frames.push([good.clone(), frame(&"no message")].concat());
    frames.push([good.clone(), vec![wire::VERSION]].concat());
    frames.push([good.clone(), noise(10_000)].concat());
    for length in 1..150 {
        let body = noise(length);
        let mut bytes = good.clone();
        bytes.extend_from_slice(&[wire::VERSION, 0]);
        bytes.extend_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&checksum(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        frames.push(bytes);
    }
    frames.extend((0..40).map(|i| noise(i * 50)));
    for bytes in &frames {
        throw(peer, bytes);
    }
    assert_eq!(throw(peer, &good[..9]).len(), 0, "a greeting cut short is not answered");

    // RESP and HTTP.
    for i in 0..40 {
        throw(resp, &noise(i * 100));
        throw(http, &noise(i * 100));
    }
    let told = |bytes: &[u8]| String::from_utf8_lossy(&throw(resp, bytes)).into_owned();
    assert!(told(b"*x\r\n").starts_with("-ERR Protocol error: invalid multibulk length"));
    assert!(told(b"*1\r\n$99999999999\r\n").starts_with("-ERR Protocol error: invalid bulk"));
    assert!(told(&frame(&1u8)).len() < 200);
    let bad = String::from_utf8_lossy(&throw(http, b"NONSENSE\r\n\r\n")).into_owned();
    assert!(bad.starts_with("HTTP/1.1 400"), "{bad}");

    // A connection that says nothing holds up nobody.
    let _silent: Vec<TcpStream> =
        [peer, http, resp].iter().map(|port| TcpStream::connect(port).unwrap()).collect();
    cluster.assert_all_run();
    cluster.wait_all_up();
    for i in 0..3 {
        assert_eq!(cluster.resp(i).ask(&["GET", "city"]).unwrap(), Reply::bulk("Seoul"));
        assert_eq!(cluster.resp(i).ask(&["SET", "still", "here"]).unwrap(), Reply::ok());
    }
    let metrics = cluster.http(0).get("/metrics").unwrap().text();
    let counted = metrics.lines().filter(|line| !line.starts_with('#') && line.contains("bad_"));
    assert!(counted.clone().count() >= 2, "{metrics}");
    for line in counted {
        assert!(!line.ends_with(" 0"), "{line}: bad connections are counted");
    }
}

fn checksum(body: &[u8]) -> u32 {
    // As `base/wire.rs` describes it: version, length, body.
    let mut bytes = vec![wire::VERSION];
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(body);
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// The greeting of a node, as it answers one.
fn hello_of(cluster: &Cluster, i: usize) -> Hello {
    let seed = Hello {
        magic: ennead::native::founding::MAGIC,
        me: ennead::native::founding::Introduction {
            name: "asker".into(),
            zone: String::new(),
            weight: 1,
            peer: cluster.peer(0),
            http: cluster.peer(0),
            resp: cluster.peer(0),
        },
        everyone: std::iter::once(cluster.peer(0)).collect(),
        founding: None,
        config: None,
    };
    let answer = throw(cluster.peer(i), &frame(&seed));
    wire::decode::<Hello>(&answer).unwrap().expect("a node answers a greeting").0
}

#[test]
fn r6_18_limits_are_told_and_the_connection_goes_on() {
    let cluster = Cluster::start(1, &[]);
    let mut resp = cluster.resp(0);
    let (long_key, long_value) = ("k".repeat(MAX_KEY + 1), "v".repeat(MAX_VALUE + 1));
    let refusals: [(&[&str], &str); 9] = [
        (&["SET", &long_key, "v"], "key of 1025 bytes"),
        (&["SET", "", "v"], "key of 0 bytes"),
        (&["SET", "k", &long_value], "value of 1048577 bytes"),
        (&["SET", "k"], "wrong number of arguments for 'set' command"),
        (&["SET", "k", "v", "NX"], "not supported yet"),
        (&["SET", "k", "v", "sideways"], "syntax error"),
        (&["GET"], "wrong number of arguments for 'get' command"),
        (&["LPUSH", "k", "v"], "unknown command"),
        (&["SELECT", "3"], "DB index is out of range"),
    ];
    for (words, expected) in refusals {
        let reply = resp.ask(words).unwrap();
        let shown: Vec<String> = words.iter().map(|w| w.chars().take(9).collect()).collect();
        assert!(reply.error().contains(expected), "{shown:?}: {reply:?}");
    }
    let largest = "v".repeat(MAX_VALUE);
    assert_eq!(resp.ask(&["SET", &"k".repeat(MAX_KEY), &largest]).unwrap(), Reply::ok());
    assert_eq!(resp.ask(&["GET", &"k".repeat(MAX_KEY)]).unwrap(), Reply::Bulk(largest));

    let http = cluster.http(0);
    let refusals: [(&str, String, &str, u16, &str); 13] = [
        ("PUT", "/v1/kv/k/".into(), &long_value, 413, "value"),
        ("PUT", format!("/v1/kv/{long_key}/"), "v", 400, "key"),
        ("PUT", "/v1/kv/k".into(), "v", 400, "bad-request"),
        ("PUT", "/v1/kv/k/?w=2".into(), "v", 400, "quorum"),
        ("GET", "/v1/kv/k/?r=2".into(), "", 400, "quorum"),
        ("GET", "/v1/kv/k/?n=2".into(), "", 400, "copies"),
        ("GET", "/v1/kv/k/?r=x".into(), "", 400, "bad-request"),
        ("GET", "/v1/kv/k/?colour=red".into(), "", 400, "bad-request"),
        ("POST", "/v1/kv/k/".into(), "v", 405, "method"),
        ("GET", "/v2/kv".into(), "", 404, "not-found"),
        ("GET", "/%ff".into(), "", 400, "bad-request"),
        ("GET", "/v1/crawls/%ff".into(), "", 400, "bad-request"),
        ("GET", "/no-such-code".into(), "", 404, "no-link"),
    ];
    for (method, path, body, status, problem) in refusals {
        let answer = http.send(method, &path, None, body.as_bytes()).unwrap();
        let got = (answer.status, answer.problem());
        let shown: String = path.chars().take(40).collect();
        assert_eq!(got, (status, problem.to_owned()), "{method} {shown}: {}", answer.text());
    }
    let token = http.send("PUT", "/v1/kv/k/", Some("no token"), b"v").unwrap();
    assert_eq!((token.status, token.problem().as_str()), (400, "context"), "{}", token.text());
    assert_eq!(http.get("/v1/kv/k/").unwrap().status, 404, "nothing of that was stored");
}

#[test]
fn r6_5_a_quorum_that_cannot_be_met_is_refused_in_words() {
    let mut cluster = Cluster::start(3, &[]);
    assert_eq!(cluster.resp(0).ask(&["SET", "city", "Seoul"]).unwrap(), Reply::ok());
    cluster.kill(1);
    cluster.kill(2);
    let http = cluster.http(0);
    for quorum in ["strict", "sloppy"] {
        let refused = within(
            secs(10),
            || {
                let answer = http.put(&format!("/v1/kv/city/?quorum={quorum}"), "Busan").ok()?;
                (answer.problem() == "unreachable").then_some(answer)
            },
            || format!("{quorum}: no typed refusal"),
        );
        assert_eq!(refused.status, 503);
        let words = refused.json()["detail"].to_string();
        assert!(words.contains("1 of 2 needed nodes are up; nothing was stored"), "{words}");
        let read = http.get(&format!("/v1/kv/city/?quorum={quorum}")).unwrap();
        assert_eq!((read.status, read.problem().as_str()), (503, "unreachable"));
    }
    let mut resp = cluster.resp(0);
    let words = resp.ask(&["SET", "city", "Busan"]).unwrap();
    assert!(words.error().contains("needed nodes are up"), "{words:?}");
    assert_eq!(resp.ask(&["PING"]).unwrap(), Reply::Simple("PONG".into()));

    // A smaller quorum is served, and the data is as it was once the others are back; what was
    // refused may be seen only if it was said that it may have happened.
    let one = http.get("/v1/kv/city/?r=1").unwrap().values().unwrap();
    assert!(one.contains(&"Seoul".to_owned()) || one.contains(&"Busan".to_owned()), "{one:?}");
    (1..3).for_each(|i| cluster.start_node(i));
    (1..3).for_each(|i| cluster.wait_healthy(i));
    cluster.wait_all_up();
    assert_eq!(http.put("/v1/kv/city/", "Jeju").unwrap().status, 204);
    for i in 0..3 {
        let values = cluster.http(i).get("/v1/kv/city/").unwrap().values().unwrap();
        assert_eq!(values, ["Jeju"], "n{}", i + 1);
    }
}

#[test]
fn r6_18_replies_to_a_pipeline_come_in_order() {
    let cluster = Cluster::start(3, &[]);
    let mut bytes = Vec::new();
    for i in 0..1_000 {
        let (key, value) = (format!("k{}", i % 10), i.to_string());
        bytes.extend(command(&["SET", &key, &value]));
        bytes.extend(command(&["GET", &key]));
        bytes.extend(command(&["ECHO", &value]));
    }
    bytes.extend(b"PING\r\n");
    let mut resp = cluster.resp(1);
    resp.send(&bytes).unwrap();
    for i in 0..1_000 {
        let value = Reply::Bulk(i.to_string());
        assert_eq!(resp.reply().unwrap(), Reply::ok(), "SET {i}");
        assert_eq!(resp.reply().unwrap(), value, "GET {i}");
        assert_eq!(resp.reply().unwrap(), value, "ECHO {i}");
    }
    assert_eq!(resp.reply().unwrap(), Reply::Simple("PONG".into()));
}
