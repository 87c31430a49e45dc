//! What calls are told, in a Chat Completions request.

use std::borrow::Cow;

use super::{
    super::{
        Dialect,
        body::List,
        hosted, ids, openai,
        text::Members,
        turns::{self, Asked},
    },
    aside, is_own,
    media::text_part,
};
use crate::message::{Content, Origin, ToolResult};

/// Writes what a call is told; `legacy`: it was made in the old form, which has no ids.
pub(super) fn answer(asked: &Asked<'_>, legacy: bool, dialect: &Dialect, list: &mut List<'_>) {
    let mut text = match asked.answer {
        Some(result) => said(result),
        None => format!("Error: {}", turns::UNANSWERED).into(),
    };
    if !(dialect.broken_arguments || openai::is_free_text(asked.call) || asked.is_readable()) {
        text = turns::with_broken(asked.call.said_arguments(), &text).into();
    }
    if text.is_empty() && !dialect.empty_results {
        text = "(no output)".into();
    }
    let mut object = list.object();
    if legacy {
        object.words("role", "function");
        object.text("name", &ids::called(asked.call.said_name()));
    } else {
        object.words("role", "tool");
        object.text("tool_call_id", &asked.id);
    }
    let is_piece = |origin: &&Origin| is_own(origin) && aside::member(origin).is_none();
    let mut own = asked.answer.into_iter().flat_map(hosted::opaque).filter(is_piece).peekable();
    if own.peek().is_none() {
        object.text("content", &text);
    } else {
        // Each piece in its place: all of what is said stands where the first text does.
        let mut parts = object.list("content");
        let mut text = Some(text).filter(|text| !text.is_empty());
        for piece in asked.answer.iter().flat_map(|answer| &answer.content) {
            match piece {
                Content::Opaque(origin) if !is_own(origin) || aside::member(origin).is_some() => {}
                Content::Opaque(origin) => {
                    parts.item().extend_from_slice(origin.json.as_bytes());
                }
                _ => text.take().into_iter().for_each(|text| text_part(&text, &mut parts)),
            }
        }
        text.take().into_iter().for_each(|text| text_part(&text, &mut parts));
        parts.end();
    }
    let is_free = |members: &Members<'_>| !(legacy && members.get("name").is_some());
    let members = asked.answer.into_iter().flat_map(aside::of_result).filter(is_free);
    members.for_each(|members| aside::write(&members, &mut object));
    object.end();
}

/// A result as text: the wire has no flag for errors, so the text says it.
fn said(result: &ToolResult) -> Cow<'_, str> {
    let mut text = Cow::Borrowed("");
    for (at, piece) in result.content.iter().filter_map(Content::as_text).enumerate() {
        if at > 0 {
            text.to_mut().push('\n');
        }
        text += piece;
    }
    if result.is_error && !text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("error")) {
        text.to_mut().insert_str(0, "Error: ");
    }
    let media = result.content.iter().filter(|piece| matches!(piece, Content::Media(_))).count();
    if media > 0 {
        let gap = if text.is_empty() { "" } else { "\n" };
        text.to_mut().push_str(&format!("{gap}[{media} attached in the message that follows the results]"));
    }
    text
}
