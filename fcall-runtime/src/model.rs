//! What the loop needs of a model, and no more.

use std::{future::Future, pin::Pin, sync::Arc};

use crate::{
    error::Result,
    message::{Request, ResponseSchema, Sink, ToolSpecs},
};

/// A future on the heap, as object-safe async methods return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers a conversation: a provider over HTTP, the offline planner, a script in a test.
pub trait Model: Send + Sync {
    /// Who answers, for people: `openai/gpt-4o`, `offline planner (not a language model)`.
    fn id(&self) -> &str;

    /// Answers one request: pushes the reply into `sink` as it comes, and returns when it is complete.
    ///
    /// A whole reply and a streamed one are the same deltas. A model that repeats a request after a fault takes back what
    /// it has pushed ([`Delta::Restart`](crate::message::Delta::Restart)); once somebody may have read a text of it, it does
    /// so only where its owner asked for that.
    ///
    /// # Errors
    /// What kept the reply from being complete; what was pushed before is the part that came.
    ///
    /// # Cancellation
    /// Dropping the future ends the request; what was pushed stays pushed.
    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>>;

    /// The form of an answer as the model's service holds it to it beside these tools; none where it can't, so that a
    /// typed answer has to come by a call. Default: it can't.
    fn structured(&self, schema: &ResponseSchema, tools: &ToolSpecs) -> Option<ResponseSchema> {
        let _ = (schema, tools);
        None
    }
}

impl<M: Model + ?Sized> Model for Arc<M> {
    fn id(&self) -> &str {
        (**self).id()
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        (**self).reply(request, sink)
    }

    fn structured(&self, schema: &ResponseSchema, tools: &ToolSpecs) -> Option<ResponseSchema> {
        (**self).structured(schema, tools)
    }
}

impl<M: Model + ?Sized> Model for Box<M> {
    fn id(&self) -> &str {
        (**self).id()
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        (**self).reply(request, sink)
    }

    fn structured(&self, schema: &ResponseSchema, tools: &ToolSpecs) -> Option<ResponseSchema> {
        (**self).structured(schema, tools)
    }
}
