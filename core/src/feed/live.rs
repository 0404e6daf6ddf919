//! Open feeds: a reader is told of new posts without asking again and again.
//!
//! An announcement brings a post within milliseconds. It may be lost, so every five seconds the first page is read
//! as well, and whatever was not shown is shown then. Posts do not always come in the order of their numbers: one
//! whose fan-out was late is shown late. So what was shown is known post by post, and a reader who comes back says more
//! than the last one ([`Place`]).
//!
//! What somebody posted before becoming a friend is on the pages, but no news; what such a friend posted within the
//! last minute is, as it may have come after.

use super::service::Feed;
use super::{Error, Post, PostId};
use crate::base::{Cache, Instant, Span};
use crate::port::{People, Ports, UserId};
use alloc::collections::{BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::num::ParseIntError;
use core::str::FromStr;

/// Between two looks at the first page.
const LOOK: Span = Span::from_secs(5);
/// Posts that an open feed remembers to have shown, at least.
const SHOWN: usize = 500;
/// Of a new friend, what is older is no news.
const NEWS: Span = Span::from_secs(60);
/// Posts of one page.
const PAGE: u16 = 50;
/// Pages that are looked at, should so much be new.
const PAGES: usize = 5;
/// Of how many posts a reader who comes back says that it was shown them.
const TOLD: usize = 16;

/// How far a reader was shown a feed: everything up to a post, and of what comes after it these.
///
/// ```
/// use ennead::feed::{Place, PostId};
/// let mut place = Place::default();
/// place.add(PostId(7));
/// place.add(PostId(5)); // its fan-out was late
/// assert_eq!(place.to_string(), "0.5.7");
/// assert_eq!("0.5.7".parse(), Ok(place));
/// assert!(!"7".parse::<Place>().unwrap().is_new(PostId(5))); // a post alone: everything up to it
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    floor: PostId,
    shown: BTreeSet<PostId>,
}

impl Place {
    /// A post was shown.
    pub fn add(&mut self, post: PostId) {
        if post > self.floor {
            self.shown.insert(post);
        }
        if self.shown.len() > TOLD
            && let Some(first) = self.shown.pop_first()
        {
            self.floor = first;
        }
    }

    /// Whether it was not.
    #[must_use]
    pub fn is_new(&self, post: PostId) -> bool {
        post > self.floor && !self.shown.contains(&post)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.floor.fmt(f)?;
        self.shown.iter().try_for_each(|post| write!(f, ".{post}"))
    }
}

impl FromStr for Place {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let mut parts = text.split('.').map(str::parse::<PostId>);
        let floor = parts.next().transpose()?.unwrap_or_default();
        let shown = parts.take(TOLD).collect::<Result<_, _>>()?;
        Ok(Self { floor, shown })
    }
}

/// An open feed.
#[derive(Debug)]
pub struct Live {
    reader: UserId,
    place: Place,
    /// What is not later was shown, or was there before.
    floor: PostId,
    shown: Cache<PostId, ()>,
    /// The reader and its friends, at the last look.
    authors: BTreeSet<UserId>,
    /// None if it is to look as soon as it can.
    looked: Option<Instant>,
    heard: u64,
    waiting: VecDeque<Arc<Post>>,
    missed: Option<PostId>,
}

impl Live {
    /// How far its reader was shown it.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Says once, if more was missed than it shows, before which post that is: pages have it.
    pub const fn missed(&mut self) -> Option<PostId> {
        self.missed.take()
    }

    fn is_new(&mut self, post: PostId) -> bool {
        post > self.floor && self.shown.get(&post).is_none()
    }

    /// What is on the pages and need not be shown.
    fn pass(&mut self, post: PostId) {
        self.shown.put(post, ());
        self.place.add(post);
    }

    /// Takes what is new to be shown.
    fn take(&mut self, post: Arc<Post>) {
        if self.is_new(post.id) {
            self.shown.put(post.id, ());
            self.waiting.push_back(post);
        }
    }
}

impl<P: Ports, O: People> Feed<P, O> {
    /// Opens a feed: what was not shown up to a place, or what comes from now on.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn open(&self, reader: UserId, place: Option<Place>) -> Result<Live, Error> {
        let is_back = place.is_some();
        let place = place.unwrap_or_default();
        let mut live = Live {
            reader,
            floor: place.floor,
            place,
            shown: Cache::new(SHOWN),
            authors: BTreeSet::new(),
            looked: None,
            heard: self.announced(u64::MAX).1,
            waiting: VecDeque::new(),
            missed: None,
        };
        if is_back {
            live.place.shown.iter().for_each(|&post| live.shown.put(post, ()));
            self.look(&mut live).await?;
            return Ok(live);
        }
        live.authors = self.authors(reader).await?;
        let page = self.page(reader, None, PAGE).await?;
        live.floor = page.posts.last().filter(|_| page.next.is_some()).map_or(live.floor, |p| p.id);
        live.place.floor = live.floor;
        // What is there was there before, but for what was announced while it was looked at.
        let (news, _) = self.announced(live.heard);
        for post in page.posts.into_iter().rev() {
            if news.iter().any(|news| news.post == post.id) {
                live.take(post);
            } else {
                live.pass(post.id);
            }
        }
        live.looked = Some(self.now_steady());
        Ok(live)
    }

    /// A post that an open feed has not shown yet; waits for five seconds at most, and may come to nothing.
    ///
    /// # Errors
    /// [`Error::Port`]. Nothing is lost: what was missed is in a later answer.
    pub async fn next_post(&self, live: &mut Live) -> Result<Option<Arc<Post>>, Error> {
        if live.waiting.is_empty() {
            let passed = live.looked.map_or(LOOK, |looked| self.now_steady().since(looked));
            if passed >= LOOK {
                self.look(live).await?;
            } else {
                let left = Span::from_micros(LOOK.as_micros() - passed.as_micros());
                self.await_news(live.heard, left).await;
                self.hear(live).await;
            }
        }
        let post = live.waiting.pop_front();
        if let Some(post) = &post {
            live.place.add(post.id);
        }
        Ok(post)
    }

    /// Takes what was announced.
    async fn hear(&self, live: &mut Live) {
        let (news, heard) = self.announced(live.heard);
        live.heard = heard;
        for news in news {
            if live.authors.contains(&news.author) && live.is_new(news.post) {
                match self.look_up(news.post).await {
                    Ok(Some(post)) => live.take(post),
                    Ok(None) => {}
                    Err(_) => live.looked = None,
                }
            }
        }
    }

    /// Takes what is new on the first page, and on more of them for a reader who was away.
    async fn look(&self, live: &mut Live) -> Result<(), Error> {
        let authors = self.authors(live.reader).await?;
        let (mut found, mut floor, mut before) = (Vec::new(), live.floor, None);
        for number in 1..=PAGES {
            let page = self.page(live.reader, before, PAGE).await?;
            before = page.next;
            if number == 1 && before.is_some() {
                // What comes late is looked for among as many posts as half a page has.
                let half = page.posts.get(usize::from(PAGE / 2)).or(page.posts.last());
                floor = half.map_or(floor, |post| floor.max(post.id));
            }
            let is_over = before.is_none_or(|before| before <= live.floor);
            found.extend(page.posts);
            if is_over {
                break;
            }
            if number == PAGES {
                live.missed = before;
            }
        }
        let newest = self.now().as_millis().saturating_sub(NEWS.as_millis());
        // Who comes back does not say whose posts it was shown: then all of them are taken for friends of old.
        let is_first = live.authors.is_empty();
        for post in found.into_iter().rev() {
            let is_friend = is_first || live.authors.contains(&post.author);
            if is_friend || post.created.as_millis() >= newest {
                live.take(post);
            } else if live.is_new(post.id) {
                live.pass(post.id);
            }
        }
        live.authors = authors;
        live.floor = floor;
        live.looked = Some(self.now_steady());
        Ok(())
    }

    /// Whose posts a reader is shown.
    async fn authors(&self, reader: UserId) -> Result<BTreeSet<UserId>, Error> {
        Ok(self.people.friends(reader).await?.into_iter().chain([reader]).collect())
    }
}
