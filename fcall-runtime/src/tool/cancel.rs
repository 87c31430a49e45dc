//! The signal that a run or a call should end.

use std::{
    fmt,
    future::{Future, poll_fn},
    sync::Arc,
    task::Poll,
};

use super::CallContext;
use crate::sync::{OnceLock, Semaphore};

/// A signal that something should end: given once, seen by all who hold a clone, and by every [`child`](Self::child).
///
/// # Examples
/// ```
/// use fcall_runtime::tool::CancellationToken;
///
/// let all = CancellationToken::new();
/// let one = all.child();
/// one.cancel();
/// assert!(one.is_cancelled() && !all.is_cancelled());
/// all.cancel();
/// assert!(all.child().is_cancelled());
/// ```
#[derive(Clone)]
pub struct CancellationToken(Arc<Signal>);

struct Signal {
    /// Has no permits, ever: it is closed to give the signal, and that wakes all who wait for one.
    given: Semaphore,
    /// Somebody looks at the signal, so it makes sense to wait for what they do about it.
    watched: OnceLock<()>,
    parent: Option<CancellationToken>,
}

impl CancellationToken {
    /// A token of its own, not yet cancelled.
    pub fn new() -> Self {
        Self::below(None)
    }

    /// A token that is cancelled together with this one, or alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self::below(Some(self.clone()))
    }

    fn below(parent: Option<Self>) -> Self {
        Self(Arc::new(Signal { given: Semaphore::new(0), watched: OnceLock::new(), parent }))
    }

    /// Gives the signal; doing so again changes nothing.
    pub fn cancel(&self) {
        self.0.given.close();
    }

    /// The signal was given.
    pub fn is_cancelled(&self) -> bool {
        self.chain().any(|token| token.0.given.is_closed())
    }

    /// Waits until the signal is given.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing.
    pub async fn cancelled(&self) {
        // An error is all that a semaphore without permits can answer, once it is closed.
        if self.0.parent.is_none() {
            drop(self.0.given.acquire().await);
            return;
        }
        let mut waits: Vec<_> = self.chain().map(|token| Box::pin(token.0.given.acquire())).collect();
        poll_fn(|task| match waits.iter_mut().any(|wait| wait.as_mut().poll(task).is_ready()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// This token and those above it.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |token| token.0.parent.as_ref())
    }

    fn watch(&self) {
        let _ = self.0.watched.set(());
    }

    /// Gives the signal when the guard is dropped.
    pub(crate) fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

/// Cancels a token when it is dropped.
#[derive(Debug)]
pub(crate) struct CancelOnDrop(CancellationToken);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The signal of one call: that of its run, or its own.
#[derive(Debug)]
pub(super) struct CallSignal {
    run: CancellationToken,
    /// Made when somebody looks at it, or the call's time is up: most calls are over before.
    own: OnceLock<CancellationToken>,
}

impl CallSignal {
    fn own(&self) -> &CancellationToken {
        self.own.get_or_init(|| self.run.child())
    }

    /// What the tool looks at.
    fn watched(&self) -> &CancellationToken {
        let own = self.own();
        own.watch();
        own
    }
}

/// The copy is of the same call.
impl Clone for CallSignal {
    fn clone(&self) -> Self {
        Self { run: self.run.clone(), own: OnceLock::from(self.own().clone()) }
    }
}

/// A tool that looks at the signal is given a moment to end by itself; one that does not is dropped at once.
impl CallContext {
    /// With a signal to end, where the tool is called by hand; a run gives its own.
    #[must_use]
    pub fn cancel(mut self, token: CancellationToken) -> Self {
        self.cancellation = Some(CallSignal { run: token, own: OnceLock::new() });
        self
    }

    /// The call should end: its run was cancelled or dropped, or its time is up.
    ///
    /// For functions that block or compute for long; they go on after their run is over unless they ask.
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.as_ref().is_some_and(|signal| signal.watched().is_cancelled())
    }

    /// Waits until the call should end; for ever, where it never should.
    pub async fn cancelled(&self) {
        match &self.cancellation {
            Some(signal) => signal.watched().cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// The signal itself, to hand on: to another agent's run, to a client that can be cancelled.
    pub fn cancellation(&self) -> CancellationToken {
        self.cancellation.as_ref().map(|signal| signal.watched().clone()).unwrap_or_default()
    }

    /// Waits for the run's signal without being one that looks at it.
    pub(crate) async fn signal(&self) {
        match &self.cancellation {
            Some(signal) => signal.run.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// The tool looks at the signal.
    pub(crate) fn is_watched(&self) -> bool {
        let own = self.cancellation.as_ref().and_then(|signal| signal.own.get());
        own.is_some_and(|token| token.0.watched.get().is_some())
    }

    /// The call's time is up.
    pub(crate) fn expire(&self) {
        if let Some(signal) = &self.cancellation {
            signal.own().cancel();
        }
    }
}
