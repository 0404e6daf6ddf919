//! The real clocks, read in one place.

use crate::base::{Instant, Now, Wall};
use std::time::{SystemTime, UNIX_EPOCH};

/// Both clocks of this process. The steady one begins with it.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: std::time::Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self::start()
    }
}

impl Clock {
    /// A clock that begins at zero now.
    #[must_use]
    pub fn start() -> Self {
        Self { start: std::time::Instant::now() }
    }

    /// Both clocks, as machines take them.
    #[must_use]
    pub fn now(&self) -> Now {
        let micros = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        Now { instant: Instant::from_micros(micros), wall: wall() }
    }

    /// When a moment of the steady clock is, as the operating system counts.
    #[must_use]
    pub fn at(&self, instant: Instant) -> std::time::Instant {
        self.start + std::time::Duration::from_micros(instant.as_micros())
    }
}

/// The wall clock; a clock before 1970 counts as 1970.
#[must_use]
pub fn wall() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// 64 bits of the operating system's entropy.
///
/// # Errors
/// [`super::HostError::System`] if there is none.
pub fn entropy() -> Result<u64, super::HostError> {
    getrandom::u64().map_err(|error| super::HostError::System(error.to_string()))
}

/// The number of this start of a node: later starts have greater ones while the wall clock does
/// not go back, and two starts never share one even if it does.
///
/// # Errors
/// [`super::HostError::System`] if there is no entropy.
pub fn incarnation() -> Result<u64, super::HostError> {
    Ok((wall().as_millis() << 20) | (entropy()? >> 44))
}
