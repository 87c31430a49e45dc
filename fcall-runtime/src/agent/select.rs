//! Which tools the model is told of in a turn, where a filter of the program says so.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{AgentBuilder, execute::panic_text};
use crate::{
    error::{Error, Kind, Result},
    message::{Message, Shown, ToolChoice, ToolSpecs},
    tool::Tool,
    toolbox::Toolbox,
};

/// The request that tools are selected for; see [`AgentBuilder::select`](super::AgentBuilder::select).
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Asking<'a> {
    /// The conversation so far.
    pub messages: &'a [Message],
    /// The number of the turn, from 1.
    pub turn: u32,
}

impl fmt::Debug for Asking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = Shown::new(self.messages);
        f.debug_struct("Asking").field("messages", &messages).field("turn", &self.turn).finish()
    }
}

type Filter = dyn Fn(&Tool, &Asking<'_>) -> bool + Send + Sync;

/// A filter of tools.
#[derive(Clone)]
pub(super) struct Selection(Arc<Filter>);

/// What one request says of the tools.
pub(super) struct Offered {
    pub(super) specs: Arc<ToolSpecs>,
    /// The tool choice, where it is another than the run's.
    pub(super) choice: Option<ToolChoice>,
}

impl AgentBuilder {
    /// Asked before each request which of the tools the model is told of this time; the last filter counts.
    ///
    /// Calls of the others are answered as not allowed in this turn, those of [deferred](Self::defer) tools too, which the
    /// filter is asked about when they are called. The filter is asked again about tools that are called, and of a run that
    /// is resumed or recovered in another process, so it should answer by what it is given. Tools that the agent has beside
    /// those it was given (for typed answers, for deferred tools) are always told.
    ///
    /// A tool choice that demands a call of tools none of which is told is an error of the run; of several tools those that
    /// are told remain. What is told is not encoded anew. But a service's prompt cache holds only as long as the list of
    /// tools stays the same: for large sets see [`defer`](Self::defer).
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{agent::{Agent, Asking}, tool::Tool};
    /// # fn demo(model: impl fcall_runtime::model::Model + 'static) {
    /// // Nothing that changes anything before the second turn.
    /// let agent = Agent::builder(model).select(|tool: &Tool, asking: &Asking<'_>| tool.is_read_only() || asking.turn > 1);
    /// # }
    /// ```
    pub fn select(mut self, filter: impl Fn(&Tool, &Asking<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.select = Some(Selection::new(filter));
        self
    }
}

impl Selection {
    pub(super) fn new(filter: impl Fn(&Tool, &Asking<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(filter))
    }

    /// What is offered in this turn.
    ///
    /// # Errors
    /// A forced choice of tools that are not among it; the filter panicked.
    pub(super) fn offered(&self, tools: &Toolbox, asking: &Asking<'_>, choice: &ToolChoice) -> Result<Offered> {
        let select = || tools.some(|tool| self.selects(tool, asking));
        let specs = catch_unwind(AssertUnwindSafe(select)).map_err(|panic| {
            Error::new(Kind::Hook(format!("the filter of tools panicked: {}", panic_text(panic.as_ref()))))
        })?;
        let choice = fitted(choice, &specs, asking.turn)?;
        Ok(Offered { specs, choice })
    }

    /// The tool may be called in this turn.
    pub(super) fn allows(&self, tool: &Tool, asking: &Asking<'_>) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.selects(tool, asking))).unwrap_or(false)
    }

    fn selects(&self, tool: &Tool, asking: &Asking<'_>) -> bool {
        tool.is_agents_own() || (self.0)(tool, asking)
    }
}

/// The choice as far as the tools that are offered can obey it; none where it is the same.
fn fitted(choice: &ToolChoice, specs: &ToolSpecs, turn: u32) -> Result<Option<ToolChoice>> {
    let specs = specs.as_slice();
    let is_offered = |name: &String| specs.iter().any(|spec| spec.name == *name);
    let left_out = |what: &str| {
        Error::new(Kind::Tools(format!(
            "the tool choice demands a call {what}, which the filter of tools leaves out in turn {turn}; select it as long as \
             it is demanded"
        )))
    };
    match choice {
        ToolChoice::Required if specs.is_empty() => Err(left_out("of any tool")),
        ToolChoice::Tool(name) if !is_offered(name) => Err(left_out(&format!("of `{name}`"))),
        ToolChoice::AnyOf(names) if !names.iter().all(is_offered) => {
            let left: Vec<String> = names.iter().filter(|name| is_offered(name)).cloned().collect();
            match left.is_empty() {
                true => Err(left_out(&format!("of one of `{}`", names.join("`, `")))),
                false => Ok(Some(ToolChoice::AnyOf(left))),
            }
        }
        ToolChoice::AutoOf(names) if !names.iter().all(is_offered) => {
            Ok(Some(ToolChoice::auto_of(names.iter().filter(|name| is_offered(name)))))
        }
        _ => Ok(None),
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a filter of tools")
    }
}
