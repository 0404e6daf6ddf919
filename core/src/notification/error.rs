//! Why nothing is taken over.

use super::{MAX_AHEAD, MAX_APP_NAME, MAX_EVENT, MAX_FIELD, MAX_NAME, MAX_PLACES, MAX_WORDS};
use crate::base::Wall;
use crate::port::{self, UserId};
use alloc::string::String;

/// Why a request to notifications is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A name of an event that cannot be one.
    #[error(
        "an event of {got} bytes: expected a name of 1 to {MAX_EVENT} bytes that is given once"
    )]
    Event {
        /// Its length in bytes.
        got: u64,
    },
    /// The same event was given with other contents.
    #[error(
        "the event {event:?} was given before with other contents: give each event a name of its own"
    )]
    Reused {
        /// Its name.
        event: String,
    },
    /// A template that is none.
    #[error("the template {reason}")]
    Template {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name that a template cannot have.
    #[error("the name {got:?} cannot be had: expected 1 to {MAX_NAME} of a-z, 0-9, _ and -")]
    Name {
        /// The name, at most its first 64 characters.
        got: String,
    },
    /// Nothing has this name.
    #[error("no template has the name {got:?}")]
    NoTemplate {
        /// The name, at most its first 64 characters.
        got: String,
    },
    /// There are as many templates as there may be.
    #[error("there are {limit} templates: delete one first")]
    TooManyTemplates {
        /// How many there may be.
        limit: u16,
    },
    /// A place that no field fills in.
    #[error("the template has a place {{{place}}} that no field fills in")]
    Missing {
        /// Its name.
        place: String,
    },
    /// Fields beyond bounds.
    #[error(
        "the fields are too many or too long: expected at most {MAX_PLACES}, each of at most {MAX_FIELD} characters"
    )]
    Fields,
    /// Words that are too long once all places are filled in.
    #[error("the words fill {got} bytes: expected at most {MAX_WORDS}, title and body together")]
    TooLong {
        /// How many bytes.
        got: u64,
    },
    /// A time that is too far off.
    #[error("not_before {got} is too far off: expected at most {MAX_AHEAD} from now")]
    Ahead {
        /// The time.
        got: Wall,
    },
    /// Nobody is this user.
    #[error("there is no user {got}")]
    NoUser {
        /// The user.
        got: UserId,
    },
    /// Settings beyond bounds.
    #[error("the settings name too many templates, or such as cannot be")]
    Settings,
    /// Nothing has this number.
    #[error("there is no notification or dead letter {got:?}")]
    Unknown {
        /// The number, at most its first 64 characters.
        got: String,
    },
    /// A name that an application cannot have.
    #[error("the application has no fit name: expected 1 to {MAX_APP_NAME} characters of one line")]
    AppName,
    /// An application that is not known, or whose signature is wrong.
    #[error("{reason}: sign method, path, time, event and body with the application's secret")]
    Signature {
        /// What is wrong.
        reason: &'static str,
    },
    /// The store refused.
    #[error(transparent)]
    Port(#[from] port::Error),
}
