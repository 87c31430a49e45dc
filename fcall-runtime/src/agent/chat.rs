//! A conversation that goes on over several questions.

use std::sync::Arc;

use super::{
    Agent,
    builder::check_states,
    drive::drive,
    event::{EventStream, Events},
    run::Run,
    step::State,
};
use crate::{
    error::Result,
    message::{History, Message},
};

/// A conversation with an agent, kept from one question to the next.
///
/// From [`Agent::chat`]. What an error or a cancellation interrupts stays in the conversation, with every open call
/// answered, so the next question can always be asked.
#[derive(Debug)]
pub struct Chat {
    agent: Agent,
    state: State,
    history: History,
}

impl Chat {
    pub(super) fn new(agent: Agent, messages: Vec<Message>) -> Self {
        let state = State::new(messages, agent.0.tool_choice.clone(), agent.0.limits);
        Self { agent, state, history: History::default() }
    }

    /// Asks the next question and returns the run that answers it; [`Run::messages`] is the whole conversation.
    ///
    /// # Errors
    /// What ended the run. The chat keeps what was said, and so does the error.
    ///
    /// # Cancellation
    /// Dropping the future ends the run; calls that were running are answered as interrupted.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<Run> {
        self.go(message.into(), &Events::default()).await
    }

    /// Like [`send`](Self::send), as a stream of events.
    pub fn stream(&mut self, message: impl Into<Message>) -> EventStream<'_> {
        let events = Events::listening();
        let message = message.into();
        EventStream::new(events.clone(), async move { self.go(message, &events).await })
    }

    /// The conversation so far; it can be saved and given to [`Agent::chat_with`] later.
    pub fn messages(&self) -> &[Message] {
        self.state.messages()
    }

    async fn go(&mut self, message: Message, events: &Events) -> Result<Run> {
        let agent = Arc::clone(&self.agent.0);
        self.state.resume(message, agent.tool_choice.clone());
        let tools = agent.tools().and_then(|tools| check_states(&agent.states, tools).map(|()| tools));
        let tools = match tools {
            Ok(tools) => tools,
            Err(error) => return Err(error.attach(self.state.clone().into_run())),
        };
        let open = Open(&mut self.state);
        let ended = drive(&agent, tools, &agent.states, open.0, &self.history, events).await;
        drop(open);
        match ended {
            Ok(()) => Ok(self.state.clone().into_run()),
            Err(interrupted) => Err(interrupted.with_run(self.state.clone())),
        }
    }
}

/// A state whose open calls are answered, however its run ends.
struct Open<'a>(&'a mut State);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}
