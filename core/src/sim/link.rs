//! A link: everything that replays a world.

use super::options::Options;
use super::transition::Logged;
use super::world::World;
use crate::base::{Instant, wire};
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

/// Seed, options, transitions, build and moment: on every machine the same world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The version of the program that made it.
    pub build: String,
    /// The seed.
    pub seed: u64,
    /// The options.
    pub options: Options,
    /// What a person did, and when.
    pub transitions: Vec<Logged>,
    /// The moment to show.
    pub at: Instant,
    /// How many events had been by then.
    pub events: u64,
}

/// Why text is not a link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not in the alphabet of links, cut short, or changed.
    #[error("the link is damaged or cut short: copy all of it again")]
    Text,
    /// Of a program that writes other links.
    #[error(
        "the link has format {got}, this program reads format {}: open it with the program that made it",
        Link::FORMAT
    )]
    Format {
        /// The format.
        got: u8,
    },
    /// Options that no world can have.
    #[error("the link asks for a world that cannot be; {0}")]
    Options(&'static str),
    /// Too much to replay.
    #[error("the link asks for {got} s of replay, at most {} s are replayed", Link::LONGEST_SECS)]
    TooLong {
        /// Seconds.
        got: u64,
    },
}

impl Link {
    /// The longest replay, in seconds of the world: a day.
    pub const LONGEST_SECS: u64 = 86_400;

    /// The format of links: the first byte of each.
    pub const FORMAT: u8 = 2;

    /// The version of this program.
    pub const BUILD: &'static str = env!("CARGO_PKG_VERSION");

    /// The link that leads to a world as it is now.
    #[must_use]
    pub fn of(world: &World) -> Self {
        Self {
            build: String::from(Self::BUILD),
            seed: world.seed(),
            options: *world.options(),
            transitions: world.transitions().to_vec(),
            at: world.now(),
            events: world.events(),
        }
    }

    /// As text for the part of an address behind `#world=`.
    #[must_use]
    pub fn to_fragment(&self) -> String {
        let mut bytes = Vec::from([Self::FORMAT]);
        // Cannot fail: what a person does stays far below the longest frame. An empty text would
        // be refused when read.
        let _ = wire::encode(self, &mut bytes);
        BASE64.encode(bytes)
    }

    /// Reads what [`Link::to_fragment`] wrote.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let bytes = BASE64.decode(text.trim()).map_err(|_| LinkError::Text)?;
        let (&format, frame) = bytes.split_first().ok_or(LinkError::Text)?;
        if format != Self::FORMAT {
            return Err(LinkError::Format { got: format });
        }
        let (link, used) = wire::decode::<Self>(frame).ok().flatten().ok_or(LinkError::Text)?;
        if used != frame.len() {
            return Err(LinkError::Text);
        }
        link.options.check().map_err(LinkError::Options)?;
        let got = link.at.as_micros() / 1_000_000;
        if got > Self::LONGEST_SECS {
            return Err(LinkError::TooLong { got });
        }
        Ok(link)
    }

    /// Whether this program made it: another may replay it differently.
    #[must_use]
    pub fn is_of_this_build(&self) -> bool {
        self.build == Self::BUILD
    }

    /// The world at its beginning, with the transitions still to come.
    #[must_use]
    pub fn begin(&self) -> World {
        World::with_transitions(self.seed, self.options, self.transitions.clone(), true)
    }

    /// Runs a world that [`Link::begin`] began towards the link's moment, with [`World::run_until`]'s measure at most
    /// `most` further; whether it is there. One of another build may get there by other events.
    pub fn advance(&self, world: &mut World, most: u64) -> bool {
        world.run_up_to(self.events, self.at, most) < most
    }
}
