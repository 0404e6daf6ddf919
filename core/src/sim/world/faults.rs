//! What breaks and what mends.

use super::{Disk, Due, Fault, Process, Status, What, World};
use crate::accounts;
use crate::base::{Ratio, Span};
use crate::kv::Node;
use crate::notification::{self, Backoff};
use crate::port::Channel;
use crate::ring::NodeId;
use crate::services::Services;
use crate::services::Setting;
use crate::shortener;
use alloc::rc::Rc;
use alloc::sync::Arc;

impl World {
    pub(crate) fn fault(&mut self, fault: &Fault) {
        self.note(None, || What::Fault(fault.clone()));
        self.digest.add(0x0046_4155_4C54);
        match fault {
            Fault::Kill(node) => self.kill(*node),
            Fault::Restart(node) => self.start(*node),
            Fault::Wipe(node) => {
                self.kill(*node);
                self.check.excuse_losses();
                if let Some(machine) = self.machines.get_mut(node.index()) {
                    machine.disk = Some(Disk::default());
                }
                self.start(*node);
            }
            Fault::Pause(node) => {
                if let Some(machine) = self.machines.get_mut(node.index())
                    && machine.status == Status::Up
                {
                    (machine.status, machine.since) = (Status::Paused, self.now);
                }
            }
            Fault::Resume(node) => self.resume(*node),
            Fault::Jump { node, millis } => {
                if let Some(machine) = self.machines.get_mut(node.index()) {
                    let far = 100 * 365 * 86_400_000;
                    machine.clock_ahead =
                        (machine.clock_ahead + millis.clamp(&-far, &far)).clamp(-far, far);
                }
            }
            Fault::SlowDisk { node, lasts } => {
                if let Some(machine) = self.machines.get_mut(node.index()) {
                    machine.slow_until = machine.slow_until.max(self.now + *lasts);
                }
            }
            Fault::FailSync(node) => {
                if let Some(machine) = self.machines.get_mut(node.index()) {
                    machine.fails_sync = machine.node.is_some();
                }
            }
            Fault::Reset { a, b } => {
                self.network.reset(*a, *b, self.now);
                for (node, peer) in [(*a, *b), (*b, *a)] {
                    self.set(Span::ZERO, Due::Disconnected { node, peer });
                }
            }
            Fault::Clog { from, to, lasts } => self.network.clog(*from, *to, self.now + *lasts),
            Fault::Refuse(channel) => self.make_providers().set_down(*channel, true),
            Fault::Accept(channel) => self.make_providers().set_down(*channel, false),
            Fault::HealAll => {
                for channel in Channel::ALL {
                    self.make_providers().set_down(channel, false);
                }
                self.network.apply(&Fault::HealNetwork);
                self.is_calm = true;
                self.weather_now.loss = Ratio::NEVER;
                self.weather_now.duplication = Ratio::NEVER;
                self.weather_now.reordering = Ratio::NEVER;
                for machine in &mut self.machines {
                    (machine.slow_until, machine.fails_sync) = (self.now, false);
                }
                for i in 0..self.options.nodes {
                    self.resume(NodeId(i));
                    self.start(NodeId(i));
                }
            }
            links => {
                self.network.apply(links);
            }
        }
    }

    pub(super) fn kill(&mut self, node: NodeId) {
        let Some(machine) = self.machines.get_mut(node.index()) else { return };
        let Some(running) = machine.node.take() else { return };
        let mut disk = running.into_storage();
        disk.crash(&mut machine.random);
        machine.disk = Some(disk);
        machine.life += 1;
        machine.waiting.clear();
        machine.fails_sync = false;
        (machine.process, machine.services) = (None, None);
        (machine.status, machine.since) = (Status::Down, self.now);
        self.forget_services(node);
        for i in (0..self.options.nodes).filter(|&i| i != node.0) {
            let after = self.options.latency.draw(&mut self.chance);
            self.set(after, Due::Disconnected { node: NodeId(i), peer: node });
        }
    }

    pub(super) fn start(&mut self, id: NodeId) {
        let now = self.now_at(id);
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        let Some(disk) = machine.disk.take() else { return };
        let seed = machine.random.u64();
        let incarnation = now.wall.as_millis() << 20 | machine.random.below(1 << 20);
        let process = Process::new(now, machine.random.fork());
        let shortener = shortener::Options::default();
        let accounts = accounts::Options { cost: accounts::Cost::LEAST };
        let feed = crate::sim::people::feed_options();
        // People who watch do not wait for minutes until something is given up.
        let backoff = Backoff { first: Span::from_millis(500), most: Span::from_secs(10) };
        let cool = Backoff { first: Span::from_secs(1), most: Span::from_secs(4) };
        let give_up = Span::from_secs(40);
        let options = notification::Options::default();
        let notifications =
            notification::Options { backoff, attempts: 6, give_up, cool, ..options };
        let nodes = self.options.nodes;
        let setting = Setting { node: id, nodes, shortener, accounts, feed, notifications };
        let services = Rc::new(Services::new(process.handle(), setting));
        (machine.services, machine.process) = (Some(services), Some(process));
        machine.life += 1;
        (machine.status, machine.since) = (Status::Up, self.now);
        let mut effects = core::mem::take(&mut self.effects);
        machine.node = Some(Node::start(
            now,
            self.options.config,
            Arc::clone(&self.layout),
            id,
            seed,
            incarnation,
            disk,
            &mut effects,
        ));
        self.carry_out_effects(id, &mut effects);
        self.effects = effects;
        self.start_services(id);
    }

    fn resume(&mut self, id: NodeId) {
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        if machine.status != Status::Paused {
            return;
        }
        (machine.status, machine.since) = (Status::Up, self.now);
        for due in core::mem::take(&mut machine.waiting) {
            self.set(Span::ZERO, due);
        }
    }
}
