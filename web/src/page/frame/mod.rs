//! The frame, the same for every page: rail, sentence, time bar, log, commands, keys; and the pieces
//! of which pages are built: fields, facts, terms, charts,
//! places on a ring.

pub(crate) mod chart;
pub(crate) mod commands;
pub(crate) mod dialog;
pub(crate) mod facts;
pub(crate) mod fields;
pub(crate) mod geometry;
pub(crate) mod help;
pub(crate) mod log;
pub(crate) mod marker;
pub(crate) mod nodes;
pub(crate) mod palette;
pub(crate) mod rail;
pub(crate) mod sentence;
pub(crate) mod timebar;
pub(crate) mod words;
