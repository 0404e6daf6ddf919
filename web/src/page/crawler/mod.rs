//! The page *Crawler*: one web crawled in three orders side by side, and the crawl of the cluster.

pub(crate) mod action;
pub(crate) mod cluster;
mod inspector;
pub(crate) mod run;
mod stage;
mod verbs;

use super::PageParts;
use super::action::Action;
use action::{Shown, Verb};
use ennead::crawler::Order;

/// The orders, in the order in which they stand side by side.
pub(crate) const ORDERS: [Order; 3] =
    [Order::DepthFirst, Order::BreadthFirst, Order::PoliteBreadthFirst];

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "crawler",
    title: |texts| texts.crawler.title,
    sentence: |look| {
        let texts = look.texts().crawler;
        match (&look.snapshot.crawls, &look.snapshot.cluster) {
            (_, Some(crawl)) => (texts.of_cluster)(crawl, &look.snapshot.names()),
            _ if look.interface.crawler.shown == Shown::Cluster => texts.no_crawl.into(),
            (Some(crawls), None) => (texts.sentence)(crawls),
            (None, None) => String::new(),
        }
    },
    verbs: verbs::verbs,
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().crawler;
        let mut list = vec![(texts.again.to_string(), Action::Crawler(Verb::Again))];
        list.push((texts.cluster.to_string(), Action::Crawler(Verb::Cluster)));
        list.extend((0..ORDERS.len()).map(|order| {
            let words = format!("{} {}", texts.inspect, texts.orders[order].word);
            (words, Action::Crawler(Verb::Show(order)))
        }));
        list
    },
    key: |key, look| match key {
        "a" => Some(Action::Crawler(Verb::Again)),
        "g" => Some(Action::Crawler(Verb::Cluster)),
        "o" => {
            let next = (look.interface.crawler.order + 1) % ORDERS.len();
            Some(Action::Crawler(Verb::Show(next)))
        }
        _ => None,
    },
    keys_help: |texts| texts.crawler.keys_help,
    has_time: true,
    beginnings: &[],
};
