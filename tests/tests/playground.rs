//! A person at the page, as a real browser: what the README promises, clicked through.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead::base::{Instant, Span};
use ennead::sim::{Link, Options, World};
use ennead_tests::browser::{Browser, ENTER, TAB, site};
use ennead_tests::cluster::Cluster;
use ennead_tests::secs;
use ennead_tests::within;

/// A page of the built site, once it is ready.
fn open_page(page: &str) -> (Cluster, Browser) {
    let cluster = Cluster::start(1, &["--site", &site()]);
    let browser = Browser::start();
    browser.open(&format!("http://{}/#{page}", cluster.http_address(0)));
    ready(&browser);
    (cluster, browser)
}

fn ready(browser: &Browser) {
    within(
        secs(30),
        || {
            let ready = browser.run("return document.documentElement.dataset.ready");
            (ready.as_str() == Some("1")).then_some(())
        },
        || format!("the page does not become ready; {}", browser.console()),
    );
}

/// Lets the world run fast, so that the test need not wait for what takes it seconds.
fn hurry(browser: &Browser) {
    let script = "const speed = document.querySelector('[data-test=speed]');
        speed.value = Math.round(speed.max * 0.8);
        speed.dispatchEvent(new InputEvent('input', { bubbles: true }));
        return speed.value";
    let _ = browser.run(script);
}

/// Makes a choice of a field, by its place.
fn choose(browser: &Browser, field: &str, place: u8) {
    let _ = browser.run(&format!(
        "const field = document.querySelector('[data-test={field}]');
         field.selectedIndex = {place};
         field.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    ));
}

/// The link that the page puts into the clipboard.
fn copied_link(browser: &Browser) -> String {
    let _ = browser.run(
        "window.copied = null;
         Object.defineProperty(navigator, 'clipboard', { configurable: true,
           value: { writeText: (text) => { window.copied = text; return Promise.resolve(); } } });",
    );
    browser.click("copy-link");
    within(
        secs(10),
        || browser.run("return window.copied").as_str().map(str::to_owned),
        || "no link is copied".into(),
    )
}

fn no_errors(browser: &Browser) {
    let errors = browser.errors();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn r6_25_a_person_puts_kills_restarts_splits_and_shares() {
    let cluster = Cluster::start(1, &["--site", &site()]);
    let address = format!("http://{}/", cluster.http_address(0));
    let browser = Browser::start();
    browser.open(&address);
    ready(&browser);
    assert!(!browser.wait("sentence", "textContent", |text| !text.is_empty()).is_empty());
    hurry(&browser);

    // Put a key, see who holds it.
    browser.fill("key", "city");
    browser.fill("value", "Seoul");
    browser.click("put");
    browser.wait("key-value", "textContent", |value| value.contains("Seoul"));
    let owners = browser.wait("owners", "textContent", |names| names.contains(','));
    let owners: Vec<&str> = owners.split(", ").collect();
    assert_eq!(owners.len(), 3, "{owners:?}");
    browser.wait("holders", "textContent", |text| owners.iter().all(|name| text.contains(name)));
    browser.click("get");
    browser.wait("answer", "textContent", |text| text.contains("Seoul"));

    // Kill an owner, write: a stand-in keeps a hint. Start it again: the hint is handed over.
    let victim = owners[1];
    let node = format!("node-{victim}");
    browser.click(&node);
    browser.click("kill");
    browser.wait(&node, "@data-status", |class| class.contains("down"));
    let hints = || -> u64 {
        let all = browser.run(
            "return [...document.querySelectorAll('[data-hints]')].map((node) => node.dataset.hints)",
        );
        all.as_array().unwrap().iter().map(|n| n.as_str().unwrap().parse::<u64>().unwrap()).sum()
    };
    browser.fill("value", "Busan");
    browser.click("put");
    browser.wait("key-value", "textContent", |value| value.contains("Busan"));
    within(secs(20), || (hints() > 0).then_some(()), || "no stand-in keeps a hint".into());
    if browser.text("restart").is_empty() {
        browser.click(&node); // the inspector had turned to the key
    }
    browser.click("restart");
    browser.wait(&node, "@data-status", |class| !class.contains("down"));
    within(secs(30), || (hints() == 0).then_some(()), || "hints are not handed over".into());
    browser.wait("holders", "textContent", |text| text.contains(victim));

    // Two writes that do not know of each other; then one is kept.
    browser.fill("key", "rivals");
    browser.fill("value", "Jeju");
    browser.click("siblings");
    browser.wait("sibling-list", "textContent", |text| text.contains("Jeju"));
    browser.click("keep");
    browser.wait("key-value", "textContent", |value| !value.is_empty());

    // Cut the network in two (A and B are chosen for one side already), and heal it.
    browser.wait("side-A", "@aria-pressed", |pressed| pressed == "true");
    browser.click("split");
    browser.wait("network", "textContent", |text| text.contains("cut · 6"));
    browser.click("heal");
    browser.wait("network", "textContent", |text| text.contains("whole"));

    // Pause, step, and share: the link leads to the same digest here and on this machine.
    browser.click("pause");
    browser.wait("pause", "@aria-pressed", |pressed| pressed == "true");
    let before = browser.wait("digest", "textContent", |digest| digest.len() == 16);
    browser.click("step");
    let stepped =
        browser.wait("digest", "textContent", |digest| digest.len() == 16 && digest != before);
    let moment = browser.text("moment");
    let link = copied_link(&browser);
    let (_, fragment) = link.split_once("world=").expect("a link carries its world");
    let replayed = replay(fragment);
    assert_eq!(format!("{:016x}", replayed.digest()), stepped, "this machine beside the page");

    browser.open("about:blank");
    browser.open(&link);
    ready(&browser);
    browser.wait("digest", "textContent", |digest| digest == stepped);
    assert_eq!(browser.text("moment"), moment);
    no_errors(&browser);
}

fn replay(fragment: &str) -> World {
    let link = Link::parse(fragment).unwrap();
    let mut world = link.begin();
    while !link.advance(&mut world, 100_000) {}
    world
}

#[test]
fn r6_17_the_page_opens_a_world_of_the_simulator_and_refuses_a_damaged_link() {
    let cluster = Cluster::start(1, &["--site", &site()]);
    let address = format!("http://{}/", cluster.http_address(0));
    let mut world = World::new(11, Options::from_seed(11, 5));
    world.run_until(Instant::ZERO + Span::from_secs(20), u64::MAX);
    let fragment = Link::of(&world).to_fragment();
    let browser = Browser::start();
    browser.open(&format!("{address}#world={fragment}"));
    ready(&browser);
    let expected = format!("{:016x}", world.digest());
    browser.wait("digest", "textContent", |digest| digest == expected);
    assert_eq!(browser.text("seed"), "11");

    browser.open("about:blank");
    browser.open(&format!("{address}#world={}", &fragment[..fragment.len() - 9]));
    ready(&browser);
    browser.wait("notice", "textContent", |text| !text.is_empty());
    assert!(!browser.text("sentence").is_empty(), "the page goes on with a world of its own");
    assert_eq!(cluster.http(0).get("/healthz").unwrap().status, 200);
}

#[test]
fn r5_8_a_person_sees_what_the_ring_moves_and_what_modulo_would() {
    let (_cluster, browser) = open_page("ring");
    browser.wait("sentence", "textContent", |text| text.contains("Four servers"));

    // A server joins, by button: only it gains keys, so as few move as can be.
    browser.click("join");
    browser.wait("server-E", "textContent", |text| text.trim() == "E");
    let costs = || -> Vec<Vec<String>> {
        let rows = browser.run(
            "return [...document.querySelectorAll('.costs tbody tr')]
               .map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent))",
        );
        serde_json::from_value(rows).unwrap()
    };
    let number = |text: &str| text.parse::<u32>().unwrap();
    let join = costs();
    assert_eq!((&join[0][0], join[2][0].as_str()), (&join[1][0], "1.00"), "{join:?}");
    assert!(number(&join[0][1]) > 2 * number(&join[0][0]), "modulo moves most: {join:?}");

    // It leaves, by keys: what had gone to it goes home.
    let _ = browser.run(
        "for (const key of ['5', 'k'])
           document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));",
    );
    browser.wait("ring-change", "textContent", |text| text.starts_with("E left"));
    assert_eq!(costs()[0][0], join[0][0]);

    // The time bar goes back to where it had joined, and on again.
    browser.wait("ring-moment", "textContent", |text| text == "change 2 of 2");
    browser.click("ring-back");
    browser.wait("ring-change", "textContent", |text| text.starts_with("E joined"));
    assert_eq!(costs(), join);
    browser.click("ring-on");
    browser.wait("ring-change", "textContent", |text| text.starts_with("E left"));

    // A key of the page is where the core says that it is.
    browser.fill("ring-key", "harbour");
    let mut ring = ennead::ring::HashRing::new();
    let names = ["A", "B", "C", "D"];
    for (id, name) in (0..).zip(names) {
        let member = ennead::ring::Member::new(ennead::ring::NodeId(id), name);
        ring.add_with_points(&member, 16).unwrap();
    }
    let owner = names[ring.owner(b"harbour").unwrap().index()];
    browser.wait("ring-key-facts", "textContent", |text| text.contains("harbour"));
    browser.wait("ring-owner", "textContent", |name| name == owner);

    // The other page is one click away, and the world goes on beneath.
    browser.click("page-store");
    browser.wait("key", "value", |key| !key.is_empty());
    assert!(browser.text("ring-owner").is_empty());
    no_errors(&browser);
}

#[test]
fn r7_5_a_person_gives_ids_of_all_schemes_and_takes_one_apart() {
    let (_cluster, browser) = open_page("ids");
    hurry(&browser);
    let lanes =
        || ["multi-master", "uuid", "ticket", "snowflake"].map(|scheme| format!("lane-{scheme}"));
    // Somebody has been given ids of each scheme before a person does anything.
    for lane in lanes() {
        browser.wait(&lane, "textContent", |text| text.contains(": 0 repeated"));
    }
    browser.click("give-all");
    let first = browser.wait("answer", "textContent", |text| text.contains("4 ids from"));
    let _ = browser.run("document.querySelector('[data-test=lane-snowflake] button').click()");
    let decoded = browser.wait("decoded", "textContent", |text| text.contains("Sequence"));
    assert!(decoded.contains("41 bits") && decoded.contains("Given at"), "{decoded}");
    // The clock goes back, and no id comes twice.
    browser.click("jump");
    browser.click("give-all");
    browser.wait("answer", "textContent", |text| text.contains("4 ids from") && text != first);
    for lane in lanes() {
        browser.wait(&lane, "textContent", |text| text.contains(": 0 repeated"));
    }
    assert!(browser.text("clocks").contains("120"), "{}", browser.text("clocks"));
    no_errors(&browser);
}

#[test]
fn r8_1_a_person_shortens_an_address_and_sees_its_way() {
    let (_cluster, browser) = open_page("shortener");
    // Links that were made and followed before a person does anything.
    browser.wait("links", "textContent", |text| text.contains("/Consistent_hashing"));
    browser.wait("sentence", "textContent", |text| text.contains("have made 4 links"));
    hurry(&browser);

    let answered = |what: &str| browser.wait("answer", "textContent", |text| text.contains(what));
    choose(&browser, "via", 1);
    browser.click("shorten");
    let flow = browser.wait("flow", "textContent", |text| text.contains("/Systems_design"));
    assert!(flow.contains("302 Location: https://en.wikipedia.org/wiki/Systems_design"), "{flow}");
    answered("A answers: ");
    browser.wait("sentence", "textContent", |text| text.contains("have made 5 links"));
    // Three nodes hold it, and any other leads whoever clicks on.
    let holders = "return [...document.querySelectorAll('[data-test=flow] li:nth-child(3) .chip')]
        .map((chip) => chip.textContent)";
    within(
        secs(20),
        || (browser.run(holders).as_array()?.len() == 3).then_some(()),
        || format!("not held by three: {}", browser.run(holders)),
    );
    let code = browser.run(
        "const rows = [...document.querySelectorAll('[data-test=links] tbody tr')];
         const code = rows.find((row) => row.textContent.includes('/Systems_design')).querySelector('button');
         code.click();
         return code.textContent",
    );
    let code = code.as_str().unwrap().trim().to_owned();
    browser.wait("link", "textContent", |text| text.contains(&code));
    choose(&browser, "via", 5);
    browser.click("follow");
    answered("E answers: 302 https://en.wikipedia.org/wiki/Systems_design");
    // The same address has the same code, at whichever node.
    choose(&browser, "via", 4);
    browser.click("shorten");
    let again = answered("as before");
    assert!(again.contains("D answers") && again.contains(&code), "{again}");
    // What leads nowhere good, and a code that leads elsewhere, are refused.
    browser.fill("url", "javascript:alert(1)");
    browser.click("shorten");
    answered("refused");
    browser.fill("url", "https://example.org/other");
    browser.fill("code", "ring");
    browser.click("shorten");
    browser.wait("answer", "textContent", |text| text.contains("refused") && text.contains("ring"));
    no_errors(&browser);
}

#[test]
fn r11_1_a_person_posts_for_the_people_and_sees_the_way_and_what_it_costs() {
    let (_cluster, browser) = open_page("feed");
    hurry(&browser);
    // People who sign up, read and post before a person does anything.
    browser.wait("sentence", "textContent", |text| text.contains("Mina is everybody's friend"));
    browser.wait("posts", "textContent", |text| text.contains("snow"));

    browser.fill("text", "From the test");
    browser.click("publish");
    browser.wait("post", "textContent", |text| text.contains("From the test"));
    browser.wait("told", "textContent", |text| {
        text.contains("The post of Ana is in the inboxes of") && !text.contains("on its way")
    });
    choose(&browser, "reader", 6);
    browser.wait("posts", "textContent", |text| text.contains("From the test"));
    // Mina's posts are pulled.
    choose(&browser, "author", 7);
    browser.fill("text", "From Mina");
    browser.click("publish");
    browser.wait("told", "textContent", |text| text.contains("The post of Mina is pulled by Ana"));
    browser.click("read");
    browser.wait("posts", "textContent", |text| text.contains("From Mina"));
    // Push alone writes more, pull alone reads more.
    let figures = browser.run(
        "return [...document.querySelectorAll('[data-test=costs] svg')].map((chart) =>
           [...chart.querySelectorAll('text.figure')].map((t) => Number(t.textContent.replace(/\\D/g, ''))))",
    );
    let figures: Vec<Vec<u64>> = serde_json::from_value(figures).unwrap();
    let [writes, reads] = &figures[..] else { panic!("{figures:?}") };
    assert!(writes[1] == 0 && writes[2] < writes[0] && reads[2] < reads[1], "{figures:?}");
    no_errors(&browser);
}

#[test]
fn r10_5_a_person_lets_mail_fail_and_sees_what_becomes_of_it() {
    let (_cluster, browser) = open_page("notifications");
    // Notices that were given over and delivered before a person does anything.
    browser.wait("arrivals", "textContent", |text| text.contains("@example.org"));
    browser.wait("sentence", "textContent", |text| text.contains("have taken over"));
    hurry(&browser);

    browser.fill("text", "Lunch at one?");
    browser.click("send");
    browser.wait("arrivals", "textContent", |text| text.contains("Lunch at one?"));
    // Mail fails: what is sent waits, and is set aside in the end.
    browser.click("fail");
    browser.click("send-many");
    browser.wait("lane-email", "textContent", |text| text.contains("fails"));
    browser.wait("sentence", "textContent", |text| text.contains("wait in their queues"));
    browser.wait("dead", "textContent", |text| text.contains("503"));
    // The node that works a queue goes, and mail works again: what was set aside is taken back.
    browser.click("kill-worker");
    browser.click("fail");
    browser.wait("lane-email", "textContent", |text| !text.contains("fails"));
    browser.click("replay");
    browser.wait("answer", "textContent", |text| text.contains("taken back"));
    browser.wait("dead-none", "textContent", |text| !text.is_empty());
    // Who opts out gets no mail.
    browser.click("opt");
    browser.wait("person", "textContent", |text| text.contains("Mail"));
    no_errors(&browser);
}

#[test]
fn r13_1_a_person_types_and_searches_and_the_order_changes() {
    let (_cluster, browser) = open_page("autocomplete");
    let suggested = || -> Vec<(String, u64)> {
        let rows = browser.run(
            "return [...document.querySelectorAll('[data-test=suggestions] button')].map((row) =>
               [row.querySelector('.query').textContent, Number(row.querySelector('.figure').textContent)])",
        );
        serde_json::from_value(rows).unwrap()
    };
    // There is something to suggest before a person does anything.
    assert_eq!(suggested().len(), 5, "{:?}", suggested());
    hurry(&browser);
    browser.fill("typed", "w");
    browser.wait("suggestions", "textContent", |text| text.contains("weather"));
    let before = suggested();
    assert!(before.iter().all(|(query, _)| query.starts_with('w')), "{before:?}");
    assert!(before.is_sorted_by_key(|&(_, count)| std::cmp::Reverse(count)), "{before:?}");

    // Ten searches for the last of five, again and again, bring it to the top.
    let last = before[4].0.clone();
    within(
        secs(20),
        || {
            let is_first = suggested().first().is_some_and(|(query, _)| *query == last);
            if !is_first && suggested().last().is_some_and(|(query, _)| *query == last) {
                browser.click("rise");
            } else if !is_first {
                let pick = format!(
                    "[...document.querySelectorAll('[data-test=suggestions] button')]
                       .find((row) => row.querySelector('.query').textContent === {last:?})?.click()"
                );
                let _ = browser.run(&pick);
                browser.fill("typed", "w");
            }
            is_first.then_some(())
        },
        || format!("{last} does not rise: {:?}", suggested()),
    );

    // A suggestion that is chosen is what was typed, and is counted.
    let chosen = suggested()[1].clone();
    let _ = browser.run("document.querySelectorAll('[data-test=suggestions] button')[1].click()");
    browser.wait("typed", "value", |typed| typed == chosen.0);
    within(
        secs(20),
        || suggested().iter().any(|row| row.0 == chosen.0 && row.1 > chosen.1).then_some(()),
        || format!("{chosen:?} is not counted: {:?}", suggested()),
    );
    no_errors(&browser);
}

#[test]
fn r9_1_a_person_compares_three_orders_of_crawling() {
    let (_cluster, browser) = open_page("crawler");
    hurry(&browser);
    let number = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
    let counts =
        |what: &str| [0, 1, 2].map(|order| number(&browser.text(&format!("{what}-{order}"))));
    // In the end each order has found the same pages; the polite one alone never asked a host twice at once, and
    // let it rest: at most four times a second.
    let finished = "Finished: depth first, breadth first and polite.";
    let sentence = browser.wait("sentence", "textContent", |text| text.contains(finished));
    assert!(sentence.contains("polite at most one."), "{sentence}");
    let pages = counts("pages");
    assert!(pages[0] > 30 && pages == [pages[0]; 3], "{pages:?}");
    let at_once = counts("at-once");
    assert!(at_once[0] > 1 && at_once[1] > 1 && at_once[2] == 1, "{at_once:?}");
    let a_second = counts("a-second");
    assert!(a_second[..2].iter().all(|&most| most > 8) && a_second[2] <= 4, "{a_second:?}");
    // Ten seconds after they began, depth first is deep in the calendar, and breadth first is not.
    browser.click("pause");
    let _ = browser.run(
        "const seek = document.querySelector('[data-test=seek]');
         seek.value = 22e6;
         for (const kind of ['input', 'change']) seek.dispatchEvent(new InputEvent(kind, { bubbles: true }));",
    );
    within(
        secs(20),
        || (counts("depth")[0] > 3 * counts("depth")[1]).then_some(()),
        || format!("depths after ten seconds: {:?}", counts("depth")),
    );
    browser.click("pause");

    // Each order can be inspected, and each site; the crawls can begin anew on another web.
    browser.click("order-0");
    browser.wait("frontier", "textContent", |text| text.contains("Depth first"));
    browser.click("site-1");
    browser.wait("site-1", "ariaPressed", |pressed| pressed == "true");
    browser.wait("site-1", "textContent", |text| text.contains("endless calendar"));
    browser.fill("web", "8");
    browser.click("again");
    browser.wait("pages-2", "textContent", |pages| number(pages) > 10);
    // A link shows the same crawls of the same web.
    browser.click("pause");
    browser.wait("pause", "@aria-pressed", |pressed| pressed == "true");
    let crawls = |browser: &Browser| {
        let script =
            "return [...document.querySelectorAll('.of-order dd')].map((dd) => dd.textContent)";
        browser.run(script).to_string()
    };
    let (link, shown) = (copied_link(&browser), crawls(&browser));
    browser.open("about:blank");
    browser.open(&link);
    ready(&browser);
    assert_eq!(browser.read("web", "value"), "8");
    browser.wait("order-0", "@aria-pressed", |pressed| pressed == "true");
    within(
        secs(20),
        || (crawls(&browser) == shown).then_some(()),
        || format!("other crawls: {shown}, then {}", crawls(&browser)),
    );
    no_errors(&browser);
}

#[test]
fn r9_5_a_person_lets_the_cluster_crawl_and_kills_who_carries_it_out() {
    let (_cluster, browser) = open_page("crawler");
    hurry(&browser);
    browser.click("cluster");
    let number = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
    let is_node = |text: &str| matches!(text.trim(), "A" | "B" | "C" | "D" | "E");
    let runner = browser.wait("runner", "textContent", is_node);
    browser.wait("kept", "textContent", |kept| number(kept) > 5);
    browser.wait("sentence", "textContent", |text| text.contains("for the cluster"));
    // By keys: the digit selects the node, k kills it.
    let digit = u8::try_from("ABCDE".find(runner.trim()).unwrap()).unwrap() + b'1';
    browser.press([char::from(digit), 'k']);
    let kept = number(&browser.text("kept"));
    let next = browser.wait("runner", "textContent", |text| is_node(text) && text != runner);
    assert_eq!(number(&browser.text("taken-up")), 2, "{next} goes on after {runner}");
    browser.wait("kept", "textContent", |now| number(now) > kept);
    browser.click("cancel");
    browser.wait("sentence", "textContent", |text| text.contains("was ended"));
    no_errors(&browser);
}

#[test]
fn r5_8_a_link_of_the_ring_shows_the_same_ring() {
    let (_cluster, browser) = open_page("ring");
    browser.click("join");
    browser.fill("ring-key", "항구 & harbour");
    let (change, owner) = (browser.text("ring-change"), browser.text("ring-owner"));
    assert!(change.starts_with("E joined"), "{change}");
    let link = copied_link(&browser);
    browser.open("about:blank");
    browser.open(&link);
    ready(&browser);
    browser.wait("ring-change", "textContent", |text| text == change);
    assert_eq!(browser.read("ring-key", "value"), "항구 & harbour");
    assert_eq!(browser.text("ring-owner"), owner);
    browser.open("about:blank");
    browser.open(&link.replace("servers=16,", "servers=17,"));
    ready(&browser);
    browser.wait("notice", "textContent", |text| text.contains("damaged"));
}

#[test]
fn r6_25_a_person_kills_a_node_under_all_systems_and_they_go_on() {
    let (_cluster, browser) = open_page("overview");
    let systems = [
        "store",
        "ids",
        "accounts",
        "chat",
        "notifications",
        "feed",
        "shortener",
        "crawler",
        "autocomplete",
    ]
    .map(|s| format!("system-{s}"));
    let figures = || -> Vec<u64> {
        let script = "return [...document.querySelectorAll('[data-test=answered] tbody tr')]
            .map((row) => Number(row.cells[1].textContent.replace(/\\D/g, '')))";
        serde_json::from_value(browser.run(script)).unwrap()
    };
    hurry(&browser);
    for system in &systems {
        browser.wait(system, "@data-state", |state| state == "answers");
    }
    browser.wait("sentence", "textContent", |text| text.contains("all of them answer"));
    browser.click("kill-B");
    browser.wait("machine-B", "@data-status", |status| status == "down");
    browser.wait("sentence", "textContent", |text| text.contains("Node B is away"));
    // Every one of them answers more.
    let before = figures();
    assert_eq!(before.len(), systems.len());
    within(
        secs(30),
        || {
            let now = figures();
            now.iter().zip(&before).all(|(now, before)| now > before).then_some(())
        },
        || format!("something stands still: {before:?}, then {:?}", figures()),
    );
    browser.click("restart-B");
    browser.wait("machine-B", "@data-status", |status| status == "up");
    browser.wait("sentence", "textContent", |text| text.contains("all of them answer"));
    no_errors(&browser);
}

/// What a person without a mouse cannot get to on a page: none, for every page.
#[test]
fn r6_25_the_keyboard_alone_reaches_everything() {
    let cluster = Cluster::start(1, &["--site", &site()]);
    let browser = Browser::start();
    let pages =
        "overview accounts ring store ids shortener crawler notifications feed chat autocomplete";
    for page in pages.split(' ') {
        browser.open("about:blank");
        browser.open(&format!("http://{}/#{page}", cluster.http_address(0)));
        ready(&browser);
        if page != "ring" {
            browser.click("pause");
            browser.wait("pause", "@aria-pressed", |pressed| pressed == "true");
        }
        let _ = browser.run(
            "window.met = new Set();
             document.activeElement?.blur();
             document.addEventListener('focusin', (event) => met.add(event.target));",
        );
        browser.press(std::iter::repeat_n(TAB, 200));
        let missed = browser.run(
            "const all = document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]');
             const shown = [...all].filter((e) => !e.disabled && e.checkVisibility({ visibilityProperty: true }));
             return shown.filter((e) => !met.has(e)).map((e) => e.outerHTML.slice(0, 120))",
        );
        assert_eq!(missed, serde_json::json!([]), "on {page}, 200 times Tab");
        // In a picture the circle of what has the focus shows it.
        let is_shown = browser.run(
            "const at = document.activeElement;
             const shown = [at, at.parentElement, ...at.querySelectorAll('circle')].map((e) => getComputedStyle(e));
             const isMarked = (style) => style.outlineStyle !== 'none' || style.strokeDasharray !== 'none';
             return at === document.body || shown.some(isMarked)",
        );
        assert_eq!(is_shown, true, "on {page}: what has the focus shows it");
    }
    // A link of the rail by Enter.
    let _ = browser.run("document.querySelector('[data-test=page-ids]').focus()");
    browser.press([ENTER]);
    browser.wait("lanes", "textContent", |text| !text.is_empty());
}

#[test]
fn r12_4_a_person_says_something_kills_the_node_and_nothing_is_lost_or_doubled() {
    let (_cluster, browser) = open_page("chat");
    hurry(&browser);
    // Both people are at their phones, and what they say at first is on all three.
    for phone in 0..3 {
        browser.wait(&format!("phone-{phone}"), "@class", |class| class.ends_with(" on"));
        let talk = format!("talk-{phone}");
        browser.wait(&talk, "textContent", |text| text.contains("Same talk"));
    }
    browser.fill("text", "Meet me at noon");
    browser.click("say");
    for phone in 0..3 {
        let talk = format!("talk-{phone}");
        browser.wait(&talk, "textContent", |text| text.matches("Meet me at noon").count() == 1);
    }
    browser.wait("told", "textContent", |text| text.contains("on 2 of 2 devices"));

    // One of Ben's devices is away, and the node of Ana's phone is killed: it goes elsewhere.
    browser.click("switch-1");
    browser.wait("phone-1", "@class", |class| class.ends_with(" off"));
    browser.click("node-A");
    browser.click("kill");
    browser.wait("node-A", "@data-status", |status| status.contains("down"));
    browser.fill("text", "The node is gone, I am not");
    browser.click("say");
    let said = |text: &str| text.matches("I am not").count() == 1;
    browser.wait("talk-2", "textContent", said);
    browser.wait("talk-0", "textContent", |text| said(text) && !text.contains("waits"));
    browser.click("switch-1");
    browser.wait("talk-1", "textContent", said);

    // Who has no device on-line is notified.
    choose(&browser, "to", 1);
    browser.fill("text", "Call me back");
    browser.click("say");
    browser.wait("told", "textContent", |text| text.contains("is notified"));

    // A group: Mina is taken in, Ben leaves, and what is said then is for the others.
    choose(&browser, "to", 2);
    browser.wait("person-8", "@aria-pressed", |pressed| pressed == "false");
    browser.click("person-8");
    browser.click("open-group");
    browser.wait("group", "textContent", |text| text.contains("The group of 4"));
    browser.fill("text", "Up the hill");
    browser.click("say");
    for phone in 0..3 {
        let talk = format!("talk-{phone}");
        browser.wait(&talk, "textContent", |text| text.matches("Up the hill").count() == 1);
    }
    browser.wait("told", "textContent", |text| {
        text.contains("on 2 of 2 devices of Ben") && text.contains("Dan, Mina have no device")
    });
    browser.click("person-2");
    browser.wait("group", "textContent", |text| text.contains("The group of 3"));
    browser.wait("phone-1", "textContent", |text| text.contains("does not take part"));
    browser.fill("text", "Without Ben");
    browser.click("say");
    browser.wait("talk-0", "textContent", |text| {
        text.matches("Without Ben").count() == 1 && !text.contains("waits")
    });
    no_errors(&browser);
}
