//! The node that requests are put to: one for many inputs, since starting one takes a millisecond.

use ennead::native::inside::Inside;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::{Builder, Runtime};

/// Inputs after which a new one begins, so that what they leave does not gather.
const INPUTS: u32 = 1_000;

struct Node {
    runtime: Runtime,
    inside: Inside,
    inputs: u32,
}

static NODE: Mutex<Option<Node>> = Mutex::new(None);

/// A runtime for one thread.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime of one thread")
}

/// Has `work` done with the node; alone, whatever other threads want.
pub(crate) fn with<T>(work: impl AsyncFnOnce(&Inside) -> T) -> T {
    let mut place = NODE.lock().unwrap_or_else(PoisonError::into_inner);
    let node = place.get_or_insert_with(|| {
        let runtime = runtime();
        let inside = runtime.block_on(async { Inside::start() }).expect("a node in memory");
        Node { runtime, inside, inputs: 0 }
    });
    let done = node.runtime.block_on(work(&node.inside));
    node.inputs += 1;
    if node.inputs == INPUTS
        && let Some(Node { runtime, inside, .. }) = place.take()
    {
        runtime.block_on(inside.stop()).expect("the node stops as it should");
    }
    done
}
