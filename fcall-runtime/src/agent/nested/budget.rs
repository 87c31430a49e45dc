//! What a run leaves to the runs inside its calls.
//!
//! A turn has one [`Budget`], which all of its calls share, those that begin before the reply is complete included.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Account, Seat};
use crate::{
    agent::step::State,
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
pub(super) struct Budget {
    purse: Mutex<Purse>,
    pub(super) until: Option<Instant>,
    /// Of the run that the turn is of, where that is inside a call itself.
    pub(super) above: Option<Seat>,
}

/// A run takes from it after each reply, and before its calls begin; never more calls than are left, and of tokens as many as
/// a reply took.
#[derive(Debug)]
pub(super) struct Purse {
    pub(super) left: Left,
    /// What was taken of it: tokens and calls.
    spent: (u64, u64),
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
        if state.is_calling() {
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
    pub(super) fn purse(&self) -> MutexGuard<'_, Purse> {
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

    pub(super) fn take_tokens(&mut self, tokens: u64) {
        self.left.tokens = self.left.tokens.map(|left| left.saturating_sub(tokens));
        self.spent.0 = self.spent.0.saturating_add(tokens);
    }

    /// So many of them as are left.
    pub(super) fn calls_of(&self, wanted: u64) -> u64 {
        self.left.calls.map_or(wanted, |left| wanted.min(left))
    }

    pub(super) fn take_calls(&mut self, calls: u64) {
        self.left.calls = self.left.calls.map(|left| left.saturating_sub(calls));
        self.spent.1 = self.spent.1.saturating_add(calls);
    }
}

impl tool::Left for Budget {
    fn account(self: Arc<Self>, until: Option<Instant>) -> tool::Account {
        // A run that ends a little before its call is cut can still tell what it found.
        let spare = |until: Instant| (until.saturating_duration_since(Instant::now()) / 10).min(Duration::from_secs(1));
        let until = until.map(|until| until - spare(until));
        Arc::new(Account::new(self, until))
    }
}
