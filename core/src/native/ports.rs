//! The ports of services on a real machine: the node's thread, the clocks, tokio.

use super::clock::{Clock, entropy};
use super::error::HostError;
use super::fetch::Downloader;
use super::node_thread::NodeHandle;
use super::providers::Providers;
use crate::base::{self, Now, Span};
use crate::crawler::{Address, Fetch, FetchError, Fetched, Kind, Wanted};
use crate::kv::{Answer, Published, Request, Topic};
use crate::notification::{Envelope, Provider, Refusal};
use crate::port::{self, Compute, MAX_PUBLISHED, Publish, Sleep, Store};
use crate::services::Services;
use bytes::Bytes;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// The ports of one node.
#[derive(Clone, Debug)]
pub struct Handle {
    node: NodeHandle,
    clock: Clock,
    random: Arc<Mutex<base::Random>>,
    downloader: Downloader,
    providers: Providers,
    /// For work that computes: places to wait, and threads.
    places: Arc<Semaphore>,
    threads: Arc<Semaphore>,
}

/// How much that computes may wait.
const COMPUTE_WAITING: usize = 64;

impl Handle {
    /// Ports onto a running node.
    ///
    /// # Errors
    /// [`HostError::System`] without entropy.
    pub fn new(
        node: NodeHandle,
        downloader: Downloader,
        providers: Providers,
    ) -> Result<Self, HostError> {
        let random = Arc::new(Mutex::new(base::Random::new(entropy()?)));
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self {
            node,
            clock: Clock::start(),
            random,
            downloader,
            providers,
            places: Arc::new(Semaphore::new(COMPUTE_WAITING)),
            threads: Arc::new(Semaphore::new(threads)),
        })
    }
}

impl Store for Handle {
    async fn ask(&self, request: Request) -> Result<Answer, port::Error> {
        self.node.ask(request).await
    }
}

impl port::Clock for Handle {
    fn now(&self) -> Now {
        self.clock.now()
    }
}

impl port::Random for Handle {
    fn random(&self) -> u64 {
        // What is drawn must not be guessed, since ids and keys are made of it; should the system have no
        // entropy now, it is as good as its seed.
        let drawn = self.random.lock().unwrap_or_else(PoisonError::into_inner).u64();
        drawn ^ entropy().unwrap_or_default()
    }
}

impl Sleep for Handle {
    async fn sleep(&self, span: Span) {
        tokio::time::sleep(Duration::from_micros(span.as_micros())).await;
    }
}

impl Publish for Handle {
    fn publish(&self, topic: Topic, body: Bytes) -> bool {
        let fits = body.len() <= MAX_PUBLISHED;
        if fits {
            self.node.publish(Published { topic, body });
        }
        fits
    }
}

impl Compute for Handle {
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, port::Error> {
        // Whoever waits has a place; whoever works has a thread too, and keeps it though the asker goes away.
        let _place = self.places.try_acquire().map_err(|_| port::Error::Busy)?;
        let thread =
            Arc::clone(&self.threads).acquire_owned().await.map_err(|_| port::Error::Stopped)?;
        let work = move || {
            let _thread = thread;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| port::Error::Stopped)
    }
}

impl Fetch for Handle {
    async fn fetch(
        &self,
        address: &Address,
        agent: &str,
        wanted: Wanted,
    ) -> Result<Fetched, FetchError> {
        self.downloader.fetch(address, agent, wanted).await
    }

    async fn keep(
        &self,
        crawl: &str,
        address: &Address,
        kind: Kind,
        body: &Bytes,
    ) -> Result<(), String> {
        self.downloader.keep(crawl, address, kind, body).await
    }
}

impl Provider for Handle {
    async fn deliver(&self, envelope: &Envelope) -> Result<String, Refusal> {
        self.providers.deliver(envelope).await
    }
}

/// Starts what services do as long as their node runs.
pub fn run(services: &Arc<Services<Handle>>, mut publications: mpsc::Receiver<Published>) {
    let shortener = Arc::clone(services);
    tokio::spawn(async move { shortener.run_shortener().await });
    let listener = Arc::clone(services);
    tokio::spawn(async move {
        while let Some(published) = publications.recv().await {
            listener.handle_published(&published);
        }
    });
    let autocomplete = Arc::clone(services);
    tokio::spawn(async move {
        autocomplete.autocomplete.activate();
        autocomplete.run_autocomplete().await;
    });
    let chat = Arc::clone(services);
    tokio::spawn(async move {
        chat.chat.run().await;
    });
    let notifications = Arc::clone(services);
    tokio::spawn(async move { notifications.notifications.run().await });
    let crawler = Arc::clone(services);
    tokio::spawn(async move { crawler.crawler.tend().await });
    let accounts = Arc::clone(services);
    tokio::spawn(async move { accounts.accounts.tend(&accounts.others()).await });
    let feed = Arc::clone(services);
    tokio::spawn(async move { feed.feed.fan_out().await });
}
