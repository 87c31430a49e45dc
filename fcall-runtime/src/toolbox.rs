//! The tools one program or one agent may call, looked up by name.
//!
//! Filled once at start-up and read-only from then on. It never runs a tool: see `agent::execute`.

use std::{fmt, sync::Arc};

use crate::{
    error::{Error, Kind, Result},
    message::{ToolSpec, ToolSpecs},
    tool::Tool,
};

/// A set of tools, sorted by name, no two of one name. Cheap to clone.
#[derive(Clone)]
pub struct Toolbox(Arc<Inner>);

struct Inner {
    tools: Vec<Tool>,
    specs: ToolSpecs,
}

impl Toolbox {
    /// These tools.
    ///
    /// # Errors
    /// Two tools of one name: the error names both places.
    pub fn new(tools: impl IntoIterator<Item = Tool>) -> Result<Self> {
        let mut tools: Vec<Tool> = tools.into_iter().collect();
        tools.sort_by(|a, b| a.name().cmp(b.name()));
        if let Some(pair) = tools.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            return Err(Error::new(Kind::Tools(format!("two tools are named `{}`", pair[0].name()))));
        }
        let specs = ToolSpecs::new(tools.iter().map(|tool| ToolSpec::clone(tool.spec())).collect());
        Ok(Self(Arc::new(Inner { tools, specs })))
    }

    /// Every tool of the program.
    pub fn collect() -> Result<Self> {
        Self::new([])
    }

    /// The tool with this wire name.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        let tools = &self.0.tools;
        tools.binary_search_by(|tool| tool.name().cmp(name)).ok().map(|at| &tools[at])
    }

    /// The tools, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Tool> {
        self.0.tools.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.tools.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.tools.is_empty()
    }

    /// The tools as a model is told of them.
    pub fn specs(&self) -> &ToolSpecs {
        &self.0.specs
    }
}

impl fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Tool::name)).finish()
    }
}
