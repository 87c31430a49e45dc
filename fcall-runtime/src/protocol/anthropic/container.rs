//! The container in which the service runs code for the model: a reply names it, and the rest of its turn is sent with it.

use serde_json::value::RawValue;

use super::{
    super::{
        text::{Members, Str},
        turns,
    },
    NAME,
};
use crate::message::{Message, Origin, Part, Role};

/// The key of the container, in a reply and in a request.
pub(super) const CONTAINER: &str = "container";

/// The container as a part of the reply that named it.
pub(super) fn keep(raw: &RawValue) -> Origin {
    Origin::new(NAME, format!("{{\"{CONTAINER}\":{}}}", raw.get()))
}

/// The container in a part that is one, as JSON.
pub(super) fn container(origin: &Origin) -> Option<&RawValue> {
    turns::aside(origin, NAME, CONTAINER)
}

/// The id of the container of a turn that is in progress: what the service still waits for goes there. Of a turn that is over
/// it may have expired.
pub(super) fn in_use(messages: &[Message]) -> Option<String> {
    let turn = messages.iter().rev().take_while(|message| message.role != Role::User);
    let mut named = turn.flat_map(|message| message.parts.iter().rev()).filter_map(|part| match part {
        Part::Opaque(origin) => container(origin),
        _ => None,
    });
    let members: Members<'_> = serde_json::from_str(named.next()?.get()).ok()?;
    Some(serde_json::from_str::<Str<'_>>(members.get("id")?.get()).ok()?.into_string())
}
