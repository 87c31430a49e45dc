//! What services limit over all tools of a request, and over one of them.

use serde_json::Value;

use super::{Finding, Toolbox};
use crate::{
    message::ToolSpec,
    schema::{Form, MOST_OPTIONAL, MOST_UNIONS, Totals},
    tool::Tool,
};

/// The most tools that OpenAI takes in one request.
const MOST_TOOLS: usize = 128;
/// The most that Gemini takes.
const MOST_FUNCTIONS: usize = 512;
/// The most strict tools that Anthropic takes in one request.
const MOST_STRICT: usize = 20;
/// The most characters of a description that Azure takes; OpenAI itself did so until 2025, and takes more since, so it is
/// no rule of the protocol.
const MOST_DESCRIPTION: usize = 1024;
/// So many characters, some 10,000 tokens, are worth a thought: they are sent with each request.
const MUCH: usize = 40_000;

/// What the whole set has too much of.
pub(super) fn of_all(toolbox: &Toolbox, findings: &mut Vec<Finding>) {
    let mut found = |what: String| findings.push(Finding { path: String::new(), what });
    let tools = toolbox.len();
    const FEWER: &str = "offer fewer to each agent: choose them by group or with `tools![]`";
    if tools > MOST_TOOLS {
        found(format!("{tools} tools, but OpenAI takes {MOST_TOOLS} in one request; {FEWER}"));
    }
    if tools > MOST_FUNCTIONS {
        found(format!("{tools} tools, but Gemini takes {MOST_FUNCTIONS} in one request; {FEWER}"));
    }
    let characters: usize = toolbox.iter().map(|tool| described(tool.spec())).sum();
    if characters > MUCH {
        found(format!(
            "{characters} characters of descriptions are sent with each request; {FEWER}, or say it shorter"
        ));
    }
    let strict: Vec<Totals> = toolbox.iter().filter(|tool| tool.spec().strict).filter_map(strict_totals).collect();
    let optional: usize = strict.iter().map(|totals| totals.optional).sum();
    let unions: usize = strict.iter().map(|totals| totals.unions).sum();
    const ORDINARY: &str = "those beyond go there as ordinary ones; drop `strict` where it matters less";
    for (count, most, what, remedy) in [
        (strict.len(), MOST_STRICT, "strict tools", ""),
        (optional, MOST_OPTIONAL, "properties that may be left out in strict tools", ", or make them required"),
        (unions, MOST_UNIONS, "values of several types in strict tools", ", or give each of them one type"),
    ] {
        if count > most {
            found(format!("{count} {what}, but Anthropic takes {most} in one request; {ORDINARY}{remedy}"));
        }
    }
}

fn strict_totals(tool: &Tool) -> Option<Totals> {
    Form::AnthropicStrict.fit(&tool.spec().schema).ok().map(|fitted| fitted.totals)
}

/// How long the descriptions of a tool are, those inside its schema among them.
fn described(spec: &ToolSpec) -> usize {
    fn inside(schema: &Value) -> usize {
        match schema {
            Value::Object(members) => {
                let own = members.get("description").and_then(Value::as_str).map_or(0, |text| text.chars().count());
                own + members.values().map(inside).sum::<usize>()
            }
            Value::Array(items) => items.iter().map(inside).sum(),
            _ => 0,
        }
    }
    let schema: Value = serde_json::from_str(&spec.schema).unwrap_or_default();
    spec.description.chars().count() + inside(&schema)
}

fn parameters(schema: &str) -> Vec<String> {
    let root: Value = serde_json::from_str(schema).unwrap_or_default();
    root.get("properties").and_then(Value::as_object).map_or(Vec::new(), |all| all.keys().cloned().collect())
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What one tool has too much of.
pub(super) fn of_one(tool: &Tool, findings: &mut Vec<Finding>) {
    let mut found = |what: String| findings.push(Finding { path: tool.name().to_owned(), what });
    let length = tool.description().chars().count();
    if length > MOST_DESCRIPTION {
        found(format!(
            "{length} characters of description, but Azure takes {MOST_DESCRIPTION}, as OpenAI did until 2025; say \
             what concerns a parameter in the parameter's own description"
        ));
    }
    let spec = tool.spec();
    for name in parameters(&spec.schema).into_iter().filter(|name| !is_name(name)) {
        found(format!(
            "the name of the parameter `{name}` is not taken everywhere: Gemini takes 1 to 64 letters, digits and `_`, \
             Anthropic `-` and `.` too; rename it"
        ));
    }
    if !spec.strict {
        return;
    }
    let Ok(fitted) = Form::OpenAiStrict.fit(&spec.schema) else { return };
    if let Err(fault) = fitted.totals.hold_small() {
        found(format!("as a strict tool refused by Azure and older models: {}; or drop `strict`", fault.why));
    }
}
