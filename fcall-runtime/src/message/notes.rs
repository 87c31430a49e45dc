//! What is known of a run beside its conversation, and the change of the model that answers it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// What is known of a run beside its conversation: kept by who drives the run, from one request to the next.
///
/// A model that is made of others (a [`Fallback`](crate::fallback::Fallback)) reads in it whether tools with effects ran,
/// and remembers in it which of its models answers this run.
#[derive(Debug, Default)]
pub struct RunNotes(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    effects: bool,
    /// By the key of a model that is made of others: from which message on which of them answered.
    authors: Vec<(usize, Vec<(usize, usize)>)>,
}

impl RunNotes {
    /// Of a run that begins.
    pub fn new() -> Self {
        Self::default()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a tool was called which is neither read-only nor idempotent: what it did can't be done anew.
    pub fn note_effects(&self) {
        self.notes().effects = true;
    }

    /// Whether such a tool was called.
    pub fn has_effects(&self) -> bool {
        self.notes().effects
    }

    /// Of the model with this key: from which message of the conversation on which of its models answered.
    pub(crate) fn authors(&self, key: usize) -> Vec<(usize, usize)> {
        let notes = self.notes();
        notes.authors.iter().find(|(k, _)| *k == key).map(|(_, authors)| authors.clone()).unwrap_or_default()
    }

    /// Notes which of its models gave the message at this position.
    pub(crate) fn note_author(&self, key: usize, message: usize, author: usize) {
        let mut notes = self.notes();
        match notes.authors.iter_mut().find(|(k, _)| *k == key) {
            Some((_, authors)) if authors.last().is_some_and(|(_, last)| *last == author) => {}
            Some((_, authors)) => authors.push((message, author)),
            None => notes.authors.push((key, vec![(message, author)])),
        }
    }
}

/// Another model goes on where one failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Handover {
    /// The model that failed, as its [`id`](crate::model::Model::id) names it.
    pub from: String,
    /// The model that is asked now.
    pub to: String,
    /// What went wrong with the first, in the words of its error.
    pub fault: String,
    /// A tool with effects had been called in this run.
    pub after_effects: bool,
    /// The turn of the run that was asked for, from 1; none outside of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u32>,
}

impl Handover {
    /// From one model to another, because of this.
    pub fn new(from: impl Into<String>, to: impl Into<String>, fault: impl Into<String>) -> Self {
        Self { from: from.into(), to: to.into(), fault: fault.into(), after_effects: false, turn: None }
    }
}
