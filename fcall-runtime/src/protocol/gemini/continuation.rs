//! A reply that the service paused: its token, with which the same request is sent again for the rest.

use serde_json::value::RawValue;

use super::{super::turns, NAME};
use crate::message::{Message, Origin, Part, Role};

/// The key of the token, in a candidate and in a request.
pub(super) const TOKEN: &str = "continuationToken";

/// The token as a part of the reply that it came with.
pub(super) fn keep(token: &RawValue) -> Origin {
    Origin::new(NAME, format!("{{\"{TOKEN}\":{}}}", token.get()))
}

/// The token in a part that is one, as JSON.
pub(super) fn token(origin: &Origin) -> Option<&RawValue> {
    turns::aside(origin, NAME, TOKEN)
}

/// The conversation that a request is about, and the token where it ends with a paused reply: what came of that is not
/// sent, for the service has it.
pub(super) fn resumed(messages: &[Message]) -> (&[Message], Option<&RawValue>) {
    let token = messages.last().filter(|last| last.role == Role::Assistant).and_then(|last| match last.parts.last() {
        Some(Part::Opaque(origin)) => token(origin),
        _ => None,
    });
    let said = messages.iter().rposition(|message| message.role != Role::Assistant).map_or(0, |at| at + 1);
    if token.is_some() { (&messages[..said], token) } else { (messages, None) }
}
