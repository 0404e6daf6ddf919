//! Headless Chromium, driven by ChromeDriver over the WebDriver protocol (W3C, level 2). Clicks and
//! keys are the browser's own: what is covered or hidden cannot be clicked.

use crate::process::Process;
use crate::{program, secs, within};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use ureq::Agent;

/// How long the page may take to show what is waited for.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);
/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The key Tab, as WebDriver names it.
pub const TAB: char = '\u{E004}';
/// The key Enter, as WebDriver names it.
pub const ENTER: char = '\u{E007}';

const DELETE: char = '\u{E017}';
const CONTROL: char = '\u{E009}';
const NO_MODIFIER: char = '\u{E000}';

/// The folder of the built page.
#[must_use]
pub fn site() -> String {
    let chosen = std::env::var_os("ENNEAD_SITE").map(PathBuf::from);
    let folder = chosen.unwrap_or_else(|| {
        let exe = std::env::current_exe().unwrap();
        exe.ancestors().nth(3).unwrap().join("site")
    });
    let page = folder.join("index.html");
    assert!(page.is_file(), "{} is not there: `cargo xtask site` builds it", page.display());
    folder.display().to_string()
}

/// A browser with one window.
#[derive(Debug)]
pub struct Browser {
    agent: Agent,
    session: String,
    driver: Process,
    folder: TempDir,
}

impl Browser {
    /// Starts ChromeDriver and, through it, Chromium with a fresh profile.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chromium = program("ENNEAD_CHROMIUM", "chromium", "chromium");
        let chromedriver = program("ENNEAD_CHROMEDRIVER", "chromedriver", "chromium-driver");
        let log = folder.path().join("chromedriver.log");
        let mut command = Command::new(chromedriver);
        let mut driver = Process::start("chromedriver", command.arg("--port=0"), &log);
        let port: u16 = within(
            secs(30),
            || {
                driver.assert_runs();
                let text = driver.log_text();
                let (_, rest) = text.split_once("started successfully on port ")?;
                rest.split_once('.')?.0.parse().ok()
            },
            || "ChromeDriver does not say its port".into(),
        );
        let config = Agent::config_builder()
            .proxy(None) // what is asked is on this machine
            .http_status_as_error(false)
            .timeout_global(Some(secs(180)))
            .build();
        let mut browser = Self {
            agent: config.into(),
            session: format!("http://127.0.0.1:{port}/session"),
            driver,
            folder,
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let text = std::fs::read_to_string(root.join("web/webdriver.json")).unwrap();
        let mut options: Value = serde_json::from_str(&text).unwrap();
        let options = &mut options["goog:chromeOptions"];
        options["binary"] = json!(chromium);
        let profile =
            format!("--user-data-dir={}", browser.folder.path().join("profile").display());
        let arguments = options["args"].as_array_mut().expect("web/webdriver.json has args");
        arguments.extend([json!(profile), json!("--window-size=1400,1000")]);
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": 150_000, "pageLoad": 60_000},
        }}});
        let created = browser.send("POST", "", &capabilities);
        let id = created["sessionId"].as_str().expect("a session").to_owned();
        browser.session += &format!("/{id}");
        browser
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_send(method, path, body)
            .unwrap_or_else(|error| panic!("WebDriver {method} {path}: {error}"))
    }

    fn try_send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let answer = match method {
            "POST" => self.agent.post(&url).send_json(body),
            "DELETE" => self.agent.delete(&url).call(),
            _ => self.agent.get(&url).call(),
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        let mut document: Value =
            answer.body_mut().read_json().map_err(|error| error.to_string())?;
        let value = document["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.send("POST", "/url", &json!({ "url": url }));
    }

    /// Runs the body of a function and gives what it returns.
    #[must_use]
    pub fn run(&self, script: &str) -> Value {
        self.send("POST", "/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Runs the body of an `async` function and gives what its promise becomes.
    #[must_use]
    pub fn run_async(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {script} }})().then(
               (value) => done({{ value }}), (error) => done({{ error: String(error?.stack ?? error) }}));"
        );
        let mut answer =
            self.send("POST", "/execute/async", &json!({"script": script, "args": []}));
        if let Some(error) = answer["error"].as_str() {
            panic!("the script failed: {error}\n{}", self.console());
        }
        answer["value"].take()
    }

    /// The element with this `data-test` attribute, once it is there.
    fn element(&self, name: &str) -> String {
        let query = json!({"using": "css selector", "value": format!("[data-test='{name}']")});
        let find = || {
            let found = self.try_send("POST", "/element", &query).ok()?;
            Some(found[ELEMENT].as_str()?.to_owned())
        };
        within(SHOWN_WITHIN, find, || format!("the page has no {name:?}; {}", self.console()))
    }

    /// Does something to an element, again if the page has just drawn it anew.
    fn act(&self, name: &str, action: &str, body: &Value) {
        let mut error = String::new();
        let done = || {
            let path = format!("/element/{}/{action}", self.element(name));
            self.try_send("POST", &path, body).map_err(|why| error = why).ok()
        };
        let mut done = done;
        let ok = (0..50).any(|_| {
            let is_done = done().is_some();
            if !is_done {
                std::thread::sleep(Duration::from_millis(100));
            }
            is_done
        });
        assert!(ok, "cannot {action} {name:?}: {error}");
    }

    /// Clicks.
    pub fn click(&self, name: &str) {
        self.act(name, "click", &json!({}));
    }

    /// Replaces the text of a field as a person does, by selecting all and typing over it. (What WebDriver
    /// calls clearing is no typing: the page would put back what it knows.)
    pub fn fill(&self, name: &str, text: &str) {
        self.act(
            name,
            "value",
            &json!({ "text": format!("{CONTROL}a{NO_MODIFIER}{DELETE}{text}") }),
        );
    }

    /// Presses and releases keys, one after the other: a character each, or a code of WebDriver's such as
    /// [`TAB`].
    pub fn press(&self, keys: impl IntoIterator<Item = char>) {
        let strokes = keys.into_iter().flat_map(|key| {
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
        });
        let keyboard =
            json!({"type": "key", "id": "keyboard", "actions": strokes.collect::<Vec<_>>()});
        self.send("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// The text of an element, or nothing if it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.read(name, "textContent")
    }

    /// A property or, with `@`, an attribute of an element; nothing if it is not there.
    #[must_use]
    pub fn read(&self, name: &str, property: &str) -> String {
        let what = match property.strip_prefix('@') {
            Some(attribute) => format!("getAttribute({attribute:?})"),
            None => property.to_owned(),
        };
        let script = format!("return document.querySelector(\"[data-test='{name}']\")?.{what}");
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element reads as it should.
    #[track_caller]
    pub fn wait(&self, name: &str, property: &str, is_right: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        let look = || {
            last = self.read(name, property);
            is_right(&last).then(|| last.clone())
        };
        let start = std::time::Instant::now();
        let mut look = look;
        loop {
            if let Some(found) = look() {
                return found;
            }
            let seen = self.read(name, property);
            assert!(
                start.elapsed() < SHOWN_WITHIN,
                "{property} of {name:?} is {seen:?} after {SHOWN_WITHIN:?}; {}",
                self.console()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the page wrote to its console.
    #[must_use]
    pub fn console(&self) -> String {
        let log = self.try_send("POST", "/se/log", &json!({"type": "browser"})).unwrap_or_default();
        let lines: Vec<String> =
            log.as_array().into_iter().flatten().map(|line| line["message"].to_string()).collect();
        format!("console: {}", if lines.is_empty() { "silent".into() } else { lines.join("\n  ") })
    }

    /// Errors that the page wrote to its console.
    #[must_use]
    pub fn errors(&self) -> Vec<String> {
        let log = self.try_send("POST", "/se/log", &json!({"type": "browser"})).unwrap_or_default();
        let severe = log.as_array().into_iter().flatten().filter(|line| line["level"] == "SEVERE");
        severe.map(|line| line["message"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium; ChromeDriver is ended with its process.
        let _ = self.try_send("DELETE", "", &Value::Null);
        let _ = self.driver.id();
    }
}
