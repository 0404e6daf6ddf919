//! What is counted, with a name and a meaning, for people and their instruments.

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its name, in words joined by `_`.
    pub name: &'static str,
    /// What it is, in a phrase.
    pub help: &'static str,
    /// How often since the node started.
    pub value: u64,
}

impl Counted {
    /// A name, what it means, and how often since the node started.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, value }
    }
}
