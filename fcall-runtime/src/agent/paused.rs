//! A run that waits for decisions, as a value that outlives the process.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};

use super::{approval::PendingCall, next::Next, step::State};
use crate::error::{Error, Kind, Result};

/// A run that waits until somebody decides upon some of its calls; from [`Stop::Approval`](super::Stop::Approval).
///
/// Holds the whole run: what the turn's other calls came to, what was counted, how far its limits are used. It can be
/// saved, read in another process, and goes on with [`Agent::resume`](super::Agent::resume). Without a journal,
/// who resumes the same value twice has its calls carried out twice: keep it in one place, and remove it from there first.
/// With one the second time is refused, also while the first still goes on: of the agent, its clones and chats in any case, of
/// others as far as the journal knows of them ([`Journal::claim`](super::Journal::claim)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Saved")]
pub struct Paused {
    calls: Vec<PendingCall>,
    state: Option<Box<State>>,
}

/// As any version wrote it: at first only the calls were kept.
enum Saved {
    Calls(Vec<PendingCall>),
    Run(SavedRun),
}

#[derive(Deserialize)]
struct SavedRun {
    calls: Vec<PendingCall>,
    state: Option<Box<State>>,
}

impl<'de> Deserialize<'de> for Saved {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVersion)
    }
}

/// Told apart by their form, so that what is wrong inside is told as it is.
struct AnyVersion;

impl<'de> Visitor<'de> for AnyVersion {
    type Value = Saved;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a run that waits for decisions, or the list of its calls")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, calls: A) -> Result<Saved, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(calls)).map(Saved::Calls)
    }

    fn visit_map<A: MapAccess<'de>>(self, run: A) -> Result<Saved, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(run)).map(Saved::Run)
    }
}

impl From<Saved> for Paused {
    fn from(saved: Saved) -> Self {
        match saved {
            Saved::Calls(calls) | Saved::Run(SavedRun { calls, state: None }) => Self { calls, state: None },
            // What waits is what the run says, not what was written beside it.
            Saved::Run(SavedRun { state: Some(state), .. }) => Self::new(*state),
        }
    }
}

impl Paused {
    pub(super) fn new(state: State) -> Self {
        let calls = match state.next() {
            Next::Approve(calls) => calls,
            _ => Vec::new(),
        };
        Self { calls, state: Some(Box::new(state)) }
    }

    /// The calls alone, of a run that nobody can go on with.
    pub(super) fn without_state(&self) -> Self {
        Self { calls: self.calls.clone(), state: None }
    }

    /// The calls that wait for a decision, in the order the model made them.
    pub fn calls(&self) -> &[PendingCall] {
        &self.calls
    }

    /// The run between two steps, for a loop by hand.
    ///
    /// # Errors
    /// It was saved by a version that could not resume runs, or waited inside a call, where no run can wait.
    pub fn into_state(self) -> crate::Result<State> {
        let gone = "what it takes to resume this run was not kept: it waited inside a call of another run, or was saved by an \
                    early version; its calls are answered as not carried out, so ask again";
        self.state.map(|state| *state).ok_or_else(|| Error::new(Kind::Decision(gone.to_owned())))
    }
}
