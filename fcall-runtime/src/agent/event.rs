//! A run as it happens.

use std::{
    collections::VecDeque,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, PoisonError},
    task::{Context, Poll},
};

use futures_core::Stream;

use super::{
    next::CallEnd,
    run::{Call, CallStatus, Run},
};
use crate::{
    error::Result,
    message::{Content, FinishReason, Handover, ToolCall, ToolResult, Usage},
    model::BoxFuture,
    sync::Mutex,
    tool::CancellationToken,
    toolbox::Toolbox,
};

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// More visible text.
    TextDelta(String),
    /// More readable thinking.
    Reasoning(String),
    /// The model began to ask for a call; of a [deferred](super::AgentBuilder::defer) tool by its name, this is told once the
    /// call is complete, and names that tool.
    CallStarted {
        /// The call's id.
        id: String,
        /// The tool's wire name.
        name: String,
    },
    /// More text of a call's arguments; where some of them are secret, all of it at once at their end, without these.
    CallArguments {
        /// The call's id.
        id: String,
        /// What came.
        text: String,
    },
    /// A call ended; calls of one turn end in any order.
    CallFinished {
        /// What the model is told.
        result: ToolResult,
        /// How the call ended.
        status: CallStatus,
    },
    /// The reply to one request is complete.
    TurnFinished {
        /// Its number, from 1.
        turn: u32,
        /// Why the model stopped, if it said so.
        finish: Option<FinishReason>,
        /// What the reply cost.
        usage: Option<Usage>,
        /// The model that answered, in the provider's words.
        model: Option<String>,
    },
    /// The reply starts over: what came of it so far in this turn is void.
    Restarted,
    /// A model failed, and another goes on.
    HandedOver(Handover),
    /// The run is over; always the last event, unless the run ends in an error.
    Done(Box<Run>),
}

impl Event {
    /// A call was answered by the state itself.
    pub(super) fn answered(call: &Call<'_>, tools: &Toolbox) -> Self {
        let mut result = call.told.clone();
        hide_in(&mut result, call.call, None, tools);
        Self::CallFinished { result, status: call.status }
    }

    /// A call ended; the secrets among its arguments don't stand in what it came to.
    pub(super) fn finished(end: &CallEnd, call: Option<&ToolCall>, tools: &Toolbox) -> Self {
        let mut result = end.result.clone();
        if let Some(call) = call {
            hide_in(&mut result, call, end.arguments.as_deref(), tools);
        }
        Self::CallFinished { result, status: end.status }
    }
}

/// Takes the secrets of a call, and of the arguments that were approved instead, out of what it came to.
pub(super) fn hide_in(result: &mut ToolResult, call: &ToolCall, changed: Option<&str>, tools: &Toolbox) {
    let secrets = tools.secrets(&call.name);
    if secrets.is_none() {
        return;
    }
    for piece in &mut result.content {
        for arguments in [Some(call.arguments.as_str()), changed].into_iter().flatten() {
            if let Content::Text(text) | Content::Json(text) = piece
                && let Some(scrubbed) = secrets.scrub(arguments, text)
            {
                *text = scrubbed;
            }
        }
    }
}

/// Where the driver puts events; `run` has nobody who listens.
#[derive(Clone, Debug, Default)]
pub(super) struct Events(Option<Arc<Mutex<VecDeque<Event>>>>);

impl Events {
    pub(super) fn listening() -> Self {
        Self(Some(Arc::default()))
    }

    pub(super) fn is_listening(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn emit(&self, event: impl FnOnce() -> Event) {
        if let Some(queue) = &self.0 {
            queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(event());
        }
    }

    fn pop(&self) -> Option<Event> {
        self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// The events of one run, from [`Agent::stream`](super::Agent::stream).
///
/// A [`Stream`], with a [`next`](EventStream::next) of its own. The run goes on only while it is polled.
///
/// # Cancellation
/// Dropping it ends the run: the request in flight is closed, calls still running are aborted, and the run is lost with
/// it. [`cancel`](Self::cancel) keeps the run.
pub struct EventStream<'a> {
    events: Events,
    cancellation: CancellationToken,
    run: Option<BoxFuture<'a, Result<Run>>>,
}

impl<'a> EventStream<'a> {
    pub(super) fn new(
        events: Events,
        cancellation: CancellationToken,
        run: impl Future<Output = Result<Run>> + Send + 'a,
    ) -> Self {
        Self { events, cancellation, run: Some(Box::pin(run)) }
    }

    /// Cancels the run: the events go on to [`Event::Done`] with the run so far, which stopped as
    /// [`Cancelled`](super::Stop::Cancelled).
    pub fn cancel(&self) {
        self.cancellation.cancel();
    }

    /// The next event; `None` after [`Event::Done`] or an error.
    ///
    /// # Errors
    /// What ended the run; the run so far is on the error.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing: the next call goes on where it was.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        poll_fn(|task| Pin::new(&mut *self).poll_next(task)).await
    }

    /// Lets the run end, passing over its events.
    ///
    /// # Errors
    /// What ended the run.
    pub async fn finish(mut self) -> Result<Option<Run>> {
        let mut done = None;
        while let Some(event) = self.next().await {
            if let Event::Done(run) = event? {
                done = Some(*run);
            }
        }
        Ok(done)
    }
}

impl Stream for EventStream<'_> {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.events.pop() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(run) = &mut self.run else { return Poll::Ready(None) };
        if let Poll::Ready(ended) = run.as_mut().poll(task) {
            self.run = None;
            match ended {
                Ok(run) => self.events.emit(|| Event::Done(Box::new(run))),
                Err(error) => match self.events.pop() {
                    // What came before the error is told first.
                    Some(event) => {
                        self.run = Some(Box::pin(std::future::ready(Err(error))));
                        return Poll::Ready(Some(Ok(event)));
                    }
                    None => return Poll::Ready(Some(Err(error))),
                },
            }
        }
        match self.events.pop() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for EventStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("over", &self.run.is_none()).finish_non_exhaustive()
    }
}
