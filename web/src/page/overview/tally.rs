//! What each system has done, counted line by line as the log grows.

use ennead::accounts::Answered as OfAccounts;
use ennead::base::Instant;
use ennead::chat::Answered as OfChat;
use ennead::feed::Answered as OfFeed;
use ennead::kv::Event;
use ennead::notification::Answered as OfNotifications;
use ennead::ring::NodeId;
use ennead::services::Answered;
use ennead::shortener::Shortened;
use ennead::sim::{Entry, Status, What, World};

/// Microseconds without an answer after which a system counts as silent: the longest pause between two questions
/// of its clients, the deadline of a request and some more.
const SILENT_AFTER: u64 = 6_000_000;
/// For how many microseconds after a refusal a system counts as refusing.
const REFUSING_FOR: u64 = 3_000_000;

/// A system of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Ring,
    Store,
    Ids,
    Accounts,
    Feed,
    Notifications,
    Chat,
    Autocomplete,
    Crawler,
    Shortener,
}

impl System {
    /// All of them, each after those that it stands on.
    pub(crate) const ALL: [Self; 10] = [
        Self::Ring,
        Self::Store,
        Self::Ids,
        Self::Accounts,
        Self::Feed,
        Self::Notifications,
        Self::Chat,
        Self::Autocomplete,
        Self::Crawler,
        Self::Shortener,
    ];
}

/// What a system has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Things done: what they are depends on the system.
    pub(crate) done: u64,
    /// Requests that were answered.
    pub(crate) answered: u64,
    /// Requests that were refused.
    pub(crate) refused: u64,
    /// When and by whom one was answered last.
    pub(crate) last: Option<(Instant, Option<NodeId>)>,
    /// When one was refused last.
    pub(crate) last_refusal: Option<Instant>,
}

/// Whether a system does what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It answers.
    Answers,
    /// It answers, and refused something in the last seconds.
    Refuses,
    /// No answer for some seconds.
    Silent,
}

/// One system as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SystemLook {
    pub(crate) system: System,
    pub(crate) count: Count,
    pub(crate) state: State,
    /// Microseconds since the last answer.
    pub(crate) ago: Option<u64>,
}

/// The picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OverviewLook {
    /// By the order of [`System::ALL`].
    pub(crate) systems: Vec<SystemLook>,
    /// Nodes in all.
    pub(crate) nodes: usize,
    /// The names of those that do not run.
    pub(crate) away: Vec<String>,
}

impl OverviewLook {
    /// A system of the picture.
    pub(crate) fn of(&self, system: System) -> Option<&SystemLook> {
        self.systems.iter().find(|look| look.system == system)
    }
}

/// The counts, and up to where the log was read.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    read: u64,
    counts: [Count; System::ALL.len()],
    /// Requests that crawlers had made when they were looked at last.
    fetched: u64,
}

impl Tally {
    /// Reads what is new in the log. O(new lines), and all that the log holds after a world went back.
    pub(crate) fn look(&mut self, world: &World) -> OverviewLook {
        if world.logged() < self.read {
            *self = Self::default();
        }
        let new = usize::try_from(world.logged() - self.read).unwrap_or(usize::MAX);
        // Of a world that is met late, the lines that are left.
        let all = world.log().rev().take(new);
        all.collect::<Vec<_>>().into_iter().rev().for_each(|entry| self.count(entry));
        self.read = world.logged();
        self.count_crawls(world);
        self.count_ring(world);
        let now = world.now();
        let since = |at: Instant| now.since(at).as_micros();
        let systems = System::ALL.into_iter().zip(self.counts).map(|(system, count)| {
            let ago = count.last.map(|(at, _)| since(at));
            let state = match (ago, count.last_refusal.map(since)) {
                (Some(SILENT_AFTER..) | None, _) => State::Silent,
                (_, Some(..REFUSING_FOR)) => State::Refuses,
                _ => State::Answers,
            };
            SystemLook { system, count, state, ago }
        });
        let view = world.view();
        let away = view.nodes.iter().filter(|node| node.status != Status::Up);
        OverviewLook {
            systems: systems.collect(),
            nodes: view.nodes.len(),
            away: away.map(|node| node.name.clone()).collect(),
        }
    }

    fn count(&mut self, entry: &Entry) {
        // For each: whose it is, and how much was done, unless it was refused.
        let (system, done) = match &entry.what {
            What::Node(Event::Acknowledged { .. } | Event::Answered { .. }) => {
                (System::Store, Some(1))
            }
            // A service that is refused tries again, and says itself if that does not help.
            What::Node(Event::Refused { key, .. }) if key.is_of_service() => return,
            What::Node(Event::Refused { .. }) => (System::Store, None),
            What::Served { answered, .. } => match answered {
                Answered::Ids(_, outcome) => {
                    (System::Ids, outcome.as_ref().ok().map(|ids| ids.len() as u64))
                }
                Answered::Shortened(outcome) => {
                    let made = |made: &Shortened| u64::from(made.is_new);
                    (System::Shortener, outcome.as_ref().ok().map(made))
                }
                Answered::Followed(outcome) => (System::Shortener, outcome.is_ok().then_some(0)),
                Answered::Counted(outcome) => (System::Autocomplete, outcome.is_ok().then_some(1)),
                Answered::Completed(outcome) => {
                    (System::Autocomplete, outcome.is_ok().then_some(0))
                }
                Answered::Accounts(answered) => (System::Accounts, done_by_accounts(answered)),
                Answered::Chat(answered) => (System::Chat, done_by_chat(answered)),
                Answered::Feed(answered) => (System::Feed, done_by_feed(answered)),
                Answered::Notification(answered) => {
                    (System::Notifications, done_by_notifications(answered))
                }
                Answered::Crawl(Err(_)) => (System::Crawler, None),
                _ => return,
            },
            _ => return,
        };
        let count = &mut self.counts[system as usize];
        match done {
            Some(done) => {
                count.done += done;
                count.answered += 1;
                count.last = Some((entry.at, entry.node));
            }
            None => {
                count.refused += 1;
                count.last_refusal = Some(entry.at);
            }
        }
    }

    /// Crawls are not asked for page by page: what their runners count says that they go on.
    fn count_crawls(&mut self, world: &World) {
        let (mut fetched, mut runner) = (0, None);
        for member in world.layout().members() {
            let Some(services) = world.services(member.id) else { continue };
            fetched += services.crawler.counters().requests;
            let is_running = services.crawler.running().values().any(|crawl| crawl.pages > 0);
            runner = is_running.then_some(member.id).or(runner);
        }
        let count = &mut self.counts[System::Crawler as usize];
        count.done = world.web().map_or(0, |web| web.kept().len() as u64);
        // What a killed node had counted is gone with it.
        if fetched > self.fetched {
            count.answered += fetched - self.fetched;
            count.last = Some((world.now(), runner));
        }
        self.fetched = fetched;
    }

    /// The ring is looked up by everybody, and has no way to fail.
    fn count_ring(&mut self, world: &World) {
        let store = self.counts[System::Store as usize];
        self.counts[System::Ring as usize] = Count {
            done: u64::from(ennead::ring::SLICES),
            last: Some((world.now(), None)),
            answered: store.answered,
            ..Count::default()
        };
    }
}

/// People that signed up; none if the request was refused.
fn done_by_accounts(answered: &OfAccounts) -> Option<u64> {
    match answered {
        OfAccounts::SignedUp(_, outcome) => outcome.is_ok().then_some(1),
        OfAccounts::Invited(outcome) => outcome.as_ref().ok().map(|people| people.len() as u64),
        OfAccounts::LoggedIn(outcome) => outcome.is_ok().then_some(0),
        OfAccounts::Checked(outcome) => outcome.is_ok().then_some(0),
        OfAccounts::LoggedOut(outcome) => outcome.is_ok().then_some(0),
        OfAccounts::Stepped(outcome) => outcome.is_ok().then_some(0),
        OfAccounts::Standings(outcome) => outcome.is_ok().then_some(0),
    }
}

/// Messages that were sent; none if the request was refused.
fn done_by_chat(answered: &OfChat) -> Option<u64> {
    match answered {
        OfChat::Sent(outcome) => outcome.as_ref().ok().map(|sent| u64::from(sent.is_new)),
        OfChat::History(outcome) => outcome.is_ok().then_some(0),
        OfChat::List(outcome) => outcome.is_ok().then_some(0),
        OfChat::Read(outcome) => outcome.is_ok().then_some(0),
        OfChat::Opened(outcome) => outcome.is_ok().then_some(0),
        OfChat::Changed(_, outcome) => outcome.is_ok().then_some(0),
        OfChat::Presence(outcome) => outcome.is_ok().then_some(0),
        OfChat::Server(..) => Some(0),
    }
}

/// Notices that were taken; none if the request was refused.
fn done_by_notifications(answered: &OfNotifications) -> Option<u64> {
    match answered {
        OfNotifications::Accepted(outcome) => outcome.is_ok().then_some(1),
        OfNotifications::Looked(outcome) => outcome.is_ok().then_some(0),
        OfNotifications::Done(outcome) => outcome.is_ok().then_some(0),
        OfNotifications::DeadLetters(outcome) => outcome.is_ok().then_some(0),
        OfNotifications::Replayed(outcome) => outcome.is_ok().then_some(0),
    }
}

/// Posts that were published; none if the request was refused.
fn done_by_feed(answered: &OfFeed) -> Option<u64> {
    match answered {
        OfFeed::Published(outcome) => outcome.is_ok().then_some(1),
        OfFeed::Deleted(outcome) => outcome.is_ok().then_some(0),
        OfFeed::Read(_, outcome) => outcome.is_ok().then_some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::shortener::action::begin_at;
    use ennead::base::Span;
    use ennead::sim::{Fault, Link, Options, Transition};

    fn after(world: &mut World, seconds: u64) {
        let until = world.now() + Span::from_secs(seconds);
        world.run_until(until, u64::MAX);
    }

    fn state(look: &OverviewLook, system: System) -> (State, Count) {
        let look = look.of(system).unwrap();
        (look.state, look.count)
    }

    #[test]
    fn systems_go_on_without_a_node_are_refused_without_a_quorum_and_counted_once() {
        let mut world = World::new(7, Options::gentle(3));
        let nodes = [NodeId(0), NodeId(1), NodeId(2)];
        begin_at(&nodes).into_iter().for_each(|transition| world.apply(transition));
        let early = Link::of(&world);
        let mut tally = Tally::default();
        after(&mut world, 10);
        let first = tally.look(&world);
        let (is, links) = state(&first, System::Shortener);
        assert_eq!((is, links.done, links.refused), (State::Answers, 4, 0));
        assert_eq!(tally.look(&world), first, "nothing is counted twice");
        assert_eq!(Tally::default().look(&world), first);

        world.apply(Transition::Fault(Fault::Kill(NodeId(2))));
        after(&mut world, 20);
        let look = tally.look(&world);
        let (is, links) = state(&look, System::Shortener);
        assert!(is == State::Answers && links.answered > 20, "{links:?}");
        assert_eq!((look.nodes, look.away.as_slice()), (3, &["C".to_string()][..]));

        world.apply(Transition::Fault(Fault::Kill(NodeId(1))));
        after(&mut world, 10);
        let (is, store) = state(&tally.look(&world), System::Store);
        assert!(is != State::Answers && store.refused > 0, "{store:?}");

        let mut back = early.begin();
        while !early.advance(&mut back, 1_000) {}
        assert_eq!(state(&tally.look(&back), System::Shortener).1.done, 0, "it went back");
    }
}
