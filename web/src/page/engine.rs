//! The world under the page and the time it keeps: playing, stepping, and going back by replaying.
//!
//! Nothing here knows how the world is drawn. Whole events are run within [`BUDGET`] milliseconds a
//! frame; what does not fit is dropped from the wish, not caught up, and the speed reached is told.

use super::clock;
use super::crawler::run::Crawls;
use super::detection::run::Runs;
use super::history::History;
use super::overview::tally::Tally;
use super::talk::Talk;
use ennead::base::{Instant, Span};
use ennead::sim::{Flight, Link, Options, Transition, World};
use std::cell::RefCell;

/// Milliseconds of each frame that the world may take.
const BUDGET: f64 = 8.0;
/// The same while it replays, when there is nothing else to draw.
const REPLAY_BUDGET: f64 = 13.0;
/// Events between two looks at the clock.
const BATCH: u64 = 200;
/// The longest time between two frames that counts, in milliseconds: a page that was hidden goes on
/// where it stood.
const LONGEST_FRAME: f64 = 100.0;
/// The slowest and the fastest, in world seconds a second.
pub(crate) const SPEEDS: (f64, f64) = (0.001, 100.0);
/// The speed at first: slow enough to see a message travel.
const FIRST_SPEED: f64 = 0.2;
/// How much of the world has happened before the page appears.
const BEFORE: Span = Span::from_secs(12);
/// The seed of the world that everybody meets first.
pub(crate) const FIRST_SEED: u64 = 7;
/// Its nodes.
pub(crate) const FIRST_NODES: u16 = 5;
/// The requests of its clients, a second.
pub(crate) const FIRST_LOAD: u32 = 6;

/// The world and its time.
pub(crate) struct Engine {
    world: World,
    history: History,
    /// All that the person did, also what lies ahead of a moment gone back to.
    plan: Link,
    /// The latest moment that was reached: going back does not forget it.
    end: Instant,
    playing: bool,
    speed: f64,
    /// Where the world should be, in microseconds and parts of them.
    wished: f64,
    /// When the last frame was, in the browser's milliseconds.
    last_frame: Option<f64>,
    /// World seconds a second, as reached, smoothed.
    reached: f64,
    replay: Option<Replay>,
    changes: u64,
    /// The crawls of the page *Crawler*, on this world's clock.
    crawls: RefCell<Crawls>,
    /// The servers of the page *Detection*, on this world's clock.
    detection: RefCell<Runs>,
    talk: RefCell<Talk>,
    tally: RefCell<Tally>,
}

/// A way through time that takes several frames.
struct Replay {
    from: Instant,
    to: Instant,
    /// A link leads to one event of a moment, not only to the moment.
    link: Option<Link>,
    then_play: bool,
}

/// A world for people: messages are slow enough to be followed.
fn gentle_options(nodes: u16, load: u32) -> Options {
    let mut options = Options::gentle(nodes);
    options.latency.least = Span::from_millis(20);
    options.latency.most = Span::from_millis(45);
    options.operations = load;
    options
}

impl Engine {
    /// A world that has run for a while.
    pub(crate) fn new(seed: u64, nodes: u16, load: u32) -> Self {
        let mut engine = Self::on(World::new(seed, gentle_options(nodes, load)));
        engine.end = Instant::ZERO + BEFORE;
        engine.seek(engine.end);
        engine.playing = true;
        engine.set_then_play(true);
        engine
    }

    /// A link's world, which replays to the link's moment and stands still there.
    pub(crate) fn of_link(link: &Link) -> Self {
        let mut engine = Self::on(link.begin());
        engine.plan = link.clone();
        engine.end = link.at;
        engine.seek(link.at);
        if let Some(replay) = &mut engine.replay {
            replay.link = Some(link.clone());
        }
        engine
    }

    fn on(world: World) -> Self {
        Self {
            plan: Link::of(&world),
            world,
            history: History::default(),
            end: Instant::ZERO,
            playing: false,
            speed: FIRST_SPEED,
            wished: 0.0,
            last_frame: None,
            reached: 0.0,
            replay: None,
            changes: 0,
            crawls: RefCell::default(),
            detection: RefCell::default(),
            talk: RefCell::default(),
            tally: RefCell::default(),
        }
    }

    /// The world.
    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// The crawls of the page *Crawler*.
    pub(crate) const fn crawls(&self) -> &RefCell<Crawls> {
        &self.crawls
    }

    /// The servers of the page *Detection*.
    pub(crate) const fn detection(&self) -> &RefCell<Runs> {
        &self.detection
    }

    /// What the page *Detection* does in a frame, while it is shown.
    pub(crate) fn frame_of_detection(&mut self) {
        if self.replay.is_none() {
            let speed = if self.playing { self.speed } else { 0.0 };
            let moment = self.moment();
            self.changes += u64::from(self.detection.get_mut().frame(moment, speed));
        }
    }

    /// What the person was answered last.
    pub(crate) const fn talk(&self) -> &RefCell<Talk> {
        &self.talk
    }

    /// What each system has done.
    pub(crate) const fn tally(&self) -> &RefCell<Tally> {
        &self.tally
    }

    /// What happened when, for the line of the time bar.
    pub(crate) const fn history(&self) -> &History {
        &self.history
    }

    /// The latest moment that was reached.
    pub(crate) const fn end(&self) -> Instant {
        self.end
    }

    /// Whether time runs.
    pub(crate) const fn is_playing(&self) -> bool {
        self.playing
    }

    /// World seconds a second, as wished.
    pub(crate) const fn speed(&self) -> f64 {
        self.speed
    }

    /// World seconds a second, as reached, if that is less than wished.
    pub(crate) fn falls_behind(&self) -> Option<f64> {
        let behind = self.playing && self.reached > 0.0 && self.reached < self.speed * 0.9;
        behind.then_some(self.reached)
    }

    /// How much of a replay is done, in parts of one.
    pub(crate) fn progress(&self) -> Option<f64> {
        let replay = self.replay.as_ref()?;
        let whole = replay.to.since(replay.from).as_micros().max(1) as f64;
        Some((self.world.now().since(replay.from).as_micros() as f64 / whole).min(1.0))
    }

    /// Where a replay under way leads.
    pub(crate) fn destination(&self) -> Option<Instant> {
        self.replay.as_ref().map(|replay| replay.to)
    }

    /// A number that rises whenever there is something new to show.
    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }

    /// The moment that is shown, in microseconds and parts of them: between two events too.
    pub(crate) fn moment(&self) -> f64 {
        let now = self.world.now().as_micros() as f64;
        if self.replay.is_some() { now } else { self.wished.max(now) }
    }

    /// The messages in the air.
    pub(crate) fn flights(&self) -> Vec<Flight> {
        if self.replay.is_some() { Vec::new() } else { self.world.flights().collect() }
    }

    /// Plays or stands still.
    pub(crate) fn toggle_play(&mut self) {
        if let Some(replay) = &mut self.replay {
            replay.then_play = !replay.then_play;
        } else {
            self.playing = !self.playing;
            self.reached = 0.0;
        }
        self.changes += 1;
    }

    /// World seconds a second.
    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.speed = speed.clamp(SPEEDS.0, SPEEDS.1);
        self.reached = 0.0;
        self.changes += 1;
    }

    /// One event, standing still.
    pub(crate) fn step(&mut self) {
        self.playing = false;
        if self.replay.is_none() {
            self.world.step();
            self.wished = self.world.now().as_micros() as f64;
            self.take_note();
        }
    }

    /// What a person does, now. What had been done later, before the person went back, is forgotten:
    /// from here on the world goes another way.
    pub(crate) fn apply(&mut self, transition: Transition) {
        if self.replay.is_some() {
            return;
        }
        let now = self.world.now();
        if now < self.end {
            self.history.forget_after(now);
            self.end = now;
        }
        self.world.apply(transition);
        self.plan = Link::of(&self.world);
        self.take_note();
    }

    /// Whether the world was told this before, by anybody and at whichever node; also if that lies ahead of a
    /// moment gone back to.
    pub(crate) fn was_told(&self, transition: &Transition) -> bool {
        self.plan.transitions.iter().any(|told| match (&told.transition, transition) {
            (Transition::Ask { ask: told, .. }, Transition::Ask { ask, .. }) => told == ask,
            (told, transition) => told == transition,
        })
    }

    /// Goes on by so much at once.
    pub(crate) fn skip(&mut self, span: Span) {
        self.seek(self.world.now() + span);
    }

    /// Goes to a moment: forward by running, back by replaying from the seed.
    pub(crate) fn seek(&mut self, to: Instant) {
        let then_play = self.replay.as_ref().map_or(self.playing, |replay| replay.then_play);
        let mut from = self.world.now();
        if to < from {
            self.world = self.plan.begin();
            self.history.begin_again();
            from = Instant::ZERO;
        }
        self.playing = false;
        self.replay = Some(Replay { from, to, link: None, then_play });
        self.changes += 1;
    }

    fn set_then_play(&mut self, play: bool) {
        if let Some(replay) = &mut self.replay {
            replay.then_play = play;
        }
    }

    /// Runs what one frame allows.
    pub(crate) fn frame(&mut self, time: f64) {
        let elapsed = self.last_frame.map_or(0.0, |last| (time - last).clamp(0.0, LONGEST_FRAME));
        self.last_frame = Some(time);
        if let Some(replay) = self.replay.take() {
            let is_there = match &replay.link {
                // Another build's world may never come to the link's event: then its moment is enough.
                Some(link) => within(REPLAY_BUDGET, || {
                    let before = self.world.events();
                    link.advance(&mut self.world, BATCH) || self.world.events() == before
                }),
                None => self.run(replay.to, REPLAY_BUDGET),
            };
            self.wished = self.world.now().as_micros() as f64;
            if is_there {
                self.playing = replay.then_play;
            } else {
                self.replay = Some(replay);
            }
        } else if self.playing && elapsed > 0.0 {
            let before = self.wished;
            self.wished += elapsed * 1_000.0 * self.speed;
            if !self.run(moment_of(self.wished), BUDGET) {
                self.wished = self.world.now().as_micros() as f64;
            }
            let reached = (self.wished - before) / (elapsed * 1_000.0);
            self.reached += (reached - self.reached) * if self.reached > 0.0 { 0.1 } else { 1.0 };
        } else {
            return;
        }
        self.take_note();
    }

    /// Runs until a moment or until so many milliseconds are used up; whether the moment was reached.
    fn run(&mut self, until: Instant, budget: f64) -> bool {
        within(budget, || self.world.run_until(until, BATCH) < BATCH)
    }

    fn take_note(&mut self) {
        self.history.read(self.world.log(), self.world.logged());
        self.end = self.end.max(self.world.now());
        self.changes += 1;
    }
}

/// Takes steps until one is the last or so many milliseconds are used up; whether the last was taken.
fn within(budget: f64, mut is_last: impl FnMut() -> bool) -> bool {
    let begun = clock::milliseconds();
    while !is_last() {
        if clock::milliseconds() - begun > budget {
            return false;
        }
    }
    true
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative, and far below 2^53
fn moment_of(micros: f64) -> Instant {
    Instant::from_micros(micros as u64)
}
