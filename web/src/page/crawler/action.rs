//! What can be done: begin anew, on this web or another, and look closer at one crawl.

use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use ennead::sim::Input;

/// The moment, in microseconds, at which crawls begin in a new world: when the page appears.
const FIRST: u64 = 12_000_000;

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
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
        Self { web: "7".into(), order: 2, host: None, began: FIRST }
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
    /// Begin anew, now.
    Again,
    /// Look closely at one order.
    Show(usize),
    /// Look closely at one host, or at none.
    Host(Option<String>),
}

/// Does it. The world is told nothing: crawls here have a web of their own, on its clock.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Input> {
    let fields = &mut interface.crawler;
    match verb {
        Verb::Web(web) => {
            fields.web = web;
            (fields.host, fields.began) = (None, snapshot.moment);
        }
        Verb::Again => fields.began = snapshot.moment,
        Verb::Show(order) => fields.order = order,
        Verb::Host(host) => fields.host = host,
    }
    Vec::new()
}
