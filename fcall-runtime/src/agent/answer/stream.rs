//! A typed answer as it comes in.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    closed::closed,
    typed::{Answer, Typed},
};
use crate::{
    agent::{Agent, Event, EventStream, RunRequest, event::Events},
    error::Result,
    message::Message,
    schema::Schema,
};

/// Partial answers come with each piece up to this many bytes; then each time that it has grown by a sixteenth, so that
/// the time they take is in proportion to the answer.
const OFTEN: usize = 1024;

/// Something that happened in a run with a typed answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TypedEvent<T> {
    /// More of the answer has come. It may turn out wrong: then another one begins.
    Partial {
        /// The answer so far: open lists, objects and texts are closed; numbers, words and keys are left out until they
        /// have ended.
        json: Value,
        /// The same as a `T`, where it is one already. Its last text may be cut.
        value: Option<T>,
    },
    /// What happens in any run, the pieces of the answer among it; never [`Event::Done`].
    Event(Event),
    /// The run is over, and this is its answer; always the last event, unless there is an error.
    Done(Box<Typed<T>>),
}

/// The events of one run with a typed answer, from [`Agent::stream_as`].
///
/// # Cancellation
/// As for [`EventStream`].
pub struct TypedStream<T> {
    events: EventStream<'static>,
    answer: Option<Answer<T>>,
    sofar: SoFar,
    /// Told next.
    partial: Option<(Value, Option<T>)>,
}

/// What has come of the answer in this turn.
#[derive(Debug, Default)]
struct SoFar {
    text: String,
    /// The call that it comes by.
    call: Option<String>,
    /// How long it was when it was last shown, and what was shown.
    shown: (usize, String),
}

impl SoFar {
    /// Closed, where there is something new to show.
    fn take(&mut self) -> Option<&str> {
        let (length, last) = (self.text.len(), self.shown.0);
        if length > OFTEN && length < last + last / 16 {
            return None;
        }
        self.shown.0 = length;
        let json = closed(&self.text).filter(|json| *json != self.shown.1)?;
        self.shown.1 = json;
        Some(&self.shown.1)
    }
}

impl<T: Schema + DeserializeOwned + Send + 'static> TypedStream<T> {
    /// The next event; `None` after [`TypedEvent::Done`] or an error.
    ///
    /// # Errors
    /// As of [`Agent::run_as`]; the run so far is on the error.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing: the next call goes on where it was.
    pub async fn next(&mut self) -> Option<Result<TypedEvent<T>>> {
        poll_fn(|task| self.poll(task)).await
    }

    /// Cancels the run, which then ends in an error that has it.
    pub fn cancel(&self) {
        self.events.cancel();
    }

    fn poll(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<TypedEvent<T>>>> {
        if let Some((json, value)) = self.partial.take() {
            return Poll::Ready(Some(Ok(TypedEvent::Partial { json, value })));
        }
        let event = match Pin::new(&mut self.events).poll_next(task) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(event) => event,
        };
        let ended = match event {
            Some(Ok(Event::Done(run))) => Ok(*run),
            Some(Ok(event)) => {
                self.hear(&event);
                return Poll::Ready(Some(Ok(TypedEvent::Event(event))));
            }
            Some(Err(error)) => Err(error),
            None => return Poll::Ready(None),
        };
        let typed = self.answer.take().map(|answer| answer.of(ended));
        Poll::Ready(typed.map(|typed| typed.map(|typed| TypedEvent::Done(Box::new(typed)))))
    }

    fn hear(&mut self, event: &Event) {
        let Some(answer) = &self.answer else { return };
        let tool = answer.tool();
        match event {
            Event::TextDelta(text) if answer.is_native() => self.sofar.text.push_str(text),
            Event::CallStarted { id, name } if tool == Some(name) => {
                self.sofar = SoFar { call: Some(id.clone()), ..SoFar::default() };
                return;
            }
            Event::CallArguments { id, text } if self.sofar.call.as_ref() == Some(id) => self.sofar.text.push_str(text),
            Event::TurnFinished { .. } | Event::Restarted => {
                self.sofar = SoFar::default();
                return;
            }
            _ => return,
        }
        self.partial = self.sofar.take().and_then(|json| answer.partial(json));
    }
}

impl<T: Schema + DeserializeOwned + Send + Unpin + 'static> Stream for TypedStream<T> {
    type Item = Result<TypedEvent<T>>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(task)
    }
}

impl<T> fmt::Debug for TypedStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedStream").field("events", &self.events).finish_non_exhaustive()
    }
}

impl Agent {
    /// Like [`run_as`](Self::run_as), as a stream of events, the answer so far among them.
    pub fn stream_as<T: Schema + DeserializeOwned + Send + 'static>(
        &self,
        message: impl Into<Message>,
    ) -> TypedStream<T> {
        self.request(message).stream_as()
    }
}

impl RunRequest {
    /// See [`Agent::stream_as`].
    pub fn stream_as<T: Schema + DeserializeOwned + Send + 'static>(self) -> TypedStream<T> {
        let (events, token, answer) = (Events::listening(), self.token(), Answer::<T>::new());
        let (heard, wants) = (events.clone(), answer.clone());
        let run = EventStream::new(events, token.clone(), async move {
            self.go(&heard, token, Some(&|model, tools| wants.wanted(model, tools))).await
        });
        TypedStream { events: run, answer: Some(answer), sofar: SoFar::default(), partial: None }
    }
}
