//! English.

mod accounts;
mod autocomplete;
mod chat;
mod crawler;
mod detection;
mod feed;
mod ids;
mod live;
mod notifications;
mod overview;
mod ring;
mod shortener;
mod store;
mod world;

use super::Texts;
use crate::page::action::{Lines, Notice};

/// All words.
pub(super) static TEXTS: Texts = Texts {
    this_language: "English",
    pages: "Pages",
    foundations: "Foundations",
    services: "Services",
    panels: "Panels",
    light: "Light",
    dark: "Dark",
    keyboard: "Keys",
    commands: "Commands",
    search_commands: "Search commands",
    no_command: "No command has these words.",
    close: "Close",
    dismiss: "Dismiss",
    copy_link: "Copy link",
    try_this: "Try this",
    time: "Time",
    play: "Play",
    pause: "Pause",
    step: "Step",
    speed: "Speed",
    moment: "Moment",
    log: "Log",
    open_log: "Open log",
    close_log: "Close log",
    filter: "Words in a line",
    kinds: "Kinds of lines",
    only_selected: "Only the selected",
    held: "The lines stand still while you point at them.",
    no_lines: "No line like this yet.",
    do_tab: "Do",
    inspect_tab: "Inspect",
    keys_help: &[
        ("/", "to the key field"),
        ("Ctrl K", "all commands"),
        ("Esc", "close, or select nothing"),
        ("?", "these keys"),
    ],
    replaying: |percent| format!("Replaying: {percent} %"),
    speed_reached: |reached| format!("reaches ×{}", crate::page::snapshot::figure(reached)),
    lines: |lines| match lines {
        Lines::Main => "What matters",
        Lines::All => "Everything",
        Lines::Yours => "What you did",
        Lines::Faults => "Faults",
        Lines::Refusals => "Refusals",
        Lines::Repairs => "Hints and repair",
    },
    notice,
    go_to_page: |page| format!("Page {page}"),
    go_to_speed: |speed| format!("Speed ×{speed}"),
    world: &world::WORLD,
    overview: &overview::OVERVIEW,
    ring: &ring::RING,
    store: &store::STORE,
    autocomplete: &autocomplete::AUTOCOMPLETE,
    ids: &ids::IDS,
    shortener: &shortener::SHORTENER,
    accounts: &accounts::ACCOUNTS,
    notifications: &notifications::NOTIFICATIONS,
    crawler: &crawler::CRAWLER,
    detection: &detection::DETECTION,
    chat: &chat::CHAT,
    feed: &feed::FEED,
    live: &live::LIVE,
};

fn number(count: usize) -> String {
    const WORDS: [&str; 11] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_string())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        std::iter::once(first.to_ascii_uppercase()).chain(chars).collect()
    })
}

fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn is_or_are(names: &[String]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}

fn hints(count: u64) -> String {
    if count == 1 { "one hint".into() } else { format!("{count} hints") }
}

fn notice(notice: &Notice) -> String {
    match notice {
        Notice::Copied => {
            "The link is in the clipboard. Whoever opens it sees what you see now.".into()
        }
        Notice::CopyFailed(link) => {
            format!("The browser keeps the clipboard closed. The link: {link}")
        }
        Notice::BadLink(reason) => {
            format!("The link could not be opened: {reason}. This is the usual beginning instead.")
        }
        Notice::OtherBuild(build) => {
            format!("The link was made by version {build}; this version may replay it differently.")
        }
        Notice::BadKey(error) => format!("Not asked: {error}."),
        Notice::OneSide => {
            "Not split: choose some nodes for one side, and leave some for the other.".into()
        }
        Notice::NobodyUp => "Not asked: no node is up. Restart one.".into(),
    }
}
