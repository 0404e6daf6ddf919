//! The shortener of one node.

use super::clicks::{Clicks, Day};
use super::code::{Scheme, code_of_number, hash_candidates, is_possible};
use super::{Error, HashFunction, Link, Wish};
use crate::base::hash::sha1;
use crate::base::{Cache, Counted, Ratio, Span, Wall};
use crate::ids::LeasedCounter;
use crate::kv::{Key, Update};
use crate::port::{self, Ports, Row, partition};
use crate::ring::NodeId;
use crate::sketch::BloomFilter;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use spin::Mutex;

/// Numbers of the counter that a node leases at once.
pub const RANGE: u64 = 1_000;
/// Codes that a node's filter is made for.
pub const FILTER_ITEMS: u64 = 100_000;
/// Numbers in a row whose codes are skipped before something must be wrong.
const MAX_SKIPPED: u32 = 16;
/// Links that a node remembers at least.
const REMEMBERED: usize = 8_192;
/// Between two writes of clicks.
const WRITE_CLICKS: Span = Span::from_secs(1);

/// What the operator chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The address at which the world sees the shortener, without a slash at its end.
    pub public_url: String,
    /// Where codes come from.
    pub scheme: Scheme,
}

impl Default for Options {
    fn default() -> Self {
        Self { public_url: String::from("http://127.0.0.1:8080"), scheme: Scheme::default() }
    }
}

/// What came of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortened {
    /// The code.
    pub code: String,
    /// What it leads to.
    pub link: Arc<Link>,
    /// Whether it is new; otherwise the address was known.
    pub is_new: bool,
}

/// What is known of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// What it leads to.
    pub link: Arc<Link>,
    /// Clicks by day, the earliest first; days without are left out.
    pub days: Vec<(Day, u64)>,
}

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Links that were made.
    pub made: u64,
    /// Addresses that had a code already.
    pub known: u64,
    /// Requests that were led on.
    pub followed: u64,
    /// Look-ups of codes that were answered from memory.
    pub remembered: u64,
    /// Requests for codes that lead nowhere.
    pub missed: u64,
    /// Candidates of hashes that were tried.
    pub candidates: u64,
    /// Of these, those that another address had.
    pub collisions: u64,
    /// Look-ups of candidates that the filter spared.
    pub spared: u64,
    /// Look-ups that found nothing: the filter had erred.
    pub false_alarms: u64,
    /// Clicks that were not counted since too many waited.
    pub uncounted: u64,
}

impl Counters {
    /// All of them, by name.
    #[must_use]
    pub const fn named(&self) -> [Counted; 10] {
        [
            Counted::new("shortener_made", "Links made", self.made),
            Counted::new("shortener_known", "Addresses that had a code already", self.known),
            Counted::new("shortener_followed", "Requests led on", self.followed),
            Counted::new(
                "shortener_remembered",
                "Look-ups of codes answered from memory",
                self.remembered,
            ),
            Counted::new("shortener_missed", "Requests for codes that lead nowhere", self.missed),
            Counted::new("shortener_candidates", "Candidates of hashes tried", self.candidates),
            Counted::new(
                "shortener_collisions",
                "Candidates that another address had",
                self.collisions,
            ),
            Counted::new("shortener_spared", "Look-ups that the filter spared", self.spared),
            Counted::new(
                "shortener_false_alarms",
                "Look-ups for which the filter erred",
                self.false_alarms,
            ),
            Counted::new("shortener_uncounted_clicks", "Clicks not counted", self.uncounted),
        ]
    }
}

/// What is stored under an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    // The earliest link comes first in the order of these, so that all nodes choose it among siblings.
    link: Link,
    code: String,
}

/// The partition of a code's rows, and of its register.
pub(super) fn code_row(code: &str) -> Bytes {
    partition("shortener", &format!("code/{code}"))
}

fn code_key(code: &str) -> Result<Key, port::Error> {
    Ok(Key::new(code_row(code), "")?)
}

/// The row of an address, for links that end alike. The address itself may be too long for a key; that
/// a link is of the same address is checked, so that equal hashes do no harm.
fn url_key(wish: &Wish) -> Result<Key, port::Error> {
    let hash = sha1(&[wish.url.as_bytes()]);
    let mut name = String::from("url/");
    hash.iter().for_each(|byte| name.push_str(&format!("{byte:02x}")));
    let end = wish.expires.map_or(0, Wall::as_millis);
    let sort = format!("{}/{end}", wish.redirect.status());
    Ok(Key::new(partition("shortener", &name), sort)?)
}

/// What a row holds; of siblings the least.
fn read<T: DeserializeOwned + Ord>(row: &Row) -> Option<T> {
    row.values.iter().filter_map(|value| postcard::from_bytes(value).ok()).min()
}

fn written<T: Serialize>(value: &T) -> Option<Bytes> {
    // Texts and integers always encode.
    postcard::to_allocvec(value).ok().map(Bytes::from)
}

fn is_of(link: &Link, wish: &Wish) -> bool {
    (&link.url, link.redirect, link.expires) == (&wish.url, wish.redirect, wish.expires)
}

/// The shortener of one node. Any node serves any request.
#[derive(Debug)]
pub struct Shortener<P> {
    ports: P,
    options: Options,
    numbers: LeasedCounter,
    clicks: Clicks,
    // None of these locks is held while something is awaited.
    key: Mutex<Option<u64>>,
    /// Codes of hashes that it has met; without memory for one, all are looked up.
    filter: Mutex<Option<BloomFilter>>,
    /// Links that were followed last; a link never changes, so what is remembered stays right.
    memory: Mutex<Cache<String, Arc<Link>>>,
    counters: Mutex<Counters>,
}

impl<P: Ports> Shortener<P> {
    /// The shortener of node `node`.
    #[must_use]
    pub fn new(ports: P, node: NodeId, options: Options) -> Self {
        Self {
            filter: Mutex::new(BloomFilter::new(FILTER_ITEMS, Ratio::new(1, 100), 0).ok()),
            ports,
            options,
            numbers: LeasedCounter::new("shortener", "counter", RANGE),
            clicks: Clicks::new(node),
            key: Mutex::default(),
            memory: Mutex::new(Cache::new(REMEMBERED)),
            counters: Mutex::default(),
        }
    }

    /// What the operator chose.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.counters.lock()
    }

    /// The whole short address of a code.
    #[must_use]
    pub fn short_url(&self, code: &str) -> String {
        format!("{}/{code}", self.options.public_url)
    }

    /// Writes clicks as long as it is polled: what runs beside the requests.
    pub async fn write_clicks(&self) {
        loop {
            self.ports.sleep(WRITE_CLICKS).await;
            self.clicks.write(&self.ports).await;
        }
    }

    /// Writes the clicks that wait: what a node does before it stops.
    pub async fn flush(&self) {
        self.clicks.write(&self.ports).await;
    }

    /// Makes a link, or finds the one that there is.
    ///
    /// # Errors
    /// [`Error`]. If the store did not answer, the link may exist; asking again finds it.
    pub async fn shorten(&self, wish: &Wish) -> Result<Shortened, Error> {
        wish.check(&self.options.public_url)?;
        let created = self.ports.now().wall;
        if let Some(got) = wish.expires.filter(|&expires| expires <= created) {
            return Err(Error::Expired { got });
        }
        let (url, redirect, expires) = (wish.url.clone(), wish.redirect, wish.expires);
        let link = Link { created, id: None, url, redirect, expires };
        if let Some(code) = &wish.code {
            let claimed = self.claim(code, &link).await?;
            return match claimed {
                Claimed::New => self.made(Known { link, code: code.clone() }).await,
                Claimed::Ours(link) => self.found(Known { link, code: code.clone() }).await,
                Claimed::Taken => Err(Error::Taken { got: code.clone() }),
            };
        }
        let url_key = url_key(wish)?;
        let known: Option<Known> = read(&self.ports.get(&url_key).await?);
        if let Some(Known { link, code }) = known.filter(|known| is_of(&known.link, wish)) {
            self.counters.lock().known += 1;
            return Ok(Shortened { code, link: Arc::new(link), is_new: false });
        }
        let proposed = match wish.scheme.unwrap_or(self.options.scheme) {
            Scheme::Counter => {
                let (code, number) = self.next_code().await?;
                Known { link: Link { id: Some(number), ..link }, code }
            }
            Scheme::Hash(function) => self.by_hash(function, link).await?,
        };
        // Whoever comes first decides, also among nodes that look at the same moment.
        let update = Update::CompareAndSet { expected: None, value: written(&proposed) };
        let updated = self.ports.update(&url_key, update).await?;
        let held = updated.value.and_then(|value| postcard::from_bytes::<Known>(&value).ok());
        match held {
            Some(held) if !updated.applied && is_of(&held.link, wish) => {
                let found = self.found(held).await?;
                // Spares the next one who asks for it all this.
                let known = Known { link: Link::clone(&found.link), code: found.code.clone() };
                self.ports.put(&url_key, written(&known), None).await?;
                Ok(found)
            }
            // Ours; or that of another address with the same hash, which has no place there then.
            _ => self.made(proposed).await,
        }
    }

    /// What a code leads to, counted as a click.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Gone`], [`Error::Port`].
    pub async fn follow(&self, code: &str) -> Result<Arc<Link>, Error> {
        let link = self.look_up(code).await?;
        let now = self.ports.now().wall;
        let mut counters = self.counters.lock();
        if let Some(at) = link.expires.filter(|_| link.is_expired(now)) {
            counters.missed += 1;
            return Err(Error::Gone { at });
        }
        counters.followed += 1;
        if !self.clicks.count(code, Day::of(now)) {
            counters.uncounted += 1;
        }
        Ok(link)
    }

    /// What a code leads to and how often it was followed.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`].
    pub async fn stats(&self, code: &str) -> Result<Stats, Error> {
        let link = self.look_up(code).await?;
        let days = self.clicks.by_day(&self.ports, code).await?;
        Ok(Stats { link, days: days.into_iter().collect() })
    }

    async fn look_up(&self, code: &str) -> Result<Arc<Link>, Error> {
        if let Some(link) = self.memory.lock().get(code) {
            self.counters.lock().remembered += 1;
            return Ok(link);
        }
        let found = if is_possible(code) { self.find(code).await? } else { None };
        let Some(link) = found.map(Arc::new) else {
            self.counters.lock().missed += 1;
            return Err(Error::Unknown { got: code.chars().take(64).collect() });
        };
        self.memory.lock().put(String::from(code), Arc::clone(&link));
        Ok(link)
    }

    async fn find(&self, code: &str) -> Result<Option<Link>, port::Error> {
        Ok(read(&self.ports.get(&code_key(code)?).await?))
    }

    /// A code of the counter, and its number.
    async fn next_code(&self) -> Result<(String, u64), Error> {
        let key = self.permutation_key().await?;
        for _ in 0..MAX_SKIPPED {
            let numbers = self.numbers.take(&self.ports, 1).await?;
            let &[number] = numbers.as_slice() else { break };
            if let Some(code) = code_of_number(number, key) {
                return Ok((code, number));
            }
        }
        Err(Error::Exhausted)
    }

    /// The key of the permutation: the first that any node drew.
    async fn permutation_key(&self) -> Result<u64, Error> {
        if let Some(key) = *self.key.lock() {
            return Ok(key);
        }
        let register = Key::new(partition("shortener", "key"), "").map_err(port::Error::from)?;
        let drawn = self.ports.random().to_be_bytes().to_vec();
        let held = self.ports.update(&register, Update::create(drawn)).await?.value;
        let bytes = held.and_then(|held| <[u8; 8]>::try_from(&*held).ok()).unwrap_or_default();
        let key = u64::from_be_bytes(bytes);
        *self.key.lock() = Some(key);
        Ok(key)
    }

    /// The first candidate of a hash that is the link's, or can be.
    async fn by_hash(&self, function: HashFunction, link: Link) -> Result<Known, Error> {
        for code in hash_candidates(function, &link.url) {
            self.counters.lock().candidates += 1;
            if self.is_surely_taken(&code, &link).await? {
                self.counters.lock().collisions += 1;
                continue;
            }
            match self.claim(&code, &link).await? {
                Claimed::New => return Ok(Known { link, code }),
                Claimed::Ours(link) => return Ok(Known { link, code }),
                Claimed::Taken => self.counters.lock().collisions += 1,
            }
        }
        Err(Error::Candidates)
    }

    /// Whether the table shows that another link has a code. What the filter has not met is not looked
    /// up.
    async fn is_surely_taken(&self, code: &str, link: &Link) -> Result<bool, Error> {
        let may_be_met =
            self.filter.lock().as_ref().is_none_or(|filter| filter.contains(code.as_bytes()));
        if !may_be_met {
            self.counters.lock().spared += 1;
            return Ok(false);
        }
        let found = self.find(code).await?;
        if found.is_none() {
            self.counters.lock().false_alarms += 1;
        }
        Ok(found.is_some_and(|found| !found.is_same(link)))
    }

    /// Makes a code this link's, unless it is another's.
    async fn claim(&self, code: &str, link: &Link) -> Result<Claimed, Error> {
        let update = Update::CompareAndSet { expected: None, value: written(link) };
        let updated = self.ports.update(&code_key(code)?, update).await?;
        if let Some(filter) = self.filter.lock().as_mut() {
            filter.insert(code.as_bytes());
        }
        if updated.applied {
            return Ok(Claimed::New);
        }
        let held: Option<Link> = updated.value.and_then(|value| postcard::from_bytes(&value).ok());
        Ok(match held {
            Some(held) if held.is_same(link) => Claimed::Ours(held),
            _ => Claimed::Taken,
        })
    }

    /// Stores a link whose code is its own.
    async fn made(&self, known: Known) -> Result<Shortened, Error> {
        let Known { link, code } = known;
        self.ports.put(&code_key(&code)?, written(&link), None).await?;
        let link = Arc::new(link);
        self.memory.lock().put(code.clone(), Arc::clone(&link));
        self.counters.lock().made += 1;
        Ok(Shortened { code, link, is_new: true })
    }

    /// A link that was there before, perhaps by somebody who got no further: then it is stored now.
    async fn found(&self, known: Known) -> Result<Shortened, Error> {
        let Known { link, code } = known;
        if self.find(&code).await?.is_none() {
            self.ports.put(&code_key(&code)?, written(&link), None).await?;
        }
        self.counters.lock().known += 1;
        Ok(Shortened { code, link: Arc::new(link), is_new: false })
    }
}

/// What came of a claim.
enum Claimed {
    New,
    Ours(Link),
    Taken,
}

impl Link {
    /// Whether two links lead to the same in the same way.
    fn is_same(&self, other: &Self) -> bool {
        (&self.url, self.redirect, self.expires) == (&other.url, other.redirect, other.expires)
    }
}
