//! `ennead serve`: one node, from its first listener to its last sync.

use super::engine::Folder;
use super::error::HostError;
use super::fetch::Downloader;
use super::founding::{Founding, Introduction};
use super::host::{Host, Running};
use super::http::limits::Bounds;
use super::node_thread::{self, Outgoing, Start};
use super::ports::{self, Handle};
use super::providers::{self, Providers};
use super::{http, peers, resp};
use crate::accounts;
use crate::feed;
use crate::kv::{Config, Wishes};
use crate::notification;
use crate::ring::{Member, NodeId};
use crate::services::{Services, Setting};
use crate::shortener;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// How long requests under way may take once the process is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What a node is told when it starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who it is and where it listens.
    pub me: Introduction,
    /// The peer addresses of all other nodes.
    pub join: Vec<SocketAddr>,
    /// Its data folder.
    pub data: PathBuf,
    /// N, W and R, where the operator chose them.
    pub quorums: Wishes,
    /// The folder of the page, if it is built.
    pub site: Option<PathBuf>,
    /// What the operator chooses of the shortener.
    pub shortener: shortener::Options,
    /// How often one client may ask over HTTP.
    pub bounds: Bounds,
    /// Who brings messages to devices.
    pub providers: providers::Options,
    /// Whether crawls may visit private addresses.
    pub crawl_private: bool,
}

/// Serves until a signal or `end` asks to stop, or the node fails.
///
/// # Errors
/// [`HostError`].
pub async fn serve(options: Options, end: impl Future<Output = ()>) -> Result<(), HostError> {
    let me = &options.me;
    // Said at once, rather than by the founder once all are there.
    let member =
        Member { id: NodeId(0), name: me.name.clone(), zone: me.zone.clone(), weight: me.weight };
    member.check()?;
    let peer_listener = listen(me.peer, "peers", "--peer-addr").await?;
    let http_listener = listen(me.http, "HTTP", "--http-addr").await?;
    let resp_listener = listen(me.resp, "RESP", "--resp-addr").await?;
    let (path, name) = (options.data.clone(), me.name.clone());
    let folder = blocking(move || Folder::open(&path, &name)).await??;
    tracing::info!(
        "node {}: peers {}, HTTP http://{}/, RESP {}, data in {}",
        me.name,
        me.peer,
        me.http,
        me.resp,
        options.data.display()
    );

    let site = options.site.clone().filter(|site| {
        let is_built = site.join("index.html").is_file();
        if !is_built {
            tracing::warn!("no page in {}: build it with `cargo xtask site`", site.display());
        }
        is_built
    });

    let (host, decisions) = Host::new(me.clone(), &options.join);
    let (guard, mut guards_gone) = mpsc::channel::<()>(1);
    tokio::spawn(peers::accept(Arc::clone(&host), peer_listener));
    tokio::spawn(resp::accept(Arc::clone(&host), resp_listener, guard.clone()));
    let rate = options.bounds.rate();
    tokio::spawn(http::serve(Arc::clone(&host), http_listener, site, rate, guard));

    let ended = tokio::select! {
        biased;
        () = end => Ok(()),
        ended = be_node(&host, folder, decisions, &options) => ended,
    };
    tracing::info!("stopping: requests under way are finished, then all is synced");
    if let Some(running) = host.running() {
        running.services.chat.drain();
    }
    host.stop();
    // Each connection holds a guard and drops it after its last reply.
    if tokio::time::timeout(GRACE, guards_gone.recv()).await.is_err() {
        tracing::warn!("some connections did not end within {} s", GRACE.as_secs());
    }
    if let Some(running) = host.running() {
        if tokio::time::timeout(GRACE, running.services.flush()).await.is_err() {
            tracing::warn!("not all clicks were written within {} s", GRACE.as_secs());
        }
        running.node.stop();
        running.node.until_gone().await;
    }
    ended
}

async fn listen(
    address: SocketAddr,
    purpose: &'static str,
    flag: &'static str,
) -> Result<TcpListener, HostError> {
    if !address.ip().is_loopback() {
        return Err(HostError::NotLoopback { address, flag });
    }
    TcpListener::bind(address).await.map_err(|reason| HostError::Listen {
        address,
        purpose,
        reason,
        flag,
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, HostError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| HostError::System(error.to_string()))
}

/// Finds the cluster, starts the node, and returns when the node has ended.
async fn be_node(
    host: &Arc<Host>,
    mut folder: Folder,
    mut decisions: mpsc::UnboundedReceiver<Result<Founding, HostError>>,
    options: &Options,
) -> Result<(), HostError> {
    let founding = match folder.founding() {
        Some(founding) => {
            check_folder(founding, options)?;
            founding.clone()
        }
        None => {
            for &peer in options.join.iter().filter(|&&peer| peer != options.me.peer) {
                tokio::spawn(peers::gather(Arc::clone(host), peer));
            }
            host.found_alone();
            let Some(decision) = decisions.recv().await else { return Ok(()) };
            decision?
        }
    };
    let layout = Arc::new(founding.layout()?);
    let config = config(&options.quorums, &founding)?;
    let Some(seat) = founding.seat(&options.me.name).filter(|seat| seat.peer == options.me.peer)
    else {
        return Err(HostError::NotMember {
            name: options.me.name.clone(),
            address: options.me.peer,
            cluster: founding.cluster,
            members: founding.names(),
        });
    };
    let me = seat.member.id;
    if folder.founding().is_none() {
        let found = founding.clone();
        folder = blocking(move || folder.found(found).map(|()| folder)).await??;
    }
    let (engine, durable) = folder.start()?;
    let mut outgoing = BTreeMap::new();
    let mut queues = Vec::new();
    for id in layout.members().iter().map(|member| member.id).filter(|&id| id != me) {
        let (queue, messages) = mpsc::channel(node_thread::OUTGOING);
        outgoing.insert(id, Outgoing { queue, dropped: Arc::default(), redial: Arc::default() });
        queues.push((id, messages));
    }
    let (published, publications) = mpsc::channel(node_thread::PUBLISHED);
    let start = Start {
        config,
        layout: Arc::clone(&layout),
        me,
        engine,
        durable,
        outgoing: outgoing.clone(),
        published,
    };
    let (node, ended) = node_thread::start(start)?;
    let (cluster, members) = (founding.cluster, founding.names());
    let nodes = u16::try_from(layout.members().len()).unwrap_or(u16::MAX);
    let accounts = accounts::Options { cost: accounts::Cost::SERVER };
    let mut feed = feed::Options::default();
    if options.bounds.rate().is_none() {
        feed.rate = feed::UNLIMITED; // who asks for no limits means none
    }
    let shortener = options.shortener.clone();
    let notifications = notification::Options::default();
    let setting = Setting { node: me, nodes, shortener, accounts, feed, notifications };
    let downloader = Downloader::new(options.crawl_private, None);
    let providers = Providers::new(&options.providers)?;
    let services =
        Arc::new(Services::new(Handle::new(node.clone(), downloader, providers)?, setting));
    ports::run(&services, publications);
    let running = Arc::new(Running { founding, layout, me, config, node, services, outgoing });
    host.set_running(Arc::clone(&running));
    tracing::info!("serving as a member of cluster {cluster:016x} (members: {members})");
    for (id, messages) in queues {
        tokio::spawn(peers::dial(Arc::clone(host), Arc::clone(&running), id, messages));
    }
    ended.await.unwrap_or_else(|_| Err(HostError::System("the node's thread ended".into())))
}

/// The folder's cluster is the one that the operator names.
fn check_folder(founding: &Founding, options: &Options) -> Result<(), HostError> {
    let folder = options.data.clone();
    if let Some(seat) = founding.seat(&options.me.name)
        && seat.peer != options.me.peer
    {
        let (name, expected) = (options.me.name.clone(), options.me.peer);
        return Err(HostError::OtherAddress { folder, name, got: seat.peer, expected });
    }
    let addresses: Vec<SocketAddr> = founding.seats.iter().map(|seat| seat.peer).collect();
    match options.join.iter().find(|peer| !addresses.contains(peer)) {
        Some(&expected) => {
            let got = addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ");
            Err(HostError::OtherPeers { folder, cluster: founding.cluster, got, expected })
        }
        None => Ok(()),
    }
}

/// The defaults with what the operator chose, checked against the number of members.
fn config(wishes: &Wishes, founding: &Founding) -> Result<Config, HostError> {
    let nodes = u16::try_from(founding.seats.len()).unwrap_or(u16::MAX);
    let defaults = Config::default();
    defaults.quorums(wishes, nodes).map_err(HostError::Quorum)?;
    Ok(Config {
        copies: wishes.copies.unwrap_or(defaults.copies),
        write: wishes.write,
        read: wishes.read,
        quorum: wishes.quorum.unwrap_or(defaults.quorum),
        ..defaults
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::founding::Seat;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn a_folder_of_another_cluster_or_place_is_refused() {
        let me = Introduction {
            name: "n1".into(),
            zone: String::new(),
            weight: 1,
            peer: address(7101),
            http: address(8101),
            resp: address(9101),
        };
        let seat = Seat { member: Member::new(NodeId(0), "n1"), peer: address(7101) };
        let founding = Founding { cluster: 5, seats: vec![seat] };
        let (data, quorums) = ("data".into(), Wishes::default());
        let shortener = shortener::Options::default();
        let join = vec![address(7101)];
        let mut options = Options {
            me,
            join,
            data,
            quorums,
            site: None,
            shortener,
            bounds: Bounds::NONE,
            providers: providers::Options::default(),
            crawl_private: true,
        };
        assert!(check_folder(&founding, &options).is_ok());
        options.join = vec![address(7102)];
        let refused = check_folder(&founding, &options).unwrap_err();
        assert!(matches!(refused, HostError::OtherPeers { cluster: 5, .. }), "{refused}");
        options.me.peer = address(7109);
        let refused = check_folder(&founding, &options).unwrap_err();
        assert!(matches!(refused, HostError::OtherAddress { .. }), "{refused}");
    }
}
