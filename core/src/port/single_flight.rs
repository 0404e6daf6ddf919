//! One at a time: what many requests of a node need at once, and one of them fetches for all.
//!
//! Each looks whether what it needs is there; if not, it joins the flight and looks again. The first to join does
//! the work, the others wait for it, and what went wrong is told to all of them: each would have met the same.
//! If the one that works is dropped half-way, the next that looks again takes its place.

use alloc::collections::BTreeMap;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use spin::Mutex;

/// Work that is done once at a time, however many wait for it. `E` is how it may fail.
#[derive(Debug)]
pub struct SingleFlight<E> {
    state: Mutex<State<E>>,
}

#[derive(Debug)]
struct State<E> {
    is_under_way: bool,
    /// How many have ended.
    ended: u64,
    /// What went wrong with the last one.
    failed: Option<E>,
    /// Who joined and waits, by number: who is polled often waits once.
    waiting: BTreeMap<u64, Waker>,
    joined: u64,
}

impl<E> Default for SingleFlight<E> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                is_under_way: false,
                ended: 0,
                failed: None,
                waiting: BTreeMap::new(),
                joined: 0,
            }),
        }
    }
}

/// The one that works. Its flight ends with it: without an outcome, if it is dropped half-way.
struct Lead<'a, E> {
    flight: &'a SingleFlight<E>,
    failed: Option<E>,
}

impl<E> Drop for Lead<'_, E> {
    fn drop(&mut self) {
        let mut state = self.flight.state.lock();
        state.is_under_way = false;
        state.ended += 1;
        state.failed = self.failed.take();
        core::mem::take(&mut state.waiting).into_values().for_each(Waker::wake);
    }
}

impl<E: Clone> SingleFlight<E> {
    /// Does the work, or waits until somebody else has: look again then, for it may have been used up, or given up.
    /// The work begins by looking too, since it may have been done between the look and this.
    ///
    /// # Errors
    /// That of the work, whoever did it.
    pub async fn join(&self, work: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let joined = {
            let mut state = self.state.lock();
            if state.is_under_way {
                state.joined += 1;
                Some((state.joined, state.ended))
            } else {
                state.is_under_way = true;
                None
            }
        };
        if let Some((number, before)) = joined {
            return self.wait(number, before).await;
        }
        let mut lead = Lead { flight: self, failed: None };
        let outcome = work.await;
        lead.failed = outcome.as_ref().err().cloned();
        outcome
    }

    /// Waits as number `number` for the end of the flight that is under way after `before` have ended.
    async fn wait(&self, number: u64, before: u64) -> Result<(), E> {
        poll_fn(|context| {
            let mut state = self.state.lock();
            if state.ended == before {
                state.waiting.insert(number, context.waker().clone());
                return Poll::Pending;
            }
            // Should several have ended meanwhile, the last of them counts.
            Poll::Ready(state.failed.clone().map_or(Ok(()), Err))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use core::cell::Cell;
    use core::future::{pending, ready};
    use core::pin::Pin;
    use core::task::Context;

    type Joined<'a> = Pin<Box<dyn Future<Output = Result<(), u8>> + 'a>>;

    fn poll(future: &mut Joined<'_>) -> Poll<Result<(), u8>> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    /// A step that is pending until `is_done`.
    async fn until(is_done: &Cell<bool>) {
        poll_fn(|_| if is_done.get() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    #[test]
    fn r7_3_one_works_for_all_and_its_failure_is_told_to_all() {
        for outcome in [Ok(()), Err(7)] {
            let (flight, is_done, works) =
                (SingleFlight::default(), Cell::new(false), Cell::new(0));
            let join = || -> Joined<'_> {
                Box::pin(flight.join(async {
                    works.set(works.get() + 1);
                    until(&is_done).await;
                    outcome
                }))
            };
            let mut all: Vec<_> = (0..5).map(|_| join()).collect();
            assert!(all.iter_mut().all(|one| poll(one).is_pending()));
            is_done.set(true);
            assert!(all.iter_mut().all(|one| poll(one) == Poll::Ready(outcome)));
            assert_eq!(works.get(), 1);
            assert_eq!(poll(&mut join()), Poll::Ready(outcome), "the next flight is another");
            assert_eq!(works.get(), 2);
        }
    }

    #[test]
    fn r7_3_whoever_is_dropped_holds_nobody_up() {
        let flight = SingleFlight::<u8>::default();
        let mut lead: Joined<'_> = Box::pin(flight.join(pending()));
        let mut waits: Joined<'_> = Box::pin(flight.join(ready(Err(1))));
        let mut leaves: Joined<'_> = Box::pin(flight.join(ready(Err(2))));
        for one in [&mut lead, &mut waits, &mut leaves] {
            assert!(poll(one).is_pending());
        }
        drop(leaves);
        assert!(poll(&mut waits).is_pending());
        drop(lead);
        assert_eq!(poll(&mut waits), Poll::Ready(Ok(())), "it looks again");
        let mut next: Joined<'_> = Box::pin(flight.join(ready(Err(3))));
        assert_eq!(poll(&mut next), Poll::Ready(Err(3)), "and would do the work");
        assert_eq!(flight.state.lock().waiting.len(), 0);
    }

    #[test]
    fn a_future_that_is_polled_often_waits_once() {
        let flight = SingleFlight::<u8>::default();
        let mut lead: Joined<'_> = Box::pin(flight.join(pending()));
        let mut waits: Joined<'_> = Box::pin(flight.join(ready(Ok(()))));
        assert!(poll(&mut lead).is_pending());
        for _ in 0..100 {
            assert!(poll(&mut waits).is_pending());
        }
        assert_eq!(flight.state.lock().waiting.len(), 1);
    }
}
