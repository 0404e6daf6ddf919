//! What the page *Detection* says.

use super::{Term, Word};
use crate::page::detection::action::Plan;
use crate::page::detection::run::DetectionLook;

/// The words.
pub(crate) struct Detection {
    pub(crate) title: Word,
    /// The two ways of telling: by gossip, and all to all.
    pub(crate) schemes: [Term; 2],
    pub(crate) servers: Word,
    pub(crate) loss: Word,
    pub(crate) fan_out: Term,
    pub(crate) tolerance: Word,
    /// One that adapts, and a fixed one.
    pub(crate) tolerances: [Word; 2],
    pub(crate) kill: fn(&str) -> String,
    pub(crate) restart: fn(&str) -> String,
    pub(crate) again: Word,
    /// A server, whether it runs, and by how many others it is doubted.
    pub(crate) server_is: fn(&str, bool, u16) -> String,
    pub(crate) a_second: fn(&str) -> String,
    pub(crate) a_heartbeat: Word,
    pub(crate) a_doubted: Word,
    pub(crate) a_killed: Word,
    pub(crate) list_of: fn(&str) -> String,
    pub(crate) knows_nothing: Word,
    pub(crate) counter: Term,
    pub(crate) silent: Term,
    pub(crate) tolerated: Term,
    pub(crate) health: Word,
    pub(crate) itself: Word,
    pub(crate) figures: Word,
    pub(crate) was_killed: fn(&str) -> String,
    pub(crate) since_they_began: Word,
    pub(crate) both_ways: Word,
    pub(crate) noticed_by: Term,
    pub(crate) first: Term,
    pub(crate) half: Term,
    pub(crate) all: Term,
    pub(crate) suspicions: Term,
    pub(crate) alarms: Term,
    pub(crate) lost: Term,
    pub(crate) bytes: Term,
    pub(crate) try_this: Word,
    pub(crate) measuring: fn(usize) -> String,
    pub(crate) messages_chart: Word,
    pub(crate) messages_axis: Word,
    pub(crate) alarms_chart: Word,
    pub(crate) alarms_axis: Word,
    pub(crate) loss_axis: Word,
    /// Gossip and all to all with a fixed tolerance, then both with one that adapts.
    pub(crate) tolerance_lines: [Word; 4],
    pub(crate) sentence: fn(&DetectionLook, &Plan) -> String,
    pub(crate) keys_help: &'static [(&'static str, Word)],
}
