//! What is worth knowing of a set of tools before a provider says it.

use std::fmt;

use super::{Toolbox, totals};
use crate::{
    schema::{Form, Judge},
    tool::Tool,
};

/// Something that is legal, and yet likely not what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where: a tool, or a tool and a parameter (`get_weather.city`); empty for the whole set.
    pub path: String,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.path, self.what) }
    }
}

pub(super) fn check(toolbox: &Toolbox) -> Vec<Finding> {
    let mut findings = Vec::new();
    totals::of_all(toolbox, &mut findings);
    for tool in toolbox.iter() {
        check_tool(tool, &mut findings);
    }
    findings
}

fn check_tool(tool: &Tool, findings: &mut Vec<Finding>) {
    if tool.description().trim().is_empty() {
        let what = "has no description, so a model can't know when to call it".to_owned();
        findings.push(Finding { path: tool.name().to_owned(), what });
    }
    for parameter in tool.def().map_or(&[][..], |def| def.parameters) {
        if parameter.description.is_empty() && parameter.shape.description.is_empty() {
            let what = "has no doc comment".to_owned();
            findings.push(Finding { path: format!("{}.{}", tool.name(), parameter.name), what });
        }
    }
    totals::of_one(tool, findings);
    let spec = tool.spec();
    let schema = serde_json::from_str(&spec.schema).unwrap_or_default();
    findings.extend(Judge::new(schema).doubts().into_iter().map(|(path, what)| {
        let dot = if path.is_empty() { "" } else { "." };
        Finding { path: format!("{}{dot}{path}", tool.name()), what }
    }));
    for form in [Form::OpenAi, Form::Anthropic, Form::GeminiJson, Form::OpenAiStrict, Form::AnthropicStrict] {
        if form.is_strict() && !spec.strict {
            continue;
        }
        match form.fit(&spec.schema) {
            Ok(fitted) => findings.extend(fitted.losses.into_iter().map(|loss| {
                let dot = if loss.path.is_empty() { "" } else { "." };
                let what = format!("{form}: {}: {}", loss.keyword, loss.why);
                Finding { path: format!("{}{dot}{}", tool.name(), loss.path), what }
            })),
            Err(fault) => findings.push(Finding { path: tool.name().to_owned(), what: format!("{form}: {fault}") }),
        }
    }
}
