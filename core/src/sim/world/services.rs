//! The services of each machine: what they ask, and what asks them.

use super::{
    Answer, Answered, Ask, BTreeMap, Due, NodeId, RequestId, Services, Span, Status, Steady, What,
    World,
};
use crate::accounts::{self, LoggedIn};
use crate::chat::{self, ConversationId, Group};
use crate::kv;
use crate::port::{self, UserId};
use crate::sim::ports::Wish;
use crate::sim::{SandboxProviders, SandboxWeb};
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

/// How many answers of services a world remembers.
const REMEMBERED: usize = 100_000;
/// How many of those who logged in a world remembers.
const SESSIONS: usize = 64;
/// Sites of the web that crawls see, and pages of each.
const WEB_SITES: u8 = 8;
const WEB_PAGES: u16 = 24;

/// Requests of services to the store have numbers from here on, those of people lie below.
const FIRST_OF_SERVICES: RequestId = 1 << 63;

/// Requests to services, and requests of services to the store.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// By the number of the store's request: the number of the wish.
    pub(super) stores: BTreeMap<RequestId, u64>,
    last: RequestId,
    /// Asked and not answered: whom, and whether by those who ask steadily.
    open: BTreeMap<RequestId, (NodeId, bool)>,
    answers: BTreeMap<RequestId, Answered>,
    /// The web, once there was a crawl.
    web: Option<Rc<SandboxWeb>>,
    /// Whether anybody asked a service that is for people.
    has_people: bool,
    /// Whether anybody asked the chat, or took up a phone.
    has_chat: bool,
    /// Who brings messages to devices, from the first question on that is of people.
    providers: Option<Rc<SandboxProviders>>,
    /// Who was invited or signed up, by name.
    people: BTreeMap<String, UserId>,
    /// Groups of the chat, as they were when somebody opened or changed them.
    groups: BTreeMap<ConversationId, Group>,
    /// Who logged in last, and where.
    sessions: VecDeque<(NodeId, LoggedIn)>,
    /// Where futures put what came of a request.
    done: Rc<RefCell<Vec<(RequestId, Answered)>>>,
}

impl Served {
    pub(super) fn is_open(&self, id: RequestId) -> bool {
        self.open.contains_key(&id)
    }

    /// Remembers who has an account, who is in which group, and who was given a session.
    fn meet(&mut self, at: NodeId, answered: &Answered) {
        match answered {
            Answered::Accounts(accounts::Answered::Invited(Ok(people))) => {
                self.people.extend(people.clone());
            }
            Answered::Accounts(accounts::Answered::SignedUp(name, Ok(user))) => {
                self.people.insert(name.clone(), *user);
            }
            Answered::Chat(
                chat::Answered::Opened(Ok((id, group))) | chat::Answered::Changed(id, Ok(group)),
            ) => {
                self.groups.insert(*id, group.clone());
            }
            Answered::Accounts(accounts::Answered::LoggedIn(Ok(opened))) => {
                if self.sessions.len() == SESSIONS {
                    self.sessions.pop_front();
                }
                self.sessions.push_back((at, opened.clone()));
            }
            _ => {}
        }
    }
}

impl World {
    /// What a service answered to an [`super::Transition::Ask`], if it has: the last of them are remembered.
    #[must_use]
    pub fn answer(&self, id: RequestId) -> Option<&Answered> {
        self.served.answers.get(&id)
    }

    /// The web that crawls of a seed's world see: eight sites of some 24 pages.
    #[must_use]
    pub fn web_of(seed: u64) -> SandboxWeb {
        SandboxWeb::from_seed(seed, WEB_SITES, WEB_PAGES)
    }

    /// The web that crawls of this world see, once there was one.
    #[must_use]
    pub fn web(&self) -> Option<&SandboxWeb> {
        self.served.web.as_deref()
    }

    /// Who brings messages to devices in this world, once anybody was asked for.
    #[must_use]
    pub fn providers(&self) -> Option<&SandboxProviders> {
        self.served.providers.as_deref()
    }

    /// Who has signed up in this world, by name: whoever was asked for by [`accounts::Ask::Invite`] or
    /// [`accounts::Ask::SignUp`].
    #[must_use]
    pub const fn people(&self) -> &BTreeMap<String, UserId> {
        &self.served.people
    }

    /// The groups that were opened in this world, the oldest first, each as it was last answered.
    #[must_use]
    pub const fn groups(&self) -> &BTreeMap<ConversationId, Group> {
        &self.served.groups
    }

    /// Who logged in last, the oldest first, and where: at most 64, whether their sessions have ended or not.
    pub fn sessions(&self) -> impl DoubleEndedIterator<Item = &(NodeId, LoggedIn)> {
        self.served.sessions.iter()
    }

    /// The services of a node, while it runs: for looking at.
    #[must_use]
    pub fn services(&self, node: NodeId) -> Option<&Services<crate::sim::Handle>> {
        self.machines.get(node.index())?.services.as_deref()
    }

    /// The same, for futures.
    #[cfg(test)]
    pub(crate) fn shared(&self, node: NodeId) -> Option<Rc<Services<crate::sim::Handle>>> {
        self.machines.get(node.index())?.services.clone()
    }

    /// Clients ask services steadily from now on.
    pub(super) fn begin_steady(&mut self, every: Span, asks: Vec<Ask>) {
        if self.steady.len() < Steady::MOST
            && let Some(steady) = Steady::new(every, asks)
        {
            self.set(steady.every(), Due::Steady(self.steady.len()));
            self.steady.push(steady);
        }
    }

    /// Asks the next question of those who ask steadily.
    pub(super) fn handle_steady(&mut self, number: usize) {
        let running = self.running();
        let Some(steady) = self.steady.get_mut(number).filter(|_| !self.is_calm) else { return };
        let (every, next) = (steady.every(), steady.next(&running));
        self.set(every, Due::Steady(number));
        if let Some((at, ask)) = next {
            self.ask_service(at, ask, true);
        }
    }

    /// A person, a test or a steady client asks a service of a node; [`World::last_request`] is its number.
    pub(super) fn ask_service(&mut self, at: NodeId, ask: Ask, steady: bool) {
        if matches!(ask, Ask::Crawl { .. }) && self.served.web.is_none() {
            self.served.web = Some(Rc::new(Self::web_of(self.seed)));
            for id in self.ids() {
                self.start_crawler(id);
                self.run_services(id);
            }
        }
        if ask.is_of_people() {
            self.begin_people();
        }
        if matches!(ask, Ask::Chat(_)) {
            self.begin_chat();
        }
        self.requests += 1;
        let id = self.requests;
        self.last_request = id;
        let Some(machine) = self.machines.get_mut(at.index()) else { return };
        let (Some(process), Some(services)) = (&mut machine.process, &machine.services) else {
            return self.note(Some(at), || What::Unanswered { at });
        };
        self.served.open.insert(id, (at, steady));
        let (services, done) = (Rc::clone(services), Rc::clone(&self.served.done));
        process.spawn(async move {
            let answered = services.serve(ask).await;
            done.borrow_mut().push((id, answered));
        });
        if machine.status == Status::Up {
            self.run_services(at);
        }
    }

    /// From now on services for people are at work.
    pub(super) fn begin_people(&mut self) {
        if !self.served.has_people {
            self.served.has_people = true;
            self.make_providers();
            for id in self.ids() {
                self.start_people(id);
                self.run_services(id);
            }
        }
    }

    /// From now on every node is a chat server.
    pub(super) fn begin_chat(&mut self) {
        self.begin_people();
        if !self.served.has_chat {
            self.served.has_chat = true;
            for id in self.ids() {
                self.start_chat(id);
                self.run_services(id);
            }
        }
    }

    /// Those who bring messages to devices, from now on.
    pub(super) fn make_providers(&mut self) -> &SandboxProviders {
        let seed = self.seed;
        let make = || Rc::new(SandboxProviders::from_seed(seed));
        self.served.providers.get_or_insert_with(make)
    }

    /// Runs a future on a node, until it ends or the node does.
    #[cfg(test)]
    pub(crate) fn spawn<F: Future<Output = ()> + 'static>(
        &mut self,
        at: NodeId,
        work: impl FnOnce(crate::sim::Handle) -> F,
    ) {
        if let Some(process) = self.machines.get_mut(at.index()).and_then(|m| m.process.as_mut()) {
            let work = work(process.handle());
            process.spawn(work);
            self.run_services(at);
        }
    }

    /// What services do as long as their node runs.
    pub(super) fn start_services(&mut self, id: NodeId) {
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        let (Some(process), Some(services)) = (&mut machine.process, &machine.services) else {
            return;
        };
        let (shortener, autocomplete) = (Rc::clone(services), Rc::clone(services));
        process.spawn(async move { shortener.run_shortener().await });
        process.spawn(async move { autocomplete.run_autocomplete().await });
        self.start_crawler(id);
        self.start_people(id);
        self.start_chat(id);
        self.run_services(id);
    }

    /// Starts what works for people beside their requests, once there are any: before, it would only disturb
    /// the picture.
    fn start_people(&mut self, id: NodeId) {
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        if let (Some(process), Some(services), true) =
            (&mut machine.process, &machine.services, self.served.has_people)
        {
            if let Some(providers) = &self.served.providers {
                process.provide(Rc::clone(providers));
            }
            let (accounts, notifications) = (Rc::clone(services), Rc::clone(services));
            process.spawn(async move { accounts.accounts.tend(&accounts.others()).await });
            let feed = Rc::clone(services);
            process.spawn(async move { feed.feed.fan_out().await });
            process.spawn(async move { notifications.notifications.run().await });
        }
    }

    /// Lets a node be a chat server, once there is any chat: before, it would only disturb the picture.
    fn start_chat(&mut self, id: NodeId) {
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        if let (Some(process), Some(services), true) =
            (&mut machine.process, &machine.services, self.served.has_chat)
        {
            let services = Rc::clone(services);
            process.spawn(async move { services.chat.run().await });
        }
    }

    /// Lets a node look for crawls, from the first one on: before, it would only disturb the picture.
    fn start_crawler(&mut self, id: NodeId) {
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        if let (Some(process), Some(services), Some(web)) =
            (&mut machine.process, &machine.services, &self.served.web)
        {
            process.show(Rc::clone(web));
            let services = Rc::clone(services);
            process.spawn(async move { services.crawler.tend().await });
        }
    }

    /// The store has answered a service.
    pub(super) fn answer_service(
        &mut self,
        node: NodeId,
        number: u64,
        outcome: Result<Answer, kv::Error>,
    ) {
        let Some(machine) = self.machines.get_mut(node.index()) else { return };
        if let Some(process) = &mut machine.process {
            process.answered(number, outcome.map_err(port::Error::Store));
        }
    }

    /// Lets the services of a node go on, as far as they can now.
    pub(super) fn run_services(&mut self, id: NodeId) {
        let now = self.now_at(id);
        loop {
            let Some(machine) = self.machines.get_mut(id.index()) else { return };
            if machine.status != Status::Up {
                return;
            }
            let Some(process) = &mut machine.process else { return };
            let wishes = process.run(now);
            let life = machine.life;
            if wishes.is_empty() {
                break;
            }
            for wish in wishes {
                match wish {
                    Wish::Sleep(number, span) => {
                        self.set(span, Due::Awake { node: id, life, number });
                    }
                    Wish::Publish(published) => {
                        self.with_node_alone(id, |node, _, effects| {
                            node.publish(published, effects);
                        });
                    }
                    Wish::Ask(number, request) => {
                        self.served.last += 1;
                        let request_id = FIRST_OF_SERVICES + self.served.last;
                        self.served.stores.insert(request_id, number);
                        self.with_node_alone(id, |node, now, effects| {
                            node.request(now, request_id, *request, effects);
                        });
                    }
                }
            }
        }
        let done: Vec<_> = self.served.done.borrow_mut().drain(..).collect();
        for (request, answered) in done {
            let steady = self.served.open.remove(&request).is_some_and(|(_, steady)| steady);
            self.served.meet(id, &answered);
            self.digest.add(request);
            self.note(Some(id), || What::Served { request, steady, answered: answered.clone() });
            self.served.answers.insert(request, answered);
            if self.served.answers.len() > REMEMBERED {
                self.served.answers.pop_first();
            }
        }
    }

    /// A node is gone, and with it what it was asked.
    pub(super) fn forget_services(&mut self, id: NodeId) {
        self.served.open.retain(|_, (at, _)| *at != id);
    }
}
