//! What services limit over all tools of a request, and over one of them.

use super::{Finding, Toolbox};
use crate::{
    schema::{Form, MOST_OPTIONAL, MOST_UNIONS, Totals},
    tool::Tool,
};

/// The most tools that OpenAI takes in one request.
const MOST_TOOLS: usize = 128;
/// The most that Gemini takes.
const MOST_FUNCTIONS: usize = 512;
/// The most strict tools that Anthropic takes in one request.
const MOST_STRICT: usize = 20;
/// The most characters of a description that OpenAI's chat protocol is known to take.
const MOST_DESCRIPTION: usize = 1024;
/// The most properties, and levels of objects, that Azure and older models are said to take in a strict tool.
const SMALL: (usize, usize) = (100, 5);

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

/// What one tool has too much of.
pub(super) fn of_one(tool: &Tool, findings: &mut Vec<Finding>) {
    let mut found = |what: String| findings.push(Finding { path: tool.name().to_owned(), what });
    let length = tool.description().chars().count();
    if length > MOST_DESCRIPTION {
        found(format!(
            "{length} characters of description, but OpenAI Chat takes {MOST_DESCRIPTION}; say what concerns a \
             parameter in the parameter's own description"
        ));
    }
    let spec = tool.spec();
    if !spec.strict {
        return;
    }
    let Ok(fitted) = Form::OpenAiStrict.fit(&spec.schema) else { return };
    let Totals { properties, depth, .. } = fitted.totals;
    for (count, most, what) in [(properties, SMALL.0, "properties"), (depth, SMALL.1, "levels of objects")] {
        if count > most {
            found(format!(
                "{count} {what}, but Azure and older models are said to take {most} in a strict tool; split the \
                 tool, or drop `strict` for them"
            ));
        }
    }
}
