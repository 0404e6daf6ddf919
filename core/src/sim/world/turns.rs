//! Who does what to a world, and when.

use super::{
    Asked, Context, Due, Instant, Key, Logged, Operation, Request, RequestId, Sight, Status,
    String, Transition, What, Wishes, World,
};
use crate::ring::NodeId;
use alloc::boxed::Box;

impl World {
    /// When clients, the weather or whoever is replayed are next to do something, before any event and by
    /// `until`; and whether it is the world's own to do.
    pub(super) fn next_turn(&self, until: Instant) -> Option<(Instant, bool)> {
        let next = self.due.peek();
        let event_at = next.map_or(Instant::from_micros(u64::MAX), |(at, _)| at);
        let is_own = next
            .is_some_and(|(at, due)| at <= until && matches!(due, Due::Client | Due::Weather(_)));
        let replayed = self.transitions.get(self.transition_next).filter(|next| {
            let is_before = if is_own { next.at < event_at } else { next.at <= event_at };
            is_before && next.after <= self.events && next.at <= until
        });
        replayed.map(|next| (next.at.max(self.now), false)).or(is_own.then_some((event_at, true)))
    }

    /// Lets them do it, and whatever else is to be done by `until` before any event.
    pub(super) fn take_turns(&mut self, until: Instant) {
        while let Some((at, is_own)) = self.next_turn(until) {
            self.now = self.now.max(at);
            if is_own {
                match self.due.pop_due(at) {
                    Some(Due::Weather(change)) => self.handle_weather(change),
                    _ => self.handle_client(),
                }
            } else if let Some(logged) = self.transitions.get(self.transition_next) {
                let transition = logged.transition.clone();
                self.transition_next += 1;
                self.note(None, || What::Done(transition.clone()));
                self.carry_out(transition);
            }
        }
    }

    /// A person does something, now. Whatever a replayed person would still have done is forgotten.
    pub fn apply(&mut self, transition: Transition) {
        self.transitions.truncate(self.transition_next);
        self.transitions.push(Logged {
            after: self.events,
            at: self.now,
            transition: transition.clone(),
        });
        self.transition_next += 1;
        self.note(None, || What::Done(transition.clone()));
        self.carry_out(transition);
    }

    /// The world's own clients or its weather do something, now.
    pub(crate) fn turn(&mut self, transition: Transition) {
        self.carry_out(transition);
    }

    fn carry_out(&mut self, transition: Transition) {
        if let Some(recorded) = &mut self.recorded {
            let transition = transition.clone();
            recorded.push(Logged { after: self.events, at: self.now, transition });
        }
        self.digest.add(self.now.as_micros());
        let (at, operation) = match transition {
            Transition::Client { client, at, number, wish } => {
                if self.status(at) != Status::Down
                    && let Some(request) = self.load.request(client, number, wish)
                {
                    self.ask(Some(usize::from(client)), at, request);
                }
                return;
            }
            Transition::Fault(fault) => return self.fault(&fault),
            Transition::Phone { phone, touch } => return self.touch(phone, touch),
            Transition::Ask { at, ask } => return self.ask_service(at, ask, false),
            Transition::Steady { every, asks } => return self.begin_steady(every, asks),
            Transition::Put { at, key, value, sight } => {
                let value = Some(value.into_bytes().into());
                (at, self.put(key, value, sight))
            }
            Transition::Delete { at, key, sight } => (at, self.put(key, None, sight)),
            Transition::Get { at, key } => {
                (at, Key::new(key.into_bytes(), "").map(|key| Operation::Get { key }))
            }
        };
        let Ok(operation) = operation else { return };
        if self.status(at) == Status::Down {
            self.note(Some(at), || What::Unanswered { at });
        } else {
            self.ask(None, at, Request { operation, wishes: Wishes::default() });
        }
    }

    fn put(
        &self,
        key: String,
        value: Option<bytes::Bytes>,
        sight: Sight,
    ) -> Result<Operation, crate::kv::Error> {
        let key = Key::new(key.into_bytes(), "")?;
        let seen = match sight {
            Sight::Blind => None,
            Sight::Nothing => Some(Context::default()),
            Sight::LastRead => Some(self.person.get(&key).cloned().unwrap_or_default()),
        };
        Ok(Operation::Put { key, value, seen })
    }

    /// Asks a node for something, as a client or as the person.
    pub(crate) fn ask(&mut self, client: Option<usize>, at: NodeId, request: Request) -> RequestId {
        self.requests += 1;
        let id = self.requests;
        self.last_request = id;
        if let Operation::Get { key } | Operation::Put { key, .. } | Operation::Update { key, .. } =
            &request.operation
        {
            let asked = Asked { client, key: key.clone() };
            self.asked.insert(id, asked);
        }
        self.check.asked(id, &request.operation, self.now);
        match self.machines.get_mut(at.index()) {
            Some(machine) if machine.status == Status::Paused => {
                let request = Box::new(request);
                machine.waiting.push(Due::Request { node: at, id, request });
            }
            _ => self.with_node(at, |node, now, effects| node.request(now, id, request, effects)),
        }
        id
    }

    fn handle_client(&mut self) {
        if self.is_calm {
            return;
        }
        let running = self.running();
        if let Some(transition) = self.load.next(&self.options, &running) {
            self.turn(transition);
        }
        let pause = self.load.pause(&self.options);
        self.set(pause, Due::Client);
    }
}
