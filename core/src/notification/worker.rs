//! Workers: what becomes of a delivery between its queue and its provider.

use super::DeliveryId;
use super::breaker::Breaker;
use super::delivery::{DeadLetter, Delivery, State, Status, read, written};
use super::limits::Limits;
use super::provider::{Envelope, Provider, Refusal};
use super::service::Notifications;
use crate::base::{Bell, Span, Wall, next_of};
use crate::kv::{Context, Key};
use crate::port::{self, Item, People, Ports, Queue, Worker};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::Poll;
use spin::Mutex;

/// For how long a lost worker's lease lasts.
const TERM: Span = Span::from_secs(10);
/// Between two counts of a queue.
const COUNT_EVERY: Span = Span::from_secs(3);
/// Between two looks into a queue if nobody says that something was pushed.
const LOOK_EVERY: Span = Span::from_secs(1);
/// Between two looks whether a queue has lost its worker, and how long it is watched so.
const WATCH_EVERY: Span = Span::from_secs(2);
const WATCH: Span = Span::from_secs(24);
/// A queue that is empty for so long is left alone: longer than others watch it.
const LINGER: Span = Span::from_secs(30);
/// Between two looks at a queue of which nothing is heard.
const IDLE: Span = Span::from_secs(120);
/// By how much later each further node reaches for a queue, so that work is spread.
const TURN: Span = Span::from_millis(200);
/// Before something that the store refused is tried again.
const RETRY_AFTER: Span = Span::from_millis(250);
/// For how long a delivery is left of which nobody can say how it stands: each time leaves a row and a tombstone.
const PUT_BACK_FOR: Span = Span::from_secs(10);
/// Deliveries that one worker has under way at once.
pub const IN_HAND: usize = 64;
/// Up to how many items of a queue are counted.
const MOST_COUNTED: u64 = 10_000;

/// Waits until a bell has rung more often than was heard, or the time is over; whether it rang.
async fn rings_within(bell: &Bell, heard: &mut u64, time: impl Future<Output = ()>) -> bool {
    let mut rings = pin!(bell.after(*heard));
    let mut time = pin!(time);
    let rang = poll_fn(|context| match rings.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending => time.as_mut().poll(context).map(|()| false),
    })
    .await;
    if rang {
        *heard = bell.rung();
    }
    rang
}

/// What a worker's job came to.
enum Came {
    /// Items that were taken, if the store gave any.
    Taken(Vec<Item>),
    /// How many items wait or are in hand.
    Counted(u64),
    /// A delivery is over for now, without its provider.
    Passed,
    /// Its provider did what it should.
    Well,
    /// Its provider failed.
    Failed,
}

/// What is to be done about a delivery.
enum Job {
    Take(u16),
    Count,
    Deliver(Item),
}

/// The service of one queue, as long as its lease is held.
struct Shift<'a, P, O> {
    of: &'a Notifications<P, O>,
    number: usize,
    worker: &'a Worker,
    queue: &'a Queue,
    limits: Mutex<Limits>,
    /// Deliveries under way.
    busy: Mutex<BTreeSet<DeliveryId>>,
}

/// A delivery under way, until this is dropped.
struct Busy<'a> {
    of: &'a Mutex<BTreeSet<DeliveryId>>,
    id: DeliveryId,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.of.lock().remove(&self.id);
    }
}

impl<P: Ports + Provider, O: People> Notifications<P, O> {
    /// Serves queues that have no other worker, as long as it is polled. A queue of which nothing is heard
    /// costs nothing but a look now and then.
    pub async fn run(&self) {
        let mut queues: Vec<Pin<Box<_>>> =
            (0..self.queues.len()).map(|number| Box::pin(self.tend(number))).collect();
        next_of(&mut queues, core::future::pending()).await;
    }

    /// Serves one queue whenever something was pushed and nobody else does.
    async fn tend(&self, number: usize) {
        let (Some(queue), Some(bell)) = (self.queues.get(number), self.bells.get(number)) else {
            return core::future::pending().await;
        };
        let mut queue = queue.clone();
        let holder = self.ports.random();
        let turn = (number + self.node.index()) % usize::from(self.nodes.max(1));
        let (mut heard, mut is_heard) = (bell.rung(), false);
        loop {
            // Each node reaches first for queues of its own.
            self.ports.sleep(TURN * turn as u64).await;
            self.watch(number, &mut queue, holder, (&mut heard, is_heard)).await;
            is_heard = rings_within(bell, &mut heard, self.ports.sleep(IDLE)).await;
        }
    }

    /// Becomes a queue's worker, unless it has another that lives. Should nothing have been heard of it, it is left
    /// alone when it is empty.
    async fn watch(
        &self,
        number: usize,
        queue: &mut Queue,
        holder: u64,
        (heard, is_heard): (&mut u64, bool),
    ) {
        let until = self.ports.now().instant + WATCH;
        while self.ports.now().instant < until {
            match queue.serve(&self.ports, holder).await {
                Ok(Some(worker)) => {
                    let work = self.work(number, &worker, queue, (heard, is_heard));
                    // Whatever is under way when the lease is lost is dropped, and comes to the next worker.
                    if worker.keep(&self.ports, work).await.is_some() {
                        // Should it not be given back, it ends by itself.
                        let _ = worker.stop(&self.ports).await;
                        return;
                    }
                }
                _ => self.ports.sleep(WATCH_EVERY).await,
            }
        }
    }

    /// Serves a queue until it has been idle for long: nothing waits there, as far as this worker has looked.
    async fn work(
        &self,
        number: usize,
        worker: &Worker,
        queue: &Queue,
        (heard, is_heard): (&mut u64, bool),
    ) {
        let Some(bell) = self.bells.get(number) else { return };
        let limits = Mutex::new(Limits::new(self.options.rate));
        let shift = Shift { of: self, number, worker, queue, limits, busy: Mutex::default() };
        let _gauge = Gauged { of: self, number };
        let mut breaker = Breaker::new(self.options.cool);
        let mut jobs = Vec::new();
        let (mut in_hand, mut is_taking, mut is_counting) = (0, false, false);
        let began = self.ports.now().instant;
        let (mut look_at, mut count_at) = (began, began);
        let mut busy_at = is_heard.then_some(began);
        loop {
            let now = self.ports.now().instant;
            if !is_counting && now >= count_at {
                is_counting = true;
                count_at = now + COUNT_EVERY;
                jobs.push(Box::pin(shift.carry_out(Job::Count)));
            }
            let room = breaker.room(now, in_hand, IN_HAND);
            if !is_taking && room > 0 && now >= look_at {
                is_taking = true;
                look_at = now + LOOK_EVERY;
                let room = u16::try_from(room).unwrap_or(u16::MAX);
                jobs.push(Box::pin(shift.carry_out(Job::Take(room))));
            }
            self.gauge(number, |gauge| {
                (gauge.in_hand, gauge.is_open) = (in_hand as u64, breaker.open_until().is_some());
            });
            // At least a moment passes, should there be no room for what is due.
            let next = look_at.max(breaker.open_until().unwrap_or_default()).min(count_at);
            let span = next.since(now).max(Span::from_millis(20));
            let mut rang = false;
            let sleep = self.ports.sleep(span);
            let time = async { rang = rings_within(bell, heard, sleep).await };
            let came = next_of(&mut jobs, time).await;
            let now = self.ports.now().instant;
            if rang {
                (look_at, busy_at) = (now, Some(now));
            }
            match came {
                None => continue,
                Some(Came::Counted(waiting)) => {
                    is_counting = false;
                    if waiting > 0 || in_hand > 0 {
                        busy_at = Some(now);
                    }
                    // Where it has not looked yet something may wait.
                    let has_looked =
                        worker.is_through() || (worker.is_at_now() && now.since(began) > LINGER);
                    if has_looked && !is_taking && busy_at.is_none_or(|at| now.since(at) > LINGER) {
                        return;
                    }
                    continue;
                }
                Some(Came::Taken(items)) => {
                    is_taking = false;
                    // There may be more where these came from.
                    if !items.is_empty() {
                        (look_at, busy_at) = (now, Some(now));
                    } else if busy_at.is_none() {
                        count_at = now; // it was only a look
                    }
                    in_hand += items.len();
                    for item in items {
                        jobs.push(Box::pin(shift.carry_out(Job::Deliver(item))));
                    }
                    continue;
                }
                Some(Came::Passed) => {}
                Some(Came::Well) => breaker.succeeded(),
                Some(Came::Failed) => breaker.failed(now),
            }
            in_hand -= 1;
        }
    }
}

/// Says that a queue is not served here any more, however that ends.
struct Gauged<'a, P, O> {
    of: &'a Notifications<P, O>,
    number: usize,
}

impl<P, O> Drop for Gauged<'_, P, O> {
    fn drop(&mut self) {
        self.of.gauges.lock().remove(&self.number);
    }
}

impl<P: Ports + Provider, O: People> Shift<'_, P, O> {
    async fn carry_out(&self, job: Job) -> Came {
        let ports = &self.of.ports;
        match job {
            Job::Take(room) => Came::Taken(self.worker.take(ports, room).await.unwrap_or_default()),
            Job::Count => {
                let length = self.worker.length(ports, MOST_COUNTED).await;
                if let Ok((due, later)) = length {
                    self.of.gauge(self.number, |gauge| (gauge.due, gauge.later) = (due, later));
                }
                Came::Counted(length.map_or(1, |(due, later)| due + later))
            }
            Job::Deliver(item) => match postcard::from_bytes::<Delivery>(&item.body) {
                Ok(delivery) => self.deliver(&item, &delivery).await,
                // Nobody pushes such a thing; it must not block the queue.
                Err(_) => self.finish(&item).await,
            },
        }
    }

    /// Takes one delivery a step further. The item is done only after what came of it is stored.
    async fn deliver(&self, item: &Item, delivery: &Delivery) -> Came {
        let of = self.of;
        let id = delivery.id();
        // Who gave the same event over to two nodes at once has two items of it.
        while !self.busy.lock().insert(id) {
            of.ports.sleep(RETRY_AFTER).await;
        }
        let _busy = Busy { of: &self.busy, id };
        let Ok(key) = delivery.state_key() else { return self.finish(item).await };
        let Ok(row) = of.ports.get_strict(&key).await else { return self.put_back(item).await };
        let mut attempts = 0;
        match read::<State>(&row) {
            // Whoever set it aside may not have got as far as its letter.
            Some(State { round, status: Status::Dead { at, attempts, reason } })
                if round == delivery.round =>
            {
                self.write_letter(DeadLetter { at, delivery: delivery.clone(), attempts, reason })
                    .await;
                return self.finish(item).await;
            }
            // Done in this round, or taken back into a later one.
            Some(state)
                if state.round > delivery.round
                    || (state.round == delivery.round && state.status.is_final()) =>
            {
                return self.finish(item).await;
            }
            Some(State { round, status: Status::Waiting { step, attempts: before, due, .. } })
                if round == delivery.round =>
            {
                if step > delivery.step {
                    // An item of before: whoever put it off may not have got as far as this.
                    self.push(&Delivery { step, ..delivery.clone() }, due).await;
                    return self.finish(item).await;
                }
                // A state of before is an old copy of it: never does an item give way to an earlier one.
                attempts = before;
            }
            _ => {}
        }
        let book = Book { key, seen: row.context, round: delivery.round };
        let Ok(settings) = of.settings(delivery.to).await else {
            return self.put_back(item).await;
        };
        if settings.refuses(delivery.contact.channel, &delivery.template) {
            of.counters.lock().opted_out += 1;
            self.write(&book, Status::OptedOut { at: of.ports.now().wall }).await;
            return self.finish(item).await;
        }
        let admitted = self.limits.lock().admit(delivery.to, of.ports.now().instant);
        if let Err(wait) = admitted {
            of.counters.lock().limited += 1;
            return self.wait(item, delivery, &book, attempts, wait, "the user's rate").await;
        }
        if !self.worker.is_valid(of.ports.now().instant) {
            // Another worker may have it by now.
            return core::future::pending().await;
        }
        let (contact, message) = (delivery.contact.clone(), delivery.message.clone());
        let envelope = Envelope { delivery: id, contact, message };
        let outcome = of.ports.deliver(&envelope).await;
        let (at, attempts) = (of.ports.now().wall, attempts.saturating_add(1));
        match outcome {
            Ok(receipt) => {
                of.counters.lock().sent += 1;
                self.write(&book, Status::Sent { at, attempts, receipt }).await;
                self.finish(item).await;
                Came::Well
            }
            Err(Refusal::Gone) => {
                of.counters.lock().gone += 1;
                self.insist(|| of.people.forget_device(delivery.to, &delivery.contact)).await;
                self.write(&book, Status::Gone { at }).await;
                self.finish(item).await;
                Came::Well
            }
            Err(Refusal::Never { reason }) => {
                self.set_aside(item, delivery, &book, attempts, reason).await;
                Came::Well
            }
            Err(
                refusal @ (Refusal::Later { .. }
                | Refusal::Recipient { .. }
                | Refusal::Unsure { .. }),
            ) => {
                let reason = refusal.to_string();
                let is_well = matches!(refusal, Refusal::Recipient { .. });
                let after = match refusal {
                    Refusal::Later { after, .. } => after.unwrap_or_default(),
                    _ => Span::ZERO,
                };
                let age = at.as_millis().saturating_sub(delivery.since.as_millis());
                let is_old = age > of.options.give_up.as_millis();
                if attempts >= of.options.attempts || is_old {
                    self.set_aside(item, delivery, &book, attempts, reason).await;
                } else {
                    of.counters.lock().retried += 1;
                    let wait = of.options.backoff.wait(attempts, of.ports.random());
                    // Not before the provider said, and then spread as well.
                    self.wait(item, delivery, &book, attempts, after + wait, &reason).await;
                }
                if is_well { Came::Well } else { Came::Failed }
            }
        }
    }

    /// Lets a delivery wait: its state says until when, then its next item stands, then this one goes.
    async fn wait(
        &self,
        item: &Item,
        delivery: &Delivery,
        book: &Book,
        attempts: u16,
        span: Span,
        reason: &str,
    ) -> Came {
        let mut due = self.of.ports.now().wall + span;
        if due == item.id.due {
            due = due + Span::from_millis(1); // another place than the one that is given up
        }
        let step = delivery.step.saturating_add(1);
        self.write(book, Status::Waiting { step, attempts, due, reason: reason.into() }).await;
        self.push(&Delivery { step, ..delivery.clone() }, due).await;
        self.finish(item).await
    }

    async fn set_aside(
        &self,
        item: &Item,
        delivery: &Delivery,
        book: &Book,
        attempts: u16,
        reason: String,
    ) {
        let at = self.of.ports.now().wall;
        // The state first: there is no letter of what may yet be delivered.
        self.write(book, Status::Dead { at, attempts, reason: reason.clone() }).await;
        self.write_letter(DeadLetter { at, delivery: delivery.clone(), attempts, reason }).await;
        self.of.counters.lock().dead += 1;
        self.finish(item).await;
    }

    async fn write_letter(&self, letter: DeadLetter) {
        if let Ok(key) = Key::new(DeadLetter::partition(), letter.name().into_bytes()) {
            let ports = &self.of.ports;
            self.insist(|| ports.put(&key, written(&letter), None)).await;
        }
    }

    /// Leaves a delivery to a later look: those who know how it stands are away, and others need not wait for it.
    async fn put_back(&self, item: &Item) -> Came {
        let due = self.of.ports.now().wall + PUT_BACK_FOR;
        self.worker.put_back(&self.of.ports, item, due).await;
        Came::Passed
    }

    async fn write(&self, book: &Book, status: Status) {
        let state = State { round: book.round, status };
        self.insist(|| self.of.ports.put(&book.key, written(&state), Some(&book.seen))).await;
    }

    async fn push(&self, delivery: &Delivery, due: Wall) {
        let (place, Some(body)) = (delivery.place(due), written(delivery)) else { return };
        self.insist(|| self.queue.push_as(&self.of.ports, place, body.clone())).await;
    }

    async fn finish(&self, item: &Item) -> Came {
        self.insist(|| self.worker.done(&self.of.ports, item)).await;
        Came::Passed
    }

    /// Tries until the store does it, or the lease is lost and this is dropped.
    async fn insist<T, F: Future<Output = Result<T, port::Error>>>(
        &self,
        mut attempt: impl FnMut() -> F,
    ) -> T {
        loop {
            match attempt().await {
                Ok(done) => return done,
                Err(_) => self.of.ports.sleep(RETRY_AFTER).await,
            }
        }
    }
}

/// Where a delivery's state is written, and what its writer has seen there.
struct Book {
    key: Key,
    seen: Context,
    round: u32,
}

/// The queue of a number.
pub(super) fn queue(number: usize, channel: port::Channel) -> Result<Queue, port::Error> {
    let shard = number % super::SHARDS;
    Queue::new("notification", &alloc::format!("queue/{channel}/{shard}"), TERM)
}
