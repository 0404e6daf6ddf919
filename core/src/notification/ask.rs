//! What people ask notifications in a simulated world, and how both are said in words.

use super::{
    Accepted, DeadLetter, Error, NotificationId, NotificationView, Notifications, Settings,
    Template, Tracked,
};
use crate::base::Wall;
use crate::port::{Notice, People, Ports, UserId};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Who gives over what people ask for in a simulated world.
const SENDER: &str = "playground";

/// A question to notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Take a notice over.
    Notify {
        /// What is to be told. An event without a name is one of its own, named by the node's clock.
        notice: Notice,
        /// Not before this time.
        not_before: Option<Wall>,
    },
    /// How a notification stands.
    Look(NotificationId),
    /// The first device of a notification has done something.
    Track(NotificationId, Tracked),
    /// Set what a user opts out of.
    Set(UserId, Settings),
    /// Keep a template under a name.
    Template(String, Template),
    /// The oldest dead letters.
    DeadLetters,
    /// Take the oldest dead letters back, a page of them.
    Replay,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Of a notice.
    Accepted(Result<Accepted, Error>),
    /// How a notification stands.
    Looked(Box<Result<NotificationView, Error>>),
    /// Of settings, a template, or what a device has done.
    Done(Result<(), Error>),
    /// The oldest dead letters.
    DeadLetters(Result<Vec<DeadLetter>, Error>),
    /// How many dead letters were taken back.
    Replayed(Result<usize, Error>),
}

impl Answered {
    /// Whether it was refused, or cannot be said.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        match self {
            Self::Accepted(came) => came.is_err(),
            Self::Looked(came) => came.is_err(),
            Self::Done(came) => came.is_err(),
            Self::DeadLetters(came) => came.is_err(),
            Self::Replayed(came) => came.is_err(),
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notify { notice, not_before } => {
                let words = notice.fields.get("text").unwrap_or(&notice.template);
                write!(f, "tell user {} {words:?}", notice.to)?;
                not_before.map_or(Ok(()), |at| write!(f, " at {at}"))
            }
            Self::Look(id) => write!(f, "how does the notification {id} stand"),
            Self::Track(id, kind) => write!(f, "the notification {id} was {}", kind.name()),
            Self::Set(user, settings) => write!(
                f,
                "user {user} opts out of {} channels and {} kinds",
                settings.channels.len(),
                settings.templates.len()
            ),
            Self::Template(name, _) => write!(f, "keep the template {name}"),
            Self::DeadLetters => f.write_str("list the dead letters"),
            Self::Replay => f.write_str("take the dead letters back"),
        }
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            Self::Accepted(Ok(Accepted { is_new: false, .. })) => {
                return f.write_str("known: nothing is told twice");
            }
            Self::Accepted(Ok(accepted)) => {
                return write!(f, "taken over, to {} contacts", accepted.deliveries);
            }
            Self::Looked(looked) => match looked.as_ref() {
                Ok(view) => {
                    let done = |state: &&super::State| state.status.is_final();
                    let states = view.deliveries.iter().filter_map(|(_, state)| state.as_ref());
                    let done = states.filter(done).count();
                    return write!(f, "{done} of {} deliveries done", view.deliveries.len());
                }
                Err(error) => error,
            },
            Self::Done(Ok(())) => return f.write_str("done"),
            Self::DeadLetters(Ok(letters)) => return write!(f, "{} dead letters", letters.len()),
            Self::Replayed(Ok(count)) => return write!(f, "{count} dead letters taken back"),
            Self::Accepted(Err(error))
            | Self::Done(Err(error))
            | Self::DeadLetters(Err(error))
            | Self::Replayed(Err(error)) => error,
        };
        write!(f, "refused: {error}")
    }
}

impl<P: Ports, O: People> Notifications<P, O> {
    /// Answers a question.
    pub async fn serve(&self, ask: Ask) -> Answered {
        match ask {
            Ask::Notify { mut notice, not_before } => {
                if notice.event.is_empty() {
                    let (at, number) = (self.ports.now().wall, self.ports.random());
                    notice.event = format!("{at} {number:016x}");
                }
                Answered::Accepted(self.accept(SENDER, &notice, not_before).await)
            }
            Ask::Look(id) => Answered::Looked(Box::new(self.look(id).await)),
            Ask::Track(id, kind) => Answered::Done(self.track_first(id, kind).await),
            Ask::Set(user, settings) => Answered::Done(self.set_settings(user, &settings).await),
            Ask::Template(name, template) => {
                Answered::Done(self.set_template(&name, Some(&template)).await)
            }
            Ask::DeadLetters => {
                Answered::DeadLetters(self.dead_letters(None).await.map(|(letters, _)| letters))
            }
            Ask::Replay => Answered::Replayed(self.replay_all().await),
        }
    }

    async fn track_first(&self, id: NotificationId, kind: Tracked) -> Result<(), Error> {
        let view = self.look(id).await?;
        for (delivery, _) in view.deliveries.iter().take(1) {
            self.track(id, delivery.id(), kind).await?;
        }
        Ok(())
    }

    async fn replay_all(&self) -> Result<usize, Error> {
        let (letters, _) = self.dead_letters(None).await?;
        for letter in &letters {
            self.replay(&letter.name()).await?;
        }
        Ok(letters.len())
    }
}
