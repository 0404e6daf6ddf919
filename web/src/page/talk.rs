//! What the person asked last, or what came of it: found among a hundred thousand lines of the log,
//! ten times a second, by looking through the new ones only.

use super::Page;
use ennead::kv::Key;
use ennead::sim::{Entry, Transition, What, World};

/// The line that was found, and up to where the log was read.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    about: Option<(Page, String)>,
    read: u64,
    found: Option<u64>,
}

impl Talk {
    /// The last line of the talk that a page is about: on *Store* about the key of this name, elsewhere with
    /// services. O(new lines), and O(lines) when the page, the key or the world is another one.
    pub(crate) fn last<'a>(
        &mut self,
        world: &'a World,
        page: Page,
        key: &str,
    ) -> Option<&'a Entry> {
        let key = if page == Page::Store { key } else { "" };
        let is_same = self.about.as_ref().is_some_and(|(p, k)| *p == page && k == key);
        // A world that went back has fewer lines.
        if !is_same || world.logged() < self.read {
            *self = Self { about: Some((page, key.to_owned())), ..Self::default() };
        }
        let name = Key::new(key.to_owned().into_bytes(), "").ok();
        let is_talk = |entry: &&Entry| match page {
            Page::Store => is_about_key(entry, key, name.as_ref()),
            Page::Autocomplete => is_answer(entry),
            _ => is_answer(entry) || matches!(entry.what, What::Done(Transition::Ask { .. })),
        };
        let new = count(world.logged() - self.read);
        let newest = world.log().rev().take(new).find(is_talk);
        self.found = newest.map(|entry| entry.number).or(self.found);
        self.read = world.logged();
        let back = world.logged().checked_sub(self.found?.saturating_add(1))?;
        world.log().rev().nth(count(back))
    }
}

fn count(lines: u64) -> usize {
    usize::try_from(lines).unwrap_or(usize::MAX)
}

/// Whether a service answered the person, or nobody did.
fn is_answer(entry: &Entry) -> bool {
    matches!(entry.what, What::Served { steady: false, .. } | What::Unanswered { .. })
}

/// Whether an entry is a person's request about a key, or the answer to one.
fn is_about_key(entry: &Entry, name: &str, key: Option<&Key>) -> bool {
    match &entry.what {
        What::Answer { key: answered, .. } => Some(answered) == key,
        What::Done(
            Transition::Put { key, .. }
            | Transition::Get { key, .. }
            | Transition::Delete { key, .. },
        ) => key == name,
        What::Unanswered { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ennead::base::Span;
    use ennead::ring::NodeId;
    use ennead::sim::{Fault, Link, Options};

    fn after(world: &mut World, seconds: u64) {
        let until = world.now() + Span::from_secs(seconds);
        world.run_until(until, u64::MAX);
    }

    #[test]
    fn the_last_answer_is_found_after_any_number_of_lines_and_not_after_going_back() {
        let mut world = World::new(7, Options { operations: 100, ..Options::gentle(3) });
        let mut talk = Talk::default();
        after(&mut world, 1);
        assert!(talk.last(&world, Page::Store, "city").is_none());
        let early = Link::of(&world);
        let (at, key) = (NodeId(0), String::from("city"));
        world.apply(Transition::Get { at, key });
        after(&mut world, 1);
        let is_answer =
            |entry: Option<&Entry>| entry.is_some_and(|e| matches!(e.what, What::Answer { .. }));
        assert!(is_answer(talk.last(&world, Page::Store, "city")));
        let before = world.logged();
        after(&mut world, 20);
        assert!(world.logged() > before + 5_000, "{}", world.logged());
        assert!(is_answer(talk.last(&world, Page::Store, "city")));
        assert!(talk.last(&world, Page::Store, "town").is_none());
        assert!(is_answer(talk.last(&world, Page::Store, "city")), "found anew");

        let mut back = early.begin();
        while !early.advance(&mut back, 1_000) {}
        assert!(talk.last(&back, Page::Store, "city").is_none());
        back.apply(Transition::Fault(Fault::Kill(at)));
        back.apply(Transition::Get { at, key: "city".into() });
        let last = talk.last(&back, Page::Store, "city").map(|entry| &entry.what);
        assert!(matches!(last, Some(What::Unanswered { .. })), "{last:?}");
    }
}
