//! The faults that a world makes by itself, as its seed has it.

use super::input::Fault;
use super::view::Status;
use super::world::{Due, World};
use crate::base::{Random, Ratio, Span};
use crate::ring::NodeId;
use alloc::vec::Vec;

/// A fault that comes back again and again, and how each ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Crash,
    Return { node: NodeId, life: u32 },
    Pause,
    Wake { node: NodeId, life: u32 },
    Partition,
    Reunion,
    Jump,
}

impl Weather {
    pub(crate) const fn code(self) -> u64 {
        match self {
            Self::Crash => 0,
            Self::Return { .. } => 1,
            Self::Pause => 2,
            Self::Wake { .. } => 3,
            Self::Partition => 4,
            Self::Reunion => 5,
            Self::Jump => 6,
        }
    }
}

fn next(every: Option<Span>, random: &mut Random) -> Option<Span> {
    every.map(|every| Span::from_micros(random.below((every * 2).as_micros())))
}

impl World {
    /// Sets the first fault of each kind.
    pub(crate) fn begin_weather(&mut self) {
        for kind in [Weather::Crash, Weather::Pause, Weather::Partition, Weather::Jump] {
            self.expect_weather(kind);
        }
    }

    fn expect_weather(&mut self, kind: Weather) {
        let every = match kind {
            Weather::Crash => self.options().crash_every,
            Weather::Pause => self.options().pause_every,
            Weather::Jump => self.options().jump_every,
            _ => self.options().partition_every,
        };
        if let Some(after) = next(every, &mut self.chance) {
            self.set(after, Due::Weather(kind));
        }
    }

    pub(crate) fn handle_weather(&mut self, kind: Weather) {
        if self.is_calm {
            return;
        }
        let options = *self.options();
        match kind {
            Weather::Crash => {
                for node in self.crashing() {
                    self.fault(&Fault::Kill(node));
                    let away = options.away.draw(&mut self.chance);
                    let life = self.life(node);
                    self.set(away, Due::Weather(Weather::Return { node, life }));
                }
                self.expect_weather(Weather::Crash);
            }
            Weather::Return { node, life } => {
                if self.life(node) == life && self.status(node) == Status::Down {
                    self.fault(&Fault::Restart(node));
                }
            }
            Weather::Pause => {
                if let Some(node) = self.any_running() {
                    self.fault(&Fault::Pause(node));
                    let paused = options.paused.draw(&mut self.chance);
                    let life = self.life(node);
                    self.set(paused, Due::Weather(Weather::Wake { node, life }));
                }
                self.expect_weather(Weather::Pause);
            }
            Weather::Wake { node, life } => {
                if self.life(node) == life && self.status(node) == Status::Paused {
                    self.fault(&Fault::Resume(node));
                }
            }
            Weather::Partition => {
                self.part();
                let parted = options.parted.draw(&mut self.chance);
                self.set(parted, Due::Weather(Weather::Reunion));
                self.expect_weather(Weather::Partition);
            }
            Weather::Reunion => self.fault(&Fault::HealNetwork),
            Weather::Jump => {
                if let Some(node) = self.any_running() {
                    let hour = 3_600_000;
                    let jump = self.chance.below(2 * hour + 1);
                    let millis = i64::try_from(jump).unwrap_or(0) - 3_600_000;
                    self.fault(&Fault::Jump { node, millis });
                }
                self.expect_weather(Weather::Jump);
            }
        }
    }

    /// One node, or in one of five crashes, as when the power fails, all of them.
    fn crashing(&mut self) -> Vec<NodeId> {
        if self.chance.chance(Ratio::new(1, 5)) {
            self.running()
        } else {
            self.any_running().into_iter().collect()
        }
    }

    fn any_running(&mut self) -> Option<NodeId> {
        let running = self.running();
        self.chance.pick(&running).copied()
    }

    fn part(&mut self) {
        let all: Vec<NodeId> = self.layout().members().iter().map(|member| member.id).collect();
        let size = self.chance.between(1, (all.len() as u64).saturating_sub(1).max(1));
        let group = self.chance.sample(&all, usize::try_from(size).unwrap_or(1));
        let one_way = self.options().one_way;
        if self.chance.chance(one_way) {
            for &from in &group {
                for &to in all.iter().filter(|to| !group.contains(to)) {
                    self.fault(&Fault::Cut { from, to });
                }
            }
        } else {
            self.fault(&Fault::Split(group));
        }
    }
}
