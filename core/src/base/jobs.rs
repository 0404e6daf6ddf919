//! Many futures of one task, in one place: what a worker has under way.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::Poll;

/// The first of the jobs to come to an end, or nothing if the time is over before. A job that has ended is
/// taken out.
pub async fn next_of<F: Future>(
    jobs: &mut Vec<Pin<Box<F>>>,
    time: impl Future<Output = ()>,
) -> Option<F::Output> {
    let mut time = pin!(time);
    poll_fn(|context| {
        for index in 0..jobs.len() {
            if let Poll::Ready(came) = jobs[index].as_mut().poll(context) {
                drop(jobs.swap_remove(index));
                return Poll::Ready(Some(came));
            }
        }
        time.as_mut().poll(context).map(|()| None)
    })
    .await
}
