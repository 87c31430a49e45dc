//! What a model sealed is for that model: signatures, encrypted thinking, parts of its provider alone.
//!
//! Another service refuses them even where it speaks the same protocol, and the whole conversation with them.

use crate::message::{Message, Part, Text};

/// Who gave the replies of a run: from the message at this position on, the model with this number.
pub(super) type Authors = Vec<(usize, usize)>;

/// The conversation as the model `reader` may be shown it; none where that is as it is.
///
/// What stood in the conversation before the run is taken for everybody's.
pub(super) fn opened(messages: &[Message], authors: &[(usize, usize)], reader: usize) -> Option<Vec<Message>> {
    let is_foreign = |at: usize| {
        let author = authors.iter().rev().find(|(start, _)| *start <= at);
        author.is_some_and(|(_, author)| *author != reader)
    };
    let is_closed = |(at, message): (usize, &Message)| is_foreign(at) && message.parts.iter().any(is_sealed);
    if !messages.iter().enumerate().any(is_closed) {
        return None;
    }
    let shown = |(at, message): (usize, &Message)| match is_foreign(at) {
        true => Message::new(message.role, message.parts.iter().filter_map(open).collect()),
        false => message.clone(),
    };
    Some(messages.iter().enumerate().map(shown).collect())
}

fn is_sealed(part: &Part) -> bool {
    match part {
        Part::Text(text) | Part::Refusal(text) | Part::Reasoning(text) => text.origin.is_some(),
        Part::ToolCall(call) => call.origin.is_some(),
        Part::Opaque(_) => true,
        _ => false,
    }
}

/// A part without its provider's own form; none where that is all there is.
fn open(part: &Part) -> Option<Part> {
    match part {
        Part::Reasoning(text) if text.origin.is_some() => None,
        Part::Opaque(_) => None,
        Part::Text(text) => Some(Part::Text(Text::new(text.text.as_str()))),
        Part::Refusal(text) => Some(Part::Refusal(Text::new(text.text.as_str()))),
        Part::ToolCall(call) => {
            let mut call = call.clone();
            call.origin = None;
            Some(Part::ToolCall(call))
        }
        part => Some(part.clone()),
    }
}
