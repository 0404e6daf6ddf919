//! What there is to see of notifications: what the workers count, what providers have done, and what is stored.

use super::action::{PEOPLE, user};
use ennead::notification::{Counters, DeadLetter, Gauge};
use ennead::port::{Channel, UserId};
use ennead::ring::NodeId;
use ennead::sim::{Arrival, Tally, World};
use std::collections::{BTreeMap, BTreeSet};

/// Arrivals that are shown.
const SHOWN: usize = 12;

/// One channel: its queues, who works them, its provider.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// Which.
    pub(crate) channel: Channel,
    /// Queues that have a worker: the shard, its node, and how it stands.
    pub(crate) queues: Vec<(usize, NodeId, Gauge)>,
    /// What its provider has done.
    pub(crate) tally: Tally,
    /// Whether it refuses everything.
    pub(crate) is_down: bool,
}

impl Lane {
    /// What its workers see together.
    pub(crate) fn gauge(&self) -> Gauge {
        let mut sum = Gauge::default();
        for (_, _, gauge) in &self.queues {
            sum.due += gauge.due;
            sum.later += gauge.later;
            sum.in_hand += gauge.in_hand;
            sum.is_open |= gauge.is_open;
        }
        sum
    }
}

/// All that the page shows.
#[derive(Clone, Debug)]
pub(crate) struct NotificationsView {
    /// The channels that anything went over, or whose provider fails.
    pub(crate) lanes: Vec<Lane>,
    /// What the nodes that run have counted since they started, together.
    pub(crate) counters: Counters,
    /// What arrived last, the latest first.
    pub(crate) arrivals: Vec<Arrival>,
    /// What arrived in all.
    pub(crate) arrived: u64,
    /// The dead letters.
    pub(crate) dead: Vec<DeadLetter>,
    /// What people have opted out of.
    pub(crate) opted_out: BTreeMap<UserId, BTreeSet<Channel>>,
}

/// What the sentence says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Notices taken over by the nodes that run.
    pub(crate) accepted: u64,
    /// Messages that arrived.
    pub(crate) arrived: u64,
    /// Deliveries that wait.
    pub(crate) waiting: u64,
    /// Dead letters.
    pub(crate) dead: usize,
    /// The provider that fails, if one does.
    pub(crate) down: Option<Channel>,
}

/// The channels that people of the cast are reached by, and others once they are used.
const ALWAYS: [Channel; 2] = [Channel::AndroidPush, Channel::Email];

/// Looks at the world.
pub(crate) fn take(world: &World) -> NotificationsView {
    let mut view = NotificationsView {
        lanes: Vec::new(),
        counters: Counters::default(),
        arrivals: Vec::new(),
        arrived: 0,
        dead: world.dead_letters(),
        opted_out: (0..PEOPLE)
            .map(|place| (user(place), world.opted_out(user(place)).channels))
            .collect(),
    };
    let mut queues: BTreeMap<Channel, Vec<(usize, NodeId, Gauge)>> = BTreeMap::new();
    for id in world.layout().members().iter().map(|member| member.id) {
        let Some(services) = world.services(id) else { continue };
        add(&mut view.counters, &services.notifications.counters());
        for (channel, shard, gauge) in services.notifications.queues() {
            queues.entry(channel).or_default().push((shard, id, gauge));
        }
    }
    for channel in Channel::ALL {
        let mut queues = queues.remove(&channel).unwrap_or_default();
        queues.sort_by_key(|&(shard, node, _)| (shard, node));
        let tally = world.providers().map(|all| all.tally(channel)).unwrap_or_default();
        let is_down = world.providers().is_some_and(|all| all.is_down(channel));
        view.arrived += tally.arrived;
        if ALWAYS.contains(&channel) || tally.asked > 0 || is_down {
            view.lanes.push(Lane { channel, queues, tally, is_down });
        }
    }
    if let Some(providers) = world.providers() {
        view.arrivals = providers.last_arrivals(SHOWN);
    }
    view
}

fn add(sum: &mut Counters, more: &Counters) {
    sum.accepted += more.accepted;
    sum.duplicates += more.duplicates;
    sum.sent += more.sent;
    sum.retried += more.retried;
    sum.dead += more.dead;
    sum.replayed += more.replayed;
    sum.opted_out += more.opted_out;
    sum.gone += more.gone;
    sum.limited += more.limited;
}

impl NotificationsView {
    /// Whether a channel's provider refuses everything.
    pub(crate) fn is_down(&self, channel: Channel) -> bool {
        self.lanes.iter().any(|lane| lane.channel == channel && lane.is_down)
    }

    /// What a user has opted out of.
    pub(crate) fn opted_out(&self, user: UserId) -> BTreeSet<Channel> {
        self.opted_out.get(&user).cloned().unwrap_or_default()
    }

    /// What the sentence says.
    pub(crate) fn sums(&self) -> Sums {
        let waiting = self.lanes.iter().map(|lane| {
            let gauge = lane.gauge();
            gauge.due + gauge.later
        });
        Sums {
            accepted: self.counters.accepted,
            arrived: self.arrived,
            waiting: waiting.sum(),
            dead: self.dead.len(),
            down: self.lanes.iter().find(|lane| lane.is_down).map(|lane| lane.channel),
        }
    }
}
