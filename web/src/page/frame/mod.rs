//! The frame, the same for every page: rail, sentence, time bar, log, commands, keys.

pub(crate) mod dialog;
pub(crate) mod help;
pub(crate) mod log;
pub(crate) mod palette;
pub(crate) mod rail;
pub(crate) mod sentence;
pub(crate) mod timebar;
pub(crate) mod words;
