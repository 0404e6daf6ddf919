//! A counter of which every node leases ranges: a ticket server that may be away.

use super::LeasedRange;
use crate::kv::{Key, Update};
use crate::port::{self, Register, SingleFlight, partition};
use alloc::vec::Vec;
use bytes::Bytes;
use spin::Mutex;

/// The numbers from 1 on, each given once in the whole cluster. They are leased from a register in
/// ranges, by one request of a node at a time; a node that ends forgets the rest of its range, so numbers are
/// skipped, never repeated.
#[derive(Debug)]
pub struct LeasedCounter {
    register: Bytes,
    size: u64,
    held: Mutex<Held>,
    leases: SingleFlight<port::Error>,
}

/// What this node has of the counter.
#[derive(Debug, Default)]
struct Held {
    range: LeasedRange,
    /// Whether the register has no more numbers to give.
    is_spent: bool,
}

impl LeasedCounter {
    /// The counter `name` of a service, leased in ranges of `size`.
    #[must_use]
    pub fn new(service: &str, name: &str, size: u64) -> Self {
        Self {
            register: partition(service, name),
            size,
            held: Mutex::default(),
            leases: SingleFlight::default(),
        }
    }

    /// The next `count` numbers that this node has; fewer only when all numbers are used up.
    ///
    /// # Errors
    /// [`port::Error`] if the range does not suffice and the register does not answer.
    pub async fn take<P: Register>(
        &self,
        ports: &P,
        count: usize,
    ) -> Result<Vec<u64>, port::Error> {
        let mut numbers = Vec::with_capacity(count);
        loop {
            let missing = {
                let mut held = self.held.lock();
                let missing = count - numbers.len();
                numbers.extend(held.range.by_ref().take(missing));
                let missing = count - numbers.len();
                if missing == 0 || held.is_spent {
                    return Ok(numbers);
                }
                missing as u64
            };
            self.leases.join(self.refill(ports, missing)).await?;
        }
    }

    /// Leases a range, unless there are numbers again. One request at a time does, for all that wait.
    async fn refill<P: Register>(&self, ports: &P, missing: u64) -> Result<(), port::Error> {
        if self.held.lock().range.left() > 0 {
            return Ok(());
        }
        let range = self.lease(ports, self.size.max(missing)).await?;
        *self.held.lock() = Held { range, is_spent: range.left() == 0 };
        Ok(())
    }

    /// The next `count` numbers of the register itself, without leasing more: what a central ticket
    /// server does.
    ///
    /// # Errors
    /// [`port::Error`] if the register does not answer.
    pub async fn take_central<P: Register>(
        &self,
        ports: &P,
        count: usize,
    ) -> Result<Vec<u64>, port::Error> {
        Ok(self.lease(ports, count as u64).await?.collect())
    }

    /// Takes `count` numbers from the register. Should it be unclear whether they were taken, they
    /// count as taken.
    async fn lease<P: Register>(&self, ports: &P, count: u64) -> Result<LeasedRange, port::Error> {
        let key = Key::new(self.register.clone(), "")?;
        let amount = i64::try_from(count).unwrap_or(i64::MAX);
        let updated = ports.update(&key, Update::Add(amount)).await?;
        let number = || core::str::from_utf8(updated.value.as_deref()?).ok()?.parse::<u64>().ok();
        let last = if updated.applied { number() } else { None };
        // Without a number, all that a register can hold are used up.
        let range =
            last.and_then(|last| Some(LeasedRange::new(last.checked_sub(count)? + 1, count)));
        Ok(range.unwrap_or_default())
    }
}
