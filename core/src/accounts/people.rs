//! What other services ask accounts: see [`People`].

use super::devices::{DeviceId, Platform};
use super::pair::Relation;
use super::{Accounts, Error};
use crate::port::{self, Channel, Contact, MAX_FRIENDS, People, Ports, Profile, UserId};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// What is the store's fault. Anything else cannot be asked through [`People`], but for damage to what is stored,
/// which reads as a store that does not answer.
fn of_store(error: Error) -> port::Error {
    match error {
        Error::Port(error) => error,
        _ => port::Error::Stopped,
    }
}

impl<P: Ports> People for Accounts<P> {
    async fn profile(&self, user: UserId) -> Result<Option<Profile>, port::Error> {
        match self.user(user).await {
            Ok(user) => Ok(Some(user.profile())),
            Err(Error::Unknown { .. }) => Ok(None),
            Err(error) => Err(of_store(error)),
        }
    }

    async fn friends(&self, user: UserId) -> Result<Vec<UserId>, port::Error> {
        Ok(self.friendships(user).await?.into_iter().map(|(friend, _)| friend).collect())
    }

    async fn friendships(&self, user: UserId) -> Result<Vec<(UserId, u64)>, port::Error> {
        let standings = self.standings(user).await.map_err(of_store)?;
        let friends = standings.iter().filter(|(_, is)| is.relation() == Relation::Friends);
        Ok(friends.map(|&(friend, is)| (friend, is.version)).take(MAX_FRIENDS).collect())
    }

    async fn are_friends(&self, one: UserId, other: UserId) -> Result<bool, port::Error> {
        let standing = self.standing(one, other).await.map_err(of_store)?;
        Ok(standing.relation() == Relation::Friends)
    }

    async fn hidden_from(&self, user: UserId) -> Result<BTreeSet<UserId>, port::Error> {
        let standings = self.standings(user).await.map_err(of_store)?;
        Ok(standings.iter().filter(|(_, is)| is.is_hidden()).map(|&(other, _)| other).collect())
    }

    async fn are_hidden(&self, one: UserId, other: UserId) -> Result<bool, port::Error> {
        Ok(self.standing(one, other).await.map_err(of_store)?.is_hidden())
    }

    async fn contacts(&self, user: UserId) -> Result<Vec<Contact>, port::Error> {
        let devices = self.devices(user).await.map_err(of_store)?;
        let mut contacts: Vec<Contact> = devices
            .into_iter()
            .map(|(_, device)| Contact {
                channel: device.platform.channel(),
                address: device.token,
            })
            .collect();
        let details = match self.user(user).await {
            Ok(user) => user.details.clone(),
            Err(Error::Unknown { .. }) => return Ok(contacts),
            Err(error) => return Err(of_store(error)),
        };
        let of = |channel, address| Contact { channel, address };
        contacts.extend(details.phone.map(|phone| of(Channel::Sms, phone)));
        contacts.extend(details.email.map(|email| of(Channel::Email, email)));
        Ok(contacts)
    }

    async fn forget_device(&self, user: UserId, contact: &Contact) -> Result<(), port::Error> {
        let platform = match contact.channel {
            Channel::ApplePush => Platform::Apple,
            Channel::AndroidPush => Platform::Android,
            Channel::WebPush => Platform::Web,
            Channel::Sms | Channel::Email => return Ok(()),
        };
        let device = DeviceId::of(platform, &contact.address);
        self.remove_device(user, device).await.map_err(of_store)
    }
}
