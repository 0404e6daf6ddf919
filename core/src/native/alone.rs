//! A store of one node in this process: what a command uses that needs no cluster.

use super::clock::entropy;
use super::engine::Folder;
use super::error::HostError;
use super::fetch::Downloader;
use super::founding::{Founding, Seat};
use super::node_thread::{self, NodeHandle, Start};
use super::ports::Handle;
use super::providers::{self, Providers};
use crate::kv::Config;
use crate::ring::{Member, NodeId};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A running store of one node.
#[derive(Debug)]
pub struct Alone {
    pub(super) founding: Founding,
    pub(super) node: NodeHandle,
    ended: oneshot::Receiver<Result<(), HostError>>,
}

impl Alone {
    /// Starts it on a folder, which keeps what is written until the next time.
    ///
    /// # Errors
    /// [`HostError`]: the folder is in use, damaged, or another node's.
    pub fn start(folder: &Path, name: &str) -> Result<Self, HostError> {
        Self::start_on(Folder::open(folder, name)?, name)
    }

    /// The same on a folder that is open.
    ///
    /// # Errors
    /// [`HostError`]: the system gives no thread or no entropy.
    pub(super) fn start_on(mut folder: Folder, name: &str) -> Result<Self, HostError> {
        let founding = match folder.founding() {
            Some(founding) => founding.clone(),
            None => {
                let seat = Seat {
                    member: Member::new(NodeId(0), name),
                    // It listens nowhere, and has no peers to say so to.
                    peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                };
                let founding = Founding { cluster: entropy()?, seats: vec![seat] };
                folder.found(founding.clone())?;
                founding
            }
        };
        let layout = Arc::new(founding.layout()?);
        let (engine, durable) = folder.start()?;
        let (published, _nobody) = mpsc::channel(1);
        let (node, ended) = node_thread::start(Start {
            config: Config::default(),
            layout,
            me: NodeId(0),
            engine,
            durable,
            outgoing: BTreeMap::new(),
            published,
        })?;
        Ok(Self { founding, node, ended })
    }

    /// Ports onto it.
    ///
    /// # Errors
    /// [`HostError::System`] without entropy.
    pub fn ports(&self, downloader: Downloader) -> Result<Handle, HostError> {
        let providers = Providers::new(&providers::Options::default())?;
        Handle::new(self.node.clone(), downloader, providers)
    }

    /// Stops it, once all that it was asked for is on disk.
    ///
    /// # Errors
    /// [`HostError`] if the node had failed.
    pub async fn stop(self) -> Result<(), HostError> {
        self.node.stop();
        self.node.until_gone().await;
        self.ended.await.unwrap_or(Ok(()))
    }
}
