//! The page *Overview*: the systems as they stand on each other, all on one world, and the nodes below them.

mod inspector;
mod stage;
pub(crate) mod tally;
mod verbs;

use super::PageParts;
use super::action::Action;
use super::snapshot::Snapshot;
use super::world::people;
use super::{autocomplete, feed, ids, notifications, shortener};
use ennead::base::Span;
use ennead::crawler::{Pace, Plan, Revisit};
use ennead::ring::NodeId;
use ennead::services::Ask;
use ennead::sim::{CAST, Fault, Status, Transition, World};
use ennead::{accounts, chat};

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "overview",
    title: |texts| texts.overview.title,
    sentence: |look| match &look.snapshot.overview {
        Some(overview) => (look.texts().overview.sentence)(overview),
        None => String::new(),
    },
    verbs: verbs::verbs,
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().overview;
        let faults = faults(&look.snapshot).into_iter();
        faults.map(|(kind, fault)| (texts.fault[kind].to_string(), Action::Break(fault))).collect()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[
        ids::action::begin,
        shortener::action::begin,
        autocomplete::action::begin,
        people::begin,
        feed::action::begin,
        notifications::action::begin,
        begin_chats,
        begin_crawl,
    ],
};

/// What the verbs would do now, each with its place among their words: kill the first node that is up, and start
/// the first one again that is down.
fn faults(snapshot: &Snapshot) -> Vec<(usize, Fault)> {
    let first = |is_up: bool| {
        let mut nodes = snapshot.view.nodes.iter();
        nodes.find(|node| (node.status != Status::Down) == is_up).map(|node| node.id)
    };
    let kill = first(true).map(|node| (0, Fault::Kill(node)));
    let restart = first(false).map(|node| (1, Fault::Restart(node)));
    kill.into_iter().chain(restart).collect()
}

/// People go on looking who their friends are, and what was said to them.
fn begin_chats(_: &Snapshot) -> Vec<Transition> {
    let asks = CAST.iter().flat_map(|&(_, by)| {
        [Ask::Accounts(accounts::Ask::Standings(by)), Ask::Chat(chat::Ask::List { by })]
    });
    vec![Transition::Steady { every: Span::from_millis(500), asks: asks.collect() }]
}

/// A crawl of two sites that never ends: what is kept is visited again.
fn begin_crawl(snapshot: &Snapshot) -> Vec<Transition> {
    let mut plan = Plan::new(World::web_of(snapshot.seed).seeds().to_vec(), 100_000);
    plan.caps.per_prefix = 4;
    plan.parallel = 2;
    plan.pace = Pace { delay: Span::from_secs(2), factor: 1, most: Span::from_secs(4) };
    let first = Span::from_secs(20);
    plan.revisit = Some(Revisit { first, least: first, most: first * 6 });
    let at = snapshot.nodes_up().next();
    at.map(|at| ask(at, Ask::Crawl { plan: Box::new(plan) })).into_iter().collect()
}

const fn ask(at: NodeId, ask: Ask) -> Transition {
    Transition::Ask { at, ask }
}
