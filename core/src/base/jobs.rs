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

enum Job<F: Future> {
    UnderWay(Pin<Box<F>>),
    Over(F::Output),
}

/// What came of all of the jobs, in their order, once the last of them has ended.
pub async fn all_of<F: Future>(jobs: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut jobs: Vec<Job<F>> = jobs.into_iter().map(|job| Job::UnderWay(Box::pin(job))).collect();
    poll_fn(|context| {
        let mut is_over = true;
        for job in &mut jobs {
            if let Job::UnderWay(future) = job {
                match future.as_mut().poll(context) {
                    Poll::Ready(outcome) => *job = Job::Over(outcome),
                    Poll::Pending => is_over = false,
                }
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let outcome = |job| match job {
        Job::Over(outcome) => Some(outcome),
        Job::UnderWay(_) => None,
    };
    jobs.into_iter().filter_map(outcome).collect()
}

/// What all futures come to, in their order, with at most `most` of them, at least one, under way at once.
pub async fn all_within<F: Future>(futures: Vec<F>, most: usize) -> Vec<F::Output> {
    let mut came: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    let mut waiting = futures.into_iter().enumerate();
    let numbered = |(number, future): (usize, F)| Box::pin(async move { (number, future.await) });
    let mut jobs: Vec<_> = waiting.by_ref().take(most.max(1)).map(numbered).collect();
    while !jobs.is_empty() {
        if let Some((number, output)) = next_of(&mut jobs, core::future::pending()).await {
            came[number] = Some(output);
            jobs.extend(waiting.next().map(numbered));
        }
    }
    came.into_iter().flatten().collect()
}
