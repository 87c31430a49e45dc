//! How long is waited for a state that others have.
//!
//! Whoever has it may have it for the time of its own call. Who waits lets each of them, however many there are, and its own
//! time more: a function on another thread can't be dropped, and may never give back what it has.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::time::Instant;

use crate::sync::Mutex;

/// Until when those who have a state may have it; of one that nobody had, nothing. The copy is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Due(Arc<Mutex<Option<Instant>>>);

/// Somebody has what a call needs, and should long have given it back.
#[derive(Debug)]
pub(crate) struct Overdue;

impl Due {
    /// Somebody has it alone from now on.
    pub(super) fn begin(&self, until: Instant) {
        self.set(|_| until);
    }

    /// Somebody has it for longer, or beside others.
    pub(super) fn extend(&self, until: Instant) {
        self.set(|old| old.map_or(until, |old| old.max(until)));
    }

    fn set(&self, until: impl FnOnce(Option<Instant>) -> Instant) {
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *due = Some(until(*due));
    }

    fn get(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the state is free. `until` is told how long that may last, each time before that is over.
    ///
    /// # Errors
    /// Those who have it are overdue for this long.
    pub(super) async fn wait<F: Future + Unpin>(
        &self,
        mut free: F,
        time: Duration,
        until: impl Fn(Instant),
    ) -> Result<F::Output, Overdue> {
        // Most wait for nobody.
        if let Poll::Ready(output) = poll_fn(|task| Poll::Ready(Pin::new(&mut free).poll(task))).await {
            return Ok(output);
        }
        let began = Instant::now();
        let most = || after(self.get().map_or(began, |due| due.max(began)), time);
        let waits = async move {
            loop {
                let end = most();
                until(end);
                match tokio::time::timeout_at(end, &mut free).await {
                    Ok(output) => return Ok(output),
                    // Others may have had it since.
                    Err(_) if most() > end => {}
                    Err(_) => return Err(Overdue),
                }
            }
        };
        Box::pin(waits).await
    }
}

/// So much later; of what no clock can say, as late as makes no difference.
pub(super) fn after(at: Instant, time: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(24 * 365 * 30);
    at.checked_add(time.min(FAR)).unwrap_or(at)
}
