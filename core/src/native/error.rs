//! What can go wrong in the host: what was got, what was expected, what to do.

use super::providers::ProviderError;
use crate::ring::LayoutError;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a data folder cannot be used. The folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Another process has it.
    #[error(
        "data folder {folder} is in use by another process: stop that process, or choose another --data"
    )]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// It was written by another version of the program.
    #[error(
        "data folder {folder} has format {got}, this program reads format {expected}: use the program that wrote it, or another --data"
    )]
    Format {
        /// The folder.
        folder: PathBuf,
        /// Its format.
        got: u32,
        /// The format of this program.
        expected: u32,
    },
    /// It belongs to another node.
    #[error(
        "data folder {folder} belongs to node {got:?}, this node is {expected:?}: pass --name {got}, or choose another --data"
    )]
    OtherNode {
        /// The folder.
        folder: PathBuf,
        /// The name in it.
        got: String,
        /// The name of this node.
        expected: String,
    },
    /// It belongs to another cluster.
    #[error(
        "data folder {folder} belongs to cluster {got:016x}, the peers are of cluster {expected:016x}: choose another --data, or join the right peers"
    )]
    OtherCluster {
        /// The folder.
        folder: PathBuf,
        /// The cluster in it.
        got: u64,
        /// The cluster of the peers.
        expected: u64,
    },
    /// Its content is not what this program wrote.
    #[error(
        "data folder {folder} is damaged ({reason}): restore it from a backup, or empty it and let the other replicas fill it again"
    )]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The operating system refuses.
    #[error(
        "data folder {folder}: {reason}. Check that it is a folder, that it may be written and that the disk is not full"
    )]
    Disk {
        /// The folder.
        folder: PathBuf,
        /// What it says.
        reason: String,
    },
}

/// Why two nodes do not talk to each other. Neither changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelloError {
    /// Not a node of this protocol.
    #[error(
        "the other side did not begin with Ennead's greeting: check that the address is a peer address"
    )]
    Magic,
    /// Of another cluster.
    #[error(
        "{peer:?} is of cluster {got:016x}, this node of {expected:016x}: check --join and --data of both"
    )]
    OtherCluster {
        /// The other node.
        peer: String,
        /// Its cluster.
        got: u64,
        /// Ours.
        expected: u64,
    },
    /// Not one of the members.
    #[error(
        "{peer:?} is not a member of this cluster (members: {members}): members are fixed when a cluster is founded"
    )]
    NotMember {
        /// The other node.
        peer: String,
        /// Who is.
        members: String,
    },
    /// Two nodes with the same name, or a node that dialled itself.
    #[error("{peer:?} at {address} has this node's own name: give each node a --name of its own")]
    SameName {
        /// The name.
        peer: String,
        /// Where the other is.
        address: SocketAddr,
    },
    /// Nodes that were started with different choices.
    #[error(
        "{peer:?} was started with {got}, this node with {expected}: pass the same -n, -w, -r and --quorum to all nodes"
    )]
    OtherConfig {
        /// The other node.
        peer: String,
        /// Its choices.
        got: String,
        /// Ours.
        expected: String,
    },
    /// The nodes do not agree who founds the cluster.
    #[error(
        "{peer:?} wants to found a cluster of {got}, this node one of {expected}: give every node all the others by --join"
    )]
    OtherMembers {
        /// The other node.
        peer: String,
        /// The peer addresses it names.
        got: String,
        /// The peer addresses named here.
        expected: String,
    },
}

/// Why a node does not serve, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A provider cannot be used as the operator says.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Its folder.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A port.
    #[error(
        "cannot listen on {address} for {purpose}: {reason}. Stop the program that holds the port, or choose another with {flag}"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What for.
        purpose: &'static str,
        /// What the operating system says.
        reason: std::io::Error,
        /// The flag that changes it.
        flag: &'static str,
    },
    /// An address that others than this machine could reach.
    #[error(
        "{flag} {address} is not a loopback address: nodes do not check who talks to them yet, so they listen on 127.0.0.0/8 or [::1] only"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
        /// The flag that gave it.
        flag: &'static str,
    },
    /// The members do not make a layout.
    #[error("the cluster cannot be founded: {0}")]
    Layout(#[from] LayoutError),
    /// N, W or R do not fit.
    #[error("the quorum does not fit the cluster: {0}")]
    Quorum(crate::kv::Error),
    /// This node's name is not in the cluster that its peers belong to.
    #[error(
        "node {name:?} at {address} is not a member of cluster {cluster:016x} (members: {members}): start it with the name and peer address of a member, or found a new cluster"
    )]
    NotMember {
        /// This node.
        name: String,
        /// Its peer address.
        address: SocketAddr,
        /// The cluster.
        cluster: u64,
        /// Who is.
        members: String,
    },
    /// The data folder's cluster knows this node, but at another address.
    #[error(
        "data folder {folder} says that node {name:?} is reached at {got}, not at {expected}: pass --peer-addr {got}, or choose another --data"
    )]
    OtherAddress {
        /// The folder.
        folder: PathBuf,
        /// This node.
        name: String,
        /// The address in the folder.
        got: SocketAddr,
        /// The address given.
        expected: SocketAddr,
    },
    /// The data folder's cluster is not the one of the peers given.
    #[error(
        "data folder {folder} belongs to cluster {cluster:016x} of {got}, and --join {expected} is not one of them: choose another --data, or correct --join"
    )]
    OtherPeers {
        /// The folder.
        folder: PathBuf,
        /// Its cluster.
        cluster: u64,
        /// The peer addresses of that cluster.
        got: String,
        /// The address given.
        expected: SocketAddr,
    },
    /// Nodes that do not fit each other.
    #[error(transparent)]
    Hello(#[from] HelloError),
    /// The disk failed under a running node.
    #[error(
        "the node stopped, since a sync failed: {reason}. What was acknowledged is on disk; check the disk, then start the node again"
    )]
    Sync {
        /// What the engine says.
        reason: String,
    },
    /// The operating system gives no entropy or no threads.
    #[error("the operating system refuses: {0}")]
    System(String),
}
