//! What a world is like: drawn from a seed, or gentle for people.

use crate::base::{Random, Ratio, Span};
use crate::kv::{Config, Quorum};
use core::fmt;
use serde::{Deserialize, Serialize};

/// A range of time from which delays are drawn evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// The shortest.
    pub least: Span,
    /// The longest.
    pub most: Span,
}

impl Between {
    const fn millis(least: u64, most: u64) -> Self {
        Self { least: Span::from_millis(least), most: Span::from_millis(most) }
    }

    /// One of them.
    pub fn draw(&self, random: &mut Random) -> Span {
        Span::from_micros(random.between(self.least.as_micros(), self.most.as_micros()))
    }
}

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.least, self.most)
    }
}

/// Every choice that makes a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Nodes, 1 to 64.
    pub nodes: u16,
    /// Zones that the nodes are dealt to in turn; 1 for none.
    pub zones: u16,
    /// N, W, R and the rest of what an operator chooses.
    pub config: Config,
    /// How long a message travels.
    pub latency: Between,
    /// How many messages are lost.
    pub loss: Ratio,
    /// How many messages arrive twice.
    pub duplication: Ratio,
    /// How many messages are held up for up to ten times the longest latency.
    pub reordering: Ratio,
    /// How long a disk takes to sync.
    pub sync: Between,
    /// Requests of clients a second.
    pub operations: u32,
    /// Keys that clients use.
    pub keys: u32,
    /// How many of the requests are reads; of the others one in ten deletes.
    pub reads: Ratio,
    /// How many of the requests read or change a register.
    pub updates: Ratio,
    /// Between two crashes of nodes, on average; none for no crashes.
    pub crash_every: Option<Span>,
    /// How long a crashed node stays away.
    pub away: Between,
    /// Between two pauses of nodes, on average; none for no pauses.
    pub pause_every: Option<Span>,
    /// How long a pause lasts.
    pub paused: Between,
    /// Between two partitions of the network, on average; none for no partitions.
    pub partition_every: Option<Span>,
    /// How long a partition lasts.
    pub parted: Between,
    /// How many partitions cut one direction only.
    pub one_way: Ratio,
    /// Between two jumps of wall clocks by up to an hour either way, on average; none for no jumps.
    pub jump_every: Option<Span>,
}

impl Options {
    /// The most nodes of a world.
    pub const MAX_NODES: u16 = 64;

    /// A world for people: steady, a few requests a second, and nothing breaks unless they break it.
    #[must_use]
    pub fn gentle(nodes: u16) -> Self {
        Self {
            nodes: nodes.clamp(1, Self::MAX_NODES),
            zones: 1,
            config: Config::default(),
            latency: Between::millis(1, 5),
            loss: Ratio::NEVER,
            duplication: Ratio::NEVER,
            reordering: Ratio::NEVER,
            sync: Between::millis(1, 3),
            operations: 4,
            keys: 200,
            reads: Ratio::new(1, 2),
            updates: Ratio::NEVER,
            crash_every: None,
            away: Between::millis(1_000, 5_000),
            pause_every: None,
            paused: Between::millis(500, 3_000),
            partition_every: None,
            parted: Between::millis(1_000, 10_000),
            one_way: Ratio::NEVER,
            jump_every: None,
        }
    }

    /// A world of `nodes` nodes in which everything may go wrong that a seed can draw.
    #[must_use]
    pub fn from_seed(seed: u64, nodes: u16) -> Self {
        let random = &mut Random::new(seed ^ 0x006F_7074_696F_6E73);
        let nodes = nodes.clamp(1, Self::MAX_NODES);
        let fewest = u64::from(nodes.min(3));
        let most_copies = u64::from(nodes.min(5));
        #[allow(clippy::cast_possible_truncation)] // at most 5
        let copies = random.between(fewest, most_copies) as u8;
        #[allow(clippy::cast_possible_truncation)] // at most `copies`
        let quorum = |random: &mut Random| {
            let is_chosen = random.chance(Ratio::new(1, 3));
            is_chosen.then(|| random.between(1, u64::from(copies)) as u8)
        };
        let (write, read) = (quorum(random), quorum(random));
        let is_strict = random.chance(Ratio::new(1, 2));
        let latest = [2, 10, 50][random.index(3)];
        let rate = |random: &mut Random, most: u64| {
            let times = if random.chance(Ratio::new(1, 2)) { random.below(most) } else { 0 };
            Ratio::new(u32::try_from(times).unwrap_or(0), 1_000)
        };
        let every = |random: &mut Random, least: u64| {
            let happens = random.chance(Ratio::new(2, 3));
            happens.then(|| Span::from_millis(random.between(least, 60_000)))
        };
        let crash_every = every(random, 5_000);
        let pause_every = every(random, 5_000);
        let partition_every = every(random, 10_000);
        let jump_every = every(random, 5_000);
        #[allow(clippy::cast_possible_truncation)] // at most 3 and 200
        let (zones, keys) = (random.between(1, 3) as u16, random.between(10, 200) as u32);
        Self {
            zones,
            config: Config {
                copies,
                write,
                read,
                quorum: if is_strict { Quorum::Strict } else { Quorum::Sloppy },
                ..Config::default()
            },
            latency: Between { least: Span::from_micros(100), most: Span::from_millis(latest) },
            loss: rate(random, 300),
            duplication: rate(random, 100),
            reordering: rate(random, 100),
            sync: Between { least: Span::from_micros(200), most: Span::from_millis(latest) },
            operations: 100,
            keys,
            crash_every,
            pause_every,
            partition_every,
            away: Between::millis(100, random.between(1_000, 20_000)),
            one_way: Ratio::new(1, 3),
            updates: Ratio::new(1, 10),
            jump_every,
            ..Self::gentle(nodes)
        }
    }

    /// Checks options that came from outside.
    ///
    /// # Errors
    /// What is out of range, in words.
    pub fn check(&self) -> Result<(), &'static str> {
        let day = Span::from_secs(86_400);
        let is_span = |span: Span| (Span::from_millis(1)..=day).contains(&span);
        let is_between = |between: Between| between.least <= between.most && between.most <= day;
        let config = &self.config;
        if !(1..=Self::MAX_NODES).contains(&self.nodes)
            || !(1..=Self::MAX_NODES).contains(&self.zones)
        {
            return Err("nodes and zones: expected 1 to 64");
        }
        if self.operations > 100_000 || self.keys > 100_000 {
            return Err("load: expected at most 100000 operations a second, and keys");
        }
        let every = [config.deadline, config.hedge_after, config.gossip_every, config.down_after];
        let others = [config.suspect_after, config.handoff_every, config.repair_every];
        let weather = [self.crash_every, self.pause_every, self.partition_every, self.jump_every];
        if !every.into_iter().chain(others).chain(weather.into_iter().flatten()).all(is_span) {
            return Err("times: expected 1 ms to a day");
        }
        let delays = [self.latency, self.sync, self.away, self.paused, self.parted];
        if !delays.into_iter().all(is_between) {
            return Err("delays: expected the least first, and at most a day");
        }
        Ok(())
    }

    /// Whether a read must see every write acknowledged before it: W + R > N and strict.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        self.config
            .quorums(&crate::kv::Wishes::default(), self.nodes)
            .is_ok_and(|quorums| quorums.is_strong())
    }
}

impl fmt::Display for Options {
    /// One line a choice, in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = |ratio: Ratio| alloc::format!("{} of {}", ratio.times, ratio.of);
        let every = |span: Option<Span>| {
            span.map_or_else(|| "never".into(), |span| alloc::format!("every {span}"))
        };
        let quorums = self.config.quorums(&crate::kv::Wishes::default(), self.nodes);
        writeln!(f, "nodes        {} in {} zones", self.nodes, self.zones)?;
        match quorums {
            Ok(q) => writeln!(
                f,
                "quorums      n={} w={} r={} {}{}",
                q.copies,
                q.write,
                q.read,
                match q.quorum {
                    Quorum::Strict => "strict",
                    Quorum::Sloppy => "sloppy",
                },
                if q.is_strong() { ", so reads must see acknowledged writes" } else { "" },
            )?,
            Err(error) => writeln!(f, "quorums      {error}")?,
        }
        writeln!(f, "latency      {}", self.latency)?;
        writeln!(f, "loss         {}", ratio(self.loss))?;
        writeln!(f, "duplication  {}", ratio(self.duplication))?;
        writeln!(f, "reordering   {}", ratio(self.reordering))?;
        writeln!(f, "sync         {}", self.sync)?;
        writeln!(f, "load         {} a second on {} keys", self.operations, self.keys)?;
        writeln!(f, "registers    {} of them", ratio(self.updates))?;
        writeln!(f, "clock jumps  {}", every(self.jump_every))?;
        writeln!(f, "crashes      {}, away {}", every(self.crash_every), self.away)?;
        writeln!(f, "pauses       {}, for {}", every(self.pause_every), self.paused)?;
        write!(f, "partitions   {}, for {}", every(self.partition_every), self.parted)
    }
}
