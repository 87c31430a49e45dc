//! Tools that a model is not told of until it looks for them.
//!
//! It has two small tools instead, the same in every request, so that what a service has cached of a prompt goes on holding
//! whatever was found: one searches, and one calls what was found. A call by way of the second is taken for a call of the
//! tool that it names before anything else looks at it; the model's own words stay on the call for the wire.

mod by_name;
mod index;
mod search;
mod words;

use std::sync::Arc;

use self::{by_name::by_name, index::Index, search::search};
use super::AgentBuilder;
use crate::{
    error::{Error, Kind, Result},
    message::{Message, Part, ToolCall},
    tool::{IntoTools, Tool},
    toolbox::Toolbox,
};

/// The names of the two tools.
#[derive(Clone, Debug)]
pub(super) struct Deferral {
    search: String,
    by_name: String,
}

impl AgentBuilder {
    /// Tools that the model is not told of until it looks for them; several calls add up.
    ///
    /// For sets that are too large to be told in every request. The model has two small tools instead, `search_tools` and
    /// `use_tool`: the first answers with the names, descriptions and parameters of the few that fit a query best, the
    /// second calls one of them. What is found stands in the conversation, as the result of the search, and the list of
    /// tools stays the same to the letter: what a service has cached of the prompt goes on holding.
    ///
    /// A call by way of `use_tool` is a call of the tool that it names, for all of the program: approvals, hooks, limits,
    /// `#[arg(secret)]`, records, journals and events see that tool and its arguments. Only services go on seeing what the
    /// model wrote ([`ToolCall::said_name`](crate::message::ToolCall::said_name)). A call of a deferred tool by its own name
    /// works as well, found or not: deferring is about room, not about what may be called. A tool choice can't demand a
    /// deferred tool, but `use_tool` it can.
    ///
    /// Without [`tools`](Self::tools) the model is told of every other tool of the program.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{agent::Agent, testing::Script, tool::Tool};
    /// use serde_json::{Value, json};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> fcall_runtime::Result<()> {
    /// let none = || json!({"type": "object", "properties": {}});
    /// let clock = Tool::new("world_clock", "Tells the time anywhere", none(), |_: Value| async { "12:00" })?;
    /// let coin = Tool::new("flip_coin", "Flips a coin", none(), |_: Value| async { "heads" })?;
    ///
    /// let script = Script::new()
    ///     .calls([("search_tools", r#"{"query":"what time is it"}"#)])
    ///     .calls([("use_tool", r#"{"name":"world_clock","arguments":{}}"#)])
    ///     .text("Noon.");
    /// let agent = Agent::builder(script.clone()).tools(Vec::<Tool>::new()).defer([clock, coin]).build()?;
    /// let run = agent.run("What time is it?").await?;
    /// assert_eq!(script.requests()[0].tools, ["search_tools", "use_tool"]);
    /// run.assert_called("world_clock").returned("12:00");
    /// # Ok(()) }
    /// ```
    pub fn defer(mut self, tools: impl IntoTools) -> Self {
        self.deferred.extend(tools.into_tools());
        self
    }

    /// Other names for the two tools by which deferred ones are found and called, where `search_tools` and `use_tool` are
    /// taken.
    pub fn defer_by(mut self, search: impl Into<String>, call: impl Into<String>) -> Self {
        self.deferral = Deferral::named(search.into(), call.into());
        self
    }
}

impl Default for Deferral {
    fn default() -> Self {
        Self { search: "search_tools".to_owned(), by_name: "use_tool".to_owned() }
    }
}

impl Deferral {
    pub(super) fn named(search: String, by_name: String) -> Self {
        Self { search, by_name }
    }

    /// These tools, or all others of the program, and the two by which the deferred ones are found and called.
    ///
    /// # Errors
    /// A name that a provider refuses, or that another tool has; else as [`Toolbox::new`].
    pub(super) fn toolbox(&self, told: Option<Vec<Tool>>, deferred: Vec<Tool>) -> Result<Toolbox> {
        let is_other = |tool: &Tool| !deferred.iter().any(|deferred| deferred.name() == tool.name());
        let mut told = match told {
            Some(told) => told,
            None => Toolbox::collect()?.into_iter().filter(is_other).collect(),
        };
        let is_ours = |tool: &&Tool| tool.name() == self.search || tool.name() == self.by_name;
        if let Some(tool) = told.iter().chain(&deferred).find(is_ours) {
            let detail = format!(
                "a tool is named `{}`, and so is the one by which deferred tools are found or called; name that one otherwise \
                 with `defer_by`",
                tool.name()
            );
            return Err(Error::new(Kind::Tools(detail)));
        }
        if self.search == self.by_name {
            let detail = format!("`defer_by` gives both tools the name `{}`; give them two", self.search);
            return Err(Error::new(Kind::Tools(detail)));
        }
        let index = Arc::new(Index::new(&deferred));
        told.push(search(self, &index)?);
        told.push(by_name(self, index, deferred.iter().any(Tool::has_secrets))?);
        Toolbox::with_deferred(told, deferred)
    }

    /// The name stands for another.
    pub(super) fn is_by_name(&self, name: &str) -> bool {
        self.by_name == name
    }

    /// Takes each call by name for one of the tool that it names. One that can't be understood stays what it is, and is
    /// answered with what is wrong.
    pub(super) fn take(&self, message: &mut Message, tools: &Toolbox) {
        for part in &mut message.parts {
            if let Part::ToolCall(call) = part
                && let Some((name, arguments)) = self.meant(call, tools)
            {
                call.meant(name, arguments);
            }
        }
    }

    /// The tool and the arguments that a call by name means.
    pub(super) fn meant(&self, call: &ToolCall, tools: &Toolbox) -> Option<(String, String)> {
        if call.name != self.by_name {
            return None;
        }
        let (name, arguments) = by_name::read(&call.arguments).ok()?;
        (name != self.by_name && tools.get(&name).is_some()).then_some((name, arguments))
    }
}
