//! One run with something of its own.

use std::{fmt, sync::Arc};

use super::{
    Agent,
    answer::Wants,
    builder,
    drive::Drive,
    event::{Event, EventStream, Events},
    history::Asked,
    journal::Was,
    limits::Limits,
    nested::{Account, HandsOn, Seat, apart},
    run::Run,
    select::{Asking, Selection},
    step::State,
};
use crate::{
    error::{Error, Result},
    message::{History, Message, Shown, ToolChoice},
    tool::{CallContext, CancellationToken, States, Tool},
};

/// One run with something of its own, from [`Agent::request`] or [`Agent::resume`].
#[derive(Clone, Debug)]
#[must_use = "nothing is asked until `run` or `stream`"]
pub struct RunRequest {
    agent: Agent,
    start: Start,
    limits: Limits,
    states: States,
    cancellation: Option<CancellationToken>,
    /// Of the call that the run is inside of.
    account: Option<Arc<Account>>,
    select: Option<Selection>,
    id: Option<String>,
}

/// Where a run begins.
#[derive(Clone)]
enum Start {
    Question {
        message: Message,
        history: Vec<Message>,
        repair: bool,
        tool_choice: ToolChoice,
    },
    /// In the middle; the word says what can't be said of such a run any more.
    Saved {
        state: Box<State>,
        before: Before,
        late: Option<&'static str>,
    },
}

/// What a run was before it goes on.
#[derive(Clone, Debug)]
enum Before {
    /// It waited, for the decisions that it goes on with.
    Paused(Box<State>),
    /// A journal had so many records of it.
    Recovered(usize),
}

impl Before {
    fn paused(&self) -> Option<&State> {
        match self {
            Self::Paused(state) => Some(state),
            Self::Recovered(_) => None,
        }
    }
}

impl RunRequest {
    pub(super) fn question(agent: Agent, message: Message) -> Self {
        let tool_choice = agent.0.tool_choice.clone();
        Self::new(agent, Start::Question { message, history: Vec::new(), repair: false, tool_choice })
    }

    pub(super) fn recovered(agent: Agent, state: State, records: usize) -> Self {
        let before = Before::Recovered(records);
        Self::new(agent, Start::Saved { state: Box::new(state), before, late: None })
    }

    pub(super) fn resumed(agent: Agent, state: State, paused: State) -> Self {
        let before = Before::Paused(Box::new(paused));
        Self::new(agent, Start::Saved { state: Box::new(state), before, late: None })
    }

    fn new(agent: Agent, start: Start) -> Self {
        let (limits, states) = (Limits::default(), States::default());
        Self { agent, start, limits, states, cancellation: None, account: None, select: None, id: None }
    }

    /// The conversation before this message, such as [`Run::messages`] of an earlier run.
    ///
    /// One from elsewhere must be in order, with each call answered once and directly behind it: else nothing is sent, and
    /// the error ([`Error::is_history`]) says what is wrong. A run that is resumed has its conversation: there this is an error of the run.
    pub fn history(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        match &mut self.start {
            Start::Question { history, .. } => *history = messages.into_iter().collect(),
            Start::Saved { late, .. } => *late = Some("history"),
        }
        self
    }

    /// Puts the history, and the message that is asked with, right where they are not in order; [`Run::repaired`] tells what
    /// was wrong.
    ///
    /// See [`HistoryFaultKind`](super::HistoryFaultKind) for what is done about what. A message of which that leaves nothing
    /// is an error as without this, since there would be nothing to ask; [`Run::repaired`] of the error's run has what it was.
    pub fn repair_history(mut self) -> Self {
        match &mut self.start {
            Start::Question { repair, .. } => *repair = true,
            Start::Saved { late, .. } => *late = Some("repair_history"),
        }
        self
    }

    /// Another tool choice than the agent's.
    ///
    /// A run that is resumed has its own: there this is an error of the run.
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        match &mut self.start {
            Start::Question { tool_choice, .. } => *tool_choice = choice,
            Start::Saved { late, .. } => *late = Some("tool_choice"),
        }
        self
    }

    /// Another filter of tools than the agent's: [`AgentBuilder::select`](super::AgentBuilder::select). It is not saved with
    /// a run that waits: who resumes it gives it again.
    pub fn select(mut self, filter: impl Fn(&Tool, &Asking<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.select = Some(Selection::new(filter));
        self
    }

    /// Other limits than the agent's, or than those a resumed run had; what is not said stays as it is.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Ends when this signal is given, with [`Stop::Cancelled`](super::Stop::Cancelled): the request in flight is closed,
    /// calls still running see the signal, and what ended before is kept.
    pub fn cancel(mut self, token: CancellationToken) -> Self {
        self.cancellation = Some(token);
        self
    }

    /// The run goes on inside this call of another agent's run, and shares what that has left: what a tool of one's own
    /// needs to ask another agent, as [`Agent::into_tool`] does.
    ///
    /// It ends when the call does, as with [`cancel`](Self::cancel), which this stands in for. Its tokens and calls count
    /// for the run outside too, and are held to what that one's [`Limits`] leave, beside its own; so are its time, the
    /// call's own time-out included, and how deep runs may go ([`Limits::depth`]). [`Call::runs`](super::Call::runs) of the
    /// call tells of it. Outside of a run the context has the signal and no more.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{agent::Agent, tool::{CallContext, ToolError}};
    ///
    /// // with `#[tool]` on it, and `#[context]` on `cx`
    /// async fn translate(librarian: &Agent, cx: &CallContext, text: &str, language: &str) -> Result<String, ToolError> {
    ///     let task = format!("Translate into {language}: {text}");
    ///     let run = librarian.request(task).within(cx).run().await.map_err(ToolError::failed)?;
    ///     Ok(run.text)
    /// }
    /// ```
    pub fn within(mut self, cx: &CallContext) -> Self {
        self.cancellation = Some(cx.cancellation());
        self.account = Account::of(cx);
        self
    }

    /// The id under which the agent's journal keeps the run, for [`Agent::recover`]; made up where none is given.
    ///
    /// The journal must not have a run of this id. A run that is resumed has its id: there this is an error of the run.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        match &mut self.start {
            Start::Question { .. } => self.id = Some(id.into()),
            Start::Saved { late, .. } => *late = Some("id"),
        }
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
        let token = self.token();
        self.go_apart(Events::default(), token).await
    }

    /// See [`Agent::stream`].
    pub fn stream(self) -> EventStream<'static> {
        let (events, token) = (Events::listening(), self.token());
        EventStream::new(events.clone(), token.clone(), self.go_apart(events, token))
    }

    /// The run's own signal.
    pub(super) fn token(&self) -> CancellationToken {
        self.cancellation.as_ref().map(CancellationToken::child).unwrap_or_default()
    }

    /// Inside a call, as a task of its own.
    fn go_apart(self, events: Events, token: CancellationToken) -> impl Future<Output = Result<Run>> {
        let is_inside = self.is_inside();
        async move {
            match is_inside {
                true => apart(Box::pin(async move { self.go(&events, token, None).await })).await,
                false => self.go(&events, token, None).await,
            }
        }
    }

    /// It shares what the run outside of it has left.
    pub(super) fn is_inside(&self) -> bool {
        self.account.is_some()
    }

    /// With a run outside of it, which shares what it has left and hears how it ended.
    pub(super) fn go(
        mut self,
        events: &Events,
        cancellation: CancellationToken,
        answer: Option<&Wants<'_>>,
    ) -> impl Future<Output = Result<Run>> {
        let account = self.account.take();
        async move {
            let Some(account) = account else { return self.go_on(events, cancellation, answer, None).await };
            let seat = Seat::take(account, self.agent.0.name.as_deref());
            let ended = Box::pin(self.go_on(events, cancellation, answer, Some(&seat))).await;
            seat.ended(&ended);
            ended
        }
    }

    async fn go_on(
        self,
        events: &Events,
        cancellation: CancellationToken,
        answer: Option<&Wants<'_>>,
        seat: Option<&Seat>,
    ) -> Result<Run> {
        let agent = &*self.agent.0;
        let states =
            if self.states.is_empty() { Arc::clone(&agent.states) } else { Arc::new(self.states.over(&agent.states)) };
        let tools = agent
            .tools()
            .and_then(|tools| builder::check_states(&states, tools).map(|()| tools))
            .and_then(|tools| self.start.check(tools).map(|()| tools));
        let answer = tools.as_ref().ok().and_then(|tools| Some(answer?(&*agent.model, tools))).transpose();
        let (limits, mut before) = (self.limits, None);
        let mut state = match self.start {
            Start::Question { message, history, repair, tool_choice } => {
                let instructions = self.agent.instructions(&history);
                let asked = Asked::new(history, message);
                let (refusal, mut messages) = (asked.refusal(repair), asked.messages);
                instructions.into_iter().for_each(|instructions| messages.insert(0, instructions));
                let mut state = State::new(messages, tool_choice, limits.over(agent.limits));
                state.was_repaired(asked.faults);
                if let Some(error) = refusal {
                    return Err(error.attach(state.into_run()));
                }
                state
            }
            Start::Saved { mut state, before: was, .. } => {
                before = Some(was);
                state.limit_to(limits);
                *state
            }
        };
        let (tools, answer) = match tools.and_then(|tools| Ok((tools, answer?))) {
            Ok(both) => both,
            Err(error) => return Err(error.attach(state.into_run())),
        };
        let (answer, tools) = (answer.as_ref(), answer.as_ref().map_or(tools, |answer| answer.tools(tools)));
        if let Some(seat) = seat {
            seat.enter(&mut state);
        }
        if let Some(answer) = answer {
            state.answers_by(answer.tool(), |choice| answer.choice(choice));
        }
        let was = match &before {
            None => Was::New,
            Some(Before::Paused(paused)) => Was::Waiting(paused, tools),
            Some(Before::Recovered(records)) => Was::Recovered(*records),
        };
        let (log, _held) = match agent.log(&mut state, self.id, was).await {
            Ok(log) => log.unzip(),
            Err(error) => return Err(error.attach(state.into_run())),
        };
        for (call, end) in state.untold(before.as_ref().and_then(Before::paused)) {
            events.emit(|| Event::finished(end, Some(call), tools));
        }
        let _dropped = cancellation.cancel_on_drop();
        let history = History::default();
        let drive = Drive {
            agent,
            tools,
            states: &states,
            history: &history,
            events,
            cancellation: &cancellation,
            log,
            answer,
            seat,
            hands_on: HandsOn::new(seat),
            select: self.select.as_ref().or(agent.select.as_ref()),
        };
        let ended = drive.drive(&mut state).await;
        ended.into_result(state)
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Question { message, history, repair, tool_choice } => {
                let mut question = f.debug_struct("Question");
                question.field("message", message).field("history", &Shown::new(history));
                question.field("repair", repair).field("tool_choice", tool_choice).finish()
            }
            Self::Saved { state, before, late } => {
                let mut saved = f.debug_struct("Saved");
                saved.field("state", state).field("before", before).field("late", late).finish()
            }
        }
    }
}

impl Start {
    fn check(&self, tools: &crate::toolbox::Toolbox) -> Result<()> {
        match self {
            Self::Question { tool_choice, .. } => builder::check_choice(tool_choice, tools),
            Self::Saved { late: Some(word), .. } => Err(Error::setup(format!(
                "`{word}` can't be given to a run that is resumed: it has its own; give it to the run it was at first"
            ))),
            Self::Saved { late: None, .. } => Ok(()),
        }
    }
}
