//! What happened when, in few words: what is painted on the line of the time bar.

use ennead::base::Instant;
use ennead::kv::{Event, Health};
use ennead::sim::{Entry, What};

/// The most moments that are remembered; above it every second one goes.
const MOST: usize = 20_000;

/// What is worth a stroke on the line, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The person did something.
    Yours,
    /// Something was handed over or mended.
    Repair,
    /// Something broke.
    Fault,
    /// Somebody was refused.
    Refusal,
}

impl Kind {
    /// All kinds, the gravest last, so that it is painted over the others.
    pub(crate) const ALL: [Self; 4] = [Self::Yours, Self::Repair, Self::Fault, Self::Refusal];

    /// Its name in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Yours => "yours",
            Self::Repair => "repair",
            Self::Fault => "fault",
            Self::Refusal => "refusal",
        }
    }

    /// The kind of an entry, if it is worth a stroke.
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        match &entry.what {
            What::Done(ennead::sim::Transition::Fault(_)) | What::Fault(_) => Some(Self::Fault),
            What::Done(ennead::sim::Transition::Steady { .. }) => None,
            What::Done(_) => Some(Self::Yours),
            What::Node(event) => match event {
                // A service that is refused tries again.
                Event::Refused { key, .. } if key.is_of_service() => None,
                Event::Refused { .. } => Some(Self::Refusal),
                Event::HintHandedOver { .. }
                | Event::ReadRepaired { .. }
                | Event::Repaired { .. } => Some(Self::Repair),
                Event::MemberIs { health: Health::Down, .. } => Some(Self::Fault),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Moments and what happened then.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    strokes: Vec<(Instant, Kind)>,
    /// The number of the first entry of the log that was not read yet.
    next: u64,
    /// What lies before was painted once already: a replay does not paint it again.
    until: Instant,
}

impl History {
    /// Reads what the log holds that was not read yet; `logged` is how many entries it ever had.
    pub(crate) fn read<'a>(
        &mut self,
        log: impl DoubleEndedIterator<Item = &'a Entry>,
        logged: u64,
    ) {
        let first = self.next;
        let mut new: Vec<(Instant, Option<Kind>)> = log
            .rev()
            .take_while(|entry| entry.number >= first && entry.at >= self.until)
            .map(|entry| (entry.at, Kind::of(entry)))
            .collect();
        new.reverse();
        self.until = new.last().map_or(self.until, |&(at, _)| at);
        self.strokes.extend(new.into_iter().filter_map(|(at, kind)| Some((at, kind?))));
        self.next = logged;
        if self.strokes.len() > MOST {
            let mut keep = false;
            self.strokes.retain(|&(_, kind)| {
                keep = !keep;
                keep || kind == Kind::Refusal
            });
        }
    }

    /// The log begins again, as the world does: what was painted stays.
    pub(crate) fn begin_again(&mut self) {
        self.next = 0;
    }

    /// Forgets what lies behind a moment.
    pub(crate) fn forget_after(&mut self, moment: Instant) {
        self.strokes.retain(|&(at, _)| at <= moment);
        self.until = moment;
    }

    /// The strokes of a kind as the columns, of `columns` over the time until `end`, in which there
    /// is one.
    pub(crate) fn columns(&self, kind: Kind, end: Instant, columns: u64) -> Vec<u64> {
        let whole = end.as_micros().max(1);
        let mut found: Vec<u64> = self
            .strokes
            .iter()
            .filter(|&&(_, other)| other == kind)
            .map(|&(at, _)| (at.as_micros().min(whole) * columns / whole).min(columns - 1))
            .collect();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ennead::ring::NodeId;
    use ennead::sim::Fault;

    fn fault(number: u64, second: u64) -> Entry {
        let at = Instant::from_micros(second * 1_000_000);
        Entry { number, at, node: None, what: What::Fault(Fault::Kill(NodeId(0))) }
    }

    #[test]
    fn strokes_fall_into_columns_once() {
        let log = [fault(0, 1), fault(1, 1), fault(2, 9)];
        let mut history = History::default();
        history.read(log.iter(), 3);
        history.read(log.iter(), 3);
        let end = Instant::from_micros(10_000_000);
        assert_eq!(history.columns(Kind::Fault, end, 10), [1, 9]);
        assert!(history.columns(Kind::Repair, end, 10).is_empty());
    }

    #[test]
    fn a_replay_paints_nothing_twice_and_another_way_forgets() {
        let log = [fault(0, 1), fault(1, 5)];
        let mut history = History::default();
        history.read(log.iter(), 2);
        history.begin_again();
        history.read(log[..1].iter(), 1);
        assert_eq!(history.strokes.len(), 2);
        history.forget_after(Instant::from_micros(2_000_000));
        assert_eq!(history.strokes.len(), 1);
    }
}
