//! What is known of a run beside its conversation, and the change of the model that answers it.

use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use crate::sync::{Mutex, MutexGuard};

/// What is known of a run beside its conversation: kept from one request to the next, by the conversation's
/// [`History`](super::History) or by itself.
///
/// A model that is made of others (a [`Fallback`](crate::fallback::Fallback)) reads in it whether tools with effects ran,
/// and remembers in it which of its models gave which reply.
#[derive(Debug, Default)]
pub struct RunNotes(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    effects: bool,
    members: Vec<Members>,
}

/// Who answered, of a model that is made of others.
#[derive(Debug)]
struct Members {
    /// Tells that model from others.
    key: usize,
    /// From which message of the conversation on which of its models answered.
    authors: Vec<(usize, usize)>,
    /// Which of them answered last in this run.
    answering: Option<usize>,
}

impl RunNotes {
    /// Of a run that begins.
    pub fn new() -> Self {
        Self::default()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another run of the same conversation begins: what was done and who answers is open again, and who gave the replies
    /// before it stays known.
    pub fn begin_run(&self) {
        let mut notes = self.notes();
        notes.effects = false;
        notes.members.iter_mut().for_each(|members| members.answering = None);
    }

    /// Notes that a tool was called which is neither read-only nor idempotent: what it did can't be done anew.
    pub fn note_effects(&self) {
        self.notes().effects = true;
    }

    /// Whether such a tool was called in this run.
    pub fn has_effects(&self) -> bool {
        self.notes().effects
    }

    /// Of the model with this key: which of its models answered last in this run, and which gave the replies from which
    /// message on.
    pub(crate) fn members(&self, key: usize) -> (Option<usize>, Vec<(usize, usize)>) {
        let notes = self.notes();
        let members = notes.members.iter().find(|members| members.key == key);
        members.map(|members| (members.answering, members.authors.clone())).unwrap_or_default()
    }

    /// Notes which of its models gave the message at this position.
    pub(crate) fn note_author(&self, key: usize, message: usize, author: usize) {
        let mut notes = self.notes();
        let authors = match notes.members.iter_mut().find(|members| members.key == key) {
            Some(members) => {
                members.answering = Some(author);
                &mut members.authors
            }
            None => {
                notes.members.push(Members { key, authors: vec![(message, author)], answering: Some(author) });
                return;
            }
        };
        if authors.last().is_none_or(|(_, last)| *last != author) {
            authors.push((message, author));
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
