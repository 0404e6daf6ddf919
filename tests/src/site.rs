//! Small web sites on loopback addresses, which note who asks for what.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A request that was made.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The path with its query.
    pub path: String,
    /// When it came, and when it was answered.
    pub from: Instant,
    /// When it was answered.
    pub until: Instant,
    /// The header `User-Agent`.
    pub agent: String,
}

/// A site of linked pages: `/`, `/p1` to `/pN`, some of them in `/private/`; an endless calendar, a
/// page that moved, one that is gone, a copy and a picture.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    pages: usize,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Site {
    /// Serves until the test ends. Its first page leads to `next`, if there is one.
    #[must_use]
    pub fn start(address: SocketAddr, pages: usize, next: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let notes = Arc::clone(&notes);
                std::thread::spawn(move || serve(stream, pages, next, &notes));
            }
        });
        Self { address, pages, asked }
    }

    /// The address of a page.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often each path was asked for.
    #[must_use]
    pub fn times(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for asked in self.asked() {
            *times.entry(asked.path).or_default() += 1;
        }
        times
    }

    /// What a crawl should find, with the calendar up to a day.
    #[must_use]
    pub fn expected(&self, days: usize) -> Vec<String> {
        let pages = (1..=self.pages).map(|page| format!("/p{page}"));
        let days = (0..=days).map(|day| format!("/calendar/{day}"));
        let mut all: Vec<String> = ["/", "/copy"].map(String::from).into();
        all.extend(pages.chain(days));
        all.iter().map(|path| self.url(path)).collect()
    }
}

fn page(path: &str, pages: usize, next: Option<SocketAddr>) -> (u16, &'static str, String) {
    let html = |text: String| (200, "text/html", text);
    let number = |prefix: &str| path.strip_prefix(prefix).and_then(|n| n.parse::<usize>().ok());
    if let Some(page) = number("/p").filter(|&page| page <= pages) {
        let links = [2 * page, 2 * page + 1].into_iter().filter(|&to| to <= pages);
        let links: String =
            links.map(|to| format!("<a href='p{to}'>{to}</a> <a href=/>up</a>")).collect();
        return html(format!(
            "<title>Page {page}</title>{links}<p>{}",
            format!("n{page} ").repeat(page)
        ));
    }
    if let Some(day) = number("/calendar/") {
        return html(format!("<title>Day {day}</title><a href='/calendar/{}'>next</a>", day + 1));
    }
    match path {
        "/" => {
            let next = next.map(|to| format!("<a href='http://{to}/'>next site</a>"));
            html(format!(
                "<title>Home</title><a href=/p1>1</a><a href=/private/x>x</a><a href=/calendar/0>cal</a>\
                 <a href=/moved>m</a><a href=/gone>g</a><a href=/copy>c</a><a href=/a.png>p</a>\
                 <a href=/download>d</a><a href='mailto:a@b'>mail</a>{}",
                next.unwrap_or_default()
            ))
        }
        // The same bytes as the first page of the pages.
        "/copy" => page("/p1", pages, next),
        // Some servers do not know what kind of file this is: its rules hold all the same.
        "/robots.txt" => {
            (200, "application/octet-stream", "User-agent: *\nDisallow: /private/\n".into())
        }
        "/moved" => (301, "text/html", String::new()),
        "/download" => (200, "application/octet-stream", "bytes".into()),
        _ => (404, "text/html", "<p>Nothing here".into()),
    }
}

fn serve(stream: TcpStream, pages: usize, next: Option<SocketAddr>, notes: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let (mut line, mut agent) = (String::new(), String::new());
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let from = Instant::now();
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) <= 2 {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("user-agent:") {
                agent = value.trim().to_owned();
            }
        }
        std::thread::sleep(Duration::from_millis(5));
        let (status, kind, body) = page(&path, pages, next);
        let location = if status == 301 { "Location: /p2\r\n" } else { "" };
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{location}\r\n{body}",
            body.len()
        );
        // Noted first: whoever has the answer may look at once.
        notes.lock().unwrap().push(Asked { path, from, until: Instant::now(), agent });
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
