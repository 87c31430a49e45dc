//! What only one provider has a form for: the tools that it runs itself, and what its protocol says of a tool besides.

use serde_json::value::RawValue;

use super::{
    body::Object,
    openai,
    text::{Members, Str},
};
use crate::{
    message::{Content, Media, Message, Origin, Part, Text, ToolCall, ToolResult, ToolSpec, ToolSpecs},
    schema::Loss,
};

/// Holds a member of a message, so that it is not taken for a piece of its content.
pub(super) const MEMBER: &str = "message";
/// Holds a piece of an assistant's content, so that it is not taken for a member of the message.
pub(super) const PIECE: &str = "content_part";

/// What people call a tool that a provider runs: its name, else its type, else the key that it stands under.
pub(super) fn name(origin: &Origin) -> String {
    let members: Members<'_> = serde_json::from_str(&origin.json).unwrap_or_default();
    // What stands in another thing is called by its own key or name.
    if let [(key, inner)] = &members.0[..]
        && let Ok(member) = serde_json::from_str::<Members<'_>>(inner.get())
    {
        match (&**key, &member.0[..]) {
            (MEMBER, [(key, _), ..]) => return key.to_string(),
            (PIECE, _) => return name(&Origin::new(origin.protocol.as_str(), inner.get())),
            _ => {}
        }
    }
    let text = |key: &str| serde_json::from_str::<Str<'_>>(members.get(key)?.get()).ok().map(Str::into_string);
    // Chat Completions has the name of a free-text tool in an object of its own.
    let inner = || {
        let custom = members.get("custom").and_then(|raw| serde_json::from_str::<Members<'_>>(raw.get()).ok())?;
        serde_json::from_str::<String>(custom.get("name")?.get()).ok()
    };
    let named = text("name").or_else(inner).or_else(|| text("type")).filter(|name| !name.is_empty());
    named.or_else(|| members.0.first().map(|(key, _)| key.to_string())).unwrap_or_default()
}

/// Why a part that only one provider has is left out.
pub(super) fn left_out(origin: &Origin) -> String {
    format!("`{}` is a part that only `{}` has; left out", name(origin), origin.protocol)
}

/// A text, or the item that it is in, names what it rests on.
pub(super) fn cites(origin: &Origin) -> bool {
    fn any(json: &str) -> bool {
        let members: Members<'_> = serde_json::from_str(json).unwrap_or_default();
        let entries = |key: &str| {
            let list = members.get(key).and_then(|raw| serde_json::from_str::<Vec<&RawValue>>(raw.get()).ok());
            list.unwrap_or_default()
        };
        members.get("citations").is_some_and(is_cited)
            || !entries("annotations").is_empty()
            || entries("content").iter().any(|part| any(part.get()))
    }
    any(&origin.json)
}

/// Tells what another protocol said of the texts, calls, results and files of these messages, the first of which is number
/// `first`, and a request of `protocol` has no place for.
pub(super) fn foreign(protocol: &str, messages: &[Message], first: usize, losses: &mut Vec<Loss>) {
    for (at, message) in (first..).zip(messages) {
        let mut tell = |what: String, why: &str| losses.push(Loss::new(format!("messages.{at}"), what, why));
        let is_foreign = |origin: &&Origin| origin.protocol != protocol;
        let said_of = |media: &Media| {
            let said = media.origin.as_ref().filter(is_foreign).map(said_of_file).unwrap_or_default();
            // What both of OpenAI's wires say.
            let both = openai::is_one(protocol) && media.origin.as_ref().is_some_and(|o| openai::is_one(&o.protocol));
            said.into_iter().filter(move |key| !(both && key == openai::DETAIL))
        };
        for part in &message.parts {
            match part {
                Part::Media(media) => said_of(media).for_each(|key| tell(key, SAID_OF_FILE)),
                Part::ToolResult(result) => {
                    for piece in &result.content {
                        match piece {
                            Content::Media(media) => {
                                said_of(media).for_each(|key| tell(key, SAID_OF_FILE));
                            }
                            // The name of the function is told with its call.
                            Content::Opaque(origin) if is_name(origin) => {}
                            Content::Opaque(origin) if is_foreign(&origin) => {
                                tell("part".to_owned(), &left_out(origin));
                            }
                            _ => {}
                        }
                    }
                }
                Part::Text(Text { origin: Some(origin), .. }) if is_foreign(&origin) && cites(origin) => {
                    tell("citations".to_owned(), CITATIONS);
                }
                Part::ToolCall(call @ ToolCall { origin: Some(origin), .. }) if is_foreign(&origin) => {
                    // That a tool takes a free text is said on both of OpenAI's wires.
                    let both = openai::is_one(protocol) && openai::is_free_text(call);
                    let said = said_of_call(origin).into_iter().filter(|key| !(both && key == "type"));
                    said.for_each(|key| tell(key, SAID_OF_CALL));
                }
                _ => {}
            }
        }
    }
}

/// A member of a result that names the function.
fn is_name(origin: &Origin) -> bool {
    let member = super::turns::aside(origin, &origin.protocol, MEMBER);
    let member = member.and_then(|raw| serde_json::from_str::<Members<'_>>(raw.get()).ok());
    member.is_some_and(|member| member.get("name").is_some())
}

/// Tells what instructions have besides their text, which is all of them that goes out: but for members of a message in a
/// request of the protocol that they are from.
pub(super) fn beside_instructions(protocol: &str, messages: &[Message], first: usize, losses: &mut Vec<Loss>) {
    for (at, said) in (first..).zip(messages) {
        let mut tell = |what: &str, why: &str| losses.push(Loss::new(format!("messages.{at}"), what, why));
        for part in &said.parts {
            match part {
                Part::Opaque(origin) if super::turns::aside(origin, protocol, MEMBER).is_some() => {}
                Part::Opaque(origin) => tell("part", &left_out(origin)),
                Part::Media(_) => tell("media", "can't stand in instructions; left out"),
                _ => {}
            }
        }
    }
}

/// What of a call's answer only its protocol has a form for.
pub(super) fn opaque(result: &ToolResult) -> impl Iterator<Item = &Origin> {
    result.content.iter().filter_map(|piece| match piece {
        Content::Opaque(origin) => Some(origin),
        _ => None,
    })
}

/// Why what a text rests on is left out.
pub(super) const CITATIONS: &str = "only the service's protocol says what a text rests on; left out";
/// Why what else is said of a call is left out.
pub(super) const SAID_OF_CALL: &str = "only the service's protocol says this of a call; left out";

/// Why what else is said of a file is left out.
const SAID_OF_FILE: &str = "only the service's protocol says this of a file; left out";

/// What a call says besides its name, its arguments and the ids of its own wire.
pub(super) fn said_of_call(origin: &Origin) -> Vec<String> {
    let members: Members<'_> = serde_json::from_str(&origin.json).unwrap_or_default();
    let more =
        members.0.iter().filter(|(key, _)| !matches!(&**key, "id" | "status" | "functionCall" | "function_call"));
    more.map(|(key, _)| key.to_string()).collect()
}

/// What is said of a file besides its type, its name and its words; that it is not to be cited is what every service does.
fn said_of_file(origin: &Origin) -> Vec<String> {
    let members: Members<'_> = serde_json::from_str(&origin.json).unwrap_or_default();
    let is_whole = members.get("type").is_some();
    let said = members.0.iter().filter(|(key, value)| match &**key {
        "citations" => is_cited(value),
        key => !is_whole || key == "context",
    });
    said.map(|(key, _)| key.to_string()).collect()
}

/// Whether there are citations: a text has a list of them, of a file it is said whether it may be cited.
fn is_cited(raw: &RawValue) -> bool {
    if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        return !list.is_empty();
    }
    let cited = serde_json::from_str::<Members<'_>>(raw.get()).unwrap_or_default();
    cited.get("enabled").is_some_and(|enabled| enabled.get() == "true")
}

/// What is lost where a request goes to another protocol than the one that these were written for.
pub(super) fn losses(protocol: &str, specs: &ToolSpecs) -> Vec<Loss> {
    let mut losses = Vec::new();
    for origin in specs.hosted().iter().filter(|origin| origin.protocol != protocol) {
        let why = format!("a tool of `{}`, which no other service has; left out", origin.protocol);
        losses.push(Loss::new(format!("tools.{}", name(origin)), "tool", why));
    }
    for spec in specs.as_slice() {
        let Some(origin) = spec.origin.as_ref().filter(|origin| origin.protocol != protocol) else { continue };
        let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
        let outer = members.get(OUTER).and_then(|raw| serde_json::from_str::<Members<'_>>(raw.get()).ok());
        let said = members.0.iter().filter(|(key, value)| &**key != OUTER && value.get() != "null");
        for (key, _) in said.chain(outer.iter().flat_map(|outer| &outer.0)) {
            let why = format!("only `{}` says this of a tool; left out", origin.protocol);
            losses.push(Loss::new(format!("tools.{}", spec.name), &**key, why));
        }
    }
    losses
}

/// What a tool says besides what every protocol has, as members to put back.
pub(super) fn more(protocol: &str, raw: &RawValue, known: &[&str]) -> Option<Origin> {
    let members: Members<'_> = serde_json::from_str(raw.get()).ok()?;
    members.kept(protocol, |key, value| !known.contains(&key) && value != "null")
}

/// Holds what a tool says beside its function, where these are two objects.
const OUTER: &str = "beside_function";

/// What a tool says of its function, with what stands beside it.
pub(super) fn with_outer(more: Option<Origin>, outer: Option<Origin>) -> Option<Origin> {
    let Some(outer) = outer else { return more };
    let members = more.as_ref().map(|more| serde_json::from_str::<Members<'_>>(&more.json).unwrap_or_default());
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    members.iter().flat_map(|members| &members.0).for_each(|(key, value)| object.json(key, value.get()));
    object.json(OUTER, &outer.json);
    object.end();
    Some(Origin::new(outer.protocol, String::from_utf8(out).ok()?))
}

/// The same for a tool that says nothing under a key where that means something else than any value: `null` stands for it.
pub(super) fn unsaid(key: &str, protocol: &str, more: Option<&Origin>) -> Option<Origin> {
    let members = more.map(|more| serde_json::from_str::<Members<'_>>(&more.json).unwrap_or_default());
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    object.json(key, "null");
    members.iter().flat_map(|members| &members.0).for_each(|(key, value)| object.json(key, value.get()));
    object.end();
    Some(Origin::new(protocol, String::from_utf8(out).ok()?))
}

/// A tool says nothing under this key, and that is to be put back.
pub(super) fn is_unsaid(key: &str, protocol: &str, spec: &ToolSpec) -> bool {
    let own = spec.origin.as_ref().filter(|origin| origin.protocol == protocol);
    let members = own.map(|own| serde_json::from_str::<Members<'_>>(&own.json).unwrap_or_default());
    members.is_some_and(|members| members.get(key).is_some_and(|value| value.get() == "null"))
}

/// Appends these members to an object that is being written, each behind a comma.
pub(super) fn put_back(protocol: &str, spec: &ToolSpec, json: &mut String) {
    let Some(origin) = spec.origin.as_ref().filter(|origin| origin.protocol == protocol) else { return };
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    append(members.0.iter().filter(|(key, _)| &**key != OUTER), json);
}

/// The same of what stands beside the function.
pub(super) fn put_back_outer(protocol: &str, spec: &ToolSpec, json: &mut String) {
    let Some(origin) = spec.origin.as_ref().filter(|origin| origin.protocol == protocol) else { return };
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    let outer = members.get(OUTER).and_then(|raw| serde_json::from_str::<Members<'_>>(raw.get()).ok());
    append(outer.iter().flat_map(|outer| &outer.0), json);
}

fn append<'m>(members: impl Iterator<Item = &'m (Str<'m>, &'m RawValue)>, json: &mut String) {
    for (key, value) in members {
        let mut name = Vec::new();
        super::body::write_text(&mut name, key);
        json.push(',');
        json.push_str(&String::from_utf8_lossy(&name));
        json.push(':');
        json.push_str(value.get());
    }
}
