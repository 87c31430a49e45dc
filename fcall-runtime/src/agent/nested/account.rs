//! What a run leaves to the runs inside its calls, and what they use of it.
//!
//! A turn has one [`Budget`], which all of its calls share; a call has an [`Account`], with an entry for each run inside
//! it; such a run has a [`Seat`], by which it tells what it used, up to the outermost run, and asks what is left.
//!
//! Locks are taken upwards alone: what a turn hands on, then its purse, then the purses of the turns above. The list of the
//! runs inside a call comes last, and nothing is taken behind it.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{InnerRun, kept};
use crate::{
    agent::{limits::least, run::Run, step::State},
    error::{Error, Result},
    message::{Message, Response, Usage},
    sync::{Mutex, MutexGuard},
    tool::{self, CallContext, Tool},
};

/// What is left to the runs inside the calls of one turn; none is no bound.
#[derive(Clone, Copy, Debug)]
pub(in crate::agent) struct Left {
    pub(in crate::agent) tokens: Option<u64>,
    pub(in crate::agent) calls: Option<u64>,
    pub(in crate::agent) time: Option<Duration>,
    /// How many levels of runs there may be.
    pub(in crate::agent) depth: u32,
}

/// What the calls of a run hand on, turn by turn.
#[derive(Debug)]
pub(in crate::agent) struct HandsOn<'a> {
    seat: Option<&'a Seat>,
    /// Nobody waits for it: one task drives the run. But calls that began early still refer to it when their turn opens.
    turn: Mutex<Turn>,
}

/// Of one turn.
#[derive(Debug, Default)]
struct Turn {
    left: Option<Left>,
    /// Made once a call may have use for it.
    budget: Option<Arc<Budget>>,
}

/// What the calls of a turn share.
#[derive(Debug)]
struct Budget {
    purse: Mutex<Purse>,
    until: Option<Instant>,
    /// Of the run that the turn is of, where that is inside a call itself.
    above: Option<Seat>,
}

#[derive(Debug)]
struct Purse {
    left: Left,
    /// What was taken of it: tokens and calls.
    spent: (u64, u64),
}

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

impl<'a> HandsOn<'a> {
    pub(in crate::agent) fn new(seat: Option<&'a Seat>) -> Self {
        Self { seat, turn: Mutex::default() }
    }

    /// The model is asked: a turn begins, and some of its calls may before the reply is complete.
    pub(in crate::agent) fn asks(&self, state: &State) {
        *self.turn() = Turn { left: Some(state.left()), budget: None };
    }

    /// The calls of the turn are known, where any are open.
    pub(in crate::agent) fn opens(&self, state: &State) {
        if state.has_open_calls() {
            let mut turn = self.turn();
            turn.left = Some(state.left());
            if let (Some(budget), Some(left)) = (&turn.budget, turn.left) {
                budget.purse().renew(left);
            }
        }
    }

    /// The context of a call of this tool, with what the run leaves to it where it may hand that on.
    pub(in crate::agent) fn to(&self, tool: &Tool, cx: CallContext) -> CallContext {
        if !tool.hands_on() {
            return cx;
        }
        let mut turn = self.turn();
        let Some(left) = turn.left else { return cx };
        let budget = turn.budget.get_or_insert_with(|| {
            let until = left.time.and_then(|time| Instant::now().checked_add(time));
            let purse = Mutex::new(Purse { left, spent: (0, 0) });
            Arc::new(Budget { purse, until, above: self.seat.cloned() })
        });
        cx.with_left(Arc::clone(budget) as Arc<dyn tool::Left>)
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budget {
    fn purse(&self) -> MutexGuard<'_, Purse> {
        self.purse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Purse {
    /// So much is left as of the reply, without what was taken meanwhile.
    fn renew(&mut self, left: Left) {
        let (tokens, calls) = self.spent;
        self.left = left;
        self.left.tokens = left.tokens.map(|left| left.saturating_sub(tokens));
        self.left.calls = left.calls.map(|left| left.saturating_sub(calls));
    }

    fn take_tokens(&mut self, tokens: u64) {
        self.left.tokens = self.left.tokens.map(|left| left.saturating_sub(tokens));
        self.spent.0 = self.spent.0.saturating_add(tokens);
    }

    /// So many of them as are left.
    fn calls_of(&self, wanted: u64) -> u64 {
        self.left.calls.map_or(wanted, |left| wanted.min(left))
    }

    fn take_calls(&mut self, calls: u64) {
        self.left.calls = self.left.calls.map(|left| left.saturating_sub(calls));
        self.spent.1 = self.spent.1.saturating_add(calls);
    }
}

impl tool::Left for Budget {
    fn account(self: Arc<Self>, until: Option<Instant>) -> tool::Account {
        // A run that ends a little before its call is cut can still tell what it found.
        let spare = |until: Instant| (until.saturating_duration_since(Instant::now()) / 10).min(Duration::from_secs(1));
        let until = until.map(|until| until - spare(until));
        Arc::new(Account { budget: self, until, runs: Mutex::default() })
    }
}

impl Account {
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
