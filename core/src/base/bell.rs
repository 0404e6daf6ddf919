//! A bell: it rings for all who wait for it, on one node and in its memory.
//!
//! Limits: O(log waiting) to wait, O(waiting) to ring. Who waits must say how often it has heard the bell, so
//! that no ring is missed between two waits.

use alloc::collections::BTreeMap;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use spin::Mutex;

/// A bell.
#[derive(Debug, Default)]
pub struct Bell(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rung: u64,
    last: u64,
    waiting: BTreeMap<u64, Waker>,
}

/// Somebody who waits, until it is dropped.
struct Waiter<'a> {
    bell: &'a Bell,
    number: u64,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.bell.0.lock().waiting.remove(&self.number);
    }
}

impl Bell {
    /// Rings, for all who wait.
    pub fn ring(&self) {
        let mut state = self.0.lock();
        state.rung += 1;
        let waiting = core::mem::take(&mut state.waiting);
        drop(state); // who is woken may ask at once
        waiting.into_values().for_each(Waker::wake);
    }

    /// How often it has rung.
    #[must_use]
    pub fn rung(&self) -> u64 {
        self.0.lock().rung
    }

    /// Waits until it has rung more than `heard` times.
    pub async fn after(&self, heard: u64) {
        let number = {
            let mut state = self.0.lock();
            state.last += 1;
            state.last
        };
        let waiter = Waiter { bell: self, number };
        poll_fn(|context| {
            let mut state = waiter.bell.0.lock();
            if state.rung > heard {
                return Poll::Ready(());
            }
            state.waiting.insert(waiter.number, context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use core::pin::pin;
    use core::task::Context;

    #[test]
    fn all_who_wait_are_woken_once_and_a_ring_before_counts() {
        let bell = Bell::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(bell.after(0));
        let mut second = pin!(bell.after(1));
        assert!(first.as_mut().poll(&mut context).is_pending());
        bell.ring();
        assert!(first.as_mut().poll(&mut context).is_ready());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert!(pin!(bell.after(0)).poll(&mut context).is_ready());
        let mut gone = Box::pin(bell.after(1));
        assert!(gone.as_mut().poll(&mut context).is_pending());
        drop(gone);
        assert_eq!(bell.0.lock().waiting.len(), 1, "who went away is forgotten");
        bell.ring();
        assert!(second.as_mut().poll(&mut context).is_ready());
        assert_eq!((bell.rung(), bell.0.lock().waiting.len()), (2, 0));
    }
}
