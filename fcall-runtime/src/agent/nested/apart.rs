//! A run inside a call as a task of its own.

use std::panic::resume_unwind;

use tokio::task::JoinSet;

use crate::agent::trace::inside;

/// What the future yields, polled from the bottom of a stack: runs inside runs inside runs would else need more of it than a
/// thread has.
///
/// # Cancellation
/// Dropping the future aborts the task.
pub(in crate::agent) async fn apart<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let mut task = JoinSet::new();
    task.spawn(inside(future));
    match task.join_next().await {
        Some(Ok(ended)) => ended,
        Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime shuts down, and drops this future too.
        _ => std::future::pending().await,
    }
}
