//! What a machine wants done leaves through one sink.
//!
//! A machine without I/O takes its inputs as arguments and writes its wishes into an [`Effects`].
//! The host carries them out in order: it owns the sockets, the timers and the clients. One sink a
//! host, drained after every input, spares an allocation each time.
//!
//! ```
//! use ennead::base::{Effect, Effects, Span};
//! let mut effects: Effects<u16, &str, (), (), (), ()> = Effects::new();
//! effects.send(2, "hello");
//! effects.set_timer(Span::from_millis(5), ());
//! assert_eq!(effects.drain().count(), 2);
//! ```

use super::time::Span;
use alloc::vec::Vec;

/// One wish of a machine. `P` names a peer, `M` is its message, `T` its timer, `R` its answer to a
/// client, `D` what it delivers to its neighbours in the same process, `E` an event worth telling a
/// person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<P, M, T, R, D, E> {
    /// Send `message` to a peer. It may be lost, doubled or overtaken.
    Send {
        /// To whom.
        to: P,
        /// What.
        message: M,
    },
    /// Hand `timer` back after a span. Timers cannot be taken back: a machine ignores one that no
    /// longer matters.
    SetTimer {
        /// After how long.
        after: Span,
        /// The value handed back.
        timer: T,
    },
    /// Answer a client.
    Reply(R),
    /// Hand something to what runs beside the machine in the same process.
    Deliver(D),
    /// Tell what happened; it has no influence.
    Tell(E),
}

/// The sink, in the order in which things were wished.
#[derive(Clone, Debug)]
pub struct Effects<P, M, T, R, D, E>(Vec<Effect<P, M, T, R, D, E>>);

impl<P, M, T, R, D, E> Default for Effects<P, M, T, R, D, E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P, M, T, R, D, E> Effects<P, M, T, R, D, E> {
    /// An empty sink.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Wishes to send a message.
    pub fn send(&mut self, to: P, message: M) {
        self.0.push(Effect::Send { to, message });
    }

    /// Wishes to be called back.
    pub fn set_timer(&mut self, after: Span, timer: T) {
        self.0.push(Effect::SetTimer { after, timer });
    }

    /// Answers a client.
    pub fn reply(&mut self, reply: R) {
        self.0.push(Effect::Reply(reply));
    }

    /// Hands something to what runs beside it.
    pub fn deliver(&mut self, what: D) {
        self.0.push(Effect::Deliver(what));
    }

    /// Tells what happened.
    pub fn tell(&mut self, event: E) {
        self.0.push(Effect::Tell(event));
    }

    /// Takes all wishes out, oldest first, and keeps the allocation.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect<P, M, T, R, D, E>> + '_ {
        self.0.drain(..)
    }

    /// Whether nothing is wished.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
