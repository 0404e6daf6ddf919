//! A person at the page *Accounts*, as a real browser.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead_tests::browser::{Browser, site};
use ennead_tests::cluster::Cluster;
use ennead_tests::secs;
use ennead_tests::within;

#[test]
fn r12_2_a_person_makes_accounts_and_friends_and_kills_who_holds_a_session() {
    let cluster = Cluster::start(1, &["--site", &site()]);
    let browser = Browser::start();
    browser.open(&format!("http://{}/#accounts", cluster.http_address(0)));
    // People who are friends and have sessions before a person does anything; Eva has asked Ben.
    browser.wait("sentence", "textContent", |text| text.contains("with 15 friendships"));
    browser.wait("pair-state", "textContent", |text| text.contains("Eva has asked"));
    browser.wait("person", "textContent", |text| text.contains("trusted by"));
    browser.click("befriend");
    browser.wait("pair-state", "textContent", |text| {
        text.contains("Decided by a majority: friends (version 2)")
    });
    browser.wait("written", "textContent", |text| {
        text.contains("version 2 for Ben, version 2 for Eva")
    });
    browser.wait("sentence", "textContent", |text| text.contains("with 16 friendships"));
    browser.click("block");
    browser.wait("told", "textContent", |text| text.contains("has blocked Eva"));
    let answered = |what: &str| browser.wait("answer", "textContent", |text| text.contains(what));
    browser.click("befriend");
    answered("you have blocked user");

    // Somebody new, known at every node by a token of which no more is shown than its beginning.
    browser.fill("name", "noa");
    browser.fill("password", "an owl at noon");
    browser.click("sign-up");
    browser.wait("person", "textContent", |text| text.contains("Noa"));
    browser.wait("hash", "textContent", |text| text.starts_with("argon2id"));
    browser.click("log-in");
    browser.wait("session", "@data-open", |is_open| is_open == "true");
    browser.fill("password", "an owl at midnight");
    browser.click("log-in");
    answered("no user has this name and password");

    // Two of the three nodes that hold the session are killed. Whoever was asked before still trusts it, others
    // cannot know.
    let nodes = || -> Vec<(String, bool)> {
        let cells = browser.run(
            "return [...document.querySelectorAll('[data-test=session] td')].slice(0, 5).map((cell) =>
               [cell.querySelector('button').dataset.test.slice(-1), cell.textContent.includes('●')])",
        );
        serde_json::from_value(cells).unwrap()
    };
    let holders = within(
        secs(20),
        || {
            Some(nodes().into_iter().filter(|node| node.1).collect::<Vec<_>>())
                .filter(|all| all.len() == 3)
        },
        || format!("not held by three: {:?}", nodes()),
    );
    let others: Vec<String> =
        nodes().into_iter().filter(|node| !node.1).map(|node| node.0).collect();
    let [asked, unasked] = &others[..] else { panic!("{others:?}") };
    let check = |node: &str| browser.click(&format!("check-{node}"));
    let change = |node: &str, verb: &str, status: &str| {
        let name = format!("node-{node}");
        browser.click(&name);
        browser.click(verb);
        browser.wait(&name, "@data-status", |is| is.contains(status));
    };
    check(asked);
    answered("of user");
    for (node, _) in &holders[..2] {
        change(node, "kill", "down");
    }
    browser.wait("sentence", "textContent", |text| text.contains("majority is refused"));
    let trusted = format!("check-{asked}");
    assert!(browser.text(&trusted).ends_with(" s"), "{}", browser.text(&trusted));
    check(unasked);
    answered("refused");
    check(asked);
    answered("of user");
    change(&holders[0].0, "restart", "up");
    within(
        secs(60),
        || {
            check(unasked);
            let by = format!("{unasked} answers");
            let told = browser.wait("answer", "textContent", |text| text.contains(&by));
            told.contains("of user").then_some(())
        },
        || format!("{unasked} cannot check: {}", browser.text("answer")),
    );
    browser.click("log-out");
    browser.wait("session", "@data-open", |is_open| is_open == "false");
    browser.wait(&trusted, "textContent", |text| text == "ask");
    check(asked);
    answered("the token opens no session");
    let errors = browser.errors();
    assert!(errors.is_empty(), "{errors:?}");
}
