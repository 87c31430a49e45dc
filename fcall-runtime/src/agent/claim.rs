//! Who goes on with a run of a journal: one at a time.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, PoisonError},
};

use crate::sync::Mutex;

/// That nobody else goes on with a run, until it is dropped; from [`Journal::claim`](super::Journal::claim).
#[must_use = "it ends when it is dropped"]
pub struct Claim(Option<Box<dyn Send>>);

impl Claim {
    /// One that holds this: a lock, a connection with a lock of its own, whatever gives the run free when it is dropped.
    pub fn new(held: impl Send + 'static) -> Self {
        Self(Some(Box::new(held)))
    }

    /// One that holds nothing, of a journal that nobody else can have.
    pub fn none() -> Self {
        Self(None)
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("holds", &self.0.is_some()).finish()
    }
}

/// The runs that somebody goes on with. The copy is the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims(Arc<Mutex<HashSet<Box<str>>>>);

/// A place in the list, given free when it is dropped.
#[derive(Debug)]
pub(crate) struct Claimed {
    claims: Claims,
    run: Box<str>,
}

impl Claims {
    /// Takes the run with this id, unless somebody has it.
    pub(crate) fn take(&self, run: &str) -> Option<Claimed> {
        let is_free = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(run.into());
        is_free.then(|| Claimed { claims: self.clone(), run: run.into() })
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.claims.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.run);
    }
}
