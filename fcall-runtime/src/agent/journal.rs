//! What a run writes down while it goes on, so that it survives the process.
//!
//! The records of a run, given to the pure [`State`] again, make the same state: what was asked of the model is not asked
//! again, and no call is carried out twice unless its tool says that this does no harm. Where records are kept is for a
//! [`Journal`] to say; one in files is [`FileJournal`](crate::journal::FileJournal).

use std::{collections::HashMap, error::Error as StdError, fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    claim::{Claim, Claimed, Claims},
    next::{CallEnd, Next, Unshown},
    repeat::same_arguments,
    run::Stop,
    step::State,
};
use crate::{
    error::{Error, Kind, Result},
    message::{Response, ToolCall},
    model::BoxFuture,
    tool::Tool,
    toolbox::Toolbox,
};

/// What a journal answers; its errors are its own.
pub type JournalResult<T> = std::result::Result<T, Box<dyn StdError + Send + Sync>>;

/// Where runs are written down: a folder of files, a table of a database.
///
/// A run appends one record after the other; several runs append at the same time, and so do the calls of one turn. One at a
/// time goes on with a run: see [`claim`](Self::claim).
pub trait Journal: Send + Sync {
    /// Appends a record to those of the run with this id. What it returns for must be there after a crash.
    ///
    /// # Errors
    /// What kept the record from being written; the run ends with it, before anything is done that is not written down.
    fn append<'a>(&'a self, run: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>>;

    /// The records of the run with this id, in the order in which they were appended; none where there is no such run.
    ///
    /// # Errors
    /// What kept the records from being read.
    fn read<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>>;

    /// Takes the run with this id for one who goes on with it, until what is returned is dropped; `None` where somebody else
    /// has it, who is never waited for. Asked before each run begins, is resumed or goes on where it was recovered; what is
    /// read behind it must be the latest that anybody wrote. It ends with its process, however that ends.
    ///
    /// Two who resume one paused run at the same moment would else carry out its calls twice. An agent and its clones see to
    /// that by themselves. Of other agents with the same journal, in this process or another, only the journal can know:
    /// [`FileJournal`](crate::journal::FileJournal) does. By default everybody has every run.
    ///
    /// # Errors
    /// What kept this from being known; the run ends with it before anything is done.
    fn claim<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Option<Claim>>> {
        let _ = run;
        Box::pin(std::future::ready(Ok(Some(Claim::none()))))
    }
}

impl<J: Journal + ?Sized> Journal for Arc<J> {
    fn append<'a>(&'a self, run: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
        (**self).append(run, record)
    }

    fn read<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
        (**self).read(run)
    }

    fn claim<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Option<Claim>>> {
        (**self).claim(run)
    }
}

/// One step of a run, as a [`Journal`] keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// The run begins, or goes on, from this state.
    State(Box<State>),
    /// The model replied.
    Reply {
        /// The reply.
        response: Response,
        /// How long the run had gone on.
        elapsed: Duration,
    },
    /// A call is about to be carried out.
    CallBegan {
        /// The call's id.
        id: String,
        /// The tool's wire name.
        name: String,
        /// The arguments, where they are not those that the model wrote, or the reply that asks for the call still came in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<String>,
    },
    /// A call ended, or was denied.
    CallEnded(CallEnd),
    /// The run is over; without a reason, it ended in an error.
    Over {
        /// Why it ended.
        stop: Option<Stop>,
    },
}

/// One run's place in the agent's journal.
#[derive(Clone)]
pub(super) struct Log {
    journal: Arc<dyn Journal>,
    run: Arc<str>,
}

/// What a run was, for one who goes on with it.
pub(super) enum Was<'a> {
    /// The journal has nothing of it.
    New,
    /// It waited like this, with these tools.
    Waiting(&'a State, &'a Toolbox),
    /// It had so many records.
    Recovered(usize),
    /// Over, or nothing is known.
    Any,
}

/// That nobody else goes on with a run; what the journal holds is let go of first.
pub(super) struct Held(#[expect(dead_code, reason = "it is held")] (Claim, Claimed));

impl Log {
    pub(super) fn new(journal: &Arc<dyn Journal>, run: &str) -> Self {
        Self { journal: Arc::clone(journal), run: run.into() }
    }

    pub(super) async fn append(&self, record: &Record) -> Result<()> {
        self.journal.append(&self.run, record).await.map_err(|error| self.error("can't be written", error))
    }

    /// The run is over, which is written down unless it is already.
    pub(super) async fn append_over(&self, stop: &Stop) -> Result<()> {
        match self.read().await?.last() {
            None | Some(Record::Over { .. }) => Ok(()),
            Some(_) => self.append(&Record::Over { stop: Some(stop.clone()) }).await,
        }
    }

    /// # Errors
    /// Somebody goes on with this run.
    pub(super) async fn claim(&self, claims: &Claims, was: &Was<'_>) -> Result<Held> {
        let claimed = claims.take(&self.run);
        let claim = match &claimed {
            Some(_) => self.journal.claim(&self.run).await.map_err(|error| self.error("can't be claimed", error))?,
            None => None,
        };
        let why = || format!("the run `{}` goes on already, and one at a time goes on with it", self.run);
        match (claim.zip(claimed), was) {
            (Some(held), _) => Ok(Held(held)),
            (None, Was::Waiting(..)) => Err(Error::new(Kind::Decision(why()))),
            (None, _) => Err(Error::setup(why())),
        }
    }

    /// # Errors
    /// The run is not as it was any more.
    pub(super) async fn check(&self, was: &Was<'_>) -> Result<()> {
        let run = &self.run;
        match *was {
            Was::New if !self.read().await?.is_empty() => Err(Error::setup(format!(
                "the journal has a run `{run}` already: recover it, or give this one another id"
            ))),
            Was::Waiting(paused, tools) => match replay(self.read().await?, tools) {
                Some(now) if !now.waits_as(paused) => Err(Error::new(Kind::Decision(format!(
                    "the run `{run}` has gone on since it was paused here; recover it by its id"
                )))),
                _ => Ok(()),
            },
            Was::Recovered(records) if self.read().await?.len() != records => {
                Err(Error::setup(format!("the run `{run}` has gone on since it was read here; recover it anew")))
            }
            Was::New | Was::Recovered(_) | Was::Any => Ok(()),
        }
    }

    /// The state that the records make, for the tools that there are now, and how many they are.
    pub(super) async fn recover(&self, tools: &Toolbox) -> Result<(State, usize)> {
        let records = self.read().await?;
        let count = records.len();
        let state = replay(records, tools)
            .ok_or_else(|| Error::setup(format!("the journal has no run `{}` that could be recovered", self.run)))?;
        Ok((state, count))
    }

    async fn read(&self) -> Result<Vec<Record>> {
        self.journal.read(&self.run).await.map_err(|error| self.error("can't be read", error))
    }

    fn error(&self, what: &str, source: Box<dyn StdError + Send + Sync>) -> Error {
        Error::new(Kind::Journal(format!("the journal of the run `{}` {what}", self.run))).with_source(source)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("run", &self.run).finish_non_exhaustive()
    }
}

/// A new run's id, where the program gives none.
pub(super) fn fresh_id() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // Seeded by the operating system, once for each thread, and another one each time.
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// The state that these records make. Calls that had begun and not ended are answered as interrupted, unless the tool
/// says that to repeat them does no harm.
fn replay(records: Vec<Record>, tools: &Toolbox) -> Option<State> {
    let mut state: Option<State> = None;
    let mut began = HashMap::new();
    let mut early = EarlyCalls::default();
    for record in records {
        if let Record::State(begin) = record {
            began.clear();
            early = EarlyCalls::default();
            state = Some(*begin);
            continue;
        }
        let state = state.as_mut()?;
        match record {
            Record::Reply { response, elapsed } => {
                state.settle();
                state.passed(elapsed);
                let is_void = State::is_void(&response);
                let asked: Vec<String> = response.message.tool_calls().map(|call| call.id.clone()).collect();
                state.replied_with(response, |call| early.ended_as(call, &asked));
                began.clear();
                // What a reply asked for that was of no use, the next one may ask for again.
                if !is_void {
                    std::mem::take(&mut early).settle(state, &mut began, &asked);
                }
            }
            // One that is heard of while others are open began for one of them, which has another id by now.
            Record::CallBegan { id, name, arguments: Some(arguments) }
                if !state.has_call(&id) && !state.has_open_calls() =>
            {
                early.began(id, name, arguments);
            }
            Record::CallEnded(end) if !state.has_call(&end.result.call_id) => early.ended(end),
            Record::CallBegan { id, name, arguments } => {
                // Else a hook wrote them, which sees the call again: it was asked for as the model wrote it.
                let is_approved = tools.get(&name).is_some_and(Tool::is_destructive);
                began.insert(id, arguments.filter(|_| is_approved));
            }
            Record::CallEnded(end) => state.call_ended(end),
            Record::Over { stop: Some(stop @ (Stop::Cancelled | Stop::WallTime)) } => state.stop(stop),
            Record::Over { stop } => {
                state.settle();
                // An answer that came by a call is no end that the state sees by itself.
                stop.into_iter().for_each(|stop| state.stop(stop));
            }
            Record::State(_) => {}
        }
    }
    let mut state = state?;
    let repeats =
        |call: &ToolCall| tools.get(&call.name).is_some_and(|tool| tool.is_read_only() || tool.is_idempotent());
    state.recover_calls(&began, repeats);
    Some(state)
}

/// Calls that began while the reply which asks for them still came in.
#[derive(Default)]
struct EarlyCalls(Vec<(ToolCall, Option<CallEnd>)>);

impl EarlyCalls {
    fn began(&mut self, id: String, name: String, arguments: String) {
        self.0.push((ToolCall::new(id, name, arguments), None));
    }

    fn ended(&mut self, end: CallEnd) {
        let is_of = |(call, old): &&mut (ToolCall, Option<CallEnd>)| call.id == end.result.call_id && old.is_none();
        if let Some((_, ended)) = self.0.iter_mut().find(is_of) {
            *ended = Some(end);
        }
    }

    /// The one that stands for this call of a reply that asks for calls with these ids: it may have begun under another
    /// id, for a reply that broke off.
    fn find(&self, call: &ToolCall, asked: &[String]) -> Option<usize> {
        let same = |early: &ToolCall| call.name == early.name && same_arguments(&call.arguments, &early.arguments);
        let own = self.0.iter().position(|(early, _)| early.id == call.id && same(early));
        own.or_else(|| self.0.iter().position(|(early, _)| !asked.contains(&early.id) && same(early)))
    }

    /// How this call ended.
    fn ended_as(&mut self, call: &ToolCall, asked: &[String]) -> Option<CallEnd> {
        let at = self.find(call, asked)?;
        Some(self.0.remove(at).1?.of(&call.id))
    }

    /// The reply is there: what it asks for has begun or ended.
    fn settle(mut self, state: &mut State, began: &mut HashMap<String, Option<String>>, asked: &[String]) {
        let Next::Call(pending) = state.next() else { return };
        let calls: Vec<ToolCall> = pending.calls().cloned().collect();
        for call in calls {
            let Some(at) = self.find(&call, asked) else { continue };
            match self.0.remove(at).1 {
                Some(end) => state.call_ended(end.of(&call.id)),
                None => drop(began.insert(call.id, None)),
            }
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => f.debug_tuple("State").field(state).finish(),
            Self::Reply { response, elapsed } => {
                f.debug_struct("Reply").field("response", response).field("elapsed", elapsed).finish()
            }
            Self::CallBegan { id, name, arguments } => {
                let mut began = f.debug_struct("CallBegan");
                began.field("id", id).field("name", name).field("arguments", &Unshown(arguments)).finish()
            }
            Self::CallEnded(end) => f.debug_tuple("CallEnded").field(end).finish(),
            Self::Over { stop } => f.debug_struct("Over").field("stop", stop).finish(),
        }
    }
}
