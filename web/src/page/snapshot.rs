//! What the components show: plain data, taken from the engine at most ten times a second.

use super::Page;
use super::accounts::view::AccountsView;
use super::action::{Interface, Lines, Selection, Tab};
use super::chat::view::ChatView;
use super::crawler::action::Shown;
use super::crawler::cluster::{self, ClusterLook};
use super::crawler::run::CrawlsLook;
use super::detection::run::DetectionLook;
use super::engine::Engine;
use super::feed::view::FeedView;
use super::history::Kind;
use super::ids::view::Lane;
use super::overview::tally::OverviewLook;
use super::shortener::view::ShortenerView;
use super::texts::{Names, Texts};
use super::{accounts, autocomplete, chat, feed, ids, notifications, shortener};
use ennead::base::Instant;
use ennead::kv::{Event, Health, Key};
use ennead::ring::{Layout, NodeId};
use ennead::sim::{Entry, Fault, Flight, KeyView, Mark, PhoneNews, Status, Transition, View, What};
use std::sync::Arc;

/// The most lines of the log that are shown at once: of the open one, and of the closed one.
const LINES: (usize, usize) = (300, 6);
/// The most entries that are looked through for them: by kind, and by words, which takes longer.
const SEARCHED: (usize, usize) = (30_000, 4_000);
/// The columns of the line of the time bar.
pub(crate) const COLUMNS: u64 = 600;

/// How a line of the log is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As all lines.
    Plain,
    /// In the background.
    Quiet,
    /// Something went well.
    Good,
    /// Something broke or was refused.
    Bad,
    /// Something was mended.
    Care,
}

impl Tone {
    /// Its name in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Quiet => "quiet",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Care => "care",
        }
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// The entry's number.
    pub(crate) number: u64,
    /// When.
    pub(crate) at: Instant,
    /// In words.
    pub(crate) words: String,
    /// How it is meant.
    pub(crate) tone: Tone,
    /// The nodes that it is about.
    pub(crate) nodes: Vec<NodeId>,
    /// Whether it is about what is selected.
    pub(crate) related: bool,
}

/// The world at one moment, as the components see it.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Rises with every one.
    pub(crate) serial: u64,
    /// The layout.
    pub(crate) layout: Arc<Layout>,
    /// What there is to see.
    pub(crate) view: View,
    /// The key at hand, if the field holds one.
    pub(crate) key: Option<KeyView>,
    /// What the page *Ids* shows: the schemes, and how many requests were refused.
    pub(crate) ids: (Vec<Lane>, usize),
    /// What the page *Autocomplete* shows, while it is shown.
    pub(crate) autocomplete: Option<autocomplete::view::View>,
    /// What the page *Shortener* shows.
    pub(crate) shortener: ShortenerView,
    /// What the page *Chat* shows.
    pub(crate) chat: ChatView,
    /// What the page *Feed* shows.
    pub(crate) feed: FeedView,
    /// What the page *Accounts* shows.
    pub(crate) accounts: AccountsView,
    /// What the page *Notifications* shows, while it is shown.
    pub(crate) notifications: Option<notifications::view::NotificationsView>,
    /// Messages in the air, by number.
    pub(crate) flights: Vec<Flight>,
    /// The log, newest first.
    pub(crate) lines: Vec<Line>,
    /// What the person asked last about the key at hand, or what came of it.
    pub(crate) answer: Option<Line>,
    /// The selected line, and the key that it is about.
    pub(crate) chosen: Option<(Line, Option<KeyView>)>,
    /// The strokes of the time bar.
    pub(crate) strokes: Vec<(Kind, Vec<u64>)>,
    /// The crawls, while their page is shown.
    pub(crate) crawls: Option<CrawlsLook>,
    /// The servers, while the page *Detection* is shown.
    pub(crate) detection: Option<DetectionLook>,
    /// The crawl of the cluster, once there is one and while the page *Crawler* shows it.
    pub(crate) cluster: Option<ClusterLook>,
    /// The systems on each other, while their page is shown.
    pub(crate) overview: Option<OverviewLook>,
    /// The seed.
    pub(crate) seed: u64,
    /// Requests of the world's clients a second.
    pub(crate) load: u32,
    /// How many events have happened.
    pub(crate) events: u64,
    /// The digest; only while the world stands still, since it takes long.
    pub(crate) digest: Option<u64>,
    /// The moment in microseconds.
    pub(crate) moment: u64,
    /// The moment that a replay leads to, else the same.
    pub(crate) destination: u64,
    /// The latest moment reached.
    pub(crate) end: Instant,
    /// Whether time runs.
    pub(crate) playing: bool,
    /// World seconds a second.
    pub(crate) speed: f64,
    /// What is reached of it, if it is less.
    pub(crate) behind: Option<f64>,
    /// How much of a replay is done.
    pub(crate) progress: Option<f64>,
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}

impl Snapshot {
    /// Looks at the world.
    pub(crate) fn take(engine: &Engine, interface: &Interface, texts: &Texts, serial: u64) -> Self {
        let world = engine.world();
        let layout = Arc::clone(world.layout());
        let view = world.view();
        let key = Key::new(interface.store.key.clone().into_bytes(), "").ok();
        let key_view = key.as_ref().map(|key| world.key_view(key));
        let names = Names(&layout);
        let at_hand = About { selection: &interface.selection, key: key.as_ref() };
        let lines = lines(engine, interface, &names, texts, &at_hand);
        let answer = engine
            .talk()
            .borrow_mut()
            .last(world, interface.page, &interface.store.key)
            .map(|entry| line(entry, &names, texts, &at_hand));
        let autocomplete = (interface.page == Page::Autocomplete).then(|| {
            let first = view.nodes.iter().find(|node| node.status == Status::Up);
            let node = interface.via.or(first.map(|node| node.id));
            autocomplete::view::View::of(world, node, &interface.autocomplete.typed)
        });
        let chosen = match &interface.selection {
            Selection::Line(number) => world
                .log()
                .rev()
                .find(|entry| entry.number <= *number)
                .filter(|entry| entry.number == *number),
            _ => None,
        };
        let chosen = chosen.map(|entry| {
            let key = key_of(entry).map(|key| world.key_view(key));
            (line(entry, &names, texts, &at_hand), key)
        });
        let mut flights = engine.flights();
        flights.sort_by_key(|flight| (flight.number, flight.arrives));
        let end = engine.end();
        let stands = !engine.is_playing() && engine.progress().is_none();
        Self {
            serial,
            key: key_view,
            ids: match interface.page {
                Page::Ids => ids::view::take(world),
                _ => Default::default(),
            },
            shortener: match interface.page {
                Page::Shortener => {
                    shortener::view::take(world, interface.shortener.chosen.as_deref())
                }
                _ => ShortenerView::default(),
            },
            chat: match interface.page {
                Page::Chat => chat::view::take(world, &interface.chat),
                _ => ChatView::default(),
            },
            feed: match interface.page {
                Page::Feed => feed::view::take(world, &interface.feed),
                _ => FeedView::default(),
            },
            accounts: match interface.page {
                Page::Accounts => accounts::view::take(world, &interface.accounts),
                _ => AccountsView::default(),
            },
            notifications: (interface.page == Page::Notifications)
                .then(|| notifications::view::take(world)),
            flights,
            lines,
            answer,
            autocomplete,
            chosen,
            strokes: Kind::ALL
                .map(|kind| (kind, engine.history().columns(kind, end, COLUMNS)))
                .into(),
            crawls: (interface.page == Page::Crawler).then(|| {
                engine.crawls().borrow_mut().look(&interface.crawler, whole(engine.moment()))
            }),
            detection: (interface.page == Page::Detection).then(|| {
                let mut runs = engine.detection().borrow_mut();
                runs.look(&interface.detection, whole(engine.moment()))
            }),
            cluster: (interface.page == Page::Crawler && interface.crawler.shown == Shown::Cluster)
                .then(|| cluster::look(&mut engine.crawls().borrow_mut(), world))
                .flatten(),
            overview: (interface.page == Page::Overview)
                .then(|| engine.tally().borrow_mut().look(world)),
            seed: world.seed(),
            load: world.options().operations,
            events: world.events(),
            digest: stands.then(|| world.digest()),
            moment: whole(engine.moment()),
            destination: engine
                .destination()
                .map_or_else(|| whole(engine.moment()), Instant::as_micros),
            end,
            playing: engine.is_playing(),
            speed: engine.speed(),
            behind: engine.falls_behind(),
            progress: engine.progress(),
            layout,
            view,
        }
    }

    /// The nodes' names.
    pub(crate) fn names(&self) -> Names<'_> {
        Names(&self.layout)
    }

    /// The nodes that run.
    pub(crate) fn nodes_up(&self) -> impl DoubleEndedIterator<Item = NodeId> + '_ {
        self.view.nodes.iter().filter(|node| node.status == Status::Up).map(|node| node.id)
    }

    /// Whether the selected line is about a node.
    pub(crate) fn is_concerned(&self, node: NodeId) -> bool {
        self.chosen.as_ref().is_some_and(|(line, _)| line.nodes.contains(&node))
    }

    /// Whether others that run doubt a node.
    pub(crate) fn is_doubted(&self, node: NodeId) -> bool {
        self.view
            .nodes
            .iter()
            .filter(|other| other.id != node && other.status == Status::Up)
            .flat_map(|other| &other.sees)
            .any(|seen| seen.id == node && seen.health != Health::Up)
    }
}

/// What is selected or at hand, to which lines may be related.
struct About<'a> {
    selection: &'a Selection,
    key: Option<&'a Key>,
}

impl About<'_> {
    fn fits(&self, entry: &Entry) -> bool {
        let nodes = || concerned(entry);
        match self.selection {
            Selection::Nothing => self.key.is_some() && key_of(entry) == self.key,
            Selection::Node(node) => nodes().contains(node),
            Selection::Link(a, b) => {
                let nodes = nodes();
                nodes.contains(a) && nodes.contains(b)
            }
            Selection::Message(flight) => {
                let nodes = nodes();
                (flight.key.is_some() && key_of(entry) == flight.key.as_ref())
                    && (nodes.contains(&flight.from) || nodes.contains(&flight.to))
            }
            Selection::Line(number) => entry.number == *number,
        }
    }
}

fn lines(
    engine: &Engine,
    interface: &Interface,
    names: &Names<'_>,
    texts: &Texts,
    about: &About<'_>,
) -> Vec<Line> {
    let Interface { filter, log_open, tab, .. } = interface;
    let words = filter.words.trim().to_lowercase();
    let most = if *log_open || *tab == Tab::Log { LINES.0 } else { LINES.1 };
    let searched = if words.is_empty() { SEARCHED.0 } else { SEARCHED.1 };
    let mut log = engine.world().log().rev().take(searched).peekable();
    let mut lines = Vec::new();
    while let Some(entry) = log.next() {
        // A person's fault is in the log twice: as what was wished and as what became of it.
        let is_told = |before: &&Entry| matches!(before.what, What::Done(Transition::Fault(_)));
        if matches!(entry.what, What::Fault(_)) && log.peek().is_some_and(is_told) {
            continue;
        }
        if !is_of_kind(entry, filter.lines) || (filter.only_selected && !about.fits(entry)) {
            continue;
        }
        let line = line(entry, names, texts, about);
        if words.is_empty() || line.words.to_lowercase().contains(&words) {
            lines.push(line);
            if lines.len() == most {
                break;
            }
        }
    }
    lines
}

fn line(entry: &Entry, names: &Names<'_>, texts: &Texts, about: &About<'_>) -> Line {
    Line {
        number: entry.number,
        at: entry.at,
        words: (texts.world.entry)(names, entry),
        tone: tone(entry),
        nodes: concerned(entry),
        related: about.fits(entry),
    }
}

fn is_of_kind(entry: &Entry, lines: Lines) -> bool {
    match lines {
        Lines::All => true,
        Lines::Main => tone(entry) != Tone::Quiet,
        Lines::Yours => {
            matches!(
                entry.what,
                What::Done(_)
                    | What::Answer { .. }
                    | What::Served { steady: false, .. }
                    | What::Unanswered { .. }
            )
        }
        Lines::Faults => matches!(
            entry.what,
            What::Done(Transition::Fault(_)) | What::Fault(_) | What::Node(Event::MemberIs { .. })
        ),
        Lines::Refusals => tone(entry) == Tone::Bad && Kind::of(entry) != Some(Kind::Fault),
        Lines::Repairs => matches!(
            entry.what,
            What::Node(
                Event::HintKept { .. }
                    | Event::HintHandedOver { .. }
                    | Event::ReadRepaired { .. }
                    | Event::Repaired { .. }
            )
        ),
    }
}

fn tone(entry: &Entry) -> Tone {
    match &entry.what {
        What::Violation(_) | What::Unanswered { .. } | What::Answer { outcome: Err(_), .. } => {
            Tone::Bad
        }
        What::Served { steady: true, .. } => Tone::Quiet,
        What::Served { answered, .. } if answered.is_refused() => Tone::Bad,
        What::Phone { news, .. } => match news {
            PhoneNews::Acknowledged { .. } | PhoneNews::Connected(_) => Tone::Good,
            PhoneNews::Refused(_) | PhoneNews::Gone => Tone::Bad,
            PhoneNews::Calls(_) | PhoneNews::Got { .. } => Tone::Plain,
        },
        What::Answer { .. } | What::Served { .. } => Tone::Good,
        What::Done(Transition::Fault(fault)) | What::Fault(fault) => match fault {
            Fault::Restart(_)
            | Fault::Resume(_)
            | Fault::HealLink { .. }
            | Fault::HealNetwork
            | Fault::HealAll
            | Fault::Accept(_) => Tone::Good,
            _ => Tone::Bad,
        },
        What::Done(_) => Tone::Plain,
        What::Lost { mark: Mark::Gossip, .. } => Tone::Quiet,
        What::Lost { .. } => Tone::Plain,
        What::Node(event) => match event {
            Event::Refused { .. } | Event::MemberIs { health: Health::Down, .. } => Tone::Bad,
            Event::Acknowledged { .. } | Event::MemberIs { health: Health::Up, .. } => Tone::Good,
            Event::HintKept { .. }
            | Event::HintHandedOver { .. }
            | Event::ReadRepaired { .. }
            | Event::Repaired { .. } => Tone::Care,
            Event::Stored { .. } | Event::Ignored { .. } => Tone::Quiet,
            _ => Tone::Plain,
        },
    }
}

/// The nodes that an entry is about, the acting one first.
fn concerned(entry: &Entry) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = entry.node.into_iter().collect();
    match &entry.what {
        What::Done(
            Transition::Put { at, .. }
            | Transition::Get { at, .. }
            | Transition::Delete { at, .. }
            | Transition::Client { at, .. }
            | Transition::Ask { at, .. },
        )
        | What::Unanswered { at } => nodes.push(*at),
        What::Done(Transition::Fault(fault)) | What::Fault(fault) => match fault {
            Fault::Kill(id)
            | Fault::Restart(id)
            | Fault::Wipe(id)
            | Fault::Pause(id)
            | Fault::Resume(id)
            | Fault::Jump { node: id, .. }
            | Fault::SlowDisk { node: id, .. }
            | Fault::FailSync(id)
            | Fault::CutOff(id) => nodes.push(*id),
            Fault::Split(side) => nodes.extend(side),
            Fault::Cut { from: a, to: b }
            | Fault::Clog { from: a, to: b, .. }
            | Fault::Slow { a, b }
            | Fault::Reset { a, b }
            | Fault::Lose { a, b }
            | Fault::HealLink { a, b } => nodes.extend([*a, *b]),
            Fault::HealNetwork | Fault::HealAll | Fault::Refuse(_) | Fault::Accept(_) => {}
        },
        What::Lost { from, to, .. } => nodes.extend([*from, *to]),
        What::Node(event) => match event {
            Event::Coordinating { replicas, stand_ins, .. } => {
                nodes.extend(replicas);
                nodes.extend(stand_ins.iter().map(|&(keeper, _)| keeper));
            }
            Event::Reading { asked, .. } => nodes.extend(asked),
            Event::Forwarding { to: node, .. }
            | Event::HintKept { owner: node, .. }
            | Event::HintHandedOver { owner: node, .. }
            | Event::ReadRepaired { node, .. }
            | Event::Repaired { node, .. }
            | Event::MemberIs { member: node, .. }
            | Event::Ignored { from: node, .. } => nodes.push(*node),
            _ => {}
        },
        What::Done(Transition::Steady { .. } | Transition::Phone { .. })
        | What::Answer { .. }
        | What::Phone { .. }
        | What::Served { .. }
        | What::Violation(_) => {}
    }
    let mut met = Vec::new();
    nodes.retain(|node| {
        !met.contains(node) && {
            met.push(*node);
            true
        }
    });
    nodes
}

fn key_of(entry: &Entry) -> Option<&Key> {
    match &entry.what {
        What::Answer { key, .. }
        | What::Node(
            Event::Coordinating { key, .. }
            | Event::Reading { key, .. }
            | Event::Forwarding { key, .. }
            | Event::Stored { key, .. }
            | Event::Acknowledged { key, .. }
            | Event::Answered { key, .. }
            | Event::Refused { key, .. }
            | Event::Extended { key, .. }
            | Event::HintKept { key, .. }
            | Event::HintHandedOver { key, .. }
            | Event::ReadRepaired { key, .. },
        ) => Some(key),
        _ => None,
    }
}

/// A figure with as many digits as say something: 0.02, 0.5, 3, 40.
pub(crate) fn figure(value: f64) -> String {
    let digits = match value {
        v if v >= 10.0 => 0,
        v if v >= 1.0 => 1,
        v if v >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

/// Microseconds as seconds with three digits.
pub(crate) fn seconds(micros: u64) -> String {
    format!("{}.{:03}", micros / 1_000_000, micros / 1_000 % 1_000)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative, and far below 2^53
fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_digits_that_say_something() {
        for (value, text) in [
            (100.0, "100"),
            (3.0, "3"),
            (1.25, "1.2"),
            (0.5, "0.5"),
            (0.2, "0.2"),
            (0.001, "0.001"),
        ] {
            assert_eq!(figure(value), text);
        }
        assert_eq!(seconds(12_491_300), "12.491");
    }
}
