//! The page *Live*: people in windows of real browsers, at different nodes of a real cluster.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead_tests::browser::{Browser, site};
use ennead_tests::cluster::Cluster;
use ennead_tests::secs;
use ennead_tests::within;

/// A window at a node, logged in under a name.
struct Window {
    browser: Browser,
}

impl Window {
    fn open(cluster: &Cluster, node: usize, name: &str, verb: &str) -> Self {
        let browser = Browser::start();
        browser.open(&format!("http://{}/#/live", cluster.http_address(node)));
        browser.wait("page-live", "@aria-current", |current| current == "page");
        browser.fill("live-name", name);
        browser.fill("live-password", "correct horse");
        browser.click(verb);
        browser.wait("who", "textContent", |who| who == name);
        let place = format!("node n{} of three", node + 1);
        browser.wait("sentence", "textContent", |text| {
            text.contains(&place) && text.starts_with(&format!("{name}, at"))
        });
        Self { browser }
    }

    fn say(&self, text: &str) {
        self.browser.fill("say-text", text);
        self.browser.click("say");
    }

    fn sees(&self, place: &str, text: &str) {
        self.browser.wait(place, "textContent", |all| all.contains(text));
    }

    /// What was said in the open conversation, once all of it was kept.
    fn said(&self, count: usize) -> Vec<String> {
        let script = "const talk = document.querySelector('[data-test=talk]');
            const waits = talk.querySelectorAll('.waits, .refused').length;
            return [waits, ...[...talk.querySelectorAll('.text')].map((text) => text.textContent)]";
        let mut last = String::new();
        let look = || {
            let found = self.browser.run(script);
            last = found.to_string();
            let (waits, texts) = found.as_array()?.split_first()?;
            let is_all = waits.as_u64() == Some(0) && texts.len() >= count;
            is_all.then(|| texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
        };
        within(secs(60), look, || format!("not {count} messages; {}", self.browser.console()))
    }
}

#[test]
fn r6_26_people_in_two_windows_befriend_talk_and_post_while_a_node_is_killed() {
    let mut cluster = Cluster::start(3, &["--site", &site()]);
    let ana = Window::open(&cluster, 0, "ana", "sign-up");
    let ben = Window::open(&cluster, 1, "ben", "sign-up");

    // One asks, the other accepts; both see it without loading anything anew.
    ana.browser.fill("other", "nobody.here");
    ana.browser.click("befriend");
    ana.sees("trouble-people", "No such user");
    ana.browser.fill("other", "ben");
    ana.browser.click("befriend");
    ben.browser.click("accept-ana");
    ben.browser.click("open-ana");
    ana.browser.click("open-ben");
    ana.sees("open-ben", "on-line");

    // They talk both ways, and see what was read.
    ana.say("Good morning");
    ben.sees("talk", "Good morning");
    ben.say("Good evening");
    ana.sees("talk", "Good evening");
    ana.sees("talk", "read · 1");
    ben.sees("talk", "read · 2");

    // A post is at the friend's at once.
    ben.browser.fill("post-text", "The sea is calm today");
    ben.browser.click("post");
    ana.sees("posts", "The sea is calm today");

    // A third window catches up.
    let third = Window::open(&cluster, 2, "ana", "log-in");
    third.browser.click("open-ben");
    third.sees("posts", "The sea is calm today");
    assert_eq!(third.said(2), ["Good morning", "Good evening"]);

    // Its node is killed in the middle. Whoever is elsewhere goes on; who is there is told where to go.
    for number in 0..3 {
        ana.say(&format!("a{number}"));
    }
    cluster.kill(2);
    for number in 3..6 {
        ana.say(&format!("a{number}"));
        ben.say(&format!("b{number}"));
    }
    third.say("from the third");
    third.browser.wait("sentence", "textContent", |text| text.contains("does not answer"));
    let link = third.browser.read("node-n1", "href");
    assert_eq!(link, format!("http://{}/#/live", cluster.http_address(0)));
    let said = ana.said(11);
    assert_eq!(ben.said(11), said);
    let mut sorted = said;
    sorted[2..].sort();
    let all = ["a0", "a1", "a2", "a3", "a4", "a5", "b3", "b4", "b5"];
    assert_eq!(sorted[2..], all);

    // The node comes back: what waited is said once, what was missed is there once.
    cluster.start_node(2);
    cluster.wait_healthy(2);
    third.sees("talk", "b5");
    ben.sees("talk", "from the third");
    let said = third.said(12);
    assert_eq!(said.len(), 12, "{said:?}");
    assert_eq!(ana.said(12), said);
    assert_eq!(ben.said(12), said);

    // A token is of its window: after a load it is still there, after logging out it is not.
    let _ = ben.browser.run("location.reload()");
    ben.browser.wait("who", "textContent", |who| who == "ben");
    ben.browser.click("log-out");
    ben.browser.wait("log-in", "textContent", |text| !text.is_empty());
    let kept = ben.browser.run("return sessionStorage.length");
    assert_eq!(kept.as_u64(), Some(0));
    for window in [&ana, &ben] {
        let errors = window.browser.errors();
        // The question for somebody who is not there is answered 404, which browsers write down.
        let own: Vec<&String> =
            errors.iter().filter(|error| !error.contains("/nobody.here")).collect();
        assert!(own.is_empty(), "{own:?}");
    }
}
