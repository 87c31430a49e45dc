//! The tool that calls another by its name: read here, and carried out only where that can't be done.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{Deferral, index::Index};
use crate::{
    error::Result,
    message::ToolSpec,
    schema::Secrets,
    tool::{CallContext, CallFuture, Callable, Facts, Outcome, Tool, checked},
};

/// How many names are told where none fits.
const NEAR: usize = 5;

#[derive(Deserialize)]
struct ByName<'a> {
    name: String,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

/// The name and the arguments of the call that is meant, these as they were written; none are `{}`, and a text that holds
/// an object is that object.
///
/// # Errors
/// What is wrong, for the model.
pub(super) fn read(json: &str) -> std::result::Result<(String, String), String> {
    let ByName { name, arguments } =
        serde_json::from_str(json).map_err(|error| format!("they can't be read: {error}"))?;
    let written = arguments.map_or("null", RawValue::get);
    let inner = serde_json::from_str::<String>(written);
    let written = inner.as_deref().map_or(written, str::trim);
    match written.as_bytes().first() {
        Some(b'{') => Ok((name, written.to_owned())),
        // Arguments beside the name were meant for inside, and are not to be lost.
        _ if matches!(written, "null" | "") && has_more(json) => Err("`arguments` is missing".to_owned()),
        _ if matches!(written, "null" | "") => Ok((name, "{}".to_owned())),
        _ => Err("`arguments` is no object".to_owned()),
    }
}

fn has_more(json: &str) -> bool {
    let members = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json).unwrap_or_default();
    members.keys().any(|key| key != "name" && key != "arguments")
}

pub(super) fn by_name(names: &Deferral, index: Arc<Index>, has_secrets: bool) -> Result<Tool> {
    let search = names.search.clone();
    let description = format!("Calls a tool that `{search}` found, by its name, with arguments as its parameters say.");
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "The name of the tool"},
            "arguments": {"type": "object", "additionalProperties": true, "description": "The arguments of the tool, as its parameters say"},
        },
        "required": ["name", "arguments"],
    });
    let (mut spec, _) = checked(names.by_name.clone(), description, schema)?;
    // What stands in `arguments` is another tool's to say.
    spec.strict_if_lossless = false;
    let secrets = if has_secrets { Secrets::All } else { Secrets::None };
    // It does nothing itself; but what it stands for may, so nobody is to take it for one that only looks.
    let facts = Facts { idempotent: true, ..Facts::NONE };
    Ok(Tool::from_callable(CallByName { spec, facts, secrets, search, index }))
}

struct CallByName {
    spec: ToolSpec,
    facts: Facts,
    secrets: Secrets,
    search: String,
    index: Arc<Index>,
}

impl CallByName {
    /// What is wrong with a call that could not be taken for another.
    fn wrong(&self, arguments: &str) -> String {
        let (tool, search) = (&self.spec.name, &self.search);
        match read(arguments) {
            Err(wrong) => format!(
                "The arguments of `{tool}` can't be used: {wrong}. Expected is an object such as \
                 {{\"name\":\"the_tool\",\"arguments\":{{...}}}}, with the arguments of the tool inside."
            ),
            Ok((name, _)) => {
                // No tool's name is longer, and a model can write anything.
                let name = &name[..name.floor_char_boundary(64)];
                let near = self.index.near(name, NEAR);
                let hint = match near.is_empty() {
                    true => String::new(),
                    false => format!(" Did you mean `{}`?", near.join("`, `")),
                };
                format!("There is no tool `{name}`.{hint} `{search}` finds tools by what they do.")
            }
        }
    }
}

impl Callable for CallByName {
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
        self.secrets
    }

    fn call<'a>(&'a self, _: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        Box::pin(std::future::ready(Outcome::BadArguments(self.wrong(arguments))))
    }
}
