//! Notifications on real clusters: a real mail server and a webhook on loopback.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test of real hosts"
)]

use ennead::notification::sign;
use ennead_tests::cluster::Cluster;
use ennead_tests::http::{Answer, Http};
use ennead_tests::providers::{MailServer, Webhook};
use ennead_tests::{secs, within};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An application.
struct App {
    key: String,
    secret: String,
}

impl App {
    fn make(http: &Http) -> Self {
        let made = http.send("POST", "/v1/apps", None, br#"{"name": "shop"}"#).unwrap();
        assert_eq!((made.status, &*made.cache), (201, "no-store"), "{}", made.text());
        let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
        Self { key: text("key"), secret: text("secret") }
    }

    /// Sends a signed request.
    fn send(&self, http: &Http, method: &str, path: &str, event: &str, body: &Value) -> Answer {
        self.send_as(http, method, path, (event, event), body)
    }

    /// Sends a request that was signed for one event, under the name of an event.
    fn send_as(
        &self,
        http: &Http,
        method: &str,
        path: &str,
        (signed, event): (&str, &str),
        body: &Value,
    ) -> Answer {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let signature = sign(&self.secret, method, path, time, signed, body.as_bytes());
        http.with("X-Ennead-App", &self.key)
            .with("X-Ennead-Time", &time.to_string())
            .with("X-Ennead-Signature", &signature)
            .with("Idempotency-Key", event)
            .send(method, path, None, body.as_bytes())
            .unwrap()
    }

    fn notify(&self, http: &Http, event: &str, to: &str, text: &str) -> Answer {
        let fields = json!({"from": "Bob", "text": text});
        let body = json!({"to": to, "template": "message", "fields": fields});
        self.send(http, "POST", "/v1/notifications", event, &body)
    }

    fn look(&self, http: &Http, accepted: &Answer) -> Value {
        self.send(http, "GET", &accepted.location, "", &Value::Null).json()
    }
}

fn sign_up(http: &Http, name: &str, email: Option<&str>) -> Http {
    let body = json!({"name": name, "password": "correct horse", "email": email});
    let made = http.send("POST", "/v1/users", None, body.to_string().as_bytes()).unwrap();
    assert_eq!(made.status, 201, "{}", made.text());
    let body = json!({"name": name, "password": "correct horse"}).to_string();
    let session = http.send("POST", "/v1/sessions", None, body.as_bytes()).unwrap();
    assert_eq!(session.status, 201, "{}", session.text());
    http.with("Authorization", &format!("Bearer {}", session.json()["token"].as_str().unwrap()))
}

fn add_device(me: &Http, token: &str) {
    let body = json!({"platform": "android", "token": token}).to_string();
    let added = me.send("POST", "/v1/me/devices", None, body.as_bytes()).unwrap();
    assert_eq!(added.status, 201, "{}", added.text());
}

/// The status of each delivery, by its address.
fn statuses(view: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let deliveries = view["deliveries"].as_array().unwrap().iter();
    deliveries.map(|delivery| (text(&delivery["address"]), text(&delivery["status"]))).collect()
}

#[test]
fn r10_5_no_mail_is_lost_when_the_node_that_sends_it_is_killed() {
    let server = MailServer::start(Duration::from_millis(200));
    let smtp = server.address().to_string();
    let mut cluster =
        Cluster::start(3, &["--smtp", &smtp, "--smtp-from", "Ennead <ennead@test.example>"]);
    for i in 0..4 {
        sign_up(&cluster.http(0), &format!("user{i}"), Some(&format!("user{i}@example.org")));
    }
    let app = App::make(&cluster.http(1));
    // The first one is a warm-up, and shows the mail as a whole.
    let first = app.notify(&cluster.http(2), "first", "user0", "Grüße.\n.\nTea?");
    assert_eq!(first.status, 202, "{}", first.text());
    within(secs(10), || (server.mails().len() == 1).then_some(()), || "no mail".into());
    let mail = server.mails().remove(0);
    assert_eq!((&*mail.from, &*mail.to), ("ennead@test.example", "user0@example.org"));
    assert_eq!(mail.header("Subject"), "Bob");
    let sent = || {
        let view = app.look(&cluster.http(0), &first);
        (statuses(&view)["user0@example.org"] == "sent").then_some(view)
    };
    let view = within(secs(10), sent, || "it is not said to be sent".into());
    let id = view["deliveries"][0]["id"].as_str().unwrap();
    assert_eq!(mail.header("Message-ID"), format!("<{id}@test.example>"));

    // Many, and in the middle the nodes that work are killed, one and then another.
    let count = 240;
    let mut given = BTreeSet::new();
    for i in 0..count {
        let (event, user) = (format!("event {i}"), format!("user{}", i % 4));
        let accepted = app.notify(&cluster.http(0), &event, &user, &format!("number {i}."));
        assert_eq!(accepted.status, 202, "{}", accepted.text());
        given.insert(format!("number {i}."));
        if i == count / 2 {
            // Node 1 is asked; of the others one that works goes.
            let works = |node: &usize| {
                let metrics = cluster.http(*node).get("/metrics").unwrap().text();
                metrics.contains("ennead_notification_queue_in_hand{channel=\"email\"")
            };
            let victim = (1..3).find(works).unwrap_or(2);
            cluster.kill(victim);
        }
    }
    let found = || -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for mail in server.mails() {
            let body = mail.text.split("\n\n").nth(1).unwrap_or_default().trim().to_owned();
            *found.entry(body).or_default() += 1;
        }
        found
    };
    let arrived = || found().keys().filter(|body| given.contains(*body)).count();
    within(secs(60), || (arrived() == count).then_some(()), || format!("{} of {count}", arrived()));
    // At least once at the server's door; what came twice says so by its number.
    let mails = server.mails();
    let numbers: BTreeSet<String> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(numbers.len(), count + 1);
    assert!(mails.len() <= count + 1 + 64, "{} mails", mails.len());
    // The same event again is told nobody.
    let again = app.notify(&cluster.http(0), "event 7", "user3", "number 7.");
    assert_eq!((again.status, again.json()["new"].as_bool()), (200, Some(false)));
    std::thread::sleep(secs(2));
    assert_eq!(server.mails().len(), mails.len());
}

#[test]
fn r10_9_a_webhook_is_obeyed_and_a_dead_token_is_dropped() {
    let hook = Webhook::start(|address, times| match (address, times) {
        ("busy", 1) => "429 Too Many Requests\r\nRetry-After: 2",
        ("dead", _) => "410 Gone",
        ("bad", _) => "400 Bad Request",
        _ => "200 OK",
    });
    let cluster = Cluster::start(1, &["--push-webhook", &hook.url()]);
    let http = cluster.http(0);
    let me = sign_up(&http, "ana", Some("ana@example.org"));
    for token in ["busy", "dead", "bad", "good"] {
        add_device(&me, token);
    }
    let app = App::make(&http);
    let accepted = app.notify(&http, "1", "ana", "Tea?");
    assert_eq!(accepted.json()["deliveries"], 5, "{}", accepted.text());
    let begun = std::time::Instant::now();
    let done = || {
        let view = app.look(&http, &accepted);
        let all = statuses(&view);
        let is_done = |status: &String| status != "waiting";
        all.values().all(is_done).then_some((all, view))
    };
    let (all, view) = within(secs(20), done, || "some deliveries still wait".into());
    let expected = [
        ("ana@example.org", "dead"),
        ("bad", "dead"),
        ("busy", "sent"),
        ("dead", "gone"),
        ("good", "sent"),
    ];
    assert_eq!(all, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    assert!(begun.elapsed() >= Duration::from_millis(1_800), "Retry-After was two seconds");
    let keys = |address: &str| -> BTreeSet<String> {
        let posts = hook.posts();
        let of = posts.iter().filter(|posted| posted.body["address"] == address);
        of.map(|posted| posted.key.clone()).collect()
    };
    assert_eq!(keys("busy").len(), 1, "both attempts have the same number");
    let devices = me.get("/v1/me/devices").unwrap();
    assert!(!devices.text().contains("dead"), "{}", devices.text());

    // Dead letters say why, and are taken back or thrown away.
    let letters = http.get("/v1/dead-letters").unwrap().json();
    let letters = letters["dead_letters"].as_array().unwrap().clone();
    let reason = |address: &str| {
        let letter = letters.iter().find(|letter| letter["address"] == address).unwrap();
        (letter["name"].as_str().unwrap().to_owned(), letter["reason"].to_string())
    };
    let (mail, why) = reason("ana@example.org");
    assert!(why.contains("--smtp"), "{why}");
    let (bad, why) = reason("bad");
    assert!(why.contains("400"), "{why}");
    let replayed = http.send("POST", &format!("/v1/dead-letters/{bad}/replay"), None, b"").unwrap();
    assert_eq!(replayed.status, 202, "{}", replayed.text());
    let discarded = http.send("DELETE", &format!("/v1/dead-letters/{mail}"), None, b"").unwrap();
    assert_eq!(discarded.status, 204, "{}", discarded.text());
    let twice = || {
        let posts = hook.posts();
        (posts.iter().filter(|posted| posted.body["address"] == "bad").count() == 2).then_some(())
    };
    within(secs(10), twice, || "the dead letter was not tried again".into());

    // What became of it is told once.
    let good = view["deliveries"].as_array().unwrap().iter();
    let good = good.clone().find(|delivery| delivery["address"] == "good").unwrap();
    let what = json!({"delivery": good["id"], "what": "opened"});
    for is_new in [true, false] {
        let path = format!("{}/events", accepted.location);
        let told = app.send(&http, "POST", &path, "", &what);
        assert_eq!(told.json()["new"], is_new, "{}", told.text());
    }
    let metrics = http.get("/metrics").unwrap().text();
    for line in ["ennead_notifications_opened_total 1", "ennead_notifications_gone_total 1"] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[test]
fn r10_7_templates_settings_and_signatures_over_http() {
    let hook = Webhook::start(|_, _| "200 OK");
    let cluster = Cluster::start(1, &["--push-webhook", &hook.url()]);
    let http = cluster.http(0);
    let me = sign_up(&http, "ana", None);
    add_device(&me, "phone");
    let template = json!({"title": "Order {number}", "body": "{{It}} is {state}."}).to_string();
    let kept = http.put("/v1/templates/order", &template).unwrap();
    assert_eq!(kept.json()["places"], json!(["number", "state"]), "{}", kept.text());
    let refused = http.put("/v1/templates/order", r#"{"title": "{"}"#).unwrap();
    assert_eq!((refused.status, &*refused.problem()), (400, "template"));
    let all = http.get("/v1/templates").unwrap().json();
    assert!(all["templates"]["message"].is_object() && all["templates"]["order"].is_object());

    let app = App::make(&http);
    let order = |fields: Value| json!({"to": "ana", "template": "order", "fields": fields});
    let send =
        |event: &str, body: &Value| app.send(&http, "POST", "/v1/notifications", event, body);
    let missing = send("1", &order(json!({"number": "7"})));
    assert_eq!((missing.status, &*missing.problem()), (400, "missing"), "{}", missing.text());
    let nobody = json!({"to": "nobody", "template": "order"});
    assert_eq!(send("1", &nobody).status, 404);
    let full = order(json!({"number": "7", "state": "sent"}));
    assert_eq!(send("1", &full).status, 202);
    let other = send("1", &order(json!({"number": "8", "state": "sent"})));
    assert_eq!((other.status, &*other.problem()), (422, "reused"));
    let arrived = || hook.posts().first().cloned();
    let posted = within(secs(10), arrived, || "nothing arrived".into());
    assert_eq!(
        (&posted.body["title"], &posted.body["body"]),
        (&json!("Order 7"), &json!("{It} is sent."))
    );

    // Who opts out is not told.
    let settings = json!({"opted_out": {"channels": ["android-push"]}}).to_string();
    let set = me.put("/v1/me/notification-settings", &settings).unwrap();
    assert_eq!(set.status, 200, "{}", set.text());
    let second = send("2", &full);
    let opted_out = || {
        let view = app.look(&http, &second);
        (statuses(&view)["phone"] == "opted-out").then_some(())
    };
    within(secs(10), opted_out, || "the settings were not looked at".into());
    assert_eq!(hook.posts().len(), 1);

    // Who has caught a request cannot send it as another event.
    let caught = app.send_as(&http, "POST", "/v1/notifications", ("2", "4"), &full);
    assert_eq!((caught.status, &*caught.problem()), (403, "signature"), "{}", caught.text());

    // Nobody else signs, and nobody signs for another time or body.
    let stranger = App { key: app.key.clone(), secret: "guess".into() };
    let unsigned = http.send("POST", "/v1/notifications", None, b"{}").unwrap();
    let wrong = stranger.notify(&http, "3", "ana", "x");
    let unknown = App { key: "0".repeat(16), secret: String::new() }.notify(&http, "3", "ana", "x");
    let unnamed = http.with("X-Ennead-App", &app.key);
    let unnamed = unnamed.send("POST", "/v1/notifications", None, b"{}").unwrap();
    assert_eq!([wrong.status, unknown.status], [403, 403]);
    assert_eq!([unsigned.status, unnamed.status], [400, 400], "no Idempotency-Key");
    let other = App::make(&http);
    let look = other.send(&http, "GET", &second.location, "", &Value::Null);
    assert_eq!(look.status, 404, "of another application");
}
