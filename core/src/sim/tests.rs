use super::*;
use crate::base::Span;

#[test]
fn seeds_1_to_20_hold_under_faults() {
    for seed in 1..=20 {
        let nodes = 3 + u16::try_from(seed % 5).unwrap();
        let report = run(seed, Options::from_seed(seed, nodes), Span::from_secs(60), |_| {});
        assert_eq!(report.violations, [], "seed {seed}\n{}", report.options);
    }
}
