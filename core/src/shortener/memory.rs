//! Links that a node remembers. A link never changes, so what is remembered stays right.

use super::Link;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

/// Links of one generation.
const GENERATION: usize = 8_192;

/// The links that were followed last, in two generations: what is met moves to the young one, and when
/// that is full the old one is forgotten. At least 8,192 links are remembered, and at most twice as
/// many.
#[derive(Debug, Default)]
pub(super) struct Memory {
    young: BTreeMap<String, Arc<Link>>,
    old: BTreeMap<String, Arc<Link>>,
}

impl Memory {
    pub(super) fn get(&mut self, code: &str) -> Option<Arc<Link>> {
        if let Some(link) = self.young.get(code) {
            return Some(Arc::clone(link));
        }
        let (code, link) = self.old.remove_entry(code)?;
        self.put(code, Arc::clone(&link));
        Some(link)
    }

    pub(super) fn put(&mut self, code: String, link: Arc<Link>) {
        if self.young.len() >= GENERATION {
            self.old = core::mem::take(&mut self.young);
        }
        self.young.insert(code, link);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Wall;
    use alloc::string::ToString;

    #[test]
    fn r8_1_what_is_followed_is_remembered_and_the_rest_forgotten() {
        let (created, url) = (Wall::default(), String::new());
        let link = Link { created, id: None, url, redirect: Default::default(), expires: None };
        let link = Arc::new(link);
        let mut memory = Memory::default();
        for i in 0..5 * GENERATION {
            memory.put(i.to_string(), Arc::clone(&link));
            assert!(i == 0 || memory.get("0").is_some(), "it is met all the time");
        }
        assert!(memory.get("1").is_none());
        assert!(memory.young.len() + memory.old.len() <= 2 * GENERATION);
    }
}
