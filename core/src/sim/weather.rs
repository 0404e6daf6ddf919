//! The faults that a world makes by itself, as its seed has it.

use super::transition::{Fault, Transition};
use super::view::Status;
use super::world::{Due, World};
use crate::base::{Ratio, Span};
use crate::ring::NodeId;
use alloc::vec::Vec;

/// What the weather does next: a fault that comes back again and again, or the end of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Crash,
    /// A node comes back, if it is still away in that life.
    Return {
        node: NodeId,
        life: u32,
    },
    Pause,
    /// A node goes on, if it still stands still in that life.
    Wake {
        node: NodeId,
        life: u32,
    },
    Partition,
    Reunion,
    Clog,
    SlowDisk,
    FailSync,
    Jump,
    Reset,
}

impl Change {
    const COMING: [Self; 8] = [
        Self::Crash,
        Self::Pause,
        Self::Partition,
        Self::Clog,
        Self::SlowDisk,
        Self::FailSync,
        Self::Jump,
        Self::Reset,
    ];
}

impl World {
    /// Sets the first fault of each kind.
    pub(crate) fn begin_weather(&mut self) {
        Change::COMING.into_iter().for_each(|change| self.expect(change));
    }

    /// Sets the next fault of a kind, if it ever comes.
    fn expect(&mut self, change: Change) {
        let weather = &self.options().weather;
        let every = match change {
            Change::Crash => weather.crashes.every,
            Change::Pause => weather.pauses.every,
            Change::Partition => weather.partitions.every,
            Change::Clog => weather.clogs.every,
            Change::SlowDisk => weather.slow_disks.every,
            Change::FailSync => weather.failing_syncs.every,
            Change::Jump => weather.jumps,
            Change::Reset => weather.resets,
            Change::Return { .. } | Change::Wake { .. } | Change::Reunion => None,
        };
        if let Some(every) = every {
            let after = Span::from_micros(self.sky.below((every * 2).as_micros()));
            self.set(after, Due::Weather(change));
        }
    }

    pub(crate) fn handle_weather(&mut self, change: Change) {
        if self.is_calm {
            return;
        }
        let weather = self.options().weather;
        match change {
            Change::Crash => {
                for node in self.crashing() {
                    self.turn(Transition::Fault(Fault::Kill(node)));
                    let (life, away) = (self.life(node), weather.crashes.lasts.draw(&mut self.sky));
                    self.set(away, Due::Weather(Change::Return { node, life }));
                }
            }
            Change::Return { node, life } => {
                if self.life(node) == life && self.status(node) == Status::Down {
                    self.turn(Transition::Fault(Fault::Restart(node)));
                } else if self.life(node) < life {
                    // It has not synced since it was to fail.
                    self.set(Span::from_secs(1), Due::Weather(change));
                }
            }
            Change::Pause => {
                if let Some(node) = self.any_running() {
                    self.turn(Transition::Fault(Fault::Pause(node)));
                    let (life, paused) =
                        (self.life(node), weather.pauses.lasts.draw(&mut self.sky));
                    self.set(paused, Due::Weather(Change::Wake { node, life }));
                }
            }
            Change::Wake { node, life } => {
                if self.life(node) == life && self.status(node) == Status::Paused {
                    self.turn(Transition::Fault(Fault::Resume(node)));
                }
            }
            Change::Partition => {
                self.part(weather.one_way);
                let parted = weather.partitions.lasts.draw(&mut self.sky);
                self.set(parted, Due::Weather(Change::Reunion));
            }
            Change::Reunion => self.turn(Transition::Fault(Fault::HealNetwork)),
            Change::Clog => {
                let pair = self.sky.sample(&self.ids(), 2);
                if let [from, to] = pair[..] {
                    let lasts = weather.clogs.lasts.draw(&mut self.sky);
                    self.turn(Transition::Fault(Fault::Clog { from, to, lasts }));
                }
            }
            Change::Reset => {
                if let [a, b] = self.sky.sample(&self.ids(), 2)[..] {
                    self.turn(Transition::Fault(Fault::Reset { a, b }));
                }
            }
            Change::SlowDisk => {
                if let Some(node) = self.any_running() {
                    let lasts = weather.slow_disks.lasts.draw(&mut self.sky);
                    self.turn(Transition::Fault(Fault::SlowDisk { node, lasts }));
                }
            }
            Change::FailSync => {
                if let Some(node) = self.any_running() {
                    self.turn(Transition::Fault(Fault::FailSync(node)));
                    // The life that the failure will end it with.
                    let life = self.life(node) + 1;
                    let away = weather.failing_syncs.lasts.draw(&mut self.sky);
                    self.set(away, Due::Weather(Change::Return { node, life }));
                }
            }
            Change::Jump => {
                if let Some(node) = self.any_running() {
                    let hour = 3_600_000;
                    let jump = self.sky.below(2 * hour + 1);
                    let millis = i64::try_from(jump).unwrap_or(0) - 3_600_000;
                    self.turn(Transition::Fault(Fault::Jump { node, millis }));
                }
            }
        }
        self.expect(change);
    }

    /// One node, or in one of five crashes, as when the power fails, all of them.
    fn crashing(&mut self) -> Vec<NodeId> {
        if self.sky.chance(Ratio::new(1, 5)) {
            self.running()
        } else {
            self.any_running().into_iter().collect()
        }
    }

    fn any_running(&mut self) -> Option<NodeId> {
        let running = self.running();
        self.sky.pick(&running).copied()
    }

    fn part(&mut self, one_way: Ratio) {
        let all = self.ids();
        let size = self.sky.between(1, (all.len() as u64).saturating_sub(1).max(1));
        let group = self.sky.sample(&all, usize::try_from(size).unwrap_or(1));
        if self.sky.chance(one_way) {
            for &from in &group {
                for &to in all.iter().filter(|to| !group.contains(to)) {
                    self.turn(Transition::Fault(Fault::Cut { from, to }));
                }
            }
        } else {
            self.turn(Transition::Fault(Fault::Split(group)));
        }
    }
}
