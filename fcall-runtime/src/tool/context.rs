//! What a tool can know of the call it serves.

use std::{any::Any, fmt, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    cancel::CallSignal,
    state::{Holds, States},
};
use crate::{
    message::ToolCall,
    notice,
    schema::Repair,
    sync::{Mutex, OnceLock},
};

/// The call that a tool serves: its id, the tool's name, the turn.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CallContext {
    /// The id of the call; empty outside a conversation.
    pub call_id: String,
    /// The name of the tool that is called; empty outside a conversation.
    pub tool: String,
    /// The turn of the run, from 1; 0 outside a run.
    pub turn: u32,
    repairs: OnceLock<Vec<Repair>>,
    /// None where nobody could give the signal.
    pub(super) cancellation: Option<CallSignal>,
    /// None where nothing is lent.
    pub(super) states: Option<Arc<States>>,
    /// What its run leaves to agents inside the call; none where the tool can't hand it on.
    left: Option<Arc<dyn Left>>,
    /// When the call's own time is up, where it has begun.
    until: OnceLock<Instant>,
    /// Of the agents inside the call; made for the first of them.
    account: OnceLock<Account>,
    /// What was waited for before the call's time began to count.
    pub(super) holds: Mutex<Option<Holds>>,
}

/// What a run leaves to agents inside its calls; known to the agent alone, which is a room above.
pub(crate) trait Left: fmt::Debug + Send + Sync {
    /// What the agents inside one call have of it.
    fn account(self: Arc<Self>, until: Option<Instant>) -> Account;
}

/// What the agents inside one call use.
pub(crate) type Account = Arc<dyn Any + Send + Sync>;

/// The copy knows the same call and the same states; what the call itself holds stays with it.
impl Clone for CallContext {
    fn clone(&self) -> Self {
        Self {
            call_id: self.call_id.clone(),
            tool: self.tool.clone(),
            turn: self.turn,
            repairs: self.repairs.clone(),
            cancellation: self.cancellation.clone(),
            states: self.states.clone(),
            left: self.left.clone(),
            until: self.until.clone(),
            // One for both.
            account: self.account().map_or_else(OnceLock::new, |account| OnceLock::from(Arc::clone(account))),
            holds: Mutex::default(),
        }
    }
}

impl CallContext {
    /// For a call outside a conversation: a test, a command.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a call of a conversation.
    pub fn for_call(call: &ToolCall, turn: u32) -> Self {
        Self { call_id: call.id.clone(), tool: call.name.clone(), turn, ..Self::default() }
    }

    /// With a value for `#[state] db: &Db`, where the tool is called by hand; a run takes it from its agent.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.state_arc(Arc::new(value))
    }

    /// The same, where the value is in an `Arc` already.
    #[must_use]
    pub fn state_arc<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        Arc::make_mut(self.states.get_or_insert_default()).shared(value);
        self
    }

    /// With a value for `#[state] cart: &mut Cart`.
    #[must_use]
    pub fn state_mut<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        Arc::make_mut(self.states.get_or_insert_default()).exclusive(value);
        self
    }

    /// With what a run lends to its tools.
    pub(crate) fn with_states(mut self, states: &Arc<States>) -> Self {
        self.states = (!states.is_empty()).then(|| Arc::clone(states));
        self
    }

    /// With what its run leaves to agents inside the call.
    pub(crate) fn with_left(mut self, left: Arc<dyn Left>) -> Self {
        self.left = Some(left);
        self
    }

    /// The call begins, and has so much time.
    pub(crate) fn begins(&self, limit: Duration) {
        if self.left.is_some()
            && let Some(until) = Instant::now().checked_add(limit)
        {
            let _ = self.until.set(until);
        }
    }

    /// Of agents inside the call, where the run leaves something to them.
    pub(crate) fn account(&self) -> Option<&Account> {
        let left = self.left.as_ref()?;
        Some(self.account.get_or_init(|| Arc::clone(left).account(self.until.get().copied())))
    }

    /// The same, where there was such an agent.
    pub(crate) fn used(&self) -> Option<&Account> {
        self.account.get()
    }

    /// What had to be put right in the arguments before they could be read: known once the call has begun.
    pub fn repairs(&self) -> &[Repair] {
        self.repairs.get().map_or(&[], Vec::as_slice)
    }

    /// A context is for one call: of a second one the repairs are not told.
    pub(crate) fn repaired(&self, repairs: Vec<Repair>) {
        if !repairs.is_empty() {
            notice::repaired(&self.call_id, &self.tool, repairs.len());
            let _ = self.repairs.set(repairs);
        }
    }
}
