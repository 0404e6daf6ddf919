//! What can be done: begin anew, on this web or another, look closer at one crawl, and let the cluster crawl.

use super::ORDERS;
use super::cluster::plan;
use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use ennead::services::Ask;
use ennead::sim::Transition;

/// The longest text that names a web, in characters.
pub(crate) const MOST_WEB: u32 = 20;
/// The latest moment at which crawls begin, in microseconds: a year.
const LATEST: u64 = 31_557_600_000_000;
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

    /// Its name in links.
    const fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Cluster => "cluster",
        }
    }
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

    /// As links have them: `orders,2,12000000,7` shows the orders, of which the third is looked at closely, of
    /// web 7 from the twelfth second on.
    pub(crate) fn to_text(&self) -> String {
        format!("{},{},{},{}", self.shown.name(), self.order, self.began, self.web)
    }

    /// Reads what [`Fields::to_text`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ',');
        let (shown, order, began) = (parts.next()?, parts.next()?, parts.next()?);
        let shown = Shown::ALL.into_iter().find(|other| other.name() == shown)?;
        let order = order.parse().ok().filter(|&order| order < ORDERS.len())?;
        let began = began.parse().ok().filter(|&began| began <= LATEST)?;
        let web = parts.next()?.to_owned();
        let is_short = web.chars().count() <= MOST_WEB as usize;
        is_short.then_some(Self { shown, web, order, began, ..Self::first() })
    }

    /// The seed of the web.
    pub(crate) fn seed(&self) -> u64 {
        // Any other text is a seed, too.
        self.web.trim().parse().unwrap_or_else(|_| {
            let add = |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte));
            self.web.bytes().fold(0, add)
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
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
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
            return at.map(|at| Transition::Ask { at, ask }).into_iter().collect();
        }
        Verb::Cluster => {
            (fields.shown, fields.host) = (Shown::Cluster, None);
            let plan = Box::new(plan(snapshot.seed));
            let at = interface.node_to_ask(snapshot);
            return at
                .map(|at| Transition::Ask { at, ask: Ask::Crawl { plan } })
                .into_iter()
                .collect();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_names_a_web() {
        let web = |web: &str| Fields { web: web.into(), ..Fields::first() }.seed();
        assert_eq!(web(" 12 "), 12);
        // The last letter adds to the greatest number that there is.
        assert_eq!(web("ESVQ[@C^UE^@\\!"), u64::from(b'!') - 1);
    }

    #[test]
    fn r9_1_a_link_has_the_web_and_the_order() {
        let fields =
            Fields { web: "a, b".into(), order: 0, began: 17, shown: Shown::Cluster, host: None };
        assert_eq!(Fields::parse(&fields.to_text()), Some(fields));
        for damaged in [
            "",
            "orders",
            "orders,2,12000000",
            "order,2,12000000,7",
            "orders,3,12000000,7",
            "orders,-1,12000000,7",
            "orders,2,99999999999999,7",
            "orders,2,12000000,a web of too many letters",
        ] {
            assert_eq!(Fields::parse(damaged), None, "{damaged}");
        }
    }
}
