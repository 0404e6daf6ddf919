//! Whether a history of a register is linearizable: some order explains every answer, in which no call
//! comes before one that had ended when it began.
//!
//! Calls whose answer never came, or that may have happened, may stand anywhere after their beginning,
//! or nowhere. The search tries orders and remembers what it has seen: which calls are done, and what
//! the register holds then. It knows of a register what its clients know and nothing of how it is made.
//!
//! Limits: the search gives up after [`MOST_STEPS`] steps. Answers carry versions, which leaves little to
//! try: histories of a thousand calls need some thousand steps, each in O(calls).
//!
//! Sources: Herlihy and Wing, "Linearizability" (1990); Wing and Gong, "Testing and verifying concurrent
//! objects" (1993); Lowe, "Testing for linearizability" (2017).

use crate::kv::{Update, Updated};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use bytes::Bytes;

/// Steps after which the search gives up.
pub const MOST_STEPS: u64 = 2_000_000;

/// One call and its answer. Leave out calls that were refused and surely did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What was asked.
    pub update: Update,
    /// When, on one clock for all.
    pub begun: u64,
    /// When the answer came and what it was; none if it is not known whether it happened.
    pub ended: Option<(u64, Updated)>,
}

/// What a register holds, as its clients know.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Model {
    version: u64,
    value: Option<Bytes>,
}

impl Model {
    fn after(&self, update: &Update) -> (Self, bool) {
        let value = match update {
            Update::Read => return (self.clone(), true),
            Update::CompareAndSet { expected, value } if *expected == self.value => value.clone(),
            Update::CompareAndSet { .. } => return (self.clone(), false),
            Update::Add(amount) => {
                let text = self.value.as_ref().map_or(Some("0"), |v| core::str::from_utf8(v).ok());
                let number = text.and_then(|text| text.parse::<i64>().ok());
                match number.and_then(|number| number.checked_add(*amount)) {
                    Some(sum) => Some(Bytes::from(sum.to_string())),
                    None => return (self.clone(), false),
                }
            }
        };
        (Self { version: self.version + 1, value }, true)
    }

    /// The model after a call, if its answer fits.
    fn explain(&self, call: &Call) -> Option<Self> {
        let (next, applied) = self.after(&call.update);
        let fits = call.ended.as_ref().is_none_or(|(_, answer)| {
            answer.applied == applied
                && answer.value == next.value
                && answer.version == next.version
        });
        fits.then_some(next)
    }
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits[at / 64] & (1 << (at % 64)) != 0
}

fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

/// Judges the history of one register.
///
/// # Errors
/// What cannot be explained, in words; also if the search gave up.
pub fn check(history: &[Call]) -> Result<(), String> {
    let mut calls: Vec<&Call> = history.iter().collect();
    calls.sort_by_key(|call| (call.begun, call.ended.as_ref().map(|(at, _)| *at)));
    let words = calls.len().div_ceil(64);
    let mut seen = BTreeSet::new();
    let mut stack = alloc::vec![(alloc::vec![0_u64; words], Model::default())];
    let (mut steps, mut most) = (0_u64, 0);
    while let Some((mut done, model)) = stack.pop() {
        steps += 1;
        if steps > MOST_STEPS {
            return Err(alloc::format!("undecided after {MOST_STEPS} steps"));
        }
        let left: Vec<usize> = (0..calls.len()).filter(|&at| !is_set(&done, at)).collect();
        most = most.max(calls.len() - left.len());
        let answered = || left.iter().filter_map(|&at| Some((at, calls[at].ended.as_ref()?)));
        // Nothing may go before a call that had ended when it began.
        let Some(first_end) = answered().map(|(_, (end, _))| *end).min() else { return Ok(()) };
        let may_go = |at: &usize| calls[*at].begun <= first_end;
        // What was answered with an older version can never follow.
        if answered().any(|(_, (_, answer))| answer.version < model.version) {
            continue;
        }
        // A call that changes nothing may go as soon as it can: nothing else depends on it.
        let same = left.iter().copied().filter(may_go).find(|&at| {
            calls[at].ended.is_some() && model.explain(calls[at]).is_some_and(|n| n == model)
        });
        if let Some(at) = same {
            set(&mut done, at);
            stack.push((done, model));
            continue;
        }
        // Of unanswered calls that do the same, the first may stand for any.
        let mut unanswered: Vec<&Update> = Vec::new();
        let mut next = Vec::new();
        for at in left.iter().copied().filter(may_go) {
            let call = calls[at];
            if call.ended.is_none() {
                if unanswered.contains(&&call.update) {
                    continue;
                }
                unanswered.push(&call.update);
            }
            if let Some(after) = model.explain(call).filter(|after| *after != model) {
                next.push((call.ended.is_some(), at, after));
            }
        }
        // The answered ones are tried first: they lie on top.
        next.sort_by_key(|(is_answered, ..)| *is_answered);
        for (_, at, after) in next {
            let mut done = done.clone();
            set(&mut done, at);
            if seen.insert((done.clone(), after.clone())) {
                stack.push((done, after));
            }
        }
    }
    Err(alloc::format!(
        "no order explains the {} answers; the longest one that does explains {most} calls",
        calls.iter().filter(|call| call.ended.is_some()).count()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(begun: u64, update: Update, ended: Option<(u64, bool, &str, u64)>) -> Call {
        let ended = ended.map(|(at, applied, value, version)| {
            let value = (!value.is_empty()).then(|| Bytes::from(value.to_string()));
            (at, Updated { applied, value, version })
        });
        Call { update, begun, ended }
    }

    #[test]
    fn r6_20_a_read_that_misses_an_answered_write_is_found() {
        let write = call(0, Update::create("a"), Some((1, true, "a", 1)));
        let late = call(2, Update::Read, Some((3, true, "", 0)));
        assert!(check(&[write.clone(), late]).is_err());
        let meanwhile = call(1, Update::Read, Some((3, true, "", 0)));
        assert_eq!(check(&[write, meanwhile]), Ok(()));
    }

    #[test]
    fn r6_20_two_that_both_create_are_found() {
        let one = call(0, Update::create("a"), Some((5, true, "a", 1)));
        let two = call(0, Update::create("b"), Some((5, true, "b", 1)));
        assert!(check(&[one.clone(), two]).is_err());
        let refused = call(0, Update::create("b"), Some((5, false, "a", 1)));
        assert_eq!(check(&[one, refused]), Ok(()));
    }

    #[test]
    fn r6_20_a_call_without_an_answer_may_have_happened_or_not() {
        let unknown = call(0, Update::Add(1), None);
        for (value, version) in [("", 0), ("1", 1)] {
            let read = call(5, Update::Read, Some((6, true, value, version)));
            assert_eq!(check(&[unknown.clone(), read]), Ok(()));
        }
        let twice = call(5, Update::Read, Some((6, true, "2", 2)));
        assert!(check(&[unknown, twice]).is_err());
    }

    #[test]
    fn r6_20_a_sum_that_lost_an_addition_is_found() {
        let add = |at, value: &'static str, version| {
            call(at, Update::Add(1), Some((at + 1, true, value, version)))
        };
        assert_eq!(check(&[add(0, "1", 1), add(2, "2", 2), add(4, "3", 3)]), Ok(()));
        assert!(check(&[add(0, "1", 1), add(2, "2", 2), add(4, "2", 2)]).is_err());
    }
}
