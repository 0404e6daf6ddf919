//! What there is to see of short addresses: links from the log, so that they follow the time bar; where one
//! stands and how often from what nodes hold and count.

use crate::page::action::Interface;
use crate::page::look::Look;
use crate::page::snapshot::Snapshot;
use ennead::kv::Key;
use ennead::port::partition;
use ennead::ring::NodeId;
use ennead::services::Answered;
use ennead::shortener::{Counters, Link, Shortened};
use ennead::sim::{KeyView, What, World};
use std::sync::Arc;

/// Lines of the log that are looked through.
const SEARCHED: usize = 60_000;
/// Links that are shown.
const SHOWN: usize = 50;

/// A link that was made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// Its code.
    pub(crate) code: String,
    /// What it leads to.
    pub(crate) link: Arc<Link>,
    /// Who was asked for it first.
    pub(crate) node: Option<NodeId>,
}

/// All that the page shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShortenerView {
    /// The links, the one asked for last before the others.
    pub(crate) made: Vec<Made>,
    /// What the nodes that run have counted since they started, together.
    pub(crate) counters: Counters,
    /// Where the link that is looked at stands.
    pub(crate) place: Option<KeyView>,
}

/// What the sentence says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Whether there is any link.
    pub(crate) is_any: bool,
    /// What the nodes that run have counted since they started, together.
    pub(crate) counters: Counters,
}

/// Looks at the world.
pub(crate) fn take(world: &World, chosen: Option<&str>) -> ShortenerView {
    let mut view = ShortenerView::default();
    for entry in world.log().rev().take(SEARCHED) {
        let What::Served { answered: Answered::Shortened(Ok(shortened)), .. } = &entry.what else {
            continue;
        };
        let Shortened { code, link, .. } = shortened;
        let (code, link, node) = (code.clone(), Arc::clone(link), entry.node);
        match view.made.iter().position(|made| made.code == code) {
            Some(at) => view.made[at].node = node, // the log goes back: the first comes last
            None if view.made.len() < SHOWN => view.made.push(Made { code, link, node }),
            None => {}
        }
    }
    for id in world.layout().members().iter().map(|member| member.id) {
        if let Some(services) = world.services(id) {
            add(&mut view.counters, &services.shortener.counters());
        }
    }
    let code = chosen.or(view.made.first().map(|made| made.code.as_str()));
    let key = |code| Key::new(partition("shortener", &format!("code/{code}")), "").ok();
    view.place = code.and_then(key).map(|key| world.key_view(&key));
    view
}

fn add(sum: &mut Counters, more: &Counters) {
    sum.made += more.made;
    sum.known += more.known;
    sum.followed += more.followed;
    sum.remembered += more.remembered;
    sum.missed += more.missed;
    sum.candidates += more.candidates;
    sum.collisions += more.collisions;
    sum.spared += more.spared;
}

/// The code that is looked at: the chosen one, or the newest.
pub(crate) fn at_hand(interface: &Interface, snapshot: &Snapshot) -> Option<String> {
    let newest = || snapshot.shortener.made.first().map(|made| made.code.clone());
    interface.shortener.chosen.clone().or_else(newest)
}

/// The link that is looked at.
pub(crate) fn link_at_hand(look: &Look) -> Option<&Made> {
    let code = at_hand(&look.interface, &look.snapshot)?;
    look.snapshot.shortener.made.iter().find(|made| made.code == code)
}

/// What the sentence says.
pub(crate) fn sums(look: &Look) -> Sums {
    let view = &look.snapshot.shortener;
    Sums { is_any: !view.made.is_empty(), counters: view.counters }
}
