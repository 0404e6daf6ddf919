//! The page: one simulated world, and what shows it.
//!
//! The world lives in [`engine`], outside the interface. One animation frame loop runs it, moves the
//! messages on the stage, and at most ten times a second hands a [`snapshot`] to the components, as
//! part of the [`look`] that all of them are given. The [`frame`] (rail, sentence, time bar, log,
//! palette) is the same for every page; each page has a folder.
//!
//! # To add a page
//! 1. A variant of [`Page`], with its line in `ALL`, `parts` and `group` below.
//! 2. A folder like [`store`]: `mod.rs` with `PARTS`, `action.rs` (`Verb`, fields, `act`), `verbs.rs`, `stage.rs`,
//!    `inspector.rs`. Pieces to build with: `frame::{facts, fields, words, nodes, geometry}`, `world::{selected,
//!    nodes, network, try_this, trace}`.
//! 3. Its words: a struct in `texts/PAGE.rs`, filled in `texts/en/PAGE.rs` and `texts/ko/PAGE.rs`, a field in `Texts`.
//! 4. `action.rs`: `Action::PAGE(Verb)` and what the page remembers in `Interface`; `app.rs`: one arm for the verb.
//!    `act` changes what is remembered and returns the transitions that the world is told.
//! 5. What it shows of the world: a field of [`snapshot::Snapshot`], taken only while the page is shown.
//!    What is to live there before anybody does anything is a [`Beginning`]: questions, and [`Transition::Steady`] last.
//! 6. Its style: `www/PAGE.css`, linked from `index.html`.
//! 7. A click-through in `tests/tests/playground.rs`.

mod accounts;
mod action;
mod address;
mod app;
mod autocomplete;
mod chat;
mod clock;
mod crawler;
mod detection;
mod engine;
mod feed;
mod frame;
mod history;
mod ids;
mod keys;
mod live;
mod look;
mod notifications;
mod overview;
mod ring;
mod settings;
mod shortener;
mod snapshot;
mod store;
mod talk;
mod texts;
mod world;

use action::Action;
use ennead::sim::Transition;
use frame::commands::Command;
use look::Look;
use snapshot::Snapshot;
use texts::Texts;
use yew::Html;

/// The pages, in the order in which they stand on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// All systems on each other.
    Overview,
    /// The hash ring.
    Ring,
    /// The replicated store.
    Store,
    /// Who is up.
    Detection,
    /// Unique ids.
    Ids,
    /// Short addresses.
    Shortener,
    /// The crawler.
    Crawler,
    /// Who people are.
    Accounts,
    /// Telling people.
    Notifications,
    /// The news feed.
    Feed,
    /// Messages between people.
    Chat,
    /// Suggestions while one types.
    Autocomplete,
    /// The cluster that serves the page.
    Live,
}

/// What a page gives to the frame.
pub(crate) struct PageParts {
    /// Its name in addresses and in the style sheets.
    slug: &'static str,
    /// Its name in the rail.
    title: fn(&Texts) -> &'static str,
    /// What is before you, in plain words that change with the world.
    sentence: fn(&Look) -> String,
    /// The line of verbs above the stage.
    verbs: fn(&Look) -> Html,
    /// The one picture.
    stage: fn(&Look) -> Html,
    /// The panels of the inspector.
    inspector: fn(&Look) -> Html,
    /// Its own commands, for the palette.
    commands: fn(&Look) -> Vec<Command>,
    /// What a key means on this page before it means what it means on every page.
    key: fn(&str, &Look) -> Option<Action>,
    /// Its keys, for the list of keys.
    keys_help: fn(&Texts) -> &'static [(&'static str, &'static str)],
    /// Whether the world's time and log belong to what it shows; otherwise it has a time of its own.
    has_time: bool,
    /// How what it shows begins to live in a world; of each, what the world is told.
    beginnings: &'static [Beginning],
}

/// What a world is told once, when a page is first shown that lives by it. By the last of the inputs the
/// page finds out whether the world was told before, by this visitor or by the maker of a link: only
/// the node asked may depend on the world.
type Beginning = fn(&Snapshot) -> Vec<Transition>;

/// Under which heading a page stands in the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    /// Before all, without a heading.
    Whole,
    Foundations,
    Services,
}

impl Page {
    /// All of them.
    const ALL: [Self; 13] = [
        Self::Overview,
        Self::Ring,
        Self::Store,
        Self::Detection,
        Self::Ids,
        Self::Shortener,
        Self::Crawler,
        Self::Accounts,
        Self::Notifications,
        Self::Feed,
        Self::Chat,
        Self::Autocomplete,
        Self::Live,
    ];

    /// What it gives to the frame.
    fn parts(self) -> &'static PageParts {
        match self {
            Self::Overview => &overview::PARTS,
            Self::Ring => &ring::PARTS,
            Self::Store => &store::PARTS,
            Self::Detection => &detection::PARTS,
            Self::Ids => &ids::PARTS,
            Self::Shortener => &shortener::PARTS,
            Self::Crawler => &crawler::PARTS,
            Self::Accounts => &accounts::PARTS,
            Self::Feed => &feed::PARTS,
            Self::Notifications => &notifications::PARTS,
            Self::Chat => &chat::PARTS,
            Self::Autocomplete => &autocomplete::PARTS,
            Self::Live => &live::PARTS,
        }
    }

    const fn group(self) -> Group {
        match self {
            Self::Overview => Group::Whole,
            Self::Ring | Self::Store | Self::Detection | Self::Ids => Group::Foundations,
            _ => Group::Services,
        }
    }

    /// The page of a name, if there is one.
    fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.parts().slug == slug)
    }
}

/// Puts the page into the document.
pub(crate) fn start() {
    match gloo::utils::document().get_element_by_id("app") {
        Some(root) => {
            root.set_inner_html("");
            yew::Renderer::<app::App>::with_root(root).render();
        }
        None => {
            yew::Renderer::<app::App>::new().render();
        }
    }
}
