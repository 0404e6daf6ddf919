//! What can be done with feeds.

use crate::page::action::{Interface, Tab};
use crate::page::snapshot::Snapshot;
use ennead::base::Span;
use ennead::feed::{Ask as Of, Draft, PostId};
use ennead::port::UserId;
use ennead::services::Ask;
use ennead::sim::{CAST, Transition};

/// Posts of a page of a feed.
const PAGE: u16 = 10;
/// What people say before a person at the page does anything, and by their places in the cast, who says it.
const SAID: [(usize, &str); 6] = [
    (0, "First snow on the hills this morning."),
    (7, "New song on Friday. Thank you all."),
    (3, "Does anybody have a ladder to lend?"),
    (1, "The bakery on the corner is open again."),
    (5, "Finished the marathon, slowly and happily."),
    (7, "On the road again, next stop Busan."),
];

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Who posts, by the place in the cast.
    pub(crate) author: usize,
    /// What is posted.
    pub(crate) text: String,
    /// Whose feed is looked at, by the place in the cast.
    pub(crate) reader: usize,
    /// The post that is looked at.
    pub(crate) at_hand: AtHand,
}

/// Which post is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AtHand {
    /// The newest.
    #[default]
    Newest,
    /// The last one that was published here, not by those who post all the time.
    Own,
    /// One that was chosen.
    Chosen(PostId),
}

impl Default for Fields {
    /// Filled in already, so that one click does something.
    fn default() -> Self {
        let text = "Good morning from the playground".into();
        Self { author: 0, text, reader: 1, at_hand: AtHand::Newest }
    }
}

impl Fields {
    /// Whose feed is looked at.
    pub(crate) fn reader(&self) -> UserId {
        person(self.reader)
    }
}

/// Somebody of the cast.
fn person(place: usize) -> UserId {
    CAST.get(place).map_or(CAST[0].1, |&(_, id)| id)
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Choose who posts.
    Author(usize),
    /// Type a post.
    Text(String),
    /// Publish it.
    Publish,
    /// Choose whose feed is looked at.
    Reader(usize),
    /// Read that feed.
    Read,
    /// Look at a post.
    Choose(PostId),
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let fields = &mut interface.feed;
    let ask = match verb {
        Verb::Author(place) => {
            fields.author = place;
            None
        }
        Verb::Text(text) => {
            fields.text = text;
            None
        }
        Verb::Choose(post) => {
            fields.at_hand = AtHand::Chosen(post);
            interface.tab = Tab::Inspect;
            None
        }
        Verb::Publish => {
            fields.at_hand = AtHand::Own;
            let draft = Draft::new(fields.text.trim());
            Some(Of::Publish { author: person(fields.author), draft })
        }
        Verb::Reader(place) => {
            fields.reader = place;
            Some(Of::Read { reader: person(place), before: None, limit: PAGE })
        }
        Verb::Read => Some(Of::Read { reader: fields.reader(), before: None, limit: PAGE }),
    };
    let Some(ask) = ask else { return Vec::new() };
    let at = interface.node_to_ask(snapshot);
    at.map(|at| Transition::Ask { at, ask: Ask::Feed(ask) }).into_iter().collect()
}

/// What the page's world begins with: people who read, and now and then say something.
pub(crate) fn begin(_snapshot: &Snapshot) -> Vec<Transition> {
    let reads = CAST.map(|(_, reader)| Of::Read { reader, before: None, limit: PAGE });
    let mut asks = Vec::new();
    for (round, (place, text)) in SAID.into_iter().enumerate() {
        let author = person(place);
        asks.push(Ask::Feed(Of::Publish { author, draft: Draft::new(text) }));
        asks.extend(reads.iter().cycle().skip(3 * round).take(4).cloned().map(Ask::Feed));
    }
    vec![Transition::Steady { every: Span::from_millis(600), asks }]
}
