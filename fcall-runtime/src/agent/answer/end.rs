//! The tool that a typed answer comes by, where the service holds its model to no form.

use std::sync::Arc;

use super::Reads;
use crate::{
    error::Result,
    message::ResponseSchema,
    message::ToolSpec,
    schema::Secrets,
    tool::{CallContext, CallFuture, Callable, Facts, Outcome, Tool, ToolOutput},
};

/// The name of the tool, where no other has it.
pub(super) const FINAL: &str = "final_answer";

struct FinalAnswer {
    spec: ToolSpec,
    facts: Facts,
    reads: Arc<dyn Reads>,
}

pub(super) fn final_tool(name: &str, schema: &ResponseSchema, reads: Arc<dyn Reads>) -> Result<Tool> {
    let mut description = "Give the final answer. Call this once you know it; nothing comes after.".to_owned();
    if !schema.description.is_empty() {
        description.push_str("\n\nThe answer: ");
        description.push_str(&schema.description);
    }
    let mut spec = ToolSpec::new(name, description, schema.schema.clone());
    spec.strict_if_lossless = true;
    Ok(Tool::from_callable(FinalAnswer { spec, facts: Facts { idempotent: true, ..Facts::NONE }, reads }))
}

impl Callable for FinalAnswer {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn is_agents_own(&self) -> bool {
        true
    }

    fn secrets(&self) -> Secrets {
        self.reads.secrets()
    }

    fn call<'a>(&'a self, _: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        let outcome = match self.reads.read(arguments, false) {
            Ok(()) => Outcome::Done(ToolOutput::text("The answer was taken.")),
            Err(wrong) => Outcome::BadArguments(format!(
                "The answer can't be used:{wrong}\nCall `{}` again with all of it, corrected.",
                self.spec.name
            )),
        };
        Box::pin(std::future::ready(outcome))
    }
}
