//! What can be done: begin anew, on this web or another, look closer at one crawl, and let the cluster crawl.

use super::cluster::plan;
use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use ennead::services::Ask;
use ennead::sim::Input;

/// The moment, in microseconds, at which crawls begin in a new world: when the page appears.
const FIRST: u64 = 12_000_000;

/// What the stage shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The three orders side by side.
    Orders,
    /// The crawl of the cluster.
    Cluster,
}

impl Shown {
    /// Both, in the order in which they are offered.
    pub(crate) const ALL: [Self; 2] = [Self::Orders, Self::Cluster];
}

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// What the stage shows.
    pub(crate) shown: Shown,
    /// The web's number, as typed.
    pub(crate) web: String,
    /// Which order is looked at closely.
    pub(crate) order: usize,
    /// Which host is looked at closely.
    pub(crate) host: Option<String>,
    /// When the crawls began, in microseconds of the world.
    pub(crate) began: u64,
}

impl Fields {
    /// Filled in already, so that one click does something.
    pub(crate) fn first() -> Self {
        Self { shown: Shown::Orders, web: "7".into(), order: 2, host: None, began: FIRST }
    }

    /// The seed of the web.
    pub(crate) fn seed(&self) -> u64 {
        // Any other text is a seed, too.
        self.web.trim().parse().unwrap_or_else(|_| {
            self.web.bytes().fold(0, |seed: u64, byte| seed.wrapping_mul(31) + u64::from(byte))
        })
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Type the web's number.
    Web(String),
    /// Show another picture.
    Turn(Shown),
    /// Begin anew, now.
    Again,
    /// Ask the cluster for a crawl.
    Cluster,
    /// End the crawl of the cluster.
    Cancel,
    /// Look closely at one order.
    Show(usize),
    /// Look closely at one host, or at none.
    Host(Option<String>),
}

/// Does it. Of the three orders the world is told nothing: they have a web of their own, on its clock.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Input> {
    let fields = &mut interface.crawler;
    match verb {
        Verb::Web(web) => {
            fields.web = web;
            (fields.host, fields.began) = (None, snapshot.moment);
        }
        Verb::Turn(shown) => (fields.shown, fields.host) = (shown, None),
        Verb::Again => (fields.shown, fields.began) = (Shown::Orders, snapshot.moment),
        Verb::Show(order) => (fields.shown, fields.order) = (Shown::Orders, order),
        Verb::Host(host) => fields.host = host,
        Verb::Cancel => {
            let Some(crawl) = &snapshot.cluster else { return Vec::new() };
            let ask = Ask::CancelCrawl { number: crawl.number.clone() };
            let at = interface.node_to_ask(snapshot);
            return at.map(|at| Input::Ask { at, ask }).into_iter().collect();
        }
        Verb::Cluster => {
            (fields.shown, fields.host) = (Shown::Cluster, None);
            let plan = Box::new(plan(snapshot.seed));
            let at = interface.node_to_ask(snapshot);
            return at.map(|at| Input::Ask { at, ask: Ask::Crawl { plan } }).into_iter().collect();
        }
    }
    Vec::new()
}
