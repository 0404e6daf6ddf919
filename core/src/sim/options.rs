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
    /// Both in milliseconds.
    #[must_use]
    pub const fn millis(least: u64, most: u64) -> Self {
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

/// How often a kind of fault comes, and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// Between two of them, on average; none if it never comes.
    pub every: Option<Span>,
    /// How long it lasts.
    pub lasts: Between,
}

impl Spell {
    /// It never comes.
    pub const NEVER: Self = Self { every: None, lasts: Between::millis(0, 0) };

    /// Comes every `least` to 60,000 ms and lasts up to `longest` ms; in a third of all worlds never.
    fn draw(random: &mut Random, least: u64, longest: u64) -> Self {
        let every = often(random, least);
        Self { every, lasts: Between::millis(100, random.between(1_000, longest)) }
    }
}

fn often(random: &mut Random, least: u64) -> Option<Span> {
    let comes = random.chance(Ratio::new(2, 3));
    comes.then(|| Span::from_millis(random.between(least, 60_000)))
}

impl fmt::Display for Spell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            Some(every) => write!(f, "every {every} for {}", self.lasts),
            None => f.write_str("never"),
        }
    }
}

/// What breaks by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weather {
    /// A node is killed, or all of them, and stays away.
    pub crashes: Spell,
    /// A node stands still.
    pub pauses: Spell,
    /// The network is parted.
    pub partitions: Spell,
    /// How many partitions cut one direction only.
    pub one_way: Ratio,
    /// A link holds everything back, and then lets it through.
    pub clogs: Spell,
    /// The disk of a node is fifty times as slow.
    pub slow_disks: Spell,
    /// A sync fails: the node stops, as every host stops it, and stays away.
    pub failing_syncs: Spell,
    /// Between two jumps of wall clocks by up to an hour either way, on average; none for no jumps.
    pub jumps: Option<Span>,
    /// Between two connections that break, on average, and are made anew; none for none.
    pub resets: Option<Span>,
}

impl Weather {
    /// Nothing breaks.
    pub const CALM: Self = Self {
        crashes: Spell::NEVER,
        pauses: Spell::NEVER,
        partitions: Spell::NEVER,
        one_way: Ratio::NEVER,
        clogs: Spell::NEVER,
        slow_disks: Spell::NEVER,
        failing_syncs: Spell::NEVER,
        jumps: None,
        resets: None,
    };

    fn draw(random: &mut Random) -> Self {
        Self {
            crashes: Spell::draw(random, 2_000, 20_000),
            pauses: Spell::draw(random, 2_000, 5_000),
            partitions: Spell::draw(random, 5_000, 10_000),
            one_way: Ratio::new(1, 3),
            clogs: Spell::draw(random, 1_000, 10_000),
            slow_disks: Spell::draw(random, 5_000, 10_000),
            failing_syncs: Spell::draw(random, 10_000, 10_000),
            jumps: often(random, 5_000),
            resets: often(random, 1_000),
        }
    }

    const fn spells(&self) -> [Spell; 6] {
        [
            self.crashes,
            self.pauses,
            self.partitions,
            self.clogs,
            self.slow_disks,
            self.failing_syncs,
        ]
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
    /// By how much wall clocks are wrong from the start, either way, at most.
    pub skew: Span,
    /// Requests of clients a second.
    pub operations: u32,
    /// Keys that clients use.
    pub keys: u32,
    /// How many of the requests are reads; of the others one in ten deletes.
    pub reads: Ratio,
    /// How many of the requests read or change a register.
    pub updates: Ratio,
    /// What breaks by itself.
    pub weather: Weather,
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
            skew: Span::ZERO,
            operations: 4,
            keys: 200,
            reads: Ratio::new(1, 2),
            updates: Ratio::NEVER,
            weather: Weather::CALM,
        }
    }

    /// A world of 3 to 9 nodes in which everything may go wrong that a seed can draw.
    #[must_use]
    pub fn swarm(seed: u64) -> Self {
        #[allow(clippy::cast_possible_truncation)] // at most 9
        let nodes = Random::new(seed ^ 0x6E_6F64_6573).between(3, 9) as u16;
        Self::from_seed(seed, nodes)
    }

    /// The same with as many nodes as wished. Most worlds lack some kinds of fault: what all of them
    /// together would hide is found where one is missing.
    #[must_use]
    pub fn from_seed(seed: u64, nodes: u16) -> Self {
        let random = &mut Random::new(seed ^ 0x006F_7074_696F_6E73);
        let nodes = nodes.clamp(1, Self::MAX_NODES);
        let copies = [3, 3, 3, 3, 2, 4, 5][random.index(7)].min(u8::try_from(nodes).unwrap_or(5));
        #[allow(clippy::cast_possible_truncation)] // at most `copies`
        let quorum = |random: &mut Random| {
            let is_chosen = random.chance(Ratio::new(1, 3));
            is_chosen.then(|| random.between(1, u64::from(copies)) as u8)
        };
        let (write, read) = (quorum(random), quorum(random));
        let is_strict = random.chance(Ratio::new(1, 2));
        let delay = |random: &mut Random| {
            let longest = [1, 2, 5, 10, 20, 50, 100][random.index(7)];
            Between { least: Span::from_micros(100), most: Span::from_millis(longest) }
        };
        let rate = |random: &mut Random, most: u64| {
            let times = if random.chance(Ratio::new(1, 2)) { random.between(1, most) } else { 0 };
            Ratio::new(u32::try_from(times).unwrap_or(0), 1_000)
        };
        let skew = [0, 0, 50, 1_000, 60_000, 3_600_000][random.index(6)];
        let mut options = Self {
            nodes,
            zones: [1, 2, 3, 3][random.index(4)],
            config: Config {
                copies,
                write,
                read,
                quorum: if is_strict { Quorum::Strict } else { Quorum::Sloppy },
                ..Config::default()
            },
            latency: delay(random),
            loss: rate(random, 300),
            duplication: rate(random, 300),
            reordering: rate(random, 300),
            sync: delay(random),
            skew: Span::from_millis(skew),
            operations: [20, 50, 100, 100, 200][random.index(5)],
            keys: [2, 10, 50, 200][random.index(4)],
            reads: Ratio::new([1, 5, 9][random.index(3)], 10),
            updates: Ratio::new([0, 1, 1, 5][random.index(4)], 10),
            weather: Weather::draw(random),
        };
        // Where no node ends, hints alone must bring home what is missing: repair would hide that they do not.
        let Weather { crashes, failing_syncs, .. } = options.weather;
        if crashes.every.or(failing_syncs.every).is_none() && random.chance(Ratio::new(1, 2)) {
            options.config.repair_every = Span::from_secs(86_400);
        }
        options
    }

    /// The same network, disks and clocks, in which clients and weather do nothing by themselves.
    #[must_use]
    pub const fn still(&self) -> Self {
        Self { operations: 0, weather: Weather::CALM, ..*self }
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
        let spells = self.weather.spells();
        let weather = spells
            .iter()
            .map(|spell| spell.every)
            .chain([self.weather.jumps, self.weather.resets])
            .flatten();
        if !every.into_iter().chain(others).chain(weather).all(is_span) {
            return Err("times: expected 1 ms to a day");
        }
        if !(1..=100).contains(&config.most_stretch) {
            return Err("stretch of tolerated silence: expected 1 to 100");
        }
        let lasting = spells.iter().map(|spell| spell.lasts);
        if !lasting.chain([self.latency, self.sync]).all(is_between) || self.skew > day {
            return Err("delays and skew: expected the least first, and at most a day");
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
        writeln!(
            f,
            "requests     {} reads, {} of registers",
            ratio(self.reads),
            ratio(self.updates)
        )?;
        writeln!(f, "clocks       wrong by up to {}", self.skew)?;
        let Weather { crashes, pauses, partitions, one_way, clogs, .. } = self.weather;
        let Weather { slow_disks, failing_syncs, jumps, resets, .. } = self.weather;
        for (what, every) in [("clock jumps ", jumps), ("reset link  ", resets)] {
            match every {
                Some(every) => writeln!(f, "{what} every {every}")?,
                None => writeln!(f, "{what} never")?,
            }
        }
        writeln!(f, "repair       every {}", self.config.repair_every)?;
        writeln!(f, "crashes      {crashes}")?;
        writeln!(f, "pauses       {pauses}")?;
        writeln!(f, "slow disks   {slow_disks}")?;
        writeln!(f, "failing sync {failing_syncs}")?;
        writeln!(f, "clogged link {clogs}")?;
        write!(f, "partitions   {partitions}, {} in one direction", ratio(one_way))
    }
}
