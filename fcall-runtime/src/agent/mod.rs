//! Agents: a model, a set of tools, and the call loop that lets one use the other.
//!
//! Names no protocol and no HTTP: the loop asks a [`Model`] and carries out what comes back.

mod approval;
mod builder;
mod chat;
mod drive;
mod event;
mod execute;
mod next;
mod orphan;
mod repeat;
mod run;
mod step;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

pub use approval::{Approval, PendingCall};
pub use builder::AgentBuilder;
pub use chat::Chat;
pub use event::{Event, EventStream};
pub use next::{CallEnd, Next, Pending};
pub use run::{Call, CallStatus, Run, Stop};
pub use step::{State, StepLimits};

use crate::{
    error::Result,
    message::{History, Message, RequestOptions, ToolChoice},
    model::Model,
    tool::States,
    toolbox::Toolbox,
};
use approval::Approvals;
use drive::drive;
use event::Events;
use execute::Execution;

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
    limits: StepLimits,
    execution: Execution,
    approvals: Approvals,
    states: Arc<States>,
}

impl Inner {
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
    /// was done until then. Reaching a limit is no error: see [`Run::stop`].
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
        RunRequest {
            agent: self.clone(),
            message: message.into(),
            history: Vec::new(),
            tool_choice: self.0.tool_choice.clone(),
            states: States::default(),
        }
    }

    /// A conversation that goes on over several questions.
    pub fn chat(&self) -> Chat {
        self.chat_with(Vec::new())
    }

    /// A conversation that goes on from these messages.
    pub fn chat_with(&self, messages: Vec<Message>) -> Chat {
        Chat::new(self.clone(), self.begin(messages))
    }

    /// The messages with the agent's instructions in front, where they don't begin with instructions.
    fn begin(&self, mut messages: Vec<Message>) -> Vec<Message> {
        let has = messages.first().is_some_and(|message| message.role == crate::message::Role::System);
        if let Some(instructions) = self.0.instructions.as_ref().filter(|_| !has) {
            messages.insert(0, Message::system(instructions));
        }
        messages
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

/// One run with something of its own, from [`Agent::request`].
#[derive(Clone, Debug)]
#[must_use = "nothing is asked until `run` or `stream`"]
pub struct RunRequest {
    agent: Agent,
    message: Message,
    history: Vec<Message>,
    tool_choice: ToolChoice,
    states: States,
}

impl RunRequest {
    /// The conversation before this message, such as [`Run::messages`] of an earlier run.
    pub fn history(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        self.history = messages.into_iter().collect();
        self
    }

    /// Another tool choice than the agent's.
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = choice;
        self
    }

    /// A value for this run's tools, instead of the agent's of this type.
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.state_arc(Arc::new(value))
    }

    /// The same, where the value is in an `Arc` already.
    pub fn state_arc<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.states.shared(value);
        self
    }

    /// A value that this run's tools may change. To have it back after the run, give an `Arc` of a lock.
    pub fn state_mut<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.exclusive(value);
        self
    }

    /// See [`Agent::run`].
    ///
    /// # Errors
    /// As there.
    pub async fn run(self) -> Result<Run> {
        self.go(&Events::default()).await
    }

    /// See [`Agent::stream`].
    pub fn stream(self) -> EventStream<'static> {
        let events = Events::listening();
        EventStream::new(events.clone(), async move { self.go(&events).await })
    }

    async fn go(self, events: &Events) -> Result<Run> {
        let agent = &*self.agent.0;
        let mut messages = self.agent.begin(self.history);
        messages.push(self.message);
        let states =
            if self.states.is_empty() { Arc::clone(&agent.states) } else { Arc::new(self.states.over(&agent.states)) };
        let tools = agent.tools().and_then(|tools| {
            builder::check_choice(&self.tool_choice, tools)?;
            builder::check_states(&states, tools).map(|()| tools)
        });
        let mut state = State::new(messages, self.tool_choice, agent.limits);
        let tools = match tools {
            Ok(tools) => tools,
            Err(error) => return Err(error.attach(state.into_run())),
        };
        match drive(agent, tools, &states, &mut state, &History::default(), events).await {
            Ok(()) => Ok(state.into_run()),
            Err(interrupted) => Err(interrupted.with_run(state)),
        }
    }
}
