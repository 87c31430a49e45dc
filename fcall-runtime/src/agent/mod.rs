//! Agents: a model, a set of tools, and the call loop that lets one use the other.
//!
//! Names no protocol and no HTTP: the loop asks a [`Model`] and carries out what comes back.

mod answer;
mod approval;
mod ask;
mod builder;
mod chat;
mod claim;
mod deferred;
mod drive;
mod effects;
mod event;
mod execute;
mod history;
mod hook;
#[cfg(shuttle)]
#[path = "../../../tests/crates/schedules/inside.rs"]
pub mod inside;
mod journal;
mod limits;
mod nested;
mod next;
mod open;
mod paused;
mod repeat;
mod reply;
mod request;
mod run;
mod saved;
mod select;
#[cfg(feature = "tracing")]
mod spoken;
mod step;
mod tally;
#[cfg(feature = "tracing")]
mod trace;
#[cfg(not(feature = "tracing"))]
#[path = "untraced.rs"]
mod trace;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

pub use answer::{Typed, TypedEvent, TypedStream};
pub use approval::{Approval, Decision, PendingCall};
pub use builder::AgentBuilder;
pub use chat::Chat;
pub use claim::Claim;
pub(crate) use claim::Claims;
pub use event::{Event, EventStream};
pub use history::{HistoryFault, HistoryFaultKind, check_history, repair_history};
pub use hook::{Hook, HookCall, HookRequest, HookResult, OnCall, OnRequest};
pub use journal::{Journal, JournalResult, Record};
pub use limits::{Limits, OnLimit};
pub use nested::InnerRun;
pub use next::{CallEnd, Next, Pending};
pub use paused::Paused;
pub use request::RunRequest;
pub use run::{Call, CallStatus, Run, Stop};
pub use select::Asking;
pub use step::State;

use crate::{
    error::{Error, Result},
    message::{Message, RequestOptions, ToolChoice},
    model::Model,
    tool::States,
    toolbox::Toolbox,
};
use approval::Approvals;
use deferred::Deferral;
use execute::Execution;
use hook::Hooks;
use journal::{Held, Log, Was};
use select::Selection;

/// A model that can call tools. Cheap to clone; one agent serves any number of runs at the same time.
///
/// Runs need a tokio runtime with its timer.
#[derive(Clone)]
pub struct Agent(Arc<Inner>);

struct Inner {
    model: Box<dyn Model>,
    /// Collected at the first run where none were given: `Agent::new` can't fail.
    tools: OnceLock<Toolbox>,
    instructions: Option<String>,
    tool_choice: ToolChoice,
    options: RequestOptions,
    limits: Limits,
    execution: Execution,
    approvals: Approvals,
    states: Arc<States>,
    journal: Option<Arc<dyn Journal>>,
    /// The runs of the journal that the agent or a clone of it goes on with.
    claims: Claims,
    hooks: Hooks,
    select: Option<Selection>,
    /// The tools by which deferred ones are found and called, where there are any.
    deferral: Option<Deferral>,
    name: Option<String>,
    trace_content: bool,
}

impl Inner {
    /// The run's place in the journal, where there is one, and what keeps it from all others; a run that is new to it is
    /// given its id.
    ///
    /// # Errors
    /// Somebody goes on with the run, or has since `was` so.
    async fn log(&self, state: &mut State, id: Option<String>, was: Was<'_>) -> Result<Option<(Log, Held)>> {
        let Some(journal) = &self.journal else { return Ok(None) };
        let (run, was) = match state.id() {
            Some(run) => (run.to_owned(), was),
            None => (id.unwrap_or_else(journal::fresh_id), Was::New),
        };
        let log = Log::new(journal, &run);
        // From here on nobody else goes on with it: what the journal says of it now holds.
        let held = log.claim(&self.claims, &was).await?;
        log.check(&was).await?;
        state.name(run);
        Ok(Some((log, held)))
    }

    fn tools(&self) -> Result<&Toolbox> {
        if let Some(tools) = self.tools.get() {
            return Ok(tools);
        }
        let collected = Toolbox::collect()?;
        Ok(self.tools.get_or_init(|| collected))
    }
}

impl Agent {
    /// An agent with every `#[tool]` that is linked into the program, and the default of every option.
    ///
    /// Tools that can't be used together (two of one name) are an error from the first run. The tools of a crate that is
    /// otherwise unused are linked only if the program names it: `use travel_tools as _;`.
    pub fn new(model: impl Model + 'static) -> Self {
        builder::AgentBuilder::new(Box::new(model)).into_agent()
    }

    /// An agent with options; see [`AgentBuilder`].
    pub fn builder(model: impl Model + 'static) -> AgentBuilder {
        AgentBuilder::new(Box::new(model))
    }

    /// Who answers, for people.
    pub fn model_id(&self) -> &str {
        self.0.model.id()
    }

    /// Asks the model, carries out the calls it makes, and goes on until it answers or a limit is reached.
    ///
    /// # Errors
    /// What kept the model from answering, or a tool that ended the run; [`Error::run`](crate::Error::run) has what
    /// was done until then. Reaching a limit is no error: see [`Run::stop`]. A message that makes calls, or answers some that
    /// nobody made, is refused before anything is sent ([`Error::is_history`](crate::Error::is_history)).
    ///
    /// # Cancellation
    /// Dropping the future ends the run: the request in flight is closed, calls still running are aborted.
    pub async fn run(&self, message: impl Into<Message>) -> Result<Run> {
        self.request(message).run().await
    }

    /// Like [`run`](Self::run), as a stream of events.
    pub fn stream(&self, message: impl Into<Message>) -> EventStream<'static> {
        self.request(message).stream()
    }

    /// A run with something of its own: the conversation before it, another tool choice.
    pub fn request(&self, message: impl Into<Message>) -> RunRequest {
        RunRequest::question(self.clone(), message.into())
    }

    /// Goes on with a run that waits for decisions, in this process or another; see [`Paused`].
    ///
    /// Calls that nobody decided upon go on waiting: the run pauses again once the others are carried out.
    ///
    /// # Errors
    /// A decision that was not made for a call that waits in this run: another id, another tool, other arguments
    /// ([`Error::is_refused_decision`](crate::Error::is_refused_decision)). Nothing is carried out then. With a journal that
    /// is an error of the run as well where the run has gone on since, or goes on at this moment: the same value was resumed
    /// before, by whomever [`Journal::claim`] knows of.
    ///
    /// # Examples
    /// ```no_run
    /// use fcall_runtime::agent::{Agent, Run, Stop};
    /// # async fn demo(agent: Agent, run: Run) -> fcall_runtime::Result<()> {
    /// if let Some(Stop::Approval(paused)) = &run.stop {
    ///     let decisions = paused.calls().iter().map(|call| match call.name.as_str() {
    ///         "cancel_booking" => call.allow(),
    ///         _ => call.deny("ask the owner first"),
    ///     });
    ///     let run = agent.resume(paused, decisions)?.run().await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn resume(&self, paused: &Paused, decisions: impl IntoIterator<Item = Decision>) -> Result<RunRequest> {
        let paused = paused.clone().into_state()?;
        let mut state = paused.clone();
        state.decide(decisions)?;
        Ok(RunRequest::resumed(self.clone(), state, paused))
    }

    /// Goes on with a run of the agent's journal whose process is no more; what it had done is not done again.
    ///
    /// A call that had begun and whose end was not written down is answered as interrupted, since it may have had an
    /// effect; calls of `read_only` and `idempotent` tools are repeated. A run that is over already ends at once, as it did.
    ///
    /// # Errors
    /// There is no journal, it can't be read, or it has no such run. It is an error of the run that it is returned for where
    /// somebody else goes on with it ([`Journal::claim`]), or has since it was read here: what was recovered twice goes on
    /// once.
    pub async fn recover(&self, id: &str) -> Result<RunRequest> {
        let Some(journal) = &self.0.journal else {
            return Err(Error::setup("the agent has no journal to recover runs from; give it one with `.journal(..)`"));
        };
        let (state, records) = Log::new(journal, id).recover(self.0.tools()?).await?;
        Ok(RunRequest::recovered(self.clone(), state, records))
    }

    /// A conversation that goes on over several questions.
    pub fn chat(&self) -> Chat {
        self.chat_with(Vec::new())
    }

    /// A conversation that goes on from these messages.
    ///
    /// They must be in order, with each call answered once and directly behind it: else every question is an error
    /// ([`Error::is_history`]). [`repair_history`] puts messages right.
    pub fn chat_with(&self, mut messages: Vec<Message>) -> Chat {
        self.instructions(&messages).into_iter().for_each(|instructions| messages.insert(0, instructions));
        Chat::new(self.clone(), messages)
    }

    /// The agent's instructions, for messages that don't begin with instructions.
    fn instructions(&self, messages: &[Message]) -> Option<Message> {
        let has = messages.first().is_some_and(|message| message.role == crate::message::Role::System);
        self.0.instructions.as_ref().filter(|_| !has).map(Message::system)
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { tools, instructions, tool_choice, options, limits, .. } = &*self.0;
        f.debug_struct("Agent")
            .field("model", &self.model_id())
            .field("tools", &tools.get())
            .field("instructions", &instructions.as_ref().map(String::len))
            .field("tool_choice", tool_choice)
            .field("options", options)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}
