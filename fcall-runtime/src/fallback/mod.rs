//! A model made of models: where one fails, the next goes on.
//!
//! Knows no protocol and no HTTP: it sees faults by what they say of themselves, and replies as deltas. Repeating a
//! request to the same service is the business of the client's retries, which come first.

mod seals;

use std::{fmt, sync::Arc};

use seals::{Authors, opened};

use crate::{
    error::{Error, Result},
    message::{Delta, Handover, HeldBack, Request, ResponseSchema, RunNotes, Sink, ToolSpecs},
    model::{BoxFuture, Model},
    notice,
};

/// A [`Model`] made of others: asks the first, and where that fails the next.
///
/// **What moves on** ([`is_passing`](Self::is_passing)): no connection, a lost one, silence; an overloaded or failing
/// service (429 of any kind, 402, 408, 5xx that may pass); a reply that breaks off or is not what its protocol says; a
/// conversation that is too long for the model. What does not: a request that a service calls wrong, a key that it
/// refuses, a model that it does not have. Those are the program's to mend, and another model would only hide them.
/// [`on`](Self::on) decides otherwise. Each model is asked at most once for a reply, after the retries of its own
/// service: give the first ones few (`client::Retry::never`) to move on at once.
///
/// **Who answers** stays the same until the run is over, or waits for a decision: the model that answered last is asked first, then the ones behind
/// it, then around. The next run begins with the first model again. Where a model is asked outside of a run (a request
/// without [`RunNotes`]), each request does.
///
/// **Nothing is silent.** Each move is told: in a run as `Event::HandedOver` and in `Run::handovers`, to who asks a model
/// as [`Delta::Handover`]. Once text of a stream was handed out, a reply that breaks off is an error, unless
/// [`on_begun`](Self::on_begun) says otherwise; calls alone are taken back ([`Delta::Restart`]). After a
/// tool with effects ran the move says so ([`Handover::after_effects`]), or is not made ([`on_effects`](Self::on_effects)).
///
/// The conversation moves with everything that the next protocol can say. What one of the models sealed in this run, or
/// in this chat (signatures, encrypted thinking, parts of its provider alone) is shown to no other, since other services refuse it
/// even in the same protocol; it goes back to its own model when that is asked again. What comes from elsewhere is
/// shown to every model that speaks its protocol.
/// [`RequestOptions::extra`](crate::message::RequestOptions::extra) and headers go to every model:
/// [`then_with`](Self::then_with) changes them for one.
///
/// # Errors
/// Of a reply: the fault of the last model that was asked.
///
/// # Cancellation
/// Dropping the future of a reply drops that of the model which is being asked.
///
/// # Examples
/// ```
/// use fcall_runtime::{agent::Agent, client::{Retry, Service}, fallback::{Fallback, OnEffects}};
///
/// let first = Service::openai().retry(Retry::never()).model("gpt-4o");
/// let fallback = Fallback::new(first)
///     .then(Service::anthropic().model("claude-sonnet-4.5"))
///     .on_effects(OnEffects::Stop);
/// let agent = Agent::new(fallback);
/// assert_eq!(agent.model_id(), "openai/gpt-4o, else anthropic/claude-sonnet-4.5");
/// ```
pub struct Fallback {
    id: String,
    models: Vec<Member>,
    moves: Box<Moves>,
    on_begun: OnBegun,
    on_effects: OnEffects,
    /// Its address tells this fallback from others in the notes of a run.
    key: Arc<()>,
}

struct Member {
    model: Box<dyn Model>,
    change: Option<Box<Change>>,
}

type Moves = dyn Fn(&Error) -> bool + Send + Sync;
type Change = dyn Fn(&mut crate::message::RequestOptions) + Send + Sync;

/// What to do when a stream breaks off of which text or thinking was handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBegun {
    /// End in the error; what came is the part that came.
    #[default]
    Stop,
    /// Start over, with the next model or once more with the same; told as [`Delta::Restart`] and, in a run, as
    /// `Event::Restarted`.
    Restart,
}

/// What to do when a model fails after a tool with effects ran: one that is neither read-only nor idempotent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEffects {
    /// Move on, and say that it was after effects.
    #[default]
    Tell,
    /// End in the error.
    Stop,
}

impl Fallback {
    /// A fallback that begins with this model.
    pub fn new(first: impl Model + 'static) -> Self {
        Self {
            id: first.id().to_owned(),
            models: vec![Member { model: Box::new(first), change: None }],
            moves: Box::new(Self::is_passing),
            on_begun: OnBegun::default(),
            on_effects: OnEffects::default(),
            key: Arc::default(),
        }
    }

    /// Then this model.
    #[must_use]
    pub fn then(self, model: impl Model + 'static) -> Self {
        self.push(Box::new(model), None)
    }

    /// Then this model, with options of its own: `change` may take out what only the others understand.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{fallback::Fallback, testing::Script};
    ///
    /// let fallback = Fallback::new(Script::new()).then_with(Script::new(), |options| {
    ///     options.extra.clear();
    ///     options.temperature = None;
    /// });
    /// ```
    #[must_use]
    pub fn then_with(
        self,
        model: impl Model + 'static,
        change: impl Fn(&mut crate::message::RequestOptions) + Send + Sync + 'static,
    ) -> Self {
        self.push(Box::new(model), Some(Box::new(change)))
    }

    fn push(mut self, model: Box<dyn Model>, change: Option<Box<Change>>) -> Self {
        self.id = format!("{}, else {}", self.id, model.id());
        self.models.push(Member { model, change });
        self
    }

    /// Which faults move on to the next model, in place of [`is_passing`](Self::is_passing).
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{fallback::Fallback, testing::Script};
    ///
    /// let fallback = Fallback::new(Script::new())
    ///     .then(Script::new())
    ///     .on(|fault| Fallback::is_passing(fault) || fault.status() == Some(401));
    /// ```
    #[must_use]
    pub fn on(mut self, moves: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.moves = Box::new(moves);
        self
    }

    /// What to do when a stream breaks off of which text or thinking was handed out; by default that is an error.
    #[must_use]
    pub fn on_begun(mut self, then: OnBegun) -> Self {
        self.on_begun = then;
        self
    }

    /// What to do when a model fails after a tool with effects ran; by default the move says so.
    #[must_use]
    pub fn on_effects(mut self, then: OnEffects) -> Self {
        self.on_effects = then;
        self
    }

    /// Whether another model may do better: the fault is the service's or the connection's, or this model is too small.
    pub fn is_passing(fault: &Error) -> bool {
        // A quota that is used up (402, 429) is no better tomorrow, but another service has its own.
        fault.is_retryable()
            || matches!(fault.status(), Some(402 | 429))
            || fault.is_decode()
            || fault.is_context_too_long()
    }

    fn key(&self) -> usize {
        Arc::as_ptr(&self.key) as usize
    }

    async fn ask(&self, request: &Request<'_>, sink: &mut dyn Sink) -> Result<()> {
        let count = self.models.len();
        let (answering, authors): (_, Authors) =
            request.notes.map(|notes| notes.members(self.key())).unwrap_or_default();
        let mut at = answering.unwrap_or(0).min(count - 1);
        let mut held = HeldBack::new(sink, !request.stream);
        let mut asked = 1;
        loop {
            let ended = match opened(request.messages, &authors, at) {
                None => self.models[at].reply(request, &mut held).await,
                // The encoded form that is kept is that of the conversation as it is.
                Some(messages) => {
                    let request = Request { messages: &messages, history: None, ..*request };
                    self.models[at].reply(&request, &mut held).await
                }
            };
            let fault = match ended {
                Ok(()) => {
                    if let Some(notes) = request.notes {
                        notes.note_author(self.key(), request.messages.len(), at);
                    }
                    held.release();
                    return Ok(());
                }
                Err(fault) => fault,
            };
            let after_effects = request.notes.is_some_and(RunNotes::has_effects);
            let stays = asked == count
                || !(self.moves)(&fault)
                || (held.is_read() && self.on_begun == OnBegun::Stop)
                || (after_effects && self.on_effects == OnEffects::Stop);
            if stays {
                // What came is the part that came.
                held.release();
                return Err(fault);
            }
            held.take_back();
            let next = (at + 1) % count;
            let (from, to) = (self.models[at].model.id(), self.models[next].model.id());
            let handover = Handover { after_effects, ..Handover::new(from, to, fault.to_string()) };
            notice::handed_over(from, to, &fault, after_effects);
            held.push(Delta::Handover(handover));
            (at, asked) = (next, asked + 1);
        }
    }
}

impl Member {
    async fn reply(&self, request: &Request<'_>, sink: &mut dyn Sink) -> Result<()> {
        let Some(change) = &self.change else { return self.model.reply(request, sink).await };
        let mut options = request.options.clone();
        change(&mut options);
        self.model.reply(&Request { options: &options, ..*request }, sink).await
    }
}

impl Model for Fallback {
    fn id(&self) -> &str {
        &self.id
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.ask(request, sink))
    }

    fn structured(&self, schema: &ResponseSchema, tools: &ToolSpecs) -> Option<ResponseSchema> {
        // One form goes to whoever answers.
        let mut all = self.models.iter().map(|member| member.model.structured(schema, tools));
        let first = all.next()??;
        all.try_fold(first, |held, next| next.map(|next| if next.strict { held } else { next }))
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback")
            .field("id", &self.id)
            .field("on_begun", &self.on_begun)
            .field("on_effects", &self.on_effects)
            .finish_non_exhaustive()
    }
}
