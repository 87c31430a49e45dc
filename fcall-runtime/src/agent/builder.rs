//! The options of an agent.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::Value;

use super::{
    Agent, Inner,
    approval::{Approval, Approvals, PendingCall},
    claim::Claims,
    deferred::Deferral,
    execute::Execution,
    hook::{Hook, Hooks},
    journal::Journal,
    limits::Limits,
    select::Selection,
};
use crate::{
    error::{Error, Kind, Result},
    message::{Effort, RequestOptions, ToolChoice},
    model::Model,
    tool::{IntoTools, States, Tool},
    toolbox::Toolbox,
};

/// Builds an [`Agent`]; from [`Agent::builder`].
///
/// # Examples
/// ```no_run
/// # fn demo(model: impl fcall_runtime::model::Model + 'static) -> fcall_runtime::Result<()> {
/// use fcall_runtime::agent::Agent;
///
/// let agent = Agent::builder(model).instructions("Answer in one sentence.").max_turns(8).build()?;
/// # Ok(()) }
/// ```
#[must_use = "an agent is made by `build`"]
pub struct AgentBuilder {
    model: Box<dyn Model>,
    tools: Option<Vec<Tool>>,
    pub(super) deferred: Vec<Tool>,
    pub(super) deferral: Deferral,
    pub(super) select: Option<Selection>,
    instructions: Option<String>,
    tool_choice: ToolChoice,
    options: RequestOptions,
    limits: Limits,
    execution: Execution,
    approvals: Approvals,
    states: States,
    /// Types of states that were given twice.
    twice: Vec<&'static str>,
    /// States that each run brings.
    promised: States,
    journal: Option<Arc<dyn Journal>>,
    hooks: Vec<Arc<dyn Hook>>,
    name: Option<String>,
    trace_content: bool,
}

impl AgentBuilder {
    pub(super) fn new(model: Box<dyn Model>) -> Self {
        Self {
            model,
            tools: None,
            deferred: Vec::new(),
            deferral: Deferral::default(),
            select: None,
            instructions: None,
            tool_choice: ToolChoice::Auto,
            options: RequestOptions::default(),
            limits: Limits::default(),
            execution: Execution {
                max_parallel: 16,
                timeout: Duration::from_secs(60),
                max_result_bytes: 64 * 1024,
                grace: Duration::from_secs(1),
            },
            approvals: Approvals::default(),
            states: States::default(),
            twice: Vec::new(),
            promised: States::default(),
            journal: None,
            hooks: Vec::new(),
            name: None,
            trace_content: false,
        }
    }

    /// What the model is told before the conversation, unless the conversation begins with instructions of its own.
    pub fn instructions(mut self, text: impl Into<String>) -> Self {
        self.instructions = Some(text.into());
        self
    }

    /// These tools instead of every tool of the program; several calls add up. Values with a `#[toolset]` too.
    pub fn tools(mut self, tools: impl IntoTools) -> Self {
        self.tools.get_or_insert_default().extend(tools.into_tools());
        self
    }

    /// A value for the tools that ask for it: `#[state] db: &Db`. Never part of a schema.
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.state_arc(Arc::new(value))
    }

    /// The same, where the value is in an `Arc` already: `Arc<Db>`, `Arc<dyn Store>`.
    pub fn state_arc<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.twice.extend(self.states.shared(value));
        self
    }

    /// A value that tools may change: `#[state] cart: &mut Cart`. Calls that do so run one at a time.
    pub fn state_mut<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.twice.extend(self.states.exclusive(value));
        self
    }

    /// Every run brings a value of this type: [`RunRequest::state`](super::RunRequest::state) and its like.
    pub fn state_per_run<T: ?Sized + Send + Sync + 'static>(mut self) -> Self {
        self.promised.promise::<T>();
        self
    }

    /// Whether the model may, must or must not call a tool. A forced choice holds until it was obeyed once in a run.
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = choice;
        self
    }

    /// The most tokens the model may generate in one reply, thinking included.
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.options.max_tokens = Some(tokens);
        self
    }

    /// Randomness, 0 to 2 (Anthropic: to 1); left out for models that refuse it.
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.options.temperature = Some(temperature);
        self
    }

    /// Nucleus sampling, 0 to 1; left out for models that refuse it.
    pub fn top_p(mut self, top_p: f64) -> Self {
        self.options.top_p = Some(top_p);
        self
    }

    /// A text that ends the model's reply; several calls add up.
    pub fn stop(mut self, text: impl Into<String>) -> Self {
        self.options.stop.push(text.into());
        self
    }

    /// For repeatable replies, where the provider has it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = Some(seed);
        self
    }

    /// How hard a reasoning model should think.
    pub fn reasoning(mut self, effort: Effort) -> Self {
        self.options.reasoning = Some(effort);
        self
    }

    /// Whether the model may make several calls in one turn; unset, the provider decides.
    pub fn parallel_calls(mut self, allowed: bool) -> Self {
        self.options.parallel_calls = Some(allowed);
        self
    }

    /// Another key of the request body, as the provider spells it.
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options.extra.insert(key.into(), value.into());
        self
    }

    /// Another HTTP header of every request; its value is never shown.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.headers.push((name.into(), value.into()));
        self
    }

    /// The most replies of the model in one run; default 20. Reaching it is [`Stop::MaxTurns`](super::Stop::MaxTurns).
    pub fn max_turns(mut self, turns: u32) -> Self {
        self.limits = self.limits.turns(turns);
        self
    }

    /// How far a run may go; what these limits don't say stays as it was said before.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits.over(self.limits);
        self
    }

    /// The most calls that run at the same time; default 16, at least 1.
    pub fn max_parallel_calls(mut self, calls: usize) -> Self {
        self.execution.max_parallel = calls.max(1);
        self
    }

    /// How long a call may take, unless its tool says otherwise; default 60 s.
    ///
    /// A call of a tool with states has it from when it holds them all. Those that need what another changes wait for their
    /// turn, in this run or another of the agent, however many are before them. It ends only where somebody has a state for
    /// longer than its own call may take, such as a `blocking` function that hangs: after this time more the others are
    /// answered as not carried out.
    pub fn tool_timeout(mut self, limit: Duration) -> Self {
        self.execution.timeout = limit;
        self
    }

    /// How long a call that looks at [`CallContext::cancelled`](crate::tool::CallContext::cancelled) may take to end once
    /// its run is cancelled; default 1 s. Calls of other tools are dropped at once.
    pub fn cancel_grace(mut self, time: Duration) -> Self {
        self.execution.grace = time;
        self
    }

    /// How many bytes of text of a result the model is told; what is over is cut out of its middle, and a line says how
    /// much. Default 64 KiB. The run keeps the whole: [`Call::result`](super::Call::result).
    pub fn max_result_bytes(mut self, bytes: usize) -> Self {
        self.execution.max_result_bytes = bytes;
        self
    }

    /// Asks about every call of a `destructive` tool before it is carried out, one call after the other; the calls that
    /// need no approval go on meanwhile.
    ///
    /// Without this such a call is not carried out, and the run ends with
    /// [`Stop::Approval`](super::Stop::Approval), to be resumed with the decisions.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::agent::{Agent, Approval, PendingCall};
    /// # fn demo(model: impl fcall_runtime::model::Model + 'static) {
    /// let agent = Agent::builder(model).approve(|call: PendingCall| async move {
    ///     match call.name.as_str() {
    ///         "cancel_booking" => Approval::Allow,
    ///         _ => Approval::Deny("ask the owner first".to_owned()),
    ///     }
    /// });
    /// # }
    /// ```
    pub fn approve<F, Fut>(mut self, ask: F) -> Self
    where
        F: Fn(PendingCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Approval> + Send + 'static,
    {
        self.approvals = Approvals::new(ask);
        self
    }

    /// Where runs are written down, each call before it begins and after it ended, so that
    /// [`Agent::recover`] can go on with them in another process. The agent and its clones never go on with one run twice at
    /// a time; whether others can is for [`Journal::claim`] to say.
    pub fn journal(mut self, journal: impl Journal + 'static) -> Self {
        self.journal = Some(Arc::new(journal));
        self
    }

    /// Stands around each request to the model and each call: sees it, rewrites it, answers instead. Several calls add
    /// up; see [`Hook`] for the order.
    pub fn hook(mut self, hook: impl Hook + 'static) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// What the agent is called in traces.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether what was said stands in traces: messages, arguments and results, in the spans and in the event
    /// `gen_ai.client.inference.operation.details`. Without this it does not, and what `#[arg(secret)]` marks never does.
    /// Needs the feature `tracing`.
    pub fn trace_content(mut self, shown: bool) -> Self {
        self.trace_content = shown;
        self
    }

    /// Makes the agent.
    ///
    /// # Errors
    /// Two tools of one name; a tool choice that names a tool that isn't there or is deferred, or demands a call where there
    /// are no tools; a state that a tool needs and nobody gave, or that was given twice.
    pub fn build(mut self) -> Result<Agent> {
        let deferred = std::mem::take(&mut self.deferred);
        let defers = !deferred.is_empty();
        let tools = match self.tools.take() {
            tools if defers => self.deferral.toolbox(tools, deferred)?,
            Some(tools) => Toolbox::new(tools)?,
            None => Toolbox::collect()?,
        };
        check_choice(&self.tool_choice, &tools)?;
        if let Some(name) = self.twice.first() {
            return Err(Error::new(Kind::Tools(format!("the state `{name}` is given twice; keep one"))));
        }
        check_states(&self.states.over(&self.promised), &tools)?;
        let agent = self.into_agent_with(defers);
        // Nobody else has the agent yet.
        let _ = agent.0.tools.set(tools);
        Ok(agent)
    }

    pub(super) fn into_agent(self) -> Agent {
        self.into_agent_with(false)
    }

    fn into_agent_with(self, defers: bool) -> Agent {
        let Self {
            model,
            instructions,
            tool_choice,
            options,
            limits,
            execution,
            approvals,
            states,
            journal,
            hooks,
            ..
        } = self;
        let (tools, states, hooks) = (OnceLock::new(), Arc::new(states), Hooks::new(hooks));
        let inner = Inner {
            model,
            tools,
            instructions,
            tool_choice,
            options,
            limits,
            execution,
            approvals,
            states,
            journal,
            claims: Claims::default(),
            hooks,
            select: self.select,
            deferral: defers.then_some(self.deferral),
            name: self.name,
            trace_content: self.trace_content,
        };
        Agent(Arc::new(inner))
    }
}

/// A state that a tool needs and nobody gave is the program's mistake, told before anything is sent.
pub(super) fn check_states(states: &States, tools: &Toolbox) -> Result<()> {
    match tools.iter().find_map(|tool| Some((tool, states.lack(tool.needs())?))) {
        Some((tool, lack)) => Err(Error::new(Kind::Tools(format!("tool `{}`: {lack}", tool.name())))),
        None => Ok(()),
    }
}

/// A choice that can't be obeyed is the program's mistake, told before anything is sent.
pub(super) fn check_choice(choice: &ToolChoice, tools: &Toolbox) -> Result<()> {
    let error = |detail: String| Err(Error::new(Kind::Tools(detail)));
    let names = || tools.told().map(Tool::name).collect::<Vec<_>>().join(", ");
    let named: &[String] = match choice {
        ToolChoice::Tool(name) => std::slice::from_ref(name),
        ToolChoice::AnyOf(names) if names.is_empty() => {
            return error("the tool choice demands a call of one of no tools".to_owned());
        }
        ToolChoice::AnyOf(names) | ToolChoice::AutoOf(names) => names,
        ToolChoice::Required if tools.is_empty() => {
            return error("the tool choice demands a call, and there are no tools".to_owned());
        }
        _ => &[],
    };
    if let Some(name) = named.iter().find(|name| tools.is_deferred(name)) {
        return error(format!(
            "the tool choice names `{name}`, which the model is not told of, since it is deferred; give it with `.tools(..)`"
        ));
    }
    match named.iter().find(|name| tools.get(name).is_none()) {
        Some(name) => error(format!("the tool choice names `{name}`; the tools are: {}", names())),
        None => Ok(()),
    }
}
