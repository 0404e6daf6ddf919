//! Who people are: accounts, sessions, friends, devices.
//!
//! ```
//! use ennead::accounts::{Password, SignUp, Token, folded};
//!
//! assert_eq!(folded("Ana").as_deref(), Ok("ana"));
//! assert!(folded("12345").is_err()); // that is a user's number
//! let wish = SignUp::new("ana", "correct horse battery staple");
//! assert!(!format!("{wish:?}").contains("horse")); // no log shows a password
//! let token: Token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
//! assert_ne!(token.session().to_string(), token.secret());
//! ```
//!
//! # The flow
//! ```text
//! sign up  -> Argon2id -> a number -> claim the name (register) -> the user's row
//! log in   -> the name's register -> Argon2id -> token (256 bits) -> row under its hash
//! request  -> hash of the token -> memory (5 s), else the row -> user
//! log out  -> the row says that it has ended, tell all nodes
//! befriend -> note in a queue -> the pair's register -> a row for each of the two; later a notice ("friend")
//! ```
//!
//! # Why a name is never locked for nobody
//! The register of a name holds the account as it was made. Whoever dies between the claim and the user's row
//! leaves a claim that says all that the row would: who signs up again with the same password, or logs in, or
//! looks the name up writes the row from it. So a retry after an unsure answer finds its account, and another
//! person finds the name taken.
//!
//! # Why both sides of a friendship agree
//! What two users are to each other is decided in one register of the pair: a friendship is what both want and
//! neither blocks. Then it is written down under each of the two, with the register's version, and of two that
//! differ the later one holds. A node that dies between the decision and the second row leaves a note in a
//! queue, put there before the decision: six seconds after whoever serves the queue has met it, by a steady clock, it
//! writes down what the register says then. So sides may differ for seconds, or minutes if clocks are far apart
//! ([`Queue`](crate::port::Queue)), and never for good.
//!
//! # Why what has ended stays so
//! The end of a session is a value that wins over the session wherever both meet. A deletion would not do: on the
//! small side of a partition it would delete nothing, and the session would come back when the partition heals.
//!
//! # What stands where
//! | key | what |
//! | --- | --- |
//! | register `accounts/name/NAME` | the account as it was made: number, password's hash, first details |
//! | table `accounts/user/ID`, sort key empty | the user: name and details; of siblings the most edited |
//! | the same, `pair/OTHER` | how the user stands to another; of siblings the latest version |
//! | the same, `device/HASH` | a device's token |
//! | the same, `session/EXPIRES/HASH` | that the user has this session, in the order of their ends |
//! | register `accounts/device/HASH` | whose device it is: the last who registered it |
//! | register `accounts/pair/LOW/HIGH` | what the two want of each other |
//! | table `accounts/session/HASH` | a session under the BLAKE2b-256 hash of its token, or that it has ended, which wins |
//! | table `accounts/pairs` | the queue of pairs to be looked at |
//!
//! Profiles and friends could as well live in a relational database: they are small, change seldom, and are
//! asked for by equality and relation. Here they live in the same store as all else, since it has what they
//! need of one: decisions that are made once (registers) and ranges. What grows without end and is read by its
//! newest part, as the history of chats, belongs into a key-value store in any case.
//!
//! # Limits
//! - Names 3 to 32 of a-z, 0-9, `_.-`; passwords 8 to 256 bytes; [`MAX_DEVICES`] devices; [`MAX_FRIENDS`](crate::port::MAX_FRIENDS) friends,
//!   [`MAX_ASKED`] unanswered questions, and [`MAX_ASKS`] to answer: counted before a step, so that steps at the same
//!   moment may pass them by a few. A user takes 200 steps at once and one a second ([`STEPS`]).
//! - [`MAX_SESSIONS`] sessions of a user: one more ends the earliest. What has ended leaves a row of a byte; what expired
//!   becomes such a row at a log-in of its user a month later, so sessions of users who never come back stay.
//! - Argon2id takes 19 MiB and 20 to 60 ms a log-in (OWASP's m=19 MiB, t=2, p=1; on two slow cores): hashing is the
//!   bound of log-ins, not the store. A name takes ten tries at once and ten a minute on each node, so that a stranger can
//!   keep the owner of a name waiting, and no more. Whoever tries many names is for the host to stop: over HTTP an address
//!   signs up and logs in 120 times at once and once a second on each node.
//! - A node trusts what it knows of a session for [`TRUST`]: so long may one live that was ended on another
//!   node, should the word of it be lost. A display name may be ten seconds old.
//! - A step costs a queue's row, two rounds to a register and two rows; a question also the lists of both; a list of
//!   5,000 friends six ranges. Whoever is blocked by somebody is told what is told by those who have too many questions
//!   to answer, after the same reads.
//! - Rows of pairs that have nothing to do with each other any more stay, some 12 bytes each: without
//!   them a late write of an older decision could bring it back.
//! - Passwords cannot be changed yet, and accounts not deleted.
//!
//! # Sources
//! RFC 9106 (Argon2) and OWASP's cheat sheet on storing passwords; RFC 6750 (bearer tokens); RFC 7693 (BLAKE2); NIST SP
//! 800-63B on lengths of passwords.

mod ask;
mod devices;
mod error;
mod friends;
mod pair;
mod password;
mod people;
mod service;
mod session;
#[cfg(test)]
mod tests;
mod user;
mod view;

pub use ask::{Answered, Ask, MAX_INVITED, password_of};
pub use devices::{Device, DeviceId, MAX_DEVICE_TOKEN, MAX_DEVICES, Platform};
pub use error::Error;
pub use friends::{MAX_ASKED, MAX_ASKS, STANDINGS, STEPS, pair_register, side_key, stood_anew};
pub use pair::{Relation, Side, Standing, Step};
pub use password::{Cost, MAX_PASSWORD, MIN_PASSWORD, Password};
pub use service::{
    Accounts, Counters, LoggedIn, Options, TOPIC, TRIES, TRUST, name_register, user_key,
};
pub use session::{LASTS, MAX_DEVICE, MAX_SESSIONS, Session, SessionId, Token, session_key};
pub use user::{Changes, Details, MAX_DISPLAY_NAME, MAX_NAME, SignUp, User, folded};
pub use view::{Kind, claimed, decided, is_open, kind_of, written_down};
