//! What the runs inside a call use of what is left to them.
//!
//! A call has an [`Account`], with an entry for each run inside it; such a run has a [`Seat`], by which it tells what it used,
//! up to the outermost run, and asks what is left.
//!
//! Locks are taken upwards alone: what a turn hands on, then its purse, then the purses of the turns above. The list of the
//! runs inside a call comes last, and nothing is taken behind it.

use std::sync::{Arc, PoisonError};

use tokio::time::Instant;

use super::{InnerRun, budget::Budget, kept};
use crate::{
    agent::{
        limits::least,
        run::{Run, Stop},
        step::State,
    },
    error::{Error, Result},
    message::{Message, Response, Usage},
    sync::{Mutex, MutexGuard},
    tool::CallContext,
};

/// The runs inside one call.
#[derive(Debug)]
pub(in crate::agent) struct Account {
    budget: Arc<Budget>,
    /// When the call's own time is up.
    until: Option<Instant>,
    runs: Mutex<Vec<InnerRun>>,
}

/// A run's place in the account of the call that it is inside of.
#[derive(Clone, Debug)]
pub(in crate::agent) struct Seat {
    account: Arc<Account>,
    at: usize,
}

impl Account {
    pub(super) fn new(budget: Arc<Budget>, until: Option<Instant>) -> Self {
        Self { budget, until, runs: Mutex::default() }
    }

    /// Of a call, where its tool may have runs inside it.
    pub(in crate::agent) fn of(cx: &CallContext) -> Option<Arc<Self>> {
        Arc::clone(cx.account()?).downcast().ok()
    }

    /// The same, where there were such runs.
    pub(in crate::agent) fn used(cx: &CallContext) -> Option<Arc<Self>> {
        Arc::clone(cx.used()?).downcast().ok()
    }

    /// The runs inside the call, which is over; what still goes on in them is not told any more.
    pub(in crate::agent) fn close(&self) -> Vec<InnerRun> {
        self.runs().clone()
    }

    /// One of the runs inside the call was cancelled.
    pub(in crate::agent) fn was_stopped(cx: &CallContext) -> bool {
        Self::used(cx).is_some_and(|account| account.runs().iter().any(|run| run.stop == Stop::Cancelled))
    }

    fn runs(&self) -> MutexGuard<'_, Vec<InnerRun>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// For a run that begins inside the call.
    pub(in crate::agent) fn take(account: Arc<Account>, agent: Option<&str>) -> Self {
        let at = {
            let mut runs = account.runs();
            runs.push(InnerRun::begin(agent));
            runs.len() - 1
        };
        Self { account, at }
    }

    /// Holds the run to the time and the depth that are left to it.
    pub(in crate::agent) fn enter(&self, state: &mut State) {
        let until = least(self.account.until, self.account.budget.until);
        let time = until.map(|until| until.saturating_duration_since(Instant::now()));
        let depth = self.account.budget.purse().left.depth;
        state.enter(time, depth);
    }

    /// Holds the run to the tokens that are left to it now.
    pub(in crate::agent) fn hold(&self, state: &mut State) {
        state.hold_tokens(self.tokens_left());
    }

    fn tokens_left(&self) -> Option<u64> {
        let here = self.account.budget.purse().left.tokens;
        least(here, self.account.budget.above.as_ref().and_then(Self::tokens_left))
    }

    /// The model replied, or began to where the reply is not `complete`.
    pub(in crate::agent) fn replied(&self, response: &Response, complete: bool) {
        if complete || !response.message.parts.is_empty() {
            self.tell(|run| run.turns = run.turns.saturating_add(1));
        }
        if let Some(usage) = response.usage {
            self.spend(usage);
        }
    }

    fn spend(&self, usage: Usage) {
        self.tell(|run| run.usage += usage);
        let budget = &self.account.budget;
        budget.purse().take_tokens(usage.total());
        if let Some(above) = &budget.above {
            above.spend(usage);
        }
    }

    /// Takes the calls of a reply from those that are left, and holds the run to what it got.
    pub(in crate::agent) fn admit(&self, state: &mut State, message: &Message) {
        let wanted = state.admits(message);
        let got = self.take_calls(wanted);
        if got < wanted {
            state.hold_calls(got);
        }
    }

    fn take_calls(&self, wanted: u64) -> u64 {
        let budget = &self.account.budget;
        // Held until it is known what there is above, so that none is taken there that is not to be had here: for a moment
        // others would miss it.
        let mut purse = budget.purse();
        let here = purse.calls_of(wanted);
        let got = budget.above.as_ref().map_or(here, |above| above.take_calls(here));
        purse.take_calls(got);
        drop(purse);
        self.tell(|run| run.calls = run.calls.saturating_add(u32::try_from(got).unwrap_or(u32::MAX)));
        got
    }

    /// The run is over.
    pub(in crate::agent) fn ended(&self, ended: &Result<Run>) {
        let (run, error) = match ended {
            Ok(run) => (Some(run), None),
            Err(error) => (error.run(), Some(with_causes(error))),
        };
        self.tell(|entry| {
            entry.id = run.and_then(|run| run.id.clone());
            entry.stop = run.and_then(|run| run.stop.as_ref()).map(kept);
            entry.error = error;
        });
    }

    fn tell(&self, what: impl FnOnce(&mut InnerRun)) {
        if let Some(run) = self.account.runs().get_mut(self.at) {
            what(run);
        }
    }
}

/// The error with all that led to it.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
