//! The tool that finds others by what they do.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use super::{
    Deferral,
    index::{Found, Index},
};
use crate::{
    error::Result,
    message::ToolSpec,
    schema::{Judge, Secrets},
    tool::{CallContext, CallFuture, Callable, Facts, Outcome, Tool, ToolOutput, checked},
};

/// How many tools are told whole, and of how many more the names.
const TOLD: usize = 5;
const NAMED: usize = 10;
/// How much is told of them, in bytes; the best one is told whatever its size.
const MOST: usize = 16 * 1024;

#[derive(Deserialize)]
struct Query {
    query: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    tools: Vec<Told<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more: Vec<&'a str>,
}

#[derive(Serialize)]
struct Told<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a RawValue,
}

pub(super) fn search(names: &Deferral, index: &Arc<Index>) -> Result<Tool> {
    let by_name = names.by_name.clone();
    let description = format!(
        "Finds more tools than are listed here, by what they do. Answers with the name, the description and the parameters \
         of those that fit best; `{by_name}` calls one of them."
    );
    let schema = json!({
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What the tool should do, in a few words, or its name"}},
        "required": ["query"],
        "additionalProperties": false,
    });
    let (spec, judge) = checked(names.search.clone(), description, schema)?;
    let facts = Facts { read_only: true, idempotent: true, ..Facts::NONE };
    Ok(Tool::from_callable(SearchTools { spec, judge, facts, by_name, index: Arc::clone(index) }))
}

struct SearchTools {
    spec: ToolSpec,
    judge: Judge,
    facts: Facts,
    by_name: String,
    index: Arc<Index>,
}

impl SearchTools {
    fn answer(&self, query: &str) -> ToolOutput {
        let found = self.index.search(query, TOLD + NAMED);
        if found.is_empty() {
            let near = self.index.near(query, NAMED).join(", ");
            let (count, which) = (self.index.len(), if near.is_empty() { "none".to_owned() } else { near });
            return ToolOutput::text(format!(
                "No tool fits `{}`. There are {count} to be found; names like it: {which}. Try other words.",
                &query[..query.floor_char_boundary(200)]
            ));
        }
        let mut answer = Answer { tools: Vec::new(), more: Vec::new() };
        let mut room = MOST;
        for Found { name, description, schema } in found {
            let size = name.len() + description.len() + schema.get().len();
            let fits = answer.tools.is_empty() || (answer.tools.len() < TOLD && size <= room);
            if fits && answer.more.is_empty() {
                room = room.saturating_sub(size);
                answer.tools.push(Told { name, description, parameters: schema });
            } else {
                answer.more.push(name);
            }
        }
        let told = ToolOutput::json(&answer);
        told.unwrap_or_else(|_| ToolOutput::text(format!("Call `{}` with one of these names.", self.by_name)))
    }
}

impl Callable for SearchTools {
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
        Secrets::None
    }

    fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        let outcome = match self.judge.read::<Query>(&self.spec.name, arguments) {
            Ok(read) => {
                cx.repaired(read.repairs);
                Outcome::Done(self.answer(&read.value.query))
            }
            Err(refusal) => Outcome::BadArguments(refusal),
        };
        Box::pin(std::future::ready(outcome))
    }
}
