//! What the planner says: what tools returned, what it can't do, what it needs to know.

use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::schema::Ordered;
use crate::message::{Content, ToolCall, ToolResult, ToolSpec};

/// Data nested deeper is shown as the JSON it is.
const MAX_DEPTH: usize = 8;
/// So many tools are listed by name.
const MAX_TOOLS: usize = 12;

const SIGNED: &str = "(From the offline planner, not a language model.)";

/// A sentence for each result.
pub(super) fn of_results(results: &[(Option<&ToolCall>, &ToolResult)]) -> String {
    let mut text = String::new();
    for (call, result) in results {
        let subject = match call.map(|call| arguments(&call.arguments)).filter(|arguments| !arguments.is_empty()) {
            Some(arguments) => format!("{} for {arguments}", result.name),
            None => result.name.clone(),
        };
        let told = told(result);
        let _ = match (result.is_error, told.as_str()) {
            (true, "") => writeln!(text, "{subject} failed, and said no more."),
            (true, told) => writeln!(text, "{subject} failed: {told}"),
            (false, "") => writeln!(text, "{subject} is done; it returned nothing."),
            (false, told) => writeln!(text, "{subject} returned: {told}"),
        };
    }
    text + SIGNED
}

/// No tool fits.
pub(super) fn of_nothing(tools: &[ToolSpec]) -> String {
    if tools.is_empty() {
        return "I can't answer that: I am the offline planner, not a language model, and only call tools. There are none here.".to_owned();
    }
    let mut text =
        "I can't answer that: I am the offline planner, not a language model, and none of my tools fits. There"
            .to_owned();
    text.push_str(if tools.len() == 1 { " is only " } else { " are " });
    let listed: Vec<String> = tools.iter().take(MAX_TOOLS).map(in_short).collect();
    text.push_str(&listed.join("; "));
    if let Some(more) = tools.len().checked_sub(MAX_TOOLS).filter(|more| *more > 0) {
        let _ = write!(text, "; and {more} more");
    }
    text + "."
}

/// A tool that was asked for is not there.
pub(super) fn of_unknown(wanted: &str, tools: &[ToolSpec]) -> String {
    format!("I was told to call {wanted}, which is not among my tools. {}", of_nothing(tools))
}

/// A tool fits, but not all it needs is said.
pub(super) fn of_missing(tool: &ToolSpec, missing: &[(String, String)]) -> String {
    let mut text = format!("To call {} I need to know ", tool.name);
    for (at, (name, description)) in missing.iter().enumerate() {
        let join = if at == 0 {
            ""
        } else if at + 1 == missing.len() {
            " and "
        } else {
            ", "
        };
        let _ = write!(text, "{join}{name}");
        if !description.trim().is_empty() {
            let _ = write!(text, " ({})", first_sentence(description));
        }
    }
    text + ". Please ask again and say it. " + SIGNED
}

fn in_short(tool: &ToolSpec) -> String {
    match first_sentence(&tool.description) {
        "" => tool.name.clone(),
        about => format!("{} ({about})", tool.name),
    }
}

fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let end = text
        .match_indices(['.', '\n'])
        .find(|(at, sign)| *sign == "\n" || text[at + 1..].starts_with(' ') || at + 1 == text.len());
    // "e.g. this" ends no sentence.
    match end.filter(|(at, _)| !text[..*at].ends_with("e.g") && !text[..*at].ends_with("i.e")) {
        Some((at, _)) => text[..at].trim_end(),
        None => text.trim_end_matches('.'),
    }
}

fn arguments(json: &str) -> String {
    match serde_json::from_str::<Ordered<'_>>(json) {
        Ok(Ordered(entries)) => fields(&entries, 1).unwrap_or_else(|| json.to_owned()),
        Err(_) => json.to_owned(),
    }
}

fn told(result: &ToolResult) -> String {
    let pieces = result.content.iter().map(|content| match content {
        Content::Json(json) => shown(json),
        // JSON may have come over a wire that has only text.
        Content::Text(text) if text.trim_start().starts_with(['{', '[']) => shown(text),
        Content::Text(text) => text.trim().to_owned(),
        Content::Media(media) => match &media.name {
            Some(name) => format!("{name} ({})", media.mime),
            None => format!("a file of type {}", media.mime),
        },
        Content::Opaque(_) => String::new(),
    });
    pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

/// JSON for people: `temperature 18, sky "clear"`. Numbers and texts stay as they were written.
fn shown(json: &str) -> String {
    match json.trim() {
        "null" | "{}" | "[]" => "nothing".to_owned(),
        text => match serde_json::from_str::<&RawValue>(text) {
            Ok(_) => match serde_json::from_str::<String>(text) {
                Ok(plain) => plain,
                Err(_) => render(text, 0),
            },
            Err(_) => text.to_owned(),
        },
    }
}

fn render(json: &str, depth: usize) -> String {
    if depth >= MAX_DEPTH {
        return json.to_owned();
    }
    let rendered = match json.trim_start().chars().next() {
        Some('{') => {
            serde_json::from_str::<Ordered<'_>>(json).ok().and_then(|Ordered(entries)| fields(&entries, depth + 1))
        }
        Some('[') => serde_json::from_str::<Vec<&RawValue>>(json).ok().map(|items| {
            let items: Vec<String> = items.iter().map(|item| nested(item.get(), depth + 1)).collect();
            if items.is_empty() { "none".to_owned() } else { items.join(", ") }
        }),
        _ => None,
    };
    rendered.unwrap_or_else(|| json.trim().to_owned())
}

fn nested(json: &str, depth: usize) -> String {
    let rendered = render(json, depth);
    if json.trim_start().starts_with(['{', '[']) { format!("({rendered})") } else { rendered }
}

/// None where there are no fields.
fn fields(entries: &[(String, &str)], depth: usize) -> Option<String> {
    let each: Vec<String> = entries.iter().map(|(key, value)| format!("{key} {}", nested(value, depth))).collect();
    if each.is_empty() && depth > 1 {
        Some("nothing".to_owned())
    } else {
        (!each.is_empty() || depth == 1).then(|| each.join(", "))
    }
}
