//! What has locks and is nobody's business outside, opened to the model checker.

use std::future::Future;

use serde::de::DeserializeOwned;

use super::{
    Event, EventStream, Run,
    answer::{Reads, Slot},
    event::Events,
};
use crate::{
    error::Result,
    schema::Schema,
    tool::{CallContext, CancellationToken},
};

/// Where the answer of one run is kept.
pub struct Kept<T>(Slot<T>);

impl<T: Schema + DeserializeOwned + Send + 'static> Kept<T> {
    /// An empty one.
    pub fn empty() -> Self {
        Self(Slot::new().0)
    }

    /// As a call of the answer's tool brings it; whether it was taken.
    pub fn read(&self, json: &str) -> bool {
        Reads::read(&self.0, json, false).is_ok()
    }

    /// There is one.
    pub fn is_given(&self) -> bool {
        Reads::is_given(&self.0)
    }

    /// What is kept, at the end of the run.
    pub fn take(&self) -> Option<T> {
        self.0.take().ok()
    }
}

/// Where a run puts its events.
#[derive(Clone)]
pub struct Queue(Events);

impl Queue {
    /// One more event.
    pub fn emit(&self, event: Event) {
        self.0.emit(|| event);
    }
}

/// The events of a run that does this.
pub fn stream<F: Future<Output = Result<Run>> + Send + 'static>(run: impl FnOnce(Queue) -> F) -> EventStream<'static> {
    let events = Events::listening();
    EventStream::new(events.clone(), CancellationToken::new(), run(Queue(events)))
}

/// The time of a call is up.
pub fn expire(cx: &CallContext) {
    cx.expire();
}

/// The tool looks at the signal, as who carries out its call sees it.
pub fn is_watched(cx: &CallContext) -> bool {
    cx.is_watched()
}
