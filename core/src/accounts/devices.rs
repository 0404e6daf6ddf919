//! Where users are reached: devices beside the addresses that they say of themselves.

use super::Error;
use super::service::{Accounts, read, user_row, written};
use crate::base::Wall;
use crate::kv::{Key, Update};
use crate::port::{Channel, Ports, Select, UserId, partition};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use blake2::{Blake2b256, Digest as _};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// How many devices a user may have.
pub const MAX_DEVICES: usize = 32;
/// The longest device token, in bytes: subscriptions of Web Push are long addresses with keys.
pub const MAX_DEVICE_TOKEN: usize = 2_048;

pub(super) const PREFIX: &str = "device/";
/// How often a device is registered that others keep registering meanwhile.
const ATTEMPTS: u32 = 4;

/// Whose push service reaches a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Apple's.
    Apple,
    /// Firebase Cloud Messaging.
    Android,
    /// Web Push.
    Web,
}

impl Platform {
    /// The channel to its devices.
    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            Self::Apple => Channel::ApplePush,
            Self::Android => Channel::AndroidPush,
            Self::Web => Channel::WebPush,
        }
    }
}

/// A device that can be told something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Device {
    /// When it was registered first.
    pub since: Wall,
    /// Whose push service reaches it.
    pub platform: Platform,
    /// By which token.
    pub token: String,
}

/// A device's number: the first 96 bits of a hash of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceId([u8; 12]);

impl DeviceId {
    /// Of a token.
    #[must_use]
    pub fn of(platform: Platform, token: &str) -> Self {
        let hash: [u8; 32] = Blake2b256::digest(format!("{}/{token}", platform as u8)).into();
        Self(hash.first_chunk().copied().unwrap_or_default())
    }

    fn key(self, user: UserId) -> Result<Key, Error> {
        Ok(Key::new(user_row(user), format!("{PREFIX}{self}"))?)
    }

    /// The register of whose device it is.
    fn owner(self) -> Result<Key, Error> {
        Ok(Key::new(partition("accounts", &format!("device/{self}")), "")?)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl FromStr for DeviceId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or(Error::Detail { what: "device", expected: "16 characters of base64url" })
    }
}

impl<P: Ports> Accounts<P> {
    /// Registers a device; one that is registered stays as it is. If it was another user's it is so no more: whoever
    /// holds it now must not be told what the other is told.
    ///
    /// # Errors
    /// [`Error::Detail`], [`Error::Devices`], [`Error::Contended`], [`Error::Port`].
    pub async fn add_device(
        &self,
        user: UserId,
        platform: Platform,
        token: &str,
    ) -> Result<DeviceId, Error> {
        if !(1..=MAX_DEVICE_TOKEN).contains(&token.len()) || token.chars().any(char::is_control) {
            let expected = "1 to 2048 bytes without control characters";
            return Err(Error::Detail { what: "device token", expected });
        }
        let id = DeviceId::of(platform, token);
        let devices = self.devices(user).await?;
        let is_known = devices.iter().any(|(known, _)| *known == id);
        if !is_known && devices.len() >= MAX_DEVICES {
            return Err(Error::Devices);
        }
        let since = self.ports.now().wall;
        let device = Device { since, platform, token: String::from(token) };
        for _ in 0..ATTEMPTS {
            let held = self.ports.update(&id.owner()?, Update::Read).await?.value;
            let owner = held.as_ref().and_then(|held| postcard::from_bytes::<UserId>(held).ok());
            if owner != Some(user) {
                if let Some(other) = owner {
                    self.remove_device(other, id).await?;
                }
                let update = Update::CompareAndSet { expected: held, value: written(&user) };
                if !self.ports.update(&id.owner()?, update).await?.applied {
                    continue;
                }
            } else if is_known {
                return Ok(id);
            }
            self.ports.put(&id.key(user)?, written(&device), None).await?;
            // Another may have taken it over before that, and found nothing to remove.
            let held = self.ports.update(&id.owner()?, Update::Read).await?.value;
            if held == written(&user) {
                return Ok(id);
            }
            self.remove_device(user, id).await?;
            break;
        }
        Err(Error::Contended)
    }

    /// The devices of a user.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn devices(&self, user: UserId) -> Result<Vec<(DeviceId, Device)>, Error> {
        let (mut devices, mut select) = (Vec::new(), Select::prefix(PREFIX));
        loop {
            let page = self.ports.range(&user_row(user), &select).await?;
            devices.extend(page.rows.iter().filter_map(|(_, row)| {
                let device: Device = read(row)?;
                Some((DeviceId::of(device.platform, &device.token), device))
            }));
            select.after = page.next;
            if select.after.is_none() {
                return Ok(devices);
            }
        }
    }

    /// Forgets a device. One that there is not is forgotten already.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn remove_device(&self, user: UserId, device: DeviceId) -> Result<(), Error> {
        self.ports.put(&device.key(user)?, None, None).await?;
        Ok(())
    }
}
