//! The answer of a run as a value of the program's own type.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Reads, Slot, Wanted};
use crate::{
    agent::{Agent, Chat, Run, RunRequest, Stop, event::Events, nested::apart},
    error::{Error, Kind, Result},
    message::{Message, ResponseSchema},
    model::Model,
    schema::Schema,
    tool::CancellationToken,
    toolbox::Toolbox,
};

/// An answer that could be read, and the run that it ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Typed<T> {
    /// The answer.
    pub value: T,
    /// The run: the conversation, the calls, what it cost.
    pub run: Run,
}

/// The answer of type `T` of one run: what it is asked with, and what came of it.
pub(super) struct Answer<T> {
    slot: Arc<Slot<T>>,
    schema: ResponseSchema,
    /// The tool that it comes by, none where the service has a form for it; known once the run has begun.
    tool: Arc<OnceLock<Option<String>>>,
}

impl<T> Clone for Answer<T> {
    fn clone(&self) -> Self {
        Self { slot: Arc::clone(&self.slot), schema: self.schema.clone(), tool: Arc::clone(&self.tool) }
    }
}

impl<T: Schema + DeserializeOwned + Send + 'static> Answer<T> {
    pub(super) fn new() -> Self {
        let (slot, schema) = Slot::new();
        Self { slot: Arc::new(slot), schema, tool: Arc::default() }
    }

    pub(super) fn wanted(&self, model: &dyn Model, tools: &Toolbox) -> Result<Wanted> {
        let wanted = Wanted::new(model, tools, &self.schema, Arc::clone(&self.slot) as Arc<dyn Reads>)?;
        // A run begins once.
        let _ = self.tool.set(wanted.tool().map(ToOwned::to_owned));
        Ok(wanted)
    }

    /// The tool that it comes by.
    pub(super) fn tool(&self) -> Option<&String> {
        self.tool.get()?.as_ref()
    }

    /// It comes as text, and nothing else is in it.
    pub(super) fn is_native(&self) -> bool {
        self.tool.get().is_some_and(Option::is_none)
    }

    /// As [`Slot::partial`].
    pub(super) fn partial(&self, json: &str) -> Option<(Value, Option<T>)> {
        self.slot.partial(json)
    }

    /// # Errors
    /// The run's own, or that it ended without an answer; the run is on it.
    pub(super) fn of(self, ended: Result<Run>) -> Result<Typed<T>> {
        let run = ended?;
        if !run.text.is_empty() && matches!(&run.stop, Some(stop) if may_have_answered(stop)) && !self.slot.is_given() {
            // The last word of a run that reached a limit.
            let _ = self.slot.read(&run.text, true);
        }
        let name = if self.schema.name.is_empty() { "type asked for" } else { &self.schema.name };
        match (self.slot.take(), &run.stop) {
            (Ok(value), Some(stop)) if !matches!(stop, Stop::Approval(_)) => Ok(Typed { value, run }),
            (kept, stop) => {
                let (why, wrong) = (why(stop.as_ref(), name), kept.err().unwrap_or_default());
                Err(Error::new(Kind::Answer { why, wrong: wrong.trim().to_owned() }).attach(run))
            }
        }
    }
}

fn may_have_answered(stop: &Stop) -> bool {
    !matches!(
        stop,
        Stop::Truncated | Stop::Filtered | Stop::Refused | Stop::Approval(_) | Stop::Cancelled | Stop::WallTime
    )
}

fn why(stop: Option<&Stop>, name: &str) -> String {
    match stop {
        Some(Stop::Answer | Stop::BadArguments(_)) => format!("the model gave no answer that reads as `{name}`"),
        Some(Stop::Refused) => "the model declined to answer".to_owned(),
        Some(Stop::Filtered) => "the provider held the answer back".to_owned(),
        Some(Stop::Truncated) => "the answer was cut off at the limit of output tokens; raise `max_tokens`".to_owned(),
        Some(Stop::Approval(_)) => {
            "calls wait for a decision before there is an answer; resume the run with them, and ask for the same type"
                .to_owned()
        }
        Some(Stop::NoCall) => {
            format!("a call was demanded, and the model made none; its text does not read as `{name}` either")
        }
        Some(Stop::Malformed) => {
            "the provider kept calling what the model wrote of no use, so there is no answer; ask again".to_owned()
        }
        Some(Stop::Cancelled) => "the run was cancelled before there was an answer".to_owned(),
        Some(stop) => format!("the run stopped at a limit before there was an answer: {stop:?}"),
        None => "the run ended before there was an answer".to_owned(),
    }
}

impl Agent {
    /// Like [`run`](Self::run), with an answer that is read as a `T`.
    ///
    /// The model is held to the schema of `T` by its service where that can be done, and else answers by the call of one
    /// more tool; the agent's own tools are there either way. An answer that does not fit is sent back with all that is
    /// wrong with it, as often as [`Limits::bad_arguments`](super::super::Limits::bad_arguments) lets arguments be wrong.
    ///
    /// # Errors
    /// As [`run`](Self::run); and where there is no such answer ([`Error::is_answer`]): the model declined, was cut off,
    /// reached a limit, or did not get it right. [`Error::run`] has the run.
    ///
    /// # Cancellation
    /// As [`run`](Self::run).
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{agent::Agent, testing::Script, tool::Tool};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> fcall_runtime::Result<()> {
    /// let script = Script::new().calls([("final_answer", r#"{"value":[3,5,7]}"#)]);
    /// let agent = Agent::builder(script).tools(Vec::<Tool>::new()).build()?;
    /// let primes = agent.run_as::<Vec<u8>>("The odd primes below ten?").await?.value;
    /// assert_eq!(primes, [3, 5, 7]);
    /// # Ok(()) }
    /// ```
    pub async fn run_as<T: Schema + DeserializeOwned + Send + 'static>(
        &self,
        message: impl Into<Message>,
    ) -> Result<Typed<T>> {
        self.request(message).run_as().await
    }
}

impl RunRequest {
    /// See [`Agent::run_as`].
    ///
    /// # Errors
    /// As there.
    pub async fn run_as<T: Schema + DeserializeOwned + Send + 'static>(self) -> Result<Typed<T>> {
        let (answer, token) = (Answer::<T>::new(), self.token());
        if self.is_inside() {
            let wants = answer.clone();
            let run = async move {
                self.go(&Events::default(), token, Some(&|model, tools| wants.wanted(model, tools))).await
            };
            return answer.of(apart(run).await);
        }
        let ended = self.go(&Events::default(), token, Some(&|model, tools| answer.wanted(model, tools))).await;
        answer.of(ended)
    }
}

impl Chat {
    /// Like [`send`](Self::send), with an answer that is read as a `T`; see [`Agent::run_as`].
    ///
    /// # Errors
    /// As there. The chat keeps what was said.
    ///
    /// # Cancellation
    /// As [`send`](Self::send).
    pub async fn send_as<T: Schema + DeserializeOwned + Send + 'static>(
        &mut self,
        message: impl Into<Message>,
    ) -> Result<Typed<T>> {
        let answer = Answer::<T>::new();
        self.ask(message.into())?;
        let token = CancellationToken::new();
        let ended = self.go(&Events::default(), token, Some(&|model, tools| answer.wanted(model, tools))).await;
        answer.of(ended)
    }
}

impl<T: fmt::Display> fmt::Display for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl Error {
    /// A run ended without an answer of the type that was asked for; [`run`](Self::run) has it, and why it ended.
    pub fn is_answer(&self) -> bool {
        self.answer_wrong().is_some()
    }
}
