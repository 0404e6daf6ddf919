//! Everything that a person can do, from buttons, keys and the palette alike, and what the
//! interface remembers between.

use super::Page;
use super::accounts;
use super::autocomplete;
use super::chat;
use super::crawler;
use super::detection;
use super::feed;
use super::frame::geometry::Point;
use super::ids;
use super::live;
use super::notifications;
use super::ring;
use super::settings::Theme;
use super::shortener;
use super::snapshot::Snapshot;
use super::store;
use super::texts::Language;
use ennead::base::Instant;
use ennead::ring::NodeId;
use ennead::sim::{Fault, Flight};
use std::rc::Rc;

/// What the inspector shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Selection {
    /// The cluster as a whole.
    #[default]
    Nothing,
    /// A node.
    Node(NodeId),
    /// The link between two nodes, the lower first.
    Link(NodeId, NodeId),
    /// A message, as it was when it was chosen.
    Message(Box<Flight>),
    /// A line of the log, by its number.
    Line(u64),
}

/// One of the panels of which a narrow page shows one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    /// The verbs.
    #[default]
    Do,
    /// The inspector.
    Inspect,
    /// The log.
    Log,
}

/// Which kinds of lines the log shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lines {
    /// What a person would tell another: all but the small steps.
    #[default]
    Main,
    /// Everything.
    All,
    /// What the person at the page did, and what came of it.
    Yours,
    /// Faults and what nodes think of each other.
    Faults,
    /// Refusals.
    Refusals,
    /// Hints, hand-over and repair.
    Repairs,
}

impl Lines {
    /// All kinds.
    pub(crate) const ALL: [Self; 6] =
        [Self::Main, Self::All, Self::Yours, Self::Faults, Self::Refusals, Self::Repairs];
}

/// What the log shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Kinds.
    pub(crate) lines: Lines,
    /// Words that must be in a line.
    pub(crate) words: String,
    /// Only what concerns the selection.
    pub(crate) only_selected: bool,
}

/// A message to the person that is not part of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The link is in the clipboard.
    Copied,
    /// The clipboard is closed to this page; here is the link.
    CopyFailed(String),
    /// The link in the address cannot be opened, for this reason.
    BadLink(String),
    /// The link was made by another build, so the replay may differ.
    OtherBuild(String),
    /// The key cannot be used, for this reason.
    BadKey(ennead::kv::Error),
    /// No node is up to ask.
    NobodyUp,
    /// A split needs nodes on both sides.
    OneSide,
}

/// A change of one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkFault {
    /// Nothing gets through, either way.
    Cut,
    /// Slow, both ways.
    Slow,
    /// Lossy, both ways.
    Lose,
    /// As at first.
    Heal,
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Play or pause.
    TogglePlay,
    /// One event.
    Step,
    /// World seconds a second.
    Speed(f64),
    /// To a moment.
    Seek(Instant),
    /// Begin anew, from a seed and with so many nodes.
    NewWorld(u64, u16, u32),
    /// Which node to ask; none for the first that is up.
    Via(Option<NodeId>),
    /// A verb of the page *Ring*.
    Ring(ring::action::Verb),
    /// A verb of the page *Ids*.
    Ids(ids::action::Verb),
    /// A verb of the page *Shortener*.
    Shortener(shortener::action::Verb),
    /// A verb of the page *Store*.
    Store(store::action::Verb),
    /// A verb of the page *Autocomplete*.
    Autocomplete(autocomplete::action::Verb),
    /// A verb of the page *Crawler*.
    Crawler(crawler::action::Verb),
    /// A verb of the page *Detection*.
    Detection(detection::action::Verb),
    /// A verb of the page *Chat*.
    Chat(chat::action::Verb),
    /// A verb of the page *Feed*.
    Feed(feed::action::Verb),
    /// A verb of the page *Accounts*.
    Accounts(accounts::action::Verb),
    /// A verb of the page *Notifications*.
    Notifications(notifications::action::Verb),
    /// A verb of the page *Live*.
    Live(live::action::Verb),
    /// Break or mend.
    Break(Fault),
    /// Break or mend the link of two nodes.
    Link(NodeId, NodeId, LinkFault),
    /// Mend every link of a node.
    HealNode(NodeId),
    /// Cut the network between the chosen side and the rest.
    Split,
    /// Put a node on the chosen side, or take it off.
    ToggleSide(NodeId),
    /// Mend all links.
    HealAll,
    /// Show something in the inspector.
    Select(Selection),
    /// Show what is at a point of the stage.
    Point(Point),
    /// The log's filter.
    Filter(Filter),
    /// Open or close the log.
    ToggleLog,
    /// One panel of a narrow page.
    Tab(Tab),
    /// Another page.
    Go(Page),
    /// Light, dark or as the system has it.
    Theme(Theme),
    /// The other language.
    Language(Language),
    /// Open or close the list of commands.
    Palette(bool),
    /// Open or close the list of keys.
    Help(bool),
    /// Put a link to this moment into the clipboard.
    CopyLink,
    /// Put the cursor into the page's first field.
    FocusField,
    /// Remove the notice.
    Dismiss,
}

/// What the interface remembers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interface {
    /// The page.
    pub(crate) page: Page,
    /// The language.
    pub(crate) language: Language,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// What is shown.
    pub(crate) selection: Selection,
    /// The node to ask.
    pub(crate) via: Option<NodeId>,
    /// What the page *Ring* remembers.
    pub(crate) ring: ring::action::Fields,
    /// What the page *Ids* remembers.
    pub(crate) ids: ids::action::Fields,
    /// What the page *Shortener* remembers.
    pub(crate) shortener: shortener::action::Fields,
    /// What the page *Store* remembers.
    pub(crate) store: store::action::Fields,
    /// What the page *Autocomplete* remembers.
    pub(crate) autocomplete: autocomplete::action::Fields,
    /// What the page *Crawler* remembers.
    pub(crate) crawler: crawler::action::Fields,
    /// What the page *Detection* remembers.
    pub(crate) detection: detection::action::Fields,
    /// What the page *Chat* remembers.
    pub(crate) chat: chat::action::Fields,
    /// What the page *Feed* remembers.
    pub(crate) feed: feed::action::Fields,
    /// What the page *Accounts* remembers.
    pub(crate) accounts: accounts::action::Fields,
    /// What the page *Notifications* remembers.
    pub(crate) notifications: notifications::action::Fields,
    /// What the page *Live* knows.
    pub(crate) live: Rc<live::state::Live>,
    /// The nodes on one side of a split to come.
    pub(crate) side: Vec<NodeId>,
    /// The panel of a narrow page.
    pub(crate) tab: Tab,
    /// Whether the log is open.
    pub(crate) log_open: bool,
    /// What it shows.
    pub(crate) filter: Filter,
    /// Whether the list of commands is open.
    pub(crate) palette: bool,
    /// Whether the list of keys is open.
    pub(crate) help: bool,
    /// What the person is told.
    pub(crate) notice: Option<Notice>,
}

impl Interface {
    /// The pages that are listed: *Live* only where a node serves the page.
    pub(crate) fn pages(&self) -> impl Iterator<Item = Page> + use<> {
        let is_served = self.live.node.is_some();
        Page::ALL.into_iter().filter(move |page| is_served || *page != Page::Live)
    }

    /// The node that the next request goes to: the chosen one, or the first that is up. If there is
    /// none, the person is told so.
    pub(crate) fn node_to_ask(&mut self, snapshot: &Snapshot) -> Option<NodeId> {
        let node = self.via.or_else(|| snapshot.nodes_up().next());
        self.notice = node.is_none().then_some(Notice::NobodyUp);
        node
    }
}
