//! Tools: what a model may call.

mod context;
mod error;
mod output;

use std::{future::Future, pin::Pin, sync::Arc};

pub use context::CallContext;
pub use error::ToolError;
pub use output::ToolOutput;

use crate::message::ToolSpec;

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

/// A tool: a name, a description, a schema, and something to call.
///
/// Made by `#[tool]`, or at run time by [`Tool::new`]. Cheap to clone.
#[derive(Clone)]
pub struct Tool(Arc<dyn Callable>);

/// PLACEHOLDER of the tool room's owner: what is behind a [`Tool`].
pub(crate) trait Callable: Send + Sync {
    fn spec(&self) -> &ToolSpec;
    fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a>;
}

impl Tool {
    /// The wire name.
    pub fn name(&self) -> &str {
        &self.0.spec().name
    }

    /// The tool as a model is told of it.
    pub fn spec(&self) -> &ToolSpec {
        self.0.spec()
    }

    /// How long a call may take, where the tool says so itself.
    pub fn timeout(&self) -> Option<std::time::Duration> {
        None
    }

    /// Never beside another call of the same turn.
    pub fn is_sequential(&self) -> bool {
        false
    }

    /// Calls the tool with arguments as a model writes them: JSON text.
    pub fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        self.0.call(cx, arguments)
    }
}
