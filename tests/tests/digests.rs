//! The same seed gives the same digest on every machine: this one, WebAssembly in Node.js and
//! WebAssembly in a headless browser, and `ennead sim`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead::base::{Instant, Span};
use ennead::ring::NodeId;
use ennead::sim::{Fault, Link, Options, Sight, Transition, World, run};
use ennead_tests::browser::Browser;
use ennead_tests::cluster::Cluster;
use ennead_tests::process::{self, stderr, stdout};
use ennead_tests::program;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;
const SECONDS: u64 = 20;

/// What both JavaScript hosts compute: digests of seeds, and that of a link.
const SCRIPT: &str = "
    const digests = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const { digest, violations } = simulate({ seed, nodes: 3 + (seed % 5), seconds: 20 });
      digests.push([digest, ...violations].join(' '));
    }
    const cluster = Cluster.fromLink(LINK);
    digests.push(cluster.digest);
";

/// The npm package, built.
fn package() -> PathBuf {
    let pkg = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pkg").canonicalize().unwrap();
    let wasm = pkg.join("ennead_web_bg.wasm");
    assert!(wasm.is_file(), "{} is not there: `cargo xtask npm` builds it", wasm.display());
    pkg
}

/// A world that a person has worked in.
fn world() -> World {
    let mut world = World::new(42, Options::gentle(5));
    let put = |at: u16, value: &str| Transition::Put {
        at: NodeId(at),
        key: "도시".into(),
        value: value.into(),
        sight: Sight::LastRead,
    };
    let inputs = [
        put(0, "서울"),
        Transition::Fault(Fault::Kill(NodeId(1))),
        put(3, "부산"),
        Transition::Fault(Fault::Split(vec![NodeId(0), NodeId(2)])),
        put(0, "제주"),
        Transition::Get { at: NodeId(4), key: "도시".into() },
        Transition::Fault(Fault::Restart(NodeId(1))),
        Transition::Fault(Fault::HealNetwork),
    ];
    let mut until = Instant::ZERO;
    for input in inputs {
        until = until + Span::from_micros(1_234_567);
        world.run_until(until, u64::MAX);
        world.apply(input);
    }
    world.run_until(until + Span::from_secs(3), u64::MAX);
    world
}

#[test]
fn r6_17_20_seeds_have_the_same_digests_natively_in_node_js_and_in_chromium() {
    let pkg = package();
    let world = world();
    let link = Link::of(&world).to_fragment();
    let script = SCRIPT.replace("LINK", &format!("\"{link}\""));

    // Natively, while Node.js computes beside.
    let node = Command::new(program("ENNEAD_NODE", "node", "nodejs"))
        .args(["--input-type=module", "--eval"])
        .arg(format!(
            "import init, {{ Cluster, simulate }} from 'ennead'; await init();
             {script} console.log(JSON.stringify(digests));"
        ))
        .current_dir(&pkg)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut native: Vec<String> = SEEDS
        .map(|seed| {
            let options = Options::from_seed(seed, 3 + u16::try_from(seed % 5).unwrap());
            let report = run(seed, options, Span::from_secs(SECONDS), |_| {});
            assert_eq!(report.violations, [], "seed {seed}\n{options}");
            format!("{:016x}", report.digest)
        })
        .collect();
    native.push(format!("{:016x}", world.digest()));

    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "Node.js: {}", stderr(&output));
    let in_node: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(in_node, native, "Node.js beside this machine");

    // The same files, served by a node, in a browser.
    let site = tempfile::tempdir().unwrap();
    std::fs::write(site.path().join("index.html"), "<!doctype html><title>digests</title>")
        .unwrap();
    std::fs::create_dir(site.path().join("assets")).unwrap();
    for file in ["index.js", "ennead_web.js", "ennead_web_bg.wasm"] {
        std::fs::copy(pkg.join(file), site.path().join("assets").join(file)).unwrap();
    }
    let cluster = Cluster::start(1, &["--site", site.path().to_str().unwrap()]);
    let browser = Browser::start();
    browser.open(&format!("http://{}/", cluster.http_address(0)));
    let found = browser.run_async(&format!(
        "const {{ default: init, Cluster, simulate }} = await import('/assets/index.js');
         await init();
         {script} return digests;"
    ));
    let in_chromium: Vec<String> =
        found.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    assert_eq!(in_chromium, native, "Chromium beside this machine");
}

fn sim(arguments: &[&str]) -> (Option<i32>, String) {
    let output = process::run(&[&["sim"], arguments].concat());
    (output.status.code(), stdout(&output))
}

#[test]
fn r6_17_the_command_prints_options_verdict_and_the_digest_that_the_package_finds() {
    let arguments = ["--seed", "7", "--nodes", "5", "--minutes", "1"];
    let (code, text) = sim(&arguments);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(sim(&arguments), (Some(0), text.clone()), "twice the same");
    let line = |start: &str| {
        let line = text.lines().find(|line| line.starts_with(start));
        line.unwrap_or_else(|| panic!("no line {start:?} in:\n{text}")).to_owned()
    };
    for option in ["seed", "nodes", "latency", "loss", "crashes", "partitions", "verdict"] {
        line(option);
    }
    let digest = line("digest: ")["digest: ".len()..].trim().to_owned();
    assert!(digest.len() == 16 && u64::from_str_radix(&digest, 16).is_ok(), "{digest}");

    let (code, json) = sim(&[&arguments[..], &["--json"]].concat());
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, report["digest"].as_str()), (Some(0), Some(digest.as_str())), "{json}");
    assert_ne!(sim(&["--seed", "8", "--nodes", "5", "--minutes", "1"]).1, text);

    let output = Command::new(program("ENNEAD_NODE", "node", "nodejs"))
        .args(["--input-type=module", "--eval"])
        .arg(
            "import init, { simulate } from 'ennead'; await init();
             console.log(simulate({ seed: 7, nodes: 5, seconds: 60 }).digest);",
        )
        .current_dir(package())
        .output()
        .unwrap();
    assert_eq!(stdout(&output).trim(), digest, "{}", stderr(&output));

    // The link of a world leads there, from an address too, and to the same verdict.
    let link = report["link"].as_str().unwrap();
    let (code, followed) = sim(&["--link", link, "--json"]);
    assert_eq!(code, Some(0), "{followed}");

    let (code, many) = sim(&["--seeds", "1..6", "--nodes", "3", "--minutes", "1"]);
    assert_eq!(code, Some(0), "{many}");
    let (code, many) = sim(&["--seeds", "1..4", "--minutes", "1", "--json"]);
    let sum: Value = serde_json::from_str(&many).unwrap();
    assert_eq!((code, sum["worlds"].as_u64(), &sum["failed"]), (Some(0), Some(3), &json!([])));
    assert!(sum["seeds_per_hour"].as_f64().unwrap() > 0.0, "{many}");
}
