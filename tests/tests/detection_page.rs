//! A person at the page *Detection*, as a real browser.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of real hosts")]

use ennead_tests::browser::{Browser, site};
use ennead_tests::cluster::Cluster;

/// Sets a field to one of its choices, by its words.
fn choose(browser: &Browser, field: &str, words: &str) {
    let chosen = browser.run(&format!(
        "const field = document.querySelector('[data-test={field}]');
         field.selectedIndex = [...field.options].findIndex((option) => option.text === '{words}');
         field.dispatchEvent(new Event('change', {{ bubbles: true }}));
         return field.selectedIndex"
    ));
    assert!(chosen.as_i64().is_some_and(|index| index >= 0), "{field} has no choice {words}");
}

#[test]
fn r6_8_a_person_kills_a_server_and_sees_who_notices_when() {
    let cluster = Cluster::start(1, &["--site", &site()]);
    let browser = Browser::start();
    let address = format!("http://{}/", cluster.http_address(0));
    browser.open(&format!("{address}#detection"));
    browser.wait("sentence", "textContent", |text| {
        text.contains("Eight servers") && text.contains("10 %")
    });
    browser.wait("rate-1", "textContent", |text| text.starts_with("28"));
    let _ = browser.run(
        "const speed = document.querySelector('[data-test=speed]');
         speed.value = Math.round(speed.max * 0.7);
         speed.dispatchEvent(new InputEvent('input', { bubbles: true }))",
    );
    // Eight members in the list of C, of which one is itself.
    browser.wait("member-list", "textContent", |text| text.contains("What C knows"));
    let rows =
        browser.run("return document.querySelectorAll('[data-test=member-list] tbody tr').length");
    assert_eq!(rows.as_u64(), Some(8));

    browser.click("server-1-F");
    browser.wait("member-list", "textContent", |text| text.contains("What F knows"));
    browser.click("kill-server");
    for side in 0..2 {
        browser.wait(&format!("server-{side}-F"), "@data-status", |status| status == "down");
    }
    browser.wait("member-list", "textContent", |text| text.contains("knows nothing"));
    browser.wait("sentence", "textContent", |text| {
        text.contains("F is down") && text.matches("all after").count() == 2
    });
    // What runs measures itself: gossip's messages grow with the servers, all to all with their square.
    browser.wait("messages-chart", "innerHTML", |html| {
        let curves = html.split("<g class=\"curve").skip(1);
        curves.filter(|curve| curve.matches('L').count() >= 4).count() == 2
    });

    // A link shows the same servers and what was done to them.
    let _ = browser.run(
        "window.copied = null;
         Object.defineProperty(navigator, 'clipboard', { configurable: true,
           value: { writeText: (text) => { window.copied = text; return Promise.resolve(); } } });",
    );
    browser.click("pause");
    browser.click("copy-link");
    browser.wait("notice", "textContent", |text| !text.is_empty());
    let link = browser.run("return window.copied").as_str().unwrap().to_owned();
    assert!(link.contains("#detection&detect="), "{link}");
    let other = Browser::start();
    other.open(&link);
    other.wait("sentence", "textContent", |text| {
        text.contains("F is down") && text.matches("all after").count() == 2
    });
    other.wait("detection-figures", "textContent", |text| text.contains("F was killed"));

    browser.click("pause");
    browser.click("kill-server");
    browser.wait("server-0-F", "@data-status", |status| status == "up");
    choose(&browser, "detection-loss", "50 %");
    browser.wait("sentence", "textContent", |text| text.contains("50 % of the messages"));
    choose(&browser, "detection-servers", "5");
    browser.wait("sentence", "textContent", |text| text.contains("Five servers"));
    let errors = browser.errors();
    assert!(errors.is_empty(), "{errors:?}");
}
