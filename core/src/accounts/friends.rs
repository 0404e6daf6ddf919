//! Friends and blocks: steps, lists, and making whole what was left half-done.

use super::Error;
use super::pair::{Pair, Relation, Standing, Step};
use super::service::{Accounts, read, user_row, written};
use crate::base::{Instant, Rate, Span};
use crate::kv::{Key, Update};
use crate::port::{
    Item, MAX_FRIENDS, Notice, Notify, Ports, Queue, Select, Topic, UserId, Worker, partition,
};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;

/// What is published when two stand to each other in another way.
pub const STANDINGS: Topic = Topic(16);
/// How many unanswered questions a user may have.
pub const MAX_ASKED: usize = 500;
/// How many questions may wait for a user's answer.
pub const MAX_ASKS: usize = 1_000;
/// How often a user may take steps, on each node.
pub const STEPS: Rate = Rate::new(60, Span::from_secs(60), 200);
/// How long after its note was met a decision is looked at and written down where it is not: longer than any
/// request to the store takes, so that whatever was begun has happened by then.
const SETTLED: Span = Span::from_secs(6);
/// Notes that a worker has in hand.
const IN_HAND: usize = 1_000;
/// How fresh the note must be that a decision is to be looked at, when it is made.
const FRESH: Span = Span::from_secs(2);
/// How often a decision is tried that others keep changing meanwhile.
const ATTEMPTS: u32 = 16;
/// How long a lost worker is waited for.
const TERM: Span = Span::from_secs(10);
/// Between two looks at the queue.
const LOOK: Span = Span::from_secs(1);
/// Rows of one page.
const PAGE: u16 = 1_000;
/// Notes that are taken at once.
const NOTES: u16 = 100;

pub(super) const PREFIX: &[u8] = b"pair/";

fn sort_key(other: UserId) -> Bytes {
    [PREFIX, &other.0.to_be_bytes()].concat().into()
}

fn other(sort: &Bytes) -> Option<UserId> {
    let number = sort.strip_prefix(PREFIX)?.try_into().ok()?;
    Some(UserId(u64::from_be_bytes(number)))
}

/// What a node has published under [`STANDINGS`]: the two who stand in another way.
#[must_use]
pub fn stood_anew(body: &[u8]) -> Option<(UserId, UserId)> {
    postcard::from_bytes(body).ok()
}

/// Where a side of a pair is written down.
///
/// # Errors
/// None: numbers make keys.
pub fn side_key(me: UserId, other: UserId) -> Result<Key, Error> {
    Ok(Key::new(user_row(me), sort_key(other))?)
}

/// The register in which two users' friendship is decided, whoever is named first.
///
/// # Errors
/// None: numbers make keys.
pub fn pair_register(one: UserId, other: UserId) -> Result<Key, Error> {
    let (low, high) = (one.min(other), one.max(other));
    Ok(Key::new(partition("accounts", &format!("pair/{low}/{high}")), "")?)
}

fn queue() -> Result<Queue, Error> {
    Ok(Queue::new("accounts", "pairs", TERM)?.at_once())
}

impl<P: Ports> Accounts<P> {
    /// Does a step, and says how the user stands to the other then. To do what is done already changes
    /// nothing. Whoever is blocked by the other is told what is told of anybody who takes no more questions.
    ///
    /// # Errors
    /// [`Error`]. If the store did not answer, it may have been done: both sides will show the same, within
    /// seconds.
    pub async fn step(&self, me: UserId, other: UserId, step: Step) -> Result<Standing, Error> {
        if me == other {
            return Err(Error::Oneself { user: me });
        }
        let now = self.ports.now().instant;
        self.steps.lock().check(me, now).map_err(|wait| Error::TooOften { wait })?;
        self.take_step(me, other, step).await
    }

    /// The same as often as it likes.
    pub(super) async fn take_step(
        &self,
        me: UserId,
        other: UserId,
        step: Step,
    ) -> Result<Standing, Error> {
        self.user(other).await?;
        let register = pair_register(me, other)?;
        let mut noted: Option<Instant> = None;
        for _ in 0..ATTEMPTS {
            let found = self.ports.update(&register, Update::Read).await?;
            let pair = read_pair(found.value.as_ref())?;
            let now = self.ports.now();
            let next = pair.after(step, me, other, now.wall);
            if next == Ok(pair) {
                return self.write_down(pair, found.version, me, other, false).await;
            }
            if step == Step::Befriend {
                // What is refused takes as long as what is not: nobody reads off it who was blocked.
                self.check_room(me, other, pair.standing(me, other, 0).theirs.wants).await?;
            }
            let next = next?;
            // First that the decision is to be looked at, then the decision: should this node die in between,
            // whoever serves the queue finishes.
            if noted.is_none_or(|at| self.ports.now().instant.since(at) > FRESH) {
                let body = written(&(me, other)).unwrap_or_default();
                noted = Some(now.instant);
                queue()?.push(&self.ports, body, now.wall).await?;
            }
            let update = Update::CompareAndSet { expected: found.value, value: written(&next) };
            let updated = self.ports.update(&register, update).await?;
            if updated.applied {
                self.counters.lock().decided += 1;
                return self.write_down(next, updated.version, me, other, true).await;
            }
        }
        Err(Error::Contended)
    }

    /// Whether both have room for a friend, or the asker for a question and the other for one more.
    async fn check_room(&self, me: UserId, other: UserId, is_asked: bool) -> Result<(), Error> {
        let mine = self.standings(me).await?;
        let theirs = self.standings(other).await?;
        let count = |relation, standings: &[(UserId, Standing)]| {
            standings.iter().filter(|(_, standing)| standing.relation() == relation).count()
        };
        let asked = count(Relation::Asked, &mine);
        if count(Relation::Friends, &mine) >= MAX_FRIENDS {
            Err(Error::Friends { user: me })
        } else if is_asked && count(Relation::Friends, &theirs) >= MAX_FRIENDS {
            Err(Error::Friends { user: other })
        } else if !is_asked && asked >= MAX_ASKED {
            Err(Error::Asked { got: asked })
        } else if !is_asked && count(Relation::Asks, &theirs) >= MAX_ASKS {
            Err(Error::Closed { user: other })
        } else {
            Ok(())
        }
    }

    /// Writes a decision down for both sides; how `me` stands by it. Word of it goes out only if it is new, or was not
    /// written down: a step that changes nothing gives no node anything to learn.
    async fn write_down(
        &self,
        pair: Pair,
        version: u64,
        me: UserId,
        other: UserId,
        is_new: bool,
    ) -> Result<Standing, Error> {
        let sides = self.write_sides(pair, version, me, other);
        let (mine, was_missing) = sides.await.map_err(Error::begun)?;
        if (is_new || was_missing)
            && let Some(word) = written(&(me, other))
        {
            self.ports.publish(STANDINGS, word);
        }
        Ok(mine)
    }

    /// Writes both sides; how `me` stands by them, and whether something was missing.
    async fn write_sides(
        &self,
        pair: Pair,
        version: u64,
        me: UserId,
        other: UserId,
    ) -> Result<(Standing, bool), Error> {
        let mine = pair.standing(me, other, version);
        let mine_was_missing = self.write_side(me, other, mine).await?;
        let theirs = pair.standing(other, me, version);
        let theirs_was_missing = self.write_side(other, me, theirs).await?;
        Ok((mine, mine_was_missing || theirs_was_missing))
    }

    /// Writes one side, unless it says the same or something later; whether it had to.
    async fn write_side(&self, me: UserId, other: UserId, is: Standing) -> Result<bool, Error> {
        let key = side_key(me, other)?;
        let row = self.ports.get_strict(&key).await?;
        let is_written = read::<Standing>(&row).map_or(is.version == 0, |was| was >= is);
        if !is_written {
            self.ports.put(&key, written(&is), Some(&row.context)).await?;
        }
        Ok(!is_written)
    }

    /// How a user stands to another.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn standing(&self, me: UserId, other: UserId) -> Result<Standing, Error> {
        let row = self.ports.get_strict(&side_key(me, other)?).await?;
        Ok(read(&row).unwrap_or_else(|| Pair::default().standing(me, other, 0)))
    }

    /// A page of those that a user has to do with, by their numbers: at most `limit` rows are looked at, strangers
    /// left out; and where the next page begins.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn page(
        &self,
        me: UserId,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<(Vec<(UserId, Standing)>, Option<UserId>), Error> {
        let after = after.map(sort_key);
        let select = Select { after, limit, ..Select::prefix(PREFIX) };
        let page = self.ports.range(&user_row(me), &select).await?;
        let standings = page.rows.iter().filter_map(|(sort, row)| {
            let standing: Standing = read(row)?;
            let is_nothing = standing.relation() == Relation::Strangers && !standing.is_hidden();
            (!is_nothing).then_some((other(sort)?, standing))
        });
        Ok((standings.collect(), page.next.as_ref().and_then(other)))
    }

    /// All that a user has to do with, by their numbers.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn standings(&self, me: UserId) -> Result<Vec<(UserId, Standing)>, Error> {
        let (mut standings, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = self.page(me, after, PAGE).await?;
            standings.extend(page);
            after = next;
            if after.is_none() {
                return Ok(standings);
            }
        }
    }

    /// Finishes what was left half-done and tells people who asks them, as long as it is polled: what runs beside
    /// the requests, on every node.
    pub async fn tend(&self, notify: &impl Notify) {
        let holder = self.ports.random();
        let Ok(mut queue) = queue() else { return };
        loop {
            // The store may refuse for a while: the next look comes.
            if let Ok(Some(worker)) = queue.serve(&self.ports, holder).await {
                worker.keep(&self.ports, self.work(&worker, notify)).await;
            }
            self.ports.sleep(TERM).await;
        }
    }

    /// Takes notes, and looks at those that have settled, by this node's steady clock: the wall clocks of whoever
    /// wrote them do not matter. One that fails waits once more.
    async fn work(&self, worker: &Worker, notify: &impl Notify) {
        let mut waiting: VecDeque<(Instant, Item)> = VecDeque::new();
        loop {
            if waiting.len() < IN_HAND {
                let items = worker.take(&self.ports, NOTES).await.unwrap_or_default();
                let now = self.ports.now().instant;
                waiting.extend(items.into_iter().map(|item| (now, item)));
            }
            let now = self.ports.now().instant;
            let is_due = |(met, _): &mut (Instant, Item)| now.since(*met) >= SETTLED;
            while let Some((_, item)) = waiting.pop_front_if(is_due) {
                if self.finish(worker, &item, notify).await.is_err() {
                    waiting.push_back((self.ports.now().instant, item));
                }
            }
            self.ports.sleep(LOOK).await;
        }
    }

    async fn finish(
        &self,
        worker: &Worker,
        item: &Item,
        notify: &impl Notify,
    ) -> Result<(), Error> {
        if let Ok((one, other)) = postcard::from_bytes::<(UserId, UserId)>(&item.body) {
            let found = self.ports.update(&pair_register(one, other)?, Update::Read).await?;
            let pair = read_pair(found.value.as_ref())?;
            for (me, other) in [(one, other), (other, one)] {
                let is = pair.standing(me, other, found.version);
                let repaired = self.write_side(me, other, is).await?;
                self.counters.lock().repaired += u64::from(repaired);
                if is.relation() == Relation::Asks {
                    notify.notify(&self.asks(other, me).await?).await?;
                }
            }
        }
        worker.done(&self.ports, item).await?;
        Ok(())
    }

    /// That somebody asks somebody: one notice of the two for good, however often the question is taken back.
    async fn asks(&self, asker: UserId, asked: UserId) -> Result<Notice, Error> {
        let from = self.user(asker).await?.details.display_name.clone();
        Ok(Notice {
            event: format!("friend/{asker}/{asked}"),
            to: asked,
            template: String::from("friend"),
            fields: BTreeMap::from([(String::from("from"), from)]),
        })
    }
}

pub(super) fn read_pair(value: Option<&Bytes>) -> Result<Pair, Error> {
    let pair = value.map(|value| postcard::from_bytes(value)).transpose();
    Ok(pair.map_err(|_| Error::Damaged)?.unwrap_or_default())
}
