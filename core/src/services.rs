//! The services of one node, together: what a host starts, asks and lets hear what is published.
//!
//! Services know ports and never each other; this is the only place that knows them all.

use crate::accounts::{self, Accounts};
use crate::autocomplete::{self, Autocomplete, ServiceError, Suggestion};
use crate::base::{Counted, Wall};
use crate::chat::{self, Chat};
use crate::crawler::{self, CrawlError, CrawlView, Crawler, Fetch, Plan};
use crate::feed::{self, Feed};
use crate::ids::{self, Id, Ids, Variant};
use crate::kv::{Key, Published, Update, Updated};
use crate::notification::{self, Notifications, Provider};
use crate::port::{self, Contact, Notice, Notify, People, Ports, Profile, UserId};
use crate::ring::NodeId;
use crate::shortener::{self, Link, Shortened, Shortener, Stats, Wish};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// All services of a node.
#[derive(Debug)]
pub struct Services<P> {
    ports: P,
    node: NodeId,
    /// Unique ids.
    pub ids: Arc<Ids<P>>,
    /// Who people are.
    pub accounts: Arc<Accounts<P>>,
    /// Messages between people.
    pub chat: Chat<P, Others<P>>,
    /// The news feed.
    pub feed: Feed<P, Others<P>>,
    /// Telling people.
    pub notifications: Arc<Notifications<P, Arc<Accounts<P>>>>,
    /// Short addresses.
    pub shortener: Shortener<P>,
    /// Autocomplete.
    pub autocomplete: Autocomplete<P>,
    /// Crawls.
    pub crawler: Crawler<P>,
}

/// What services are told when their node starts.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The node.
    pub node: NodeId,
    /// How many members the cluster has.
    pub nodes: u16,
    /// What the operator chooses of the shortener.
    pub shortener: shortener::Options,
    /// What the operator chooses of accounts.
    pub accounts: accounts::Options,
    /// What the operator chooses of the feed.
    pub feed: feed::Options,
    /// What the operator chooses of notifications.
    pub notifications: notification::Options,
}

/// What services need of each other, filled in: the other services of the same node.
#[derive(Clone, Debug)]
pub struct Others<P> {
    accounts: Arc<Accounts<P>>,
    notifications: Arc<Notifications<P, Arc<Accounts<P>>>>,
}

impl<P: Ports> Notify for Others<P> {
    async fn notify(&self, notice: &Notice) -> Result<(), port::Error> {
        self.notifications.notify(notice).await
    }
}

impl<P: Ports> People for Others<P> {
    async fn profile(&self, user: UserId) -> Result<Option<Profile>, port::Error> {
        self.accounts.profile(user).await
    }

    async fn friends(&self, user: UserId) -> Result<Vec<UserId>, port::Error> {
        self.accounts.friends(user).await
    }

    async fn friendships(&self, user: UserId) -> Result<Vec<(UserId, u64)>, port::Error> {
        self.accounts.friendships(user).await
    }

    async fn are_friends(&self, one: UserId, other: UserId) -> Result<bool, port::Error> {
        self.accounts.are_friends(one, other).await
    }

    async fn hidden_from(&self, user: UserId) -> Result<BTreeSet<UserId>, port::Error> {
        self.accounts.hidden_from(user).await
    }

    async fn are_hidden(&self, one: UserId, other: UserId) -> Result<bool, port::Error> {
        self.accounts.are_hidden(one, other).await
    }

    async fn contacts(&self, user: UserId) -> Result<Vec<Contact>, port::Error> {
        self.accounts.contacts(user).await
    }

    async fn forget_device(&self, user: UserId, contact: &Contact) -> Result<(), port::Error> {
        self.accounts.forget_device(user, contact).await
    }
}

/// A question to a service, as people ask it in a simulated world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Read or change a register.
    Update {
        /// Which.
        key: Key,
        /// How.
        update: Update,
    },
    /// Give ids.
    Ids {
        /// How they are made.
        variant: Variant,
        /// How many.
        count: u16,
    },
    /// Shorten an address.
    Shorten(Wish),
    /// Follow a short address to what it leads to, as a click.
    Follow {
        /// Its code.
        code: String,
    },
    /// Count clicks.
    Clicks {
        /// The code of the short address.
        code: String,
    },
    /// Count queries.
    Count {
        /// Each, and how often it was asked.
        queries: Vec<(String, u32)>,
    },
    /// Complete what was typed.
    Complete {
        /// So far.
        typed: String,
    },
    /// Open a crawl.
    Crawl {
        /// What it is to do.
        plan: Box<Plan>,
    },
    /// How a crawl stands.
    Crawled {
        /// Its number.
        number: String,
    },
    /// Something of accounts.
    Accounts(accounts::Ask),
    /// Something of the chat.
    Chat(chat::Ask),
    /// End a crawl.
    CancelCrawl {
        /// Its number.
        number: String,
    },
    /// All crawls, the latest first.
    Crawls,
    /// Something of the feed.
    Feed(feed::Ask),
    /// Something of notifications.
    Notification(notification::Ask),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Of an update of a register.
    Updated(Result<Updated, port::Error>),
    /// Of ids, and how they were to be made.
    Ids(Variant, Result<Vec<Id>, ids::Error>),
    /// Of an address to shorten.
    Shortened(Result<Shortened, shortener::Error>),
    /// Of a click.
    Followed(Result<Arc<Link>, shortener::Error>),
    /// Of counting clicks.
    Clicks(Result<Stats, shortener::Error>),
    /// Of queries that were to be counted.
    Counted(Result<(), ServiceError>),
    /// The five best completions.
    Completed(Result<Vec<Suggestion>, ServiceError>),
    /// The number of a crawl that was opened.
    Crawl(Result<String, CrawlError>),
    /// The latest crawls.
    Crawls(Result<Vec<CrawlView>, CrawlError>),
    /// How a crawl stands.
    Crawled(Box<Result<CrawlView, CrawlError>>),
    /// Of accounts.
    Accounts(accounts::Answered),
    /// Of the chat.
    Chat(chat::Answered),
    /// Of the feed.
    Feed(feed::Answered),
    /// Something of notifications.
    Notification(notification::Answered),
}

impl Ask {
    /// Whether it is asked of a service that is for people who have accounts.
    #[must_use]
    pub const fn is_of_people(&self) -> bool {
        matches!(self, Self::Accounts(_) | Self::Chat(_) | Self::Feed(_) | Self::Notification(_))
    }
}

impl Answered {
    /// Whether it was refused, or cannot be said.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        match self {
            Self::Updated(came) => came.is_err(),
            Self::Ids(_, came) => came.is_err(),
            Self::Shortened(came) => came.is_err(),
            Self::Followed(came) => came.is_err(),
            Self::Clicks(came) => came.is_err(),
            Self::Counted(came) => came.is_err(),
            Self::Completed(came) => came.is_err(),
            Self::Crawl(came) => came.is_err(),
            Self::Crawls(came) => came.is_err(),
            Self::Crawled(came) => came.is_err(),
            Self::Accounts(came) => came.is_refused(),
            Self::Chat(came) => came.is_refused(),
            Self::Feed(came) => came.is_refused(),
            Self::Notification(came) => came.is_refused(),
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Update { key, update } => {
                let key = String::from_utf8_lossy(key.partition());
                match update {
                    Update::Read => write!(f, "read the register {key}"),
                    Update::CompareAndSet { .. } => write!(f, "compare and set the register {key}"),
                    Update::Add(amount) => write!(f, "add {amount} to the register {key}"),
                }
            }
            Self::Shorten(wish) => write!(f, "shorten {}", wish.url),
            Self::Follow { code } => write!(f, "follow {code}"),
            Self::Clicks { code } => write!(f, "count the clicks on {code}"),
            Self::Count { queries } => match queries.as_slice() {
                [(query, 1)] => write!(f, "count the query {query:?}"),
                [(query, times)] => write!(f, "count the query {query:?} {times} times"),
                _ => write!(f, "count {} queries", queries.len()),
            },
            Self::Complete { typed } => write!(f, "complete {typed:?}"),
            Self::Ids { variant, count } => write!(f, "give {count} ids: {}", variant.scheme()),
            Self::Crawl { plan } => match plan.seeds.as_slice() {
                [first, ..] => write!(f, "crawl {} pages from {first}", plan.pages),
                [] => f.write_str("crawl from nowhere"),
            },
            Self::Crawled { number } => write!(f, "how does the crawl {number} stand"),
            Self::Accounts(ask) => ask.fmt(f),
            Self::Chat(ask) => ask.fmt(f),
            Self::CancelCrawl { number } => write!(f, "end the crawl {number}"),
            Self::Crawls => f.write_str("which crawls are there"),
            Self::Feed(ask) => ask.fmt(f),
            Self::Notification(ask) => ask.fmt(f),
        }
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Updated(Ok(Updated { value, version, .. })) => {
                let value = value.as_deref().map(String::from_utf8_lossy);
                write!(f, "{} (version {version})", value.as_deref().unwrap_or("nothing"))
            }
            Self::Ids(_, Ok(ids)) => match ids.as_slice() {
                [only] => only.fmt(f),
                [first, .., last] => write!(f, "{} ids from {first} to {last}", ids.len()),
                [] => f.write_str("no ids"),
            },
            Self::Crawl(Ok(number)) => write!(f, "crawl {number}"),
            Self::Crawled(outcome) => match outcome.as_ref() {
                Ok(view) => write!(f, "{} pages", view.report.progress.pages),
                Err(error) => write!(f, "refused: {error}"),
            },
            Self::Crawls(Ok(crawls)) => write!(f, "{} crawls", crawls.len()),
            Self::Crawl(Err(error)) | Self::Crawls(Err(error)) => write!(f, "refused: {error}"),
            Self::Updated(Err(error)) => write!(f, "refused: {error}"),
            Self::Shortened(Ok(Shortened { code, is_new: true, .. })) => f.write_str(code),
            Self::Shortened(Ok(Shortened { code, .. })) => write!(f, "{code}, as before"),
            Self::Followed(Ok(link)) => write!(f, "{} {}", link.redirect.status(), link.url),
            Self::Clicks(Ok(stats)) => {
                write!(f, "{} clicks", stats.days.iter().map(|(_, clicks)| clicks).sum::<u64>())
            }
            Self::Shortened(Err(error)) | Self::Followed(Err(error)) | Self::Clicks(Err(error)) => {
                write!(f, "refused: {error}")
            }
            Self::Ids(_, Err(error)) => write!(f, "refused: {error}"),
            Self::Counted(Ok(())) => write!(f, "counted"),
            Self::Completed(Ok(found)) => {
                for (i, Suggestion { query, count }) in found.iter().enumerate() {
                    write!(f, "{}{query} {count}", if i == 0 { "" } else { ", " })?;
                }
                if found.is_empty() { write!(f, "nothing") } else { Ok(()) }
            }
            Self::Counted(Err(error)) | Self::Completed(Err(error)) => {
                write!(f, "refused: {error}")
            }
            Self::Accounts(answered) => answered.fmt(f),
            Self::Chat(answered) => answered.fmt(f),
            Self::Feed(answered) => answered.fmt(f),
            Self::Notification(answered) => answered.fmt(f),
        }
    }
}

impl<P: Ports + Fetch + Provider> Services<P> {
    /// The services of a node.
    #[must_use]
    pub fn new(ports: P, setting: Setting) -> Self {
        let Setting { node, nodes, shortener, accounts, feed, notifications } = setting;
        let ids = Arc::new(Ids::new(ports.clone(), node, nodes));
        let accounts = Arc::new(Accounts::new(ports.clone(), Arc::clone(&ids), accounts));
        let notifications =
            Notifications::new(ports.clone(), Arc::clone(&accounts), node, nodes, notifications);
        let notifications = Arc::new(notifications);
        let others =
            Others { accounts: Arc::clone(&accounts), notifications: Arc::clone(&notifications) };
        let chat = Chat::new(ports.clone(), node, Arc::clone(&ids), others.clone());
        let feed = Feed::new(ports.clone(), others, Arc::clone(&ids), (node, nodes), feed);
        let shortener = Shortener::new(ports.clone(), node, shortener);
        let autocomplete = Autocomplete::new(ports.clone(), node);
        let crawler = Crawler::new(ports.clone());
        Self {
            ports,
            node,
            ids,
            accounts,
            chat,
            feed,
            notifications,
            shortener,
            autocomplete,
            crawler,
        }
    }

    /// What they stand on.
    #[must_use]
    pub const fn ports(&self) -> &P {
        &self.ports
    }

    /// The services as others need them.
    #[must_use]
    pub fn others(&self) -> Others<P> {
        let (accounts, notifications) = (&self.accounts, &self.notifications);
        Others { accounts: Arc::clone(accounts), notifications: Arc::clone(notifications) }
    }

    /// Which node they run on.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The wall clock of the node.
    #[must_use]
    pub fn now(&self) -> Wall {
        self.ports.now().wall
    }

    /// Answers a question.
    pub async fn serve(&self, ask: Ask) -> Answered {
        match ask {
            Ask::Update { key, update } => Answered::Updated(self.ports.update(&key, update).await),
            Ask::Shorten(wish) => Answered::Shortened(self.shortener.shorten(&wish).await),
            Ask::Follow { code } => Answered::Followed(self.shortener.follow(&code).await),
            Ask::Clicks { code } => Answered::Clicks(self.shortener.stats(&code).await),
            Ask::Count { queries } => {
                let queries = queries.iter().map(|(query, times)| (&**query, u64::from(*times)));
                Answered::Counted(self.autocomplete.record_all(queries).await)
            }
            Ask::Complete { typed } => {
                Answered::Completed(self.autocomplete.suggest(&typed, 5).await)
            }
            Ask::Ids { variant, count } => {
                Answered::Ids(variant, self.ids.issue(variant, count).await)
            }
            Ask::Crawl { plan } => Answered::Crawl(self.crawler.open(&plan).await),
            Ask::Crawled { number } => {
                Answered::Crawled(Box::new(self.crawler.look(&number).await))
            }
            Ask::CancelCrawl { number } => {
                Answered::Crawled(Box::new(self.crawler.cancel(&number).await))
            }
            Ask::Crawls => {
                let page = self.crawler.list(None, crawler::MAX_LISTED).await;
                Answered::Crawls(page.map(|(crawls, _)| crawls))
            }
            Ask::Accounts(ask) => Answered::Accounts(self.accounts.serve(ask).await),
            Ask::Chat(ask) => Answered::Chat(self.chat.serve(ask).await),
            Ask::Feed(ask) => Answered::Feed(self.feed.serve(ask).await),
            Ask::Notification(ask) => Answered::Notification(self.notifications.serve(ask).await),
        }
    }

    /// What the shortener does beside requests, as long as the node runs: it never ends.
    pub async fn run_shortener(&self) {
        self.shortener.write_clicks().await;
    }

    /// Writes what is still only in memory: what a node does before it stops.
    pub async fn flush(&self) {
        self.shortener.flush().await;
    }

    /// What autocomplete does beside requests, as long as the node runs: it never ends.
    pub async fn run_autocomplete(&self) {
        self.autocomplete.run().await;
    }

    /// What the services have counted since the node started.
    #[must_use]
    pub fn counted(&self) -> Vec<Counted> {
        let mut counted = Vec::new();
        counted.extend(self.ids.counters().named());
        counted.extend(self.accounts.counters().named());
        counted.extend(self.chat.counters().named());
        counted.extend(self.feed.counters().named());
        counted.extend(self.notifications.counters().named());
        counted.extend(self.shortener.counters().named());
        counted.extend(self.autocomplete.counters().named());
        counted.extend(self.crawler.counters().named());
        counted
    }

    /// A node, perhaps this one, has published something.
    pub fn handle_published(&self, published: &Published) {
        if published.topic == autocomplete::TOPIC {
            self.autocomplete.handle_published(&published.body);
        }
        if published.topic == feed::TOPIC {
            self.feed.handle_published(&published.body);
        }
        if published.topic == accounts::TOPIC {
            let ended = self.accounts.handle_published(&published.body);
            if let Some(login) = ended {
                self.chat.log_out(&login.bytes());
            }
        }
        if published.topic == accounts::STANDINGS
            && let Some((one, other)) = accounts::stood_anew(&published.body)
        {
            self.chat.stand_anew(one, other);
        }
        if published.topic == chat::TOPIC {
            self.chat.handle_published(&published.body);
        }
        if published.topic == notification::TOPIC {
            self.notifications.handle_published(&published.body);
        }
    }
}
