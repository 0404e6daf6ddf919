//! Commands over all keys: `DBSIZE` and `FLUSHALL` walk the slices of the ring.
//!
//! RESP's keys are those with an empty sort key; what else is stored is neither counted nor deleted.
//!
//! # Limits
//! Every slice is read under R, values included, [`AT_ONCE`] slices at a time: the cost grows with
//! the data. Keys written meanwhile may or may not be met.

use crate::kv::{Answer, Key, MAX_PAGE, Operation, Range, Request, Versions, Wishes};
use crate::native::node_thread::NodeHandle;
use crate::port;
use crate::ring::Slice;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Slices that are read at once.
const AT_ONCE: usize = 16;
/// Deletes under way at once in one slice.
const DELETES: usize = 64;

/// How many keys have a value.
///
/// # Errors
/// [`port::Error`] if some slice could not be read.
pub(super) async fn count(node: &NodeHandle) -> Result<u64, port::Error> {
    each_slice(node, |node, slice| async move {
        let mut keys = 0;
        let mut after = None;
        loop {
            let (entries, next) = page(&node, slice, after).await?;
            keys += entries.iter().filter(|(key, _)| is_redis(key)).count() as u64;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(keys),
            }
        }
    })
    .await
}

/// Deletes every key that it meets, and says how many.
///
/// # Errors
/// [`port::Error`] if some slice could not be read or some key not be deleted; others may have been.
pub(super) async fn flush(node: &NodeHandle) -> Result<u64, port::Error> {
    each_slice(node, |node, slice| async move {
        let mut deleted = 0;
        let mut after = None;
        loop {
            let (entries, next) = page(&node, slice, after).await?;
            let mine: Vec<_> = entries.into_iter().filter(|(key, _)| is_redis(key)).collect();
            for some in mine.chunks(DELETES) {
                let mut outcomes = Vec::with_capacity(some.len());
                for (key, versions) in some {
                    let seen = versions.context().clone();
                    let delete = Request::delete(key.clone()).having_seen(seen);
                    outcomes.push(node.submit(delete).await?);
                }
                for outcome in outcomes {
                    outcome.await.map_err(|_| crate::native::node_thread::Stopped)??;
                    deleted += 1;
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(deleted),
            }
        }
    })
    .await
}

/// Whether a key is one that Redis clients see.
fn is_redis(key: &Key) -> bool {
    key.sort().is_empty() && !key.is_of_service()
}

type Entries = Vec<(Key, Arc<Versions>)>;

async fn page(
    node: &NodeHandle,
    slice: Slice,
    after: Option<Key>,
) -> Result<(Entries, Option<Key>), port::Error> {
    let range = Range {
        slice,
        partition: None,
        from: None,
        after,
        until: None,
        limit: MAX_PAGE,
        reverse: false,
    };
    let request = Request { operation: Operation::Scan(range), wishes: Wishes::default() };
    match node.ask(request).await? {
        Answer::Page { entries, next } => Ok((entries, next)),
        _ => Ok((Vec::new(), None)),
    }
}

async fn each_slice<F, W>(node: &NodeHandle, work: W) -> Result<u64, port::Error>
where
    F: Future<Output = Result<u64, port::Error>> + Send + 'static,
    W: Fn(NodeHandle, Slice) -> F,
{
    let mut tasks = JoinSet::new();
    let mut total = 0;
    for slice in Slice::all() {
        if tasks.len() >= AT_ONCE {
            total += joined(tasks.join_next().await)?;
        }
        tasks.spawn(work(node.clone(), slice));
    }
    while !tasks.is_empty() {
        total += joined(tasks.join_next().await)?;
    }
    Ok(total)
}

fn joined(
    ended: Option<Result<Result<u64, port::Error>, tokio::task::JoinError>>,
) -> Result<u64, port::Error> {
    match ended {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) => Err(crate::native::node_thread::Stopped.into()),
        None => Ok(0),
    }
}
