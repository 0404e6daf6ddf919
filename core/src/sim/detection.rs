//! Failure detection by itself: gossip beside all-to-all heartbeats, on a virtual network that loses.
//!
//! ```
//! use ennead::base::{Instant, Ratio, Span};
//! use ennead::ring::NodeId;
//! use ennead::sim::detection::{Detection, Scheme, Setting};
//!
//! let mut setting = Setting::of(Scheme::Gossip, 16);
//! setting.loss = Ratio::new(10, 100);
//! let mut servers = Detection::new(7, setting);
//! servers.run_until(Instant::ZERO + Span::from_secs(20));
//! assert_eq!(servers.counted().alarms, 0);
//! servers.kill(NodeId(3));
//! servers.run_until(Instant::ZERO + Span::from_secs(30));
//! assert!(servers.noticed(NodeId(3)).unwrap().all.is_some());
//! ```
//!
//! # How it works
//! The membership lists are those of the nodes of the store (`kv/membership.rs`), each with its own timer of
//! rounds; messages are the frames that nodes send. Only silence tells of a server that was killed: that a
//! connection broke, which nodes notice at once, is not told here.
//!
//! # Limits
//! Up to [`Setting::MAX_SERVERS`] servers. A second of 64 servers costs 640 messages by gossip and 20,160
//! all to all. What is measured is in [`Counted`] and [`Noticed`]; it grows with servers, not with time.
//!
//! # Sources
//! Those of `kv/membership.rs` and `kv/rhythm.rs`. The measures, time to detect and rate of mistakes,
//! are those of Chen, Toueg and Aguilera, "On the quality of service of failure detectors" (2002).

use super::options::Between;
use crate::base::{Instant, Now, Random, Ratio, Span, Timers, Wall, wire};
use crate::kv::{
    AllToAll, Body, Config, Effect, Effects, Event, Health, Heartbeat, MemberView, Membership,
    Outbox,
};
use crate::ring::NodeId;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// How servers tell each other that they live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Everybody tells a few at random all it knows.
    Gossip,
    /// Everybody tells everybody of itself.
    AllToAll,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// How they tell each other.
    pub scheme: Scheme,
    /// How many servers, 1 to [`Setting::MAX_SERVERS`].
    pub servers: u16,
    /// How many messages are lost.
    pub loss: Ratio,
    /// How long a message travels.
    pub latency: Between,
    /// Of this, gossip's rounds and fan-out, and how long silence is tolerated.
    pub config: Config,
}

impl Setting {
    /// The most servers.
    pub const MAX_SERVERS: u16 = 256;

    /// Servers on a good network, with what nodes use unless told otherwise.
    #[must_use]
    pub fn of(scheme: Scheme, servers: u16) -> Self {
        let latency = Between { least: Span::from_millis(1), most: Span::from_millis(5) };
        let (loss, config) = (Ratio::NEVER, Config::default());
        Self { scheme, servers: servers.clamp(1, Self::MAX_SERVERS), loss, latency, config }
    }

    /// The same with a silence tolerated that never follows what is heard.
    #[must_use]
    pub const fn fixed(mut self) -> Self {
        self.config.most_stretch = 1;
        self
    }
}

/// What was sent, and how often a running server was taken for a failed one, since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Messages sent.
    pub messages: u64,
    /// Their bytes, as frames.
    pub bytes: u64,
    /// Messages of these that were lost.
    pub lost: u64,
    /// How often one server suspected another that was running.
    pub suspicions: u64,
    /// How often one server held another down that was running.
    pub alarms: u64,
}

/// How long after a server was killed the others held it down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// How many do.
    pub by: u16,
    /// The first of them.
    pub first: Option<Span>,
    /// Half of those that run, rounded up.
    pub half: Option<Span>,
    /// All of those that run.
    pub all: Option<Span>,
}

/// A message in the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Its number, in the order in which they were sent.
    pub number: u64,
    /// Who sent it.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// When it was sent.
    pub sent: Instant,
    /// When it arrives.
    pub arrives: Instant,
}

#[derive(Debug)]
enum Machine {
    Gossip(Membership),
    AllToAll(AllToAll),
}

/// One server: its list while it runs, and when others held it down since it was killed.
#[derive(Debug)]
struct Server {
    running: Option<Machine>,
    /// How often it was started. Timers of an earlier life count for nothing.
    life: u32,
    killed: Option<Instant>,
    noticed: BTreeMap<NodeId, Instant>,
}

#[derive(Debug)]
enum Due {
    Round { of: NodeId, life: u32 },
    Arrival { beat: Beat, heard: Vec<Heartbeat> },
}

/// Servers that watch each other, on their own virtual clock.
#[derive(Debug)]
pub struct Detection {
    setting: Setting,
    servers: Vec<Server>,
    due: Timers<Due>,
    now: Instant,
    random: Random,
    effects: Effects,
    counted: Counted,
}

impl Detection {
    /// All servers start; each one's rounds begin at a moment of its own.
    #[must_use]
    pub fn new(seed: u64, setting: Setting) -> Self {
        let setting =
            Setting { servers: setting.servers.clamp(1, Setting::MAX_SERVERS), ..setting };
        let mut detection = Self {
            setting,
            servers: Vec::new(),
            due: Timers::new(),
            now: Instant::ZERO,
            random: Random::new(seed),
            effects: Effects::new(),
            counted: Counted::default(),
        };
        for id in (0..setting.servers).map(NodeId) {
            let server = Server { running: None, life: 0, killed: None, noticed: BTreeMap::new() };
            detection.servers.push(server);
            detection.restart(id);
        }
        detection
    }

    /// What is compared, as it is now.
    #[must_use]
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// The moment.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// What was sent and mistaken.
    #[must_use]
    pub const fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Whether a server runs.
    #[must_use]
    pub fn is_running(&self, id: NodeId) -> bool {
        self.members(id).is_some()
    }

    /// The membership list of a server, by number; none unless it runs.
    #[must_use]
    pub fn members(&self, id: NodeId) -> Option<&[MemberView]> {
        self.servers.get(id.index())?.running.as_ref().map(|machine| match machine {
            Machine::Gossip(list) => list.views(),
            Machine::AllToAll(list) => list.views(),
        })
    }

    /// Messages in the air, in no order that may matter.
    pub fn beats(&self) -> impl Iterator<Item = Beat> + '_ {
        self.due.iter().filter_map(|(_, due)| match due {
            Due::Arrival { beat, .. } => Some(*beat),
            Due::Round { .. } => None,
        })
    }

    /// Who has noticed that a server was killed, and how fast; none while it runs.
    #[must_use]
    pub fn noticed(&self, id: NodeId) -> Option<Noticed> {
        let server = self.servers.get(id.index())?;
        let killed = server.killed?;
        let others = self.servers.iter().filter(|other| other.running.is_some()).count();
        let mut spans: Vec<Span> = (server.noticed.iter())
            .filter(|(by, _)| self.is_running(**by))
            .map(|(_, at)| at.since(killed))
            .collect();
        spans.sort_unstable();
        // The one that makes so many, if there are so many to be made.
        let of = |count: usize| count.checked_sub(1).and_then(|i| spans.get(i).copied());
        Some(Noticed {
            by: u16::try_from(spans.len()).unwrap_or(u16::MAX),
            first: of(1),
            half: of(others.div_ceil(2)),
            all: of(others),
        })
    }

    /// A server's process ends at once.
    pub fn kill(&mut self, id: NodeId) {
        let Some(server) = self.servers.get_mut(id.index()) else { return };
        if server.running.take().is_some() {
            server.killed = Some(self.now);
        }
    }

    /// A server starts, knowing nothing, unless it runs.
    pub fn restart(&mut self, id: NodeId) {
        let all = (0..self.setting.servers).map(NodeId);
        let (now, config) = (self.wall_and_steady(), &self.setting.config);
        let Some(server) = self.servers.get_mut(id.index()) else { return };
        if server.running.is_some() {
            return;
        }
        server.running = Some(match self.setting.scheme {
            Scheme::Gossip => Machine::Gossip(Membership::new(now, config, id, all)),
            Scheme::AllToAll => Machine::AllToAll(AllToAll::new(now, config, id, all)),
        });
        (server.killed, server.life) = (None, server.life.saturating_add(1));
        server.noticed.clear();
        let life = server.life;
        let first = Span::from_micros(self.random.below(config.gossip_every.as_micros()));
        self.due.set(self.now + first, Due::Round { of: id, life });
    }

    /// From now on so many messages are lost.
    pub const fn lose(&mut self, loss: Ratio) {
        self.setting.loss = loss;
    }

    /// Goes on to a moment; nothing happens if that is past.
    pub fn run_until(&mut self, until: Instant) {
        while let Some(at) = self.due.next().filter(|&at| at <= until) {
            self.now = at;
            let Some(due) = self.due.pop_due(at) else { break };
            self.happen(due);
        }
        self.now = self.now.max(until);
    }

    const fn wall_and_steady(&self) -> Now {
        Now { instant: self.now, wall: Wall::from_millis(self.now.as_micros() / 1_000) }
    }

    fn happen(&mut self, due: Due) {
        let (now, config, out) = (self.wall_and_steady(), &self.setting.config, Outbox::new(1));
        let (effects, random) = (&mut self.effects, &mut self.random);
        let at = match due {
            Due::Round { of, life } => {
                let server = self.servers.get_mut(of.index()).filter(|server| server.life == life);
                match server.and_then(|server| server.running.as_mut()) {
                    None => return,
                    Some(Machine::Gossip(list)) => {
                        list.handle_round(now, config, random, &out, effects);
                    }
                    Some(Machine::AllToAll(list)) => {
                        list.handle_round(now, config, random, &out, effects);
                    }
                }
                self.due.set(self.now + config.gossip_every, Due::Round { of, life });
                of
            }
            Due::Arrival { beat: Beat { from, to, .. }, heard } => {
                match self.servers.get_mut(to.index()).and_then(|server| server.running.as_mut()) {
                    None => return,
                    Some(Machine::Gossip(list)) => {
                        list.handle_gossip(now, config, from, &heard, &out, effects);
                    }
                    Some(Machine::AllToAll(list)) => {
                        list.handle_gossip(now, config, from, &heard, &out, effects);
                    }
                }
                to
            }
        };
        self.carry_out(at);
    }

    fn carry_out(&mut self, at: NodeId) {
        for effect in self.effects.drain() {
            match effect {
                Effect::Send { to, message } => {
                    let number = self.counted.messages;
                    self.counted.messages += 1;
                    self.counted.bytes += wire::length(&message).unwrap_or(0);
                    let Body::Gossip(heard) = message.body else { continue };
                    // Drawn in any case: one message lost more leaves the others' ways as they are.
                    let travel = self.setting.latency.draw(&mut self.random);
                    if self.random.chance(self.setting.loss) {
                        self.counted.lost += 1;
                        continue;
                    }
                    let arrives = self.now + travel;
                    let beat = Beat { number, from: at, to, sent: self.now, arrives };
                    self.due.set(arrives, Due::Arrival { beat, heard });
                }
                Effect::Tell(Event::MemberIs { member, health }) => {
                    let Some(server) = self.servers.get_mut(member.index()) else { continue };
                    match (health, server.killed) {
                        (Health::Suspected, None) => self.counted.suspicions += 1,
                        (Health::Down, None) => self.counted.alarms += 1,
                        (Health::Down, Some(_)) => {
                            server.noticed.insert(at, self.now);
                        }
                        // Its last words arrived: it is not noticed yet.
                        (Health::Up, Some(_)) => {
                            server.noticed.remove(&at);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}

/// What servers that all run send and mistake within a span, after ten seconds to begin with.
#[must_use]
pub fn undisturbed(seed: u64, setting: Setting, span: Span) -> Counted {
    let mut servers = Detection::new(seed, setting);
    servers.run_until(Instant::ZERO + WARM_UP);
    let before = servers.counted;
    servers.run_until(servers.now + span);
    let after = servers.counted;
    Counted {
        messages: after.messages - before.messages,
        bytes: after.bytes - before.bytes,
        lost: after.lost - before.lost,
        suspicions: after.suspicions - before.suspicions,
        alarms: after.alarms - before.alarms,
    }
}

/// How fast others notice that a server was killed, the last one, at a moment that the seed draws.
#[must_use]
pub fn one_killed(seed: u64, setting: Setting) -> Noticed {
    let mut servers = Detection::new(seed, setting);
    let round = setting.config.gossip_every.as_micros();
    let moment = Span::from_micros(Random::new(seed ^ 0x006B_696C_6C65_6421).below(round));
    servers.run_until(Instant::ZERO + WARM_UP + moment);
    let victim = NodeId(servers.setting.servers - 1);
    servers.kill(victim);
    let config = servers.setting.config;
    let longest = config.down_after * u64::from(config.most_stretch) + Span::from_secs(10);
    servers.run_until(servers.now + longest);
    servers.noticed(victim).unwrap_or_default()
}

/// Until each list knows the rhythm of all others.
const WARM_UP: Span = Span::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn lossy(scheme: Scheme, servers: u16, percent: u32) -> Setting {
        Setting { loss: Ratio::new(percent, 100), ..Setting::of(scheme, servers) }
    }

    #[test]
    fn r6_8_gossip_costs_the_same_a_server_and_all_to_all_grows_with_them() {
        let second = |scheme, servers| {
            let counted = undisturbed(1, Setting::of(scheme, servers), Span::from_secs(10));
            assert_eq!(counted.lost, 0);
            counted.messages / 10
        };
        for (servers, of_gossip, of_all) in [(3, 30, 30), (5, 50, 100), (16, 160, 1_200)] {
            assert_eq!(second(Scheme::Gossip, servers), of_gossip, "{servers}");
            assert_eq!(second(Scheme::AllToAll, servers), of_all, "{servers}");
        }
        assert_eq!(second(Scheme::Gossip, 64), 640);
    }

    #[test]
    fn r6_8_everybody_notices_a_killed_server_and_in_a_good_network_as_fast_as_ever() {
        for servers in [3, 5, 9] {
            for seed in 0..10 {
                let noticed = one_killed(seed, Setting::of(Scheme::Gossip, servers));
                assert_eq!(noticed.by, servers - 1);
                let all = noticed.all.expect("all notice");
                assert!(noticed.first <= noticed.half && noticed.half <= Some(all));
                let range = Span::from_millis(1_700)..Span::from_millis(3_200);
                assert!(range.contains(&all), "seed {seed}, {servers} servers: {all}");
            }
        }
        for scheme in [Scheme::Gossip, Scheme::AllToAll] {
            let noticed = one_killed(1, lossy(scheme, 16, 30));
            assert_eq!(noticed.by, 15, "{scheme:?}");
            assert!(noticed.all < Some(Span::from_millis(6_500)), "{scheme:?} {noticed:?}");
        }
    }

    #[test]
    fn r6_8_suspicion_that_adapts_accuses_nobody_where_a_fixed_one_does() {
        let hard = lossy(Scheme::Gossip, 32, 40);
        let span = Span::from_secs(300);
        let (fixed, adaptive) = (undisturbed(3, hard.fixed(), span), undisturbed(3, hard, span));
        assert!(fixed.alarms > 20, "{fixed:?}");
        assert_eq!(adaptive.alarms, 0, "{adaptive:?}");
        assert!(adaptive.suspicions * 20 < fixed.suspicions, "{adaptive:?} {fixed:?}");
        let lost = adaptive.lost * 100 / adaptive.messages;
        assert!((38..=42).contains(&lost), "{lost} % lost");
    }

    #[test]
    fn r6_8_a_server_that_comes_back_is_welcomed_and_its_earlier_life_is_silent() {
        for scheme in [Scheme::Gossip, Scheme::AllToAll] {
            let mut servers = Detection::new(5, Setting::of(scheme, 5));
            let run = |servers: &mut Detection, secs| {
                servers.run_until(servers.now() + Span::from_secs(secs));
            };
            run(&mut servers, 10);
            servers.kill(NodeId(2));
            assert_eq!((servers.is_running(NodeId(2)), servers.members(NodeId(2))), (false, None));
            run(&mut servers, 5);
            assert_eq!(servers.noticed(NodeId(2)).map(|noticed| noticed.by), Some(4));
            servers.restart(NodeId(2));
            assert_eq!(servers.noticed(NodeId(2)), None);
            let before = servers.counted().messages;
            run(&mut servers, 5);
            let sent = servers.counted().messages - before;
            let a_round = if scheme == Scheme::Gossip { 10 } else { 20 };
            // Whoever hears of a counter that is behind answers: some messages beyond the rounds'.
            assert!((25 * a_round - 20..25 * a_round + 20).contains(&sent), "{scheme:?} {sent}");
            for id in (0..5).map(NodeId) {
                let list = servers.members(id).expect("it runs");
                assert!(list.iter().all(|view| view.health == Health::Up), "{scheme:?} {list:?}");
            }
        }
    }

    #[test]
    fn one_seed_gives_one_course() {
        let course = |seed| {
            let mut servers = Detection::new(seed, lossy(Scheme::Gossip, 7, 20));
            servers.run_until(Instant::ZERO + Span::from_secs(30));
            let mut beats: Vec<Beat> = servers.beats().collect();
            beats.sort_unstable_by_key(|beat| beat.number);
            (*servers.counted(), beats)
        };
        assert_eq!(course(4), course(4));
        assert_ne!(course(4), course(5));
    }
}
