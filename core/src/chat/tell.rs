//! Telling those who have no device on-line that something was said.
//!
//! A user who seems to be on-line may be about to vanish. So a message for such users is looked at once more
//! [`SECOND_LOOK`] later: whoever is off-line then and has not read it is told.

use super::Chat;
use super::conversation::everyone;
use super::inbox::{self, Of};
use super::session::OFFLINE_AFTER;
use super::sync::Sync;
use crate::base::{Span, all_within};
use crate::port::{self, Notice, Notify, People, Ports, UserId};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How long after a message those who were on-line are looked at again.
pub const SECOND_LOOK: Span = Span::from_secs(20);
/// Users who are told at once of one message.
const AT_ONCE: usize = 8;

impl<P: Ports, O: People + Notify> Chat<P, O> {
    /// Has those told who have no device on-line; whether that was all, or the others are to be looked at again.
    pub(super) async fn tell(&self, sync: &Sync) -> Result<bool, port::Error> {
        let members = everyone(&self.ports, sync.conversation).await?;
        let hidden = self.others.hidden_from(sync.author).await?;
        let concerned = |user: &UserId| *user != sync.author && !hidden.contains(user);
        // Before it has heard of the other servers everybody would seem to be off-line: the second look tells.
        let knows = sync.is_second || self.has_heard_of_servers();
        let (online, offline): (Vec<UserId>, Vec<UserId>) =
            members.into_iter().filter(concerned).partition(|&user| !knows || self.is_online(user));
        if !offline.is_empty() {
            let author = self.others.profile(sync.author).await?;
            let from =
                author.map_or_else(|| sync.author.to_string(), |profile| profile.display_name);
            let told = offline.into_iter().map(|user| self.tell_one(sync, &from, user));
            all_within(told.collect(), AT_ONCE).await.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(sync.is_second || online.is_empty())
    }

    async fn tell_one(&self, sync: &Sync, from: &str, to: UserId) -> Result<(), port::Error> {
        // Even at the first look: it comes late if the queue has lost its worker, and whoever read it may have left.
        let read = inbox::look(&self.ports, to, Of::Read, sync.conversation).await?;
        if read.number >= sync.number {
            return Ok(());
        }
        let fields = [
            ("from", String::from(from)),
            ("conversation", sync.conversation.to_string()),
            ("text", sync.excerpt.clone()),
        ];
        let notice = Notice {
            event: format!("chat/{}/{}/{to}", sync.conversation, sync.number),
            to,
            template: String::from("message"),
            fields: fields.map(|(name, value)| (String::from(name), value)).into(),
        };
        self.others.notify(&notice).await?;
        self.count(|counters| counters.notices += 1);
        Ok(())
    }
}

const _: () = assert!(SECOND_LOOK.as_micros() > OFFLINE_AFTER.as_micros());
