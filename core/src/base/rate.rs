//! Limits on how often somebody may do something.
//!
//! ```
//! use ennead::base::{Instant, Rate, RateLimiter, Span};
//!
//! // Twice a second in the long run, three times at once.
//! let mut limiter = RateLimiter::new(Rate::new(2, Span::from_secs(1), 3), 10_000);
//! let now = Instant::ZERO;
//! assert!((0..3).all(|_| limiter.check("ada", now).is_ok()));
//! let wait = limiter.check("ada", now).unwrap_err();
//! assert_eq!(wait, Span::from_millis(500));
//! assert!(limiter.check("ada", now + wait).is_ok());
//! assert!(limiter.check("bob", now).is_ok()); // each key has a limit of its own
//! ```
//!
//! # How it works
//! A bucket for each key holds `burst` tokens at most, each costs one, and they grow back at the rate.
//! Instead of tokens one time is kept: when the bucket will be full again. A call moves it further by
//! what one token takes to grow, and is refused if that would be further away than a whole bucket
//! takes. Nothing has to run while nobody calls, and a refused call changes nothing: who knocks on while refused
//! is not punished for it.
//!
//! Times are kept in fractions of a microsecond as fine as the rate wants, so that no rate is rounded: three
//! a second stay three a second for ever. Only the span until the next try is rounded, up.
//!
//! # Which keys are remembered
//! A bucket that is full again says nothing and is forgotten, two at most a call. Should there be no room yet,
//! the key that owes least is forgotten, and begins again with a full bucket. So newcomers are never locked
//! out by a crowd of strangers, and who owes most stays limited longest; against a crowd as large as the
//! room a limit by key cannot help.
//!
//! # Limits
//! A call takes O(log keys). A remembered key takes about twice its own size and 50 bytes: 100,000
//! addresses some 10 MB. The clock must be a steady one; should it go back, keys only wait longer. What is
//! remembered is of one node: who asks three nodes has three limits.
//!
//! # Sources
//! ITU-T Recommendation I.371, annex A: the generic cell rate algorithm, as virtual scheduling; Turner,
//! "New directions in communications (or which way to the information age?)" (1986), for the bucket;
//! RFC 2697 for the bucket as routers count it.

use super::{Instant, Span};
use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    times: u32,
    per: Span,
    burst: u32,
}

impl Rate {
    /// `times` in each `per` in the long run, up to `burst` of them at once. Zeros count as ones (of
    /// `per`, a microsecond).
    #[must_use]
    pub const fn new(times: u32, per: Span, burst: u32) -> Self {
        const fn at_least_one(number: u32) -> u32 {
            if number == 0 { 1 } else { number }
        }
        let per = if per.as_micros() == 0 { Span::from_micros(1) } else { per };
        Self { times: at_least_one(times), per, burst: at_least_one(burst) }
    }

    /// How long one takes in the long run, rounded up.
    #[must_use]
    pub const fn interval(self) -> Span {
        Span::from_micros(self.per.as_micros().div_ceil(self.times as u64))
    }

    /// A moment in units of 1/`times` microseconds, in which a token takes [`Rate::token`].
    fn moment(self, now: Instant) -> u128 {
        u128::from(now.as_micros()) * u128::from(self.times)
    }

    /// How long a token takes to grow, in units of 1/`times` microseconds.
    fn token(self) -> u128 {
        u128::from(self.per.as_micros())
    }

    /// When the bucket will be full again after one more token is taken from it, if it would have
    /// been `full` again then; or how long there is none.
    fn take(self, full: u128, now: u128) -> Result<u128, Span> {
        let full = full.max(now) + self.token();
        match full.checked_sub(now + self.token() * u128::from(self.burst)) {
            None | Some(0) => Ok(full),
            Some(early) => {
                let micros = early.div_ceil(u128::from(self.times));
                Err(Span::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
            }
        }
    }
}

impl fmt::Display for Rate {
    /// As `100 in 1.000 s, 500 at once`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}, {} at once", self.times, self.per, self.burst)
    }
}

/// A [`Rate`] for each of many keys, as long as there is room to remember them.
#[derive(Clone, Debug)]
pub struct RateLimiter<K> {
    rate: Rate,
    room: usize,
    /// When the bucket of each key will be full again.
    full: BTreeMap<K, u128>,
    /// The same by time: the one that owes least first.
    order: BTreeSet<(u128, K)>,
    forgotten: u64,
}

impl<K: Ord + Clone> RateLimiter<K> {
    /// All buckets full, and room to remember `room` keys, at least one. What is hashed from text of
    /// strangers should be hashed under a key that they do not know ([`super::hash::keyed`]).
    #[must_use]
    pub fn new(rate: Rate, room: usize) -> Self {
        Self {
            rate,
            room: room.max(1),
            full: BTreeMap::new(),
            order: BTreeSet::new(),
            forgotten: 0,
        }
    }

    /// Takes a token of a key at a moment of a steady clock. O(log keys).
    ///
    /// # Errors
    /// Until when there is none: after that span the same call succeeds, unless another one came before it.
    pub fn check(&mut self, key: K, now: Instant) -> Result<(), Span> {
        let now = self.rate.moment(now);
        let known = self.full.get(&key).copied();
        let full = self.rate.take(known.unwrap_or(0), now)?;
        if let Some(known) = known {
            self.order.remove(&(known, key.clone()));
        }
        self.full.insert(key.clone(), full);
        self.order.insert((full, key));
        for _ in 0..2 {
            let Some(&(full, _)) = self.order.first() else { break };
            let owes = full > now;
            if owes && self.full.len() <= self.room {
                break;
            }
            let Some((_, key)) = self.order.pop_first() else { break };
            self.full.remove(&key);
            self.forgotten += u64::from(owes);
        }
        Ok(())
    }

    /// The rate of each key.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.full.len()
    }

    /// Whether no key is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.full.is_empty()
    }

    /// How many keys were forgotten for want of room, before their buckets were full again.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const SECOND: Span = Span::from_secs(1);

    #[test]
    fn r8_7_a_rate_is_kept_exactly_over_a_long_time() {
        // Every millisecond for an hour: 3 at once, and 3 a second that no rounding adds to or takes from.
        let mut limiter = RateLimiter::new(Rate::new(3, SECOND, 3), 10);
        let passed = (0..3_600_000)
            .filter(|&milli| limiter.check((), Instant::ZERO + Span::from_millis(milli)).is_ok());
        assert_eq!(passed.count(), 3 + 3 * 3_600 - 1);
    }

    #[test]
    fn r8_7_a_rate_of_less_than_one_a_second_and_the_greatest_one() {
        let mut rare = RateLimiter::new(Rate::new(1, SECOND * 86_400, 1), 10);
        assert_eq!(rare.check(1, Instant::ZERO), Ok(()));
        assert_eq!(rare.check(1, Instant::ZERO), Err(SECOND * 86_400));
        let last = Instant::from_micros(u64::MAX);
        let rate = Rate::new(u32::MAX, Span::from_micros(u64::MAX), u32::MAX);
        let mut greatest = RateLimiter::new(rate, 10);
        assert_eq!(greatest.check(1, last), Ok(()));
        assert_eq!(Rate::new(0, Span::ZERO, 0), Rate::new(1, Span::from_micros(1), 1));
    }

    #[test]
    fn r8_7_full_buckets_are_forgotten_and_strangers_lock_nobody_out() {
        let mut limiter = RateLimiter::new(Rate::new(1, SECOND, 10), 100);
        let now = Instant::from_micros(5);
        (0..10).for_each(|_| limiter.check(u32::MAX, now).unwrap());
        assert!(limiter.check(u32::MAX, now).is_err());
        // A crowd ten times as large as the room: everyone is let in, and who owes most stays known.
        assert!((0..1_000).all(|stranger| limiter.check(stranger, now).is_ok()));
        assert_eq!((limiter.len(), limiter.forgotten()), (100, 901));
        assert!(limiter.check(u32::MAX, now).is_err());
        // Once their buckets are full again, each call forgets two of them.
        let later = now + SECOND * 10;
        (0..10).for_each(|_| limiter.check(7, later).unwrap());
        assert_eq!((limiter.len(), limiter.forgotten()), (81, 901));
        (1..100).for_each(|i| limiter.check(7, later + SECOND * i).unwrap());
        assert_eq!((limiter.len(), limiter.forgotten()), (1, 901));
    }

    /// The bucket as it is told: tokens that grow, in parts of a token.
    struct Naive {
        rate: Rate,
        parts: u128,
        at: Instant,
    }

    impl Naive {
        fn whole(rate: Rate) -> u128 {
            rate.token() * u128::from(rate.burst)
        }

        fn check(&mut self, now: Instant) -> bool {
            let grown = u128::from(now.since(self.at).as_micros()) * u128::from(self.rate.times);
            self.parts = (self.parts + grown).min(Self::whole(self.rate));
            self.at = now;
            let enough = self.parts >= self.rate.token();
            self.parts -= if enough { self.rate.token() } else { 0 };
            enough
        }
    }

    proptest! {
        #[test]
        fn r8_7_it_equals_a_bucket_of_tokens(
            (times, per, burst) in (1u32..50, 1u64..3_000, 1u32..20),
            calls in proptest::collection::vec((0u8..4, 0u64..500), 1..200),
        ) {
            let rate = Rate::new(times, Span::from_micros(per), burst);
            let mut limiter = RateLimiter::new(rate, 4);
            let mut naive: Vec<Naive> = (0..4)
                .map(|_| Naive { rate, parts: Naive::whole(rate), at: Instant::ZERO })
                .collect();
            let mut now = Instant::ZERO;
            for (key, pause) in calls {
                now = now + Span::from_micros(pause);
                let expected = naive[usize::from(key)].check(now);
                match limiter.clone().check(key, now) {
                    Ok(()) => prop_assert!(expected),
                    Err(wait) => {
                        prop_assert!(!expected);
                        // Told exactly: then it passes, and a microsecond before it does not.
                        let early = Span::from_micros(wait.as_micros() - 1);
                        prop_assert!(limiter.clone().check(key, now + early).is_err());
                        prop_assert!(limiter.clone().check(key, now + wait).is_ok());
                    }
                }
                prop_assert_eq!(limiter.check(key, now).is_ok(), expected);
            }
            prop_assert_eq!(limiter.forgotten(), 0);
        }
    }
}
