//! The page *Live*: people on the very cluster that serves the page. It is listed only where a node serves it.
//!
//! Unlike the other pages it shows no simulated world: it is a client as any other, over the calls that
//! `/openapi.json` describes. What it decides is decided without a browser: [`action`] and [`heard`] change a
//! [`state::Live`] and return what they wish to be done, and [`client`] does it.
//!
//! | file | what |
//! | --- | --- |
//! | `state.rs` | what the page knows: who is logged in, friends, conversations, posts, connections |
//! | `action.rs` | what a person does |
//! | `heard.rs` | what the cluster says, and what time brings |
//! | `wire.rs`, `json.rs` | requests, answers and frames as JSON |
//! | `sse.rs` | server-sent events out of bytes |
//! | `client.rs` | requests, socket, open feed, clock |
//! | `verbs.rs`, `stage.rs`, `talk.rs`, `inspector.rs` | what is shown |

pub(crate) mod action;
pub(crate) mod client;
pub(crate) mod heard;
mod inspector;
mod json;
mod sse;
mod stage;
pub(crate) mod state;
mod talk;
#[cfg(test)]
mod tests;
mod verbs;
mod wire;

use super::PageParts;
use super::action::Action;
use super::look::Look;
use action::Verb;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "live",
    title: |texts| texts.live.title,
    sentence: |look| (look.texts().live.sentence)(&look.interface.live),
    verbs: verbs::verbs,
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look: &Look| {
        let word = look.texts().live.log_out;
        let is_in = look.interface.live.person.is_some();
        is_in.then(|| (word.to_string(), Action::Live(Verb::LogOut))).into_iter().collect()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: false,
    beginnings: &[],
};
