//! Phones of people in a world.

use super::{Due, NodeId, Span, Status, What, World};
use crate::chat::{ConversationId, Mark, OFFLINE_AFTER, inbox_key, log};
use crate::port::UserId;
use crate::sim::phone::{Call, Phone, Shared, Touch};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Ref, RefCell};

/// The most phones of a world.
const MOST: usize = 256;
/// How often phones look after their connections.
const TICK: Span = Span::from_millis(100);

/// All phones, by the numbers that people gave them.
pub(super) type Phones = BTreeMap<u16, Shared>;

/// Where a conversation stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TalkView {
    /// The replicas of the head of its log.
    pub owners: Vec<NodeId>,
    /// Who works at its message sync queue.
    pub worker: Option<NodeId>,
    /// How far it is in the inbox of each of those asked for.
    pub inboxes: BTreeMap<UserId, u64>,
}

impl World {
    /// Where a conversation stands, for these users.
    #[must_use]
    pub fn talk_view(&self, conversation: ConversationId, users: &[UserId]) -> TalkView {
        let owners = log(conversation).map(|log| self.key_view(log.head()).owners);
        let serves = |node: &NodeId| {
            self.services(*node).is_some_and(|services| services.chat.is_worker_of(conversation))
        };
        let inbox = |user: UserId| {
            let copies = self.key_view(&inbox_key(user, conversation).ok()?).copies;
            let values = copies.iter().flat_map(|copy| copy.versions.values());
            values.filter_map(Mark::read).max().map(|mark| (user, mark.number))
        };
        TalkView {
            owners: owners.unwrap_or_default(),
            worker: self.running().into_iter().find(serves),
            inboxes: users.iter().filter_map(|&user| inbox(user)).collect(),
        }
    }

    /// The phones of people, by number.
    pub fn phones(&self) -> impl Iterator<Item = (u16, Ref<'_, Phone>)> {
        self.phones.iter().map(|(&number, phone)| (number, phone.borrow()))
    }

    /// Somebody does something with a phone.
    pub(super) fn touch(&mut self, number: u16, touch: Touch) {
        let now = self.now;
        if let Touch::TakeUp { user, home } = touch {
            if self.phones.len() < MOST && !self.phones.contains_key(&number) {
                if self.phones.is_empty() {
                    self.set(Span::ZERO, Due::Phones);
                }
                self.begin_chat();
                let phone = Phone::new(user, self.chance.u64(), home, now);
                self.phones.insert(number, Rc::new(RefCell::new(phone)));
            }
            return;
        }
        let Some(phone) = self.phones.get(&number) else { return };
        let mut random = self.chance.fork();
        {
            let phone = &mut *phone.borrow_mut();
            match touch {
                Touch::TakeUp { .. } => {}
                Touch::Online(is_on) => {
                    phone.is_on = is_on;
                    phone.again = now;
                    if !is_on {
                        phone.lose(now, &mut random);
                    }
                }
                Touch::Reception(has) => phone.has_reception = has,
                Touch::Say { conversation, text } => {
                    phone.device.say(conversation, &text);
                    phone.wake();
                }
                Touch::Read(conversation) => {
                    phone.reads.push_back(conversation);
                    phone.wake();
                }
            }
        }
        let at = phone.borrow().at;
        // The connection that the phone let go is ended by its node.
        let nodes: Vec<NodeId> = at.map_or_else(|| self.running(), |(node, _)| [node].into());
        nodes.into_iter().for_each(|node| self.run_services(node));
    }

    /// Phones look after their connections.
    pub(super) fn handle_phones(&mut self) {
        self.set(TICK, Due::Phones);
        let phones: Vec<(u16, Shared)> =
            self.phones.iter().map(|(&number, phone)| (number, Rc::clone(phone))).collect();
        for (_, phone) in phones {
            self.look_after(&phone);
        }
        self.note_phones();
    }

    fn look_after(&mut self, phone: &Shared) {
        let now = self.now;
        let at = phone.borrow().at;
        if let Some((node, life)) = at {
            let is_gone = self.life(node) != life || self.status(node) == Status::Down;
            let is_silent = now.since(phone.borrow().heard) > OFFLINE_AFTER;
            if is_gone || is_silent {
                let mut random = self.chance.fork();
                phone.borrow_mut().lose(now, &mut random);
            }
            return;
        }
        let can_connect = {
            let phone = phone.borrow();
            // An account comes first.
            let has_account = self.people().values().any(|&id| id == phone.device.user());
            has_account && phone.is_on && phone.has_reception && phone.again <= now
        };
        if !can_connect {
            return;
        }
        let Some(node) = self.server_for(&phone.borrow()) else { return };
        let life = self.life(node);
        let latency = self.options.latency;
        let Some(machine) = self.machines.get_mut(node.index()) else { return };
        let (Some(process), Some(services)) = (&mut machine.process, &machine.services) else {
            return;
        };
        let number = phone.borrow_mut().call(node, life, now);
        let (services, handle) = (Rc::clone(services), process.handle());
        let call = Call { services, handle, phone: Rc::clone(phone), number, latency };
        process.spawn(call.attend());
        self.run_services(node);
    }

    /// Where a phone connects: its home at first, else what any node recommends.
    fn server_for(&mut self, phone: &Phone) -> Option<NodeId> {
        let running = self.running();
        if let Some(home) = phone.home.filter(|home| running.contains(home)) {
            return Some(home);
        }
        let asked = *running.get(self.chance.index(running.len().max(1)))?;
        let (best, _) = self.machines.get(asked.index())?.services.as_ref()?.chat.recommended();
        // What it recommends may have gone a moment ago, or is what the phone found wanting.
        Some(if running.contains(&best) && self.chance.below(2) == 0 { best } else { asked })
    }

    /// Writes down what happened to phones.
    pub(super) fn note_phones(&mut self) {
        let phones: Vec<(u16, Shared)> =
            self.phones.iter().map(|(&number, phone)| (number, Rc::clone(phone))).collect();
        for (phone, shared) in phones {
            let at = shared.borrow().at.map(|(node, _)| node);
            for news in shared.borrow_mut().take_news() {
                self.digest.add(u64::from(phone));
                self.note(at, || What::Phone { phone, news });
            }
        }
    }
}
