//! Which of the tools a model is told of: not of those that are deferred, and in a turn maybe of some of the others.

use std::sync::{Arc, PoisonError};

use super::{Inner, Toolbox, legal, twice};
use crate::{
    error::Result,
    message::{ToolSpec, ToolSpecs},
    tool::Tool,
};

/// How many different subsets are kept: most runs go through the same few.
const KEPT: usize = 8;

/// Some of the tools that a model is told of, by their places.
#[derive(Debug)]
pub(super) struct Subset {
    places: Vec<usize>,
    specs: Arc<ToolSpecs>,
}

impl Toolbox {
    /// Tools that a model is told of, and tools that it is not told of.
    ///
    /// # Errors
    /// As [`Toolbox::new`], over both.
    pub(crate) fn with_deferred(told: Vec<Tool>, deferred: Vec<Tool>) -> Result<Self> {
        let names = deferred.iter().map(|tool| tool.name().to_owned()).collect();
        let mut tools = told;
        tools.extend(deferred);
        tools.iter().try_for_each(legal)?;
        Self::sorted(tools, names)
    }

    /// These tools, and one more that a model is told of.
    ///
    /// # Errors
    /// As [`Toolbox::new`].
    pub(crate) fn with(&self, tool: Tool) -> Result<Self> {
        // The others have been looked at.
        legal(&tool)?;
        let deferred = self.iter().filter(|tool| self.is_deferred(tool.name())).map(|tool| tool.name().to_owned());
        let deferred = if self.0.deferred.is_empty() { Vec::new() } else { deferred.collect() };
        Self::sorted(self.iter().cloned().chain([tool]).collect(), deferred)
    }

    pub(super) fn sorted(mut tools: Vec<Tool>, mut deferred: Vec<String>) -> Result<Self> {
        tools.sort_by(|a, b| a.name().cmp(b.name()));
        for pair in tools.windows(2) {
            if let [first, second] = pair
                && first.name() == second.name()
            {
                return Err(twice(first, second));
            }
        }
        deferred.sort();
        let is_deferred = |tool: &Tool| deferred.binary_search_by(|name| name.as_str().cmp(tool.name())).is_ok();
        let deferred: Vec<bool> =
            if deferred.is_empty() { Vec::new() } else { tools.iter().map(is_deferred).collect() };
        let told = tools.iter().enumerate().filter(|(at, _)| !deferred.get(*at).is_some_and(|deferred| *deferred));
        let specs = Arc::new(ToolSpecs::new(told.map(|(_, tool)| ToolSpec::clone(tool.spec())).collect()));
        let has_secrets = tools.iter().any(Tool::has_secrets);
        Ok(Self(Arc::new(Inner { tools, deferred, specs, has_secrets, subsets: Default::default() })))
    }

    /// There is such a tool, and a model is not told of it.
    pub(crate) fn is_deferred(&self, name: &str) -> bool {
        let place = self.0.tools.binary_search_by(|tool| tool.name().cmp(name));
        place.ok().and_then(|at| self.0.deferred.get(at)).is_some_and(|deferred| *deferred)
    }

    /// The tools that a model is told of, by name.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Tool> {
        let deferred = &self.0.deferred;
        self.iter()
            .enumerate()
            .filter(|(at, _)| !deferred.get(*at).is_some_and(|deferred| *deferred))
            .map(|(_, tool)| tool)
    }

    /// Those of them that are wanted, as a model is told of them.
    pub(crate) fn some(&self, mut wanted: impl FnMut(&Tool) -> bool) -> Arc<ToolSpecs> {
        let places: Vec<usize> =
            self.told().enumerate().filter(|(_, tool)| wanted(tool)).map(|(place, _)| place).collect();
        if places.len() == self.0.specs.as_slice().len() {
            return Arc::clone(&self.0.specs);
        }
        let mut kept = self.0.subsets.lock().unwrap_or_else(PoisonError::into_inner);
        let subset = match kept.iter().position(|subset| subset.places == places) {
            Some(at) => kept.remove(at),
            None => {
                let specs = Arc::new(self.0.specs.subset(places.iter().copied()));
                Subset { places, specs }
            }
        };
        let specs = Arc::clone(&subset.specs);
        kept.insert(0, subset);
        kept.truncate(KEPT);
        specs
    }
}
