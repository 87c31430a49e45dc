//! Tools: what a model may call.
//!
//! A tool is an annotated function (`annotated`, described by the constant of `def`) or made at run time (`run_time`).
//! What it returns becomes an [`Outcome`] in `answer`; who calls it, when and how often, is for the agent to decide.

mod annotated;
mod answer;
mod cancel;
mod chosen;
mod context;
mod def;
mod due;
mod error;
mod lend;
mod output;
mod returned;
mod run_time;
mod state;
mod toolset;
mod written;

use std::{
    borrow::Cow,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

pub use annotated::{off_thread, read, refused};
pub use answer::{Answer, Fallible, OwnError, PickFallible, PickPlain, Plain, ToolFailure, ToolReturn, Wrap};
pub use cancel::CancellationToken;
pub use chosen::{Choice, Entered, Found, NotEntered, NotFound, check_choice, choice, chosen};
pub use context::CallContext;
pub(crate) use context::{Account, Left};
pub use def::{Annotated, Call, Facts, NO_FACTS, Parts, Place, ToolDef, def_of};
pub use error::ToolError;
pub use lend::{Lend, lent_option, lent_or};
pub use output::ToolOutput;
pub use returned::{Answered, Returned, Tell, Unanswered, check_return};
pub use run_time::SchemaSource;
pub(crate) use run_time::checked;
pub(crate) use state::States;
pub use state::{Held, HeldMut, Holds, Need, held, lacking};
pub use toolset::{IntoTools, Method, MethodCall, methods};

use crate::{
    message::{ToolCall, ToolResult, ToolSpec},
    schema::Secrets,
};

/// The future of one call.
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// How a call ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It did what was asked (or says itself, in the output, that it did not).
    Done(ToolOutput),
    /// It did not; the text is for the model.
    Failed(String),
    /// It could not begin; the text tells the model every bad argument.
    BadArguments(String),
    /// The run must end; the text is for the operator.
    Fatal(String),
}

impl Outcome {
    /// What the model is told of the call, for those who drive the loop themselves.
    ///
    /// A fatal outcome is for the program to act on; the model is only told that the run ended.
    pub fn into_result(self, call: &ToolCall) -> ToolResult {
        match self {
            Self::Done(output) => ToolResult::new(call, output.content, false),
            Self::Failed(message) | Self::BadArguments(message) => ToolResult::error(call, message),
            Self::Fatal(_) => ToolResult::error(call, FATAL),
        }
    }
}

/// What the model is told where a tool ended the run.
pub(crate) const FATAL: &str = "the tool ended the run";

/// A tool: a name, a description, a schema, and something to call.
///
/// Made by `#[tool]`, or at run time by [`Tool::new`]. Cheap to clone.
#[derive(Clone)]
pub struct Tool(Arc<dyn Callable>);

/// What is behind a [`Tool`].
pub(crate) trait Callable: Send + Sync {
    fn spec(&self) -> &ToolSpec;
    fn facts(&self) -> &Facts;
    fn def(&self) -> Option<&'static ToolDef> {
        None
    }
    fn place(&self) -> Option<&Place> {
        None
    }
    /// Agents may run inside a call of it.
    fn hands_on(&self) -> bool {
        self.def().is_some_and(|def| def.sees_context)
    }
    /// It is the agent's own, beside those that it was given.
    fn is_agents_own(&self) -> bool {
        false
    }
    /// Which arguments must not be shown.
    fn secrets(&self) -> Secrets;
    fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a>;
    /// A call that is refused, with what is wrong with the tool's defaults; none where it has none to be read.
    fn try_defaults<'a>(&'a self, _: &'a CallContext) -> Option<CallFuture<'a>> {
        None
    }
}

impl Tool {
    pub(crate) fn from_callable(callable: impl Callable + 'static) -> Self {
        Self(Arc::new(callable))
    }

    /// The wire name.
    pub fn name(&self) -> &str {
        &self.0.spec().name
    }

    /// What it does, in the words the model reads.
    pub fn description(&self) -> &str {
        &self.0.spec().description
    }

    /// The tool as a model is told of it.
    pub fn spec(&self) -> &ToolSpec {
        self.0.spec()
    }

    /// Its own limit of time, where it has one.
    pub fn timeout(&self) -> Option<Duration> {
        self.0.facts().timeout
    }

    /// It only looks: a call changes nothing.
    pub fn is_read_only(&self) -> bool {
        self.0.facts().read_only
    }

    /// It may undo or delete something, so it asks for approval.
    pub fn is_destructive(&self) -> bool {
        self.0.facts().destructive
    }

    /// Called twice with the same arguments it does no more than called once.
    pub fn is_idempotent(&self) -> bool {
        self.0.facts().idempotent
    }

    /// It never runs beside another call of the same turn.
    pub fn is_sequential(&self) -> bool {
        self.0.facts().sequential
    }

    /// The label it can be selected by.
    pub fn group(&self) -> Option<&'static str> {
        self.0.facts().group
    }

    /// Where it was written; none for a tool made at run time.
    pub fn place(&self) -> Option<&Place> {
        self.0.place()
    }

    /// Some of its arguments must not be shown: `#[arg(secret)]`.
    pub fn has_secrets(&self) -> bool {
        !self.secrets().is_none()
    }

    /// The arguments of a call as they may be shown: without what `#[arg(secret)]` marks.
    ///
    /// In doubt a value is left out: of a key that the tool does not have, or in arguments that can't be read.
    pub fn shown<'a>(&self, arguments: &'a str) -> Cow<'a, str> {
        self.secrets().hide(arguments).map_or(Cow::Borrowed(arguments), Cow::Owned)
    }

    pub(crate) fn secrets(&self) -> Secrets {
        self.0.secrets()
    }

    /// The states it needs.
    pub(crate) fn needs(&self) -> &'static [Need] {
        self.def().map_or(&[], |def| def.needs)
    }

    /// It is the agent's own, beside those that it was given: no filter is asked about it.
    pub(crate) fn is_agents_own(&self) -> bool {
        self.0.is_agents_own()
    }

    /// Agents may run inside a call of it, and share what its run has left.
    pub(crate) fn hands_on(&self) -> bool {
        self.0.hands_on()
    }

    /// The constant behind an annotated function.
    pub(crate) fn def(&self) -> Option<&'static ToolDef> {
        self.0.def()
    }

    /// What is wrong with its defaults: of a type whose form only reading shows, such as an address or a date.
    pub(crate) fn bad_defaults(&self) -> Option<String> {
        let cx = CallContext::new();
        let mut call = self.0.try_defaults(&cx)?;
        // It waits for nothing: arguments are read before anything else is done.
        match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Outcome::BadArguments(wrong)) => (!wrong.is_empty()).then_some(wrong),
            _ => None,
        }
    }

    /// Calls the tool with arguments as a model writes them: JSON text.
    ///
    /// The arguments may be read at once; the function does not begin before the future is polled.
    ///
    /// # Cancellation
    /// Dropping the future drops the function's own.
    pub fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        self.0.call(cx, arguments)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tool").field(&self.name()).finish()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
