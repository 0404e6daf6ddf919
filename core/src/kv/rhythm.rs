//! How regularly a member is heard of, and so how long its silence is tolerated.
//!
//! A bound that fits a small cluster on a good network accuses the living in a large or lossy one,
//! where news takes its time. So each node learns, member by member, how long the gaps between two
//! rises of a counter usually are and how much they vary, and tolerates [`GAPS`] times both
//! together. The operator's bound is the least that is tolerated, so that a good network is judged as
//! it always was; a multiple of it is the most, so that nobody is waited for without end.
//!
//! # Limits
//! Two numbers a member. A gap that is a second longer than usual adds 0.75 s to what is tolerated, and
//! is half forgotten after eleven gaps more. Measured by `ennead bench detection`: the longest gap by gossip, of millions, is
//! some 4.2 times mean and deviation together, in any network of up to half its messages lost.
//!
//! # Sources
//! The estimator is that of TCP's retransmission timer (Jacobson, "Congestion avoidance and control",
//! 1988; RFC 6298) in integers; Bertier, Marin and Sens use it on heartbeats ("Implementation and
//! performance evaluation of an adaptable failure detector", 2002), after the expected arrival and
//! margin of Chen, Toueg and Aguilera ("On the quality of service of failure detectors", 2002).
//! Hayashibara et al. ("The phi accrual failure detector", 2004) fit a distribution instead.

use super::Config;
use crate::base::Span;

/// How many usual gaps, each with its usual deviation, a silence may last.
const GAPS: u64 = 6;
/// How much of the estimate one gap makes: one part in this many.
const MEMORY: u64 = 16;

/// What was learnt of the gaps between two rises of one member's counter, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rhythm {
    mean: u64,
    /// The mean of how far gaps are from their mean.
    deviation: u64,
}

impl Rhythm {
    /// As long as nothing is known, that of a member that is heard of in each of its rounds.
    pub(crate) const fn new(config: &Config) -> Self {
        Self { mean: config.gossip_every.as_micros(), deviation: 0 }
    }

    /// The counter rose after a gap.
    pub(crate) fn learn(&mut self, gap: Span) {
        let gap = gap.as_micros();
        let moved = |old: u64, new: u64| old - old / MEMORY + new / MEMORY;
        self.deviation = moved(self.deviation, gap.abs_diff(self.mean));
        self.mean = moved(self.mean, gap);
    }

    /// How long a silence is tolerated before the member is suspected, and before it is held down.
    pub(crate) fn tolerated(&self, config: &Config) -> (Span, Span) {
        let least = config.down_after.as_micros().max(1);
        let most = least.saturating_mul(u64::from(config.most_stretch.max(1)));
        let wished = self.mean.saturating_add(self.deviation).saturating_mul(GAPS);
        let down = wished.clamp(least, most);
        // Suspicion is stretched as much.
        let suspected = u128::from(config.suspect_after.as_micros()) * u128::from(down);
        let suspected = u64::try_from(suspected / u128::from(least)).unwrap_or(u64::MAX);
        (Span::from_micros(suspected), Span::from_micros(down))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn after(gaps: &[u64]) -> (u64, u64) {
        let config = Config::default();
        let mut rhythm = Rhythm::new(&config);
        gaps.iter().for_each(|&gap| rhythm.learn(Span::from_millis(gap)));
        let (suspected, down) = rhythm.tolerated(&config);
        (suspected.as_millis(), down.as_millis())
    }

    #[test]
    fn r6_8_tolerance_follows_the_gaps_between_its_bounds() {
        assert_eq!(after(&[]), (1_000, 2_000));
        assert_eq!(after(&[200; 500]), (1_000, 2_000), "a good network is judged as it was");
        let (suspected, down) = after(&[200, 200, 600, 400].repeat(100));
        assert!((2_800..3_400).contains(&down), "{down}");
        assert!(suspected.abs_diff(down / 2) <= 1);
        assert_eq!(after(&[5_000; 500]), (3_000, 6_000), "nobody is waited for without end");
    }

    #[test]
    fn r6_8_a_network_that_is_mended_is_trusted_again() {
        let gaps: Vec<u64> = [[900; 100], [200; 100]].concat();
        assert_eq!(after(&gaps), (1_000, 2_000));
        let fixed = Config { most_stretch: 1, ..Config::default() };
        let mut rhythm = Rhythm::new(&fixed);
        (0..100).for_each(|_| rhythm.learn(Span::from_secs(9)));
        assert_eq!(rhythm.tolerated(&fixed).1, fixed.down_after);
    }
}
