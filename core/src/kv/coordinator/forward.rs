//! Requests passed on: a client may ask any node, but an owner coordinates.
//!
//! A coordinator that stays silent may be dead, or may yet do what it was asked, after any delay. A
//! write that says what its client has seen may be given to another coordinator meanwhile: whenever
//! it happens, it supersedes only that, and at worst stands beside itself. A blind write supersedes
//! whatever it meets, so done a second time, late, it would wipe out what was acknowledged in
//! between: it is given to another only when the first one's connection broke, and otherwise ends as
//! timed out. For the same reason a node that stood still refuses, for as long as a request is tried,
//! the blind writes that waited for it meanwhile: whoever asked has given them up.

use super::{
    Answer, Asker, Body, Clock, Effects, Error, Event, Key, Kind, Node, Operation, OperationId,
    Pending, Quorums, Request, Storage, Timer,
};
use crate::base::Now;
use crate::ring::NodeId;
use alloc::vec::Vec;

#[derive(Debug)]
pub(super) struct Forward {
    pub(super) request: Request,
    pub(super) tried: Vec<NodeId>,
}

impl<S: Storage> Node<S> {
    #[allow(clippy::too_many_arguments)] // the parts of one request
    pub(super) fn begin_forward(
        &mut self,
        now: Now,
        asker: Asker,
        key: &Key,
        request: Request,
        quorums: Quorums,
        clock: Clock,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let Some(to) = self.first_coordinator(key.slice(), quorums) else {
            return Err(Error::Unreachable { healthy: 0, needed: quorums.write });
        };
        let forward = Forward { request: request.clone(), tried: alloc::vec![to] };
        let operation = self.insert(asker, key, quorums, clock, Kind::Forward(forward));
        self.counters.forwarded += 1;
        effects.tell(Event::Forwarding { operation, key: key.clone(), to });
        self.out.send(to, Body::Forward { operation, request }, effects);
        // The coordinator's own refusal says more than silence: leave it time to arrive.
        let clock = Clock { deadline: clock.deadline + self.config.hedge_after, ..clock };
        self.set_timers(now, operation, clock, effects);
        Ok(())
    }

    /// What came of a request that was passed on.
    pub(crate) fn handle_forwarded(
        &mut self,
        now: Now,
        from: NodeId,
        operation: OperationId,
        mut outcome: Result<Answer, Error>,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.coordinator.pending.get(&operation) else { return };
        let Kind::Forward(Forward { tried, .. }) = &pending.kind else { return };
        if !tried.contains(&from) {
            return;
        }
        if tried.len() > 1 && outcome.as_ref().is_err_and(|error| !error.may_have_happened()) {
            // This one stored nothing, but another that was asked may have.
            let after = now.instant.since(pending.started);
            outcome = Err(Error::Timeout { got: 0, needed: pending.quorums.write, after });
        }
        if let Some(Pending { asker: Some(asker), .. }) =
            self.coordinator.pending.remove(&operation)
        {
            self.answer(asker, outcome, effects);
        }
    }

    /// The connection to a node broke: what it was asked to coordinate goes to the next one.
    pub(crate) fn reforward_from(&mut self, now: Now, peer: NodeId, effects: &mut Effects) {
        let lost: Vec<OperationId> = self
            .coordinator
            .pending
            .iter()
            .filter(|(_, pending)| match &pending.kind {
                Kind::Forward(forward) => forward.tried.last() == Some(&peer),
                _ => false,
            })
            .map(|(&operation, _)| operation)
            .collect();
        for operation in lost {
            self.forward_again(now, operation, effects);
        }
    }

    /// Whether it does no harm if a request passed on is done twice.
    pub(super) fn may_repeat(request: &Request) -> bool {
        !matches!(request.operation, Operation::Put { seen: None, .. })
    }

    /// The coordinator has been silent for a while: asks the next one.
    pub(super) fn forward_again(
        &mut self,
        now: Now,
        operation: OperationId,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.coordinator.pending.get(&operation) else {
            return;
        };
        let Kind::Forward(forward) = &pending.kind else {
            return;
        };
        let next = self
            .coordinators(pending.key.slice(), pending.quorums)
            .find(|id| !forward.tried.contains(id));
        let Some(to) = next else { return };
        if to == self.me {
            let Some(pending) = self.coordinator.pending.remove(&operation) else {
                return;
            };
            let Pending { asker: Some(asker), key, started, deadline, quorums, kind } = pending
            else {
                return;
            };
            let Kind::Forward(Forward { request, .. }) = kind else {
                return;
            };
            let Operation::Put { value, seen, .. } = request.operation else {
                return;
            };
            let clock = Clock { started, deadline };
            let begun = self.coordinate(now, asker, &key, value, seen, quorums, clock, effects);
            if let Err(error) = begun {
                self.refuse(asker, &key, true, error, effects);
            }
            return;
        }
        let Some(pending) = self.coordinator.pending.get_mut(&operation) else {
            return;
        };
        let Kind::Forward(forward) = &mut pending.kind else {
            return;
        };
        forward.tried.push(to);
        let (key, request) = (pending.key.clone(), forward.request.clone());
        effects.tell(Event::Forwarding { operation, key, to });
        self.out.send(to, Body::Forward { operation, request }, effects);
        effects.set_timer(self.config.hedge_after, Timer::Hedge(operation));
    }
}
