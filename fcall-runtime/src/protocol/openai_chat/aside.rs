//! What of a message has no neutral form, as parts of their own: members of the message, and pieces of its content.

use serde_json::value::RawValue;

use super::{
    super::{
        body::Object,
        hosted::{MEMBER, PIECE},
        text::{Members, Str},
        turns,
    },
    NAME, is_own,
};
use crate::message::{Content, Message, Origin, Part, ToolResult};

/// The key of the old form of a call, and what the ids begin with that such calls get here.
pub(super) const LEGACY: &str = "function_call";

/// Members that only replies have: servers refuse a key that no request has.
const RECEIVED_ONLY: [&str; 2] = ["annotations", "content_parts"];
/// Members that bring the model's thinking back, and go only to a service that takes it.
const THOUGHTS: [&str; 2] = ["reasoning_details", "extra_content"];
/// Members that are written otherwise.
const WRITTEN: [&str; 6] = ["role", "content", "refusal", "tool_calls", "tool_call_id", LEGACY];

/// A member of a message as a part.
pub(super) fn of_message(key: &str, value: &RawValue) -> Origin {
    let member = object(|object| object.json(key, value.get()));
    match THOUGHTS.iter().chain(&RECEIVED_ONLY).chain(&["audio"]).any(|known| *known == key) {
        // As a reply has them.
        true => Origin::new(NAME, member),
        false => Origin::new(NAME, object(|object| object.json(MEMBER, &member))),
    }
}

/// Members to be put back; none where there are none.
pub(super) fn members<'m>(members: impl IntoIterator<Item = (&'m str, &'m str)>) -> Option<Origin> {
    let mut members = members.into_iter().peekable();
    members.peek()?;
    Some(Origin::new(NAME, object(|object| members.for_each(|(key, json)| object.json(key, json)))))
}

/// What a part of an assistant's message, or one that holds a member, is on the way back.
pub(super) enum Aside<'o> {
    /// A member of the message that the client put there.
    Member(Members<'o>),
    /// Members that a service put there, such as the model's thinking: it may take them back.
    Received(Members<'o>),
    /// A piece of the content.
    Piece(&'o RawValue),
    /// It does not go back, and nobody misses it.
    ReceivedOnly,
    /// It does not go back, for no request has it.
    Unsent,
    /// A sound that the service knows by this id.
    Audio(&'o RawValue),
}

impl<'o> Aside<'o> {
    /// Reads a part of this protocol's own in an assistant's message.
    pub(super) fn of_assistant(origin: &'o Origin) -> Option<Self> {
        if !is_own(origin) {
            return None;
        }
        if RECEIVED_ONLY.iter().any(|key| turns::aside(origin, NAME, key).is_some()) {
            return Some(Self::ReceivedOnly);
        }
        if let Some(piece) = turns::aside(origin, NAME, PIECE) {
            return Some(Self::Piece(piece));
        }
        if turns::aside(origin, NAME, "images").is_some() {
            return Some(Self::Unsent);
        }
        if let Some(audio) = turns::aside(origin, NAME, "audio") {
            let members = serde_json::from_str::<Members<'_>>(audio.get()).unwrap_or_default();
            return members.get("id").map(Self::Audio);
        }
        match member(origin) {
            Some(member) => Some(Self::Member(member)),
            None => serde_json::from_str(&origin.json).ok().map(Self::Received),
        }
    }
}

/// The members that a part holds; none where it is a piece of the content.
pub(super) fn member(origin: &Origin) -> Option<Members<'_>> {
    serde_json::from_str(turns::aside(origin, NAME, MEMBER)?.get()).ok()
}

/// The members that the parts of a message, which is no assistant's, hold.
pub(super) fn of(said: &Message) -> impl Iterator<Item = Members<'_>> {
    said.parts.iter().filter_map(|part| if let Part::Opaque(origin) = part { member(origin) } else { None })
}

/// The members that the pieces of a result hold.
pub(super) fn of_result(result: &ToolResult) -> impl Iterator<Item = Members<'_>> {
    result.content.iter().filter_map(|piece| if let Content::Opaque(origin) = piece { member(origin) } else { None })
}

/// Writes members, but those that the message has anyhow.
pub(super) fn write(members: &Members<'_>, object: &mut Object<'_>) {
    let is_free = |key: &Str<'_>| !WRITTEN.iter().any(|written| *written == &**key);
    members.0.iter().filter(|(key, _)| is_free(key)).for_each(|(key, value)| object.json(key, value.get()));
}

fn object(fill: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    fill(&mut object);
    object.end();
    // Made of texts alone.
    String::from_utf8(out).unwrap_or_default()
}
