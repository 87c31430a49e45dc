//! A conversation that goes on over several questions.

use std::sync::Arc;

use super::{
    Agent,
    answer::Wants,
    approval::Decision,
    builder::check_states,
    drive::Drive,
    event::{Event, EventStream, Events},
    history::{self, HistoryFault, check_history},
    journal::Was,
    nested::HandsOn,
    next::Next,
    run::Run,
    step::State,
};
use crate::{
    error::Result,
    message::{History, Message},
    tool::CancellationToken,
};

/// A conversation with an agent, kept from one question to the next.
///
/// From [`Agent::chat`]. What an error or a cancellation interrupts stays in the conversation, with every open call
/// answered, so the next question can always be asked.
#[derive(Debug)]
pub struct Chat {
    agent: Agent,
    state: State,
    /// The last run, where it waits for decisions; `state` has its calls answered as not approved.
    paused: Option<Box<State>>,
    history: History,
    /// What is wrong with the messages it was to begin with.
    faults: Vec<HistoryFault>,
}

impl Chat {
    pub(super) fn new(agent: Agent, messages: Vec<Message>) -> Self {
        let faults = check_history(&messages);
        let state = State::new(messages, agent.0.tool_choice.clone(), agent.0.limits);
        Self { agent, state, paused: None, history: History::default(), faults }
    }

    /// Asks the next question and returns the run that answers it; [`Run::messages`] is the whole conversation.
    ///
    /// # Errors
    /// What ended the run. The chat keeps what was said, and so does the error. A message that makes calls or answers some is
    /// refused ([`Error::is_history`](crate::Error::is_history)): nothing has changed then, and no run began.
    ///
    /// # Cancellation
    /// Dropping the future ends the run. The chat keeps what every call came to that had ended; those that were running
    /// are answered as interrupted.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<Run> {
        self.ask(message.into())?;
        self.go(&Events::default(), CancellationToken::new(), None).await
    }

    /// Like [`send`](Self::send), as a stream of events.
    pub fn stream(&mut self, message: impl Into<Message>) -> EventStream<'_> {
        let (events, token, message) = (Events::listening(), CancellationToken::new(), message.into());
        EventStream::new(events.clone(), token.clone(), async move {
            self.ask(message)?;
            self.go(&events, token, None).await
        })
    }

    /// Goes on with the last run, which waits for these decisions; see [`Agent::resume`].
    ///
    /// # Errors
    /// A decision that was not made for a call that waits ([`Error::is_refused_decision`](crate::Error::is_refused_decision));
    /// nothing has changed then, and the right one can still be given. Else as [`send`](Self::send).
    ///
    /// # Cancellation
    /// As [`send`](Self::send).
    pub async fn resume(&mut self, decisions: impl IntoIterator<Item = Decision>) -> Result<Run> {
        self.state = self.decided(decisions)?;
        self.go(&Events::default(), CancellationToken::new(), None).await
    }

    /// Like [`resume`](Self::resume), as a stream of events.
    ///
    /// # Errors
    /// A decision that was not made for a call that waits.
    pub fn resume_stream(&mut self, decisions: impl IntoIterator<Item = Decision>) -> Result<EventStream<'_>> {
        let decided = self.decided(decisions)?;
        let (events, token) = (Events::listening(), CancellationToken::new());
        Ok(EventStream::new(events.clone(), token.clone(), async move {
            // A stream that is never polled changes nothing.
            self.state = decided;
            self.go(&events, token, None).await
        }))
    }

    /// The conversation so far; it can be saved and given to [`Agent::chat_with`] later.
    pub fn messages(&self) -> &[Message] {
        self.state.messages()
    }

    /// # Errors
    /// The message can't stand behind the conversation; nothing has changed then.
    pub(super) fn ask(&mut self, message: Message) -> Result<()> {
        self.state.resume(message, self.agent.0.tool_choice.clone())?;
        self.paused = None;
        Ok(())
    }

    /// The last run with these decisions.
    fn decided(&self, decisions: impl IntoIterator<Item = Decision>) -> Result<State> {
        // A conversation that waits for nothing refuses every decision.
        let mut waits = self.paused.as_deref().unwrap_or(&self.state).clone();
        waits.decide(decisions)?;
        Ok(waits)
    }

    pub(super) async fn go(
        &mut self,
        events: &Events,
        cancellation: CancellationToken,
        answer: Option<&Wants<'_>>,
    ) -> Result<Run> {
        let agent = Arc::clone(&self.agent.0);
        // What keeps the run from going on leaves what waits as it is.
        let open = Open(&mut self.state);
        if !self.faults.is_empty() {
            return Err(history::refused(&self.faults).attach(open.0.clone().into_run()));
        }
        let tools = agent.tools().and_then(|tools| check_states(&agent.states, tools).map(|()| tools));
        let answer = tools.as_ref().ok().and_then(|tools| Some(answer?(&*agent.model, tools))).transpose();
        let (tools, answer) = match tools.and_then(|tools| Ok((tools, answer?))) {
            Ok(both) => both,
            Err(error) => return Err(error.attach(open.0.clone().into_run())),
        };
        let (answer, tools) = (answer.as_ref(), answer.as_ref().map_or(tools, |answer| answer.tools(tools)));
        if let Some(answer) = answer {
            open.0.answers_by(answer.tool(), |choice| answer.choice(choice));
        }
        let (states, history) = (&agent.states, &self.history);
        let was = self.paused.as_deref().map_or(Was::Any, |paused| Was::Waiting(paused, tools));
        let (log, _held) = match agent.log(open.0, None, was).await {
            Ok(log) => log.unzip(),
            Err(error) => return Err(error.attach(open.0.clone().into_run())),
        };
        let waited = self.paused.take();
        for (call, end) in open.0.untold(waited.as_deref()) {
            events.emit(|| Event::finished(end, Some(call), tools));
        }
        let drive = Drive {
            agent: &agent,
            tools,
            states,
            history,
            events,
            cancellation: &cancellation,
            log,
            answer,
            seat: None,
            hands_on: HandsOn::new(None),
            select: agent.select.as_ref(),
        };
        let _dropped = cancellation.cancel_on_drop();
        let ended = drive.drive(open.0).await;
        self.paused = matches!(open.0.next(), Next::Approve(_)).then(|| Box::new(open.0.clone()));
        ended.into_result(open.0.clone())
    }
}

/// A state whose open calls are answered, however its run ends.
struct Open<'a>(&'a mut State);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}
