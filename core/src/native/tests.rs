//! One whole node in this process, asked over its sockets.

use super::founding::Introduction;
use super::http::limits::Bounds;
use super::providers;
use super::serve::{Options, serve};
use crate::kv::Wishes;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;
use tokio::sync::oneshot;

struct Running {
    http: SocketAddr,
    resp: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<Result<(), super::HostError>>>,
}

impl Running {
    fn start(data: &Path) -> Self {
        // Three ports that are free now.
        let [peer, http, resp] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .map(|listener: TcpListener| listener.local_addr().unwrap());
        let options = Options {
            me: Introduction {
                name: "n1".into(),
                zone: String::new(),
                weight: 1,
                // The founding names the peer address: a node keeps it.
                peer: SocketAddr::from(([127, 0, 0, 1], peer_port(data, peer.port()))),
                http,
                resp,
            },
            join: Vec::new(),
            data: data.join("n1"),
            quorums: Wishes::default(),
            site: None,
            shortener: crate::shortener::Options::default(),
            bounds: Bounds::NONE,
            providers: providers::Options::default(),
            crawl_private: true,
        };
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(serve(options, async {
                let _ = ended.await;
            }))
        });
        let node = Self { http, resp, end: Some(end), thread: Some(thread) };
        for _ in 0..500 {
            let healthy =
                TcpStream::connect(http).is_ok() && node.http("GET", "/healthz", "", "").0 == 200;
            if healthy {
                return node;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the node does not serve");
    }

    fn stop(mut self) {
        drop(self.end.take());
        self.thread.take().unwrap().join().unwrap().unwrap();
    }

    /// Sends bytes, and reads as many as are expected.
    fn resp(&self, request: &str, expected: &str) {
        let mut stream = TcpStream::connect(self.resp).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut got = vec![0; expected.len()];
        stream.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8_lossy(&got), expected);
    }

    /// Status, context and body of an answer.
    fn http(&self, method: &str, path: &str, context: &str, body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.http).unwrap();
        let context = match context {
            "" => String::new(),
            token => format!("X-Ennead-Context: {token}\r\n"),
        };
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{context}Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head[9..12].parse().unwrap();
        let token = head.lines().find_map(|line| line.strip_prefix("x-ennead-context: "));
        (status, token.unwrap_or_default().to_owned(), body.to_owned())
    }
}

/// The same port at every start on a folder.
fn peer_port(data: &Path, free: u16) -> u16 {
    let file = data.join("port");
    match std::fs::read_to_string(&file) {
        Ok(port) => port.parse().unwrap(),
        Err(_) => {
            std::fs::write(file, free.to_string()).unwrap();
            free
        }
    }
}

#[test]
fn r6_17_a_node_serves_again_what_it_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let node = Running::start(data.path());
    node.resp("SET city Seoul\r\n", "+OK\r\n");
    node.stop();
    let node = Running::start(data.path());
    node.resp("GET city\r\n", "$5\r\nSeoul\r\n");
    node.stop();
}

#[test]
fn r6_18_any_redis_client_is_understood() {
    let data = tempfile::tempdir().unwrap();
    let node = Running::start(data.path());
    // A pipeline: a read sees the write before it, replies keep their order.
    node.resp(
        "SET k 1\r\nGET k\r\nSET k 2\r\nGET k\r\nMSET a 1 b 2\r\nMGET a b c\r\nDEL a b c\r\nEXISTS a k k\r\n",
        "+OK\r\n$1\r\n1\r\n+OK\r\n$1\r\n2\r\n+OK\r\n*3\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n:2\r\n:2\r\n",
    );
    node.resp("DBSIZE\r\nFLUSHALL\r\nDBSIZE\r\n", ":1\r\n+OK\r\n:0\r\n");
    node.resp("SELECT 0\r\nSELECT 1\r\n", "+OK\r\n-ERR DB index is out of range\r\n");
    node.resp(
        "SET k v EX 9\r\n",
        "-ERR SET with EX is not supported yet: expected SET key value\r\n",
    );
    node.resp("SET k v NOW\r\n", "-ERR syntax error\r\n");
    node.resp("GET\r\n", "-ERR wrong number of arguments for 'get' command\r\n");
    node.resp("PING\r\nHELLO 3\r\nGET none\r\n", "+PONG\r\n%7\r\n");
    node.resp("HELLO 4\r\n", "-NOPROTO unsupported protocol version\r\n");
    node.resp("*1\r\n$-9\r\n", "-ERR Protocol error: invalid bulk length\r\n");
    let long = "k".repeat(1_025);
    node.resp(&format!("GET {long}\r\n"), "-ERR key of 1025 bytes");
    node.resp("PING\r\nQUIT\r\nPING\r\n", "+PONG\r\n+OK\r\n");
    node.stop();
}

#[test]
fn r6_7_siblings_are_shown_and_settled_over_http() {
    let data = tempfile::tempdir().unwrap();
    let node = Running::start(data.path());
    let path = "/v1/kv/city/";
    assert_eq!(node.http("GET", path, "", "").0, 404);
    assert_eq!(node.http("PUT", path, "none", "Seoul").0, 204);
    assert_eq!(node.http("PUT", path, "none", "Busan").0, 204);
    let (status, context, body) = node.http("GET", path, "", "");
    assert_eq!((status, body.as_str()), (300, r#"["U2VvdWw=","QnVzYW4="]"#));
    assert_eq!(node.http("PUT", path, &context, "Jeju").0, 204);
    let (status, context, body) = node.http("GET", path, "", "");
    assert_eq!((status, body.as_str()), (200, "Jeju"));
    assert_eq!(node.http("PUT", path, &format!("A{context}"), "x").0, 400);
    assert_eq!(node.http("DELETE", path, &context, "").0, 204);
    assert_eq!(node.http("GET", path, "", "").0, 404);
    node.stop();
}

#[test]
fn r6_14_a_partition_is_listed_in_pages() {
    let data = tempfile::tempdir().unwrap();
    let node = Running::start(data.path());
    for sort in ["a", "b", "c", "d"] {
        assert_eq!(node.http("PUT", &format!("/v1/kv/p/{sort}"), "", sort).0, 204);
    }
    assert_eq!(node.http("DELETE", "/v1/kv/p/b", "", "").0, 204);
    let list = |query: &str| -> (Vec<String>, Option<String>) {
        let (status, _, body) = node.http("GET", &format!("/v1/kv/p?{query}"), "", "");
        assert_eq!(status, 200, "{body}");
        let page: serde_json::Value = serde_json::from_str(&body).unwrap();
        let items = page["items"].as_array().unwrap();
        let sorts = items.iter().map(|item| item["sort"].as_str().unwrap().to_owned()).collect();
        (sorts, page["cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(list("").0, ["a", "c", "d"]);
    assert_eq!(list("start=b&end=d").0, ["c"]);
    let (sorts, cursor) = list("reverse=true&limit=2");
    assert_eq!(sorts, ["d", "c"]);
    assert_eq!(list(&format!("reverse=true&limit=2&cursor={}", cursor.unwrap())).0, ["a"]);
    assert_eq!(node.http("GET", "/v1/kv/p?limit=0", "", "").0, 400);
    assert_eq!(node.http("GET", "/v1/kv/p?colour=red", "", "").0, 400);
    node.stop();
}

#[test]
fn r6_9_a_quorum_that_cannot_be_met_is_refused_in_words() {
    let data = tempfile::tempdir().unwrap();
    let node = Running::start(data.path());
    let (status, _, body) = node.http("PUT", "/v1/kv/k/?w=2", "", "v");
    assert_eq!(status, 400);
    assert!(body.contains("w=2, expected 1 to 1"), "{body}");
    assert_eq!(node.http("GET", "/v1/kv/k/?n=3", "", "").0, 400);
    let (status, _, body) = node.http("GET", "/v1/cluster", "", "");
    assert_eq!(status, 200);
    let view: super::http::cluster::ClusterView = serde_json::from_str(&body).unwrap();
    assert_eq!((view.members.len(), view.quorums.n, view.quorums.strong), (1, 1, false));
    node.stop();
}
