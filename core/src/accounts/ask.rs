//! Questions to accounts, as people ask them in a simulated world.

use super::{
    Accounts, Error, LoggedIn, Password, Platform, Session, SignUp, Standing, Step, Token,
};
use crate::base::all_within;
use crate::port::{Ports, UserId};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most people that are invited at once.
pub const MAX_INVITED: usize = 64;

/// How many people and friendships are made at once.
const AT_ONCE: usize = 16;
/// No Snowflake of this century is smaller.
const FIRST_SNOWFLAKE: u64 = 1 << 22;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Make an account.
    SignUp(SignUp),
    /// Open a session.
    LogIn {
        /// Whose.
        name: String,
        /// The password.
        password: Password,
    },
    /// Whose session it is.
    Check(Token),
    /// End a session.
    LogOut(Token),
    /// Do something about somebody else.
    Step {
        /// Who does it.
        me: UserId,
        /// About whom.
        other: UserId,
        /// What.
        step: Step,
    },
    /// All that a user has to do with.
    Standings(UserId),
    /// Have people to begin with: sign all of them up, under passwords made of their names, and make some of
    /// them friends. Asked again it finishes what was left undone.
    Invite {
        /// Their names and numbers, at most [`MAX_INVITED`]. Numbers of other users are never so small.
        people: Vec<(String, UserId)>,
        /// Who are friends.
        friends: Vec<(UserId, UserId)>,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Of a sign-up: the name that was wished for.
    SignedUp(String, Result<UserId, Error>),
    /// Of a log-in.
    LoggedIn(Result<LoggedIn, Error>),
    /// Of a check.
    Checked(Result<Session, Error>),
    /// Of a log-out.
    LoggedOut(Result<(), Error>),
    /// Of a step: how the two stand then.
    Stepped(Result<Standing, Error>),
    /// All that a user has to do with.
    Standings(Result<Vec<(UserId, Standing)>, Error>),
    /// People, by their names.
    Invited(Result<BTreeMap<String, UserId>, Error>),
}

impl Answered {
    /// Whether it was refused, or cannot be said.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        match self {
            Self::SignedUp(_, came) => came.is_err(),
            Self::LoggedIn(came) => came.is_err(),
            Self::Checked(came) => came.is_err(),
            Self::LoggedOut(came) => came.is_err(),
            Self::Stepped(came) => came.is_err(),
            Self::Standings(came) => came.is_err(),
            Self::Invited(came) => came.is_err(),
        }
    }
}

/// The password of somebody who was invited.
#[must_use]
pub fn password_of(name: &str) -> Password {
    Password::new(format!("password of {name}"))
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignUp(wish) => write!(f, "sign up {}", wish.name),
            Self::LogIn { name, .. } => write!(f, "log in {name}"),
            Self::Check(token) => write!(f, "check the session {}", short(token)),
            Self::LogOut(token) => write!(f, "end the session {}", short(token)),
            Self::Step { me, other, step } => match step {
                Step::Befriend => write!(f, "let {me} be friends with {other}"),
                Step::Part => write!(f, "let {me} part from {other}"),
                Step::Block => write!(f, "let {me} block {other}"),
                Step::Unblock => write!(f, "let {me} unblock {other}"),
            },
            Self::Standings(user) => write!(f, "list all that {user} has to do with"),
            Self::Invite { people, .. } => {
                let names: Vec<&str> = people.iter().map(|(name, _)| name.as_str()).collect();
                write!(f, "sign up {}", names.join(", "))
            }
        }
    }
}

/// The first characters of a session's name, which says nothing of its token.
fn short(token: &Token) -> String {
    format!("{}", token.session()).chars().take(8).collect()
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = match self {
            Self::SignedUp(name, Ok(user)) => return write!(f, "{name} is user {user}"),
            Self::LoggedIn(Ok(opened)) => {
                return write!(f, "session {} of {}", short(&opened.token), opened.session.user);
            }
            Self::Checked(Ok(session)) => return write!(f, "of user {}", session.user),
            Self::LoggedOut(Ok(())) => return f.write_str("ended"),
            Self::Stepped(Ok(standing)) => return write!(f, "{}", standing.relation()),
            Self::Standings(Ok(standings)) => return write!(f, "{} people", standings.len()),
            Self::Invited(Ok(people)) => return write!(f, "{} people", people.len()),
            Self::SignedUp(_, Err(error))
            | Self::LoggedIn(Err(error))
            | Self::Checked(Err(error))
            | Self::LoggedOut(Err(error))
            | Self::Stepped(Err(error))
            | Self::Standings(Err(error))
            | Self::Invited(Err(error)) => error,
        };
        write!(f, "refused: {refused}")
    }
}

impl<P: Ports> Accounts<P> {
    /// Answers a question.
    pub async fn serve(&self, ask: Ask) -> Answered {
        match ask {
            Ask::SignUp(wish) => Answered::SignedUp(wish.name.clone(), self.sign_up(&wish).await),
            Ask::LogIn { name, password } => {
                Answered::LoggedIn(self.log_in(&name, &password, "").await)
            }
            Ask::Check(token) => Answered::Checked(self.check(token.session()).await),
            Ask::LogOut(token) => Answered::LoggedOut(self.log_out(token.session()).await),
            Ask::Step { me, other, step } => Answered::Stepped(self.step(me, other, step).await),
            Ask::Standings(user) => Answered::Standings(self.standings(user).await),
            Ask::Invite { people, friends } => {
                Answered::Invited(self.invite(people, friends).await)
            }
        }
    }

    async fn invite(
        &self,
        people: Vec<(String, UserId)>,
        friends: Vec<(UserId, UserId)>,
    ) -> Result<BTreeMap<String, UserId>, Error> {
        let chosen = people.into_iter().filter(|(_, id)| id.0 < FIRST_SNOWFLAKE);
        let invited = chosen.take(MAX_INVITED).map(|(name, id)| async move {
            let mut wish = SignUp { password: password_of(&name), ..SignUp::new(&name, "") };
            wish.details.email = Some(format!("{name}@example.org"));
            let id = self.make(&wish, Some(id)).await?;
            self.add_device(id, Platform::Android, &format!("{name}-phone")).await?;
            Ok((name, id))
        });
        let invited = all_within(invited.collect(), AT_ONCE).await;
        let invited = invited.into_iter().collect::<Result<_, Error>>()?;
        let friends = friends.into_iter().take(MAX_INVITED * MAX_INVITED);
        let friends = friends.map(|(one, other)| async move {
            self.take_step(one, other, Step::Befriend).await?;
            self.take_step(other, one, Step::Befriend).await
        });
        for made in all_within(friends.collect(), AT_ONCE).await {
            made?;
        }
        Ok(invited)
    }
}
