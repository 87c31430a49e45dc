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
use crate::{
    error::{Error, Kind, Result},
    message::{Message, Part, ToolCall},
    tool::Tool,
    toolbox::Toolbox,
};

/// The names of the two tools.
#[derive(Clone, Debug)]
pub(super) struct Deferral {
    search: String,
    by_name: String,
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

    /// These tools, and the two by which the deferred ones are found and called.
    ///
    /// # Errors
    /// A name that a provider refuses, or that another tool has; else as [`Toolbox::new`].
    pub(super) fn toolbox(&self, mut told: Vec<Tool>, deferred: Vec<Tool>) -> Result<Toolbox> {
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
