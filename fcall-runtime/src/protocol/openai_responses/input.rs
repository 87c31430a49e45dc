//! The input of a Responses request: the conversation as items.

use super::{
    super::{
        CacheForm, Dialect,
        body::{List, Object},
        hosted, ids,
        marks::{self, Marks},
        openai,
        text::{Members, Str},
        turns::{self, Asked, Group, Pairs},
    },
    NAME, is_own,
    media::{media_part, result_output, text_part},
    response::{Said, is_message, is_whole, parts},
};
use crate::{
    message::{Message, Origin, Part, Request, Role, Text},
    schema::Loss,
};

pub(super) fn write_all(
    request: &Request<'_>,
    dialect: &Dialect,
    stored: bool,
    marks: &Marks,
    out: &mut Vec<u8>,
    losses: &mut Vec<Loss>,
) {
    let skip = turns::instructions(request.messages).len();
    let mut writer = Input { dialect, stored, marks, losses };
    let key = || dialect.key(NAME, marks.key() << 1 | usize::from(stored));
    turns::write(
        request,
        skip,
        key,
        dialect.call_ids,
        out,
        |_| {},
        |group, pairs, list| {
            writer.group(group, pairs, list);
        },
    );
}

struct Input<'m> {
    dialect: &'m Dialect,
    /// The service knows items by their ids.
    stored: bool,
    marks: &'m Marks,
    losses: &'m mut Vec<Loss>,
}

impl Input<'_> {
    fn group(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, list: &mut List<'_>) {
        hosted::foreign(NAME, group.assistant, group.at, self.losses);
        hosted::foreign(NAME, group.rest, group.at + group.assistant.len(), self.losses);
        let mut asked = pairs.asked.as_slice();
        for (at, said) in group.assistant.iter().enumerate() {
            let (own, others) = asked.split_at(said.tool_calls().count().min(asked.len()));
            asked = others;
            self.assistant(group.at + at, said, own, list);
            marks::without_place(group.at + at, said, true, self.losses);
            for asked in own {
                self.answer(group.at + at, asked, list);
            }
        }
        let rest = group.at + group.assistant.len();
        for result in &pairs.strays {
            self.losses.push(turns::stray_loss(rest));
            message(list, "user", &turns::stray(result));
        }
        for (at, said) in group.rest.iter().enumerate() {
            let all = said.role == Role::System || self.dialect.cache == CacheForm::None;
            marks::without_place(rest + at, said, all, self.losses);
            match said.role {
                Role::System => {
                    hosted::beside_instructions(NAME, std::slice::from_ref(said), rest + at, self.losses);
                    self.system(said, list);
                }
                _ => self.user(rest + at, said, list),
            }
        }
    }

    fn lost(&mut self, at: usize, what: &str, why: &str) {
        self.losses.push(Loss::new(format!("messages.{at}"), what, why));
    }

    fn system(&mut self, said: &Message, list: &mut List<'_>) {
        let text = turns::instruction_text(std::slice::from_ref(said));
        if !text.is_empty() {
            message(list, if self.dialect.inner_system { "system" } else { "user" }, &text);
        }
    }

    fn user(&mut self, at: usize, said: &Message, list: &mut List<'_>) {
        let marked = self.dialect.cache != CacheForm::None && marks::is_marked(said);
        let parts = || said.parts.iter().filter(|part| !matches!(part, Part::ToolResult(_) | Part::CacheMark(_)));
        match (parts().next(), parts().count()) {
            // A message of nothing but results has been said; one of nothing at all is said as such.
            (None, _) if said.parts.is_empty() => return message(list, "user", ""),
            (None, _) => return,
            (Some(Part::Text(text)), 1) if !marked => return message(list, "user", &text.text),
            _ => {}
        }
        let mut object = list.object();
        object.field("role", "user");
        let mut content = object.list("content");
        for (n, part) in said.parts.iter().enumerate() {
            match part {
                Part::CacheMark(_) if marked && !marks::is_behind_result(said, n) => {
                    if let Err(why) = self.marks.write(at, n, &mut content) {
                        self.lost(at, "cache", why);
                    }
                }
                Part::Text(text) | Part::Refusal(text) => text_part(&text.text, &mut content),
                Part::Media(media) => {
                    if let Err(why) = media_part(media, &mut content) {
                        self.lost(at, "media", why);
                        text_part(&turns::absent(media), &mut content);
                    }
                }
                Part::Opaque(origin) if is_own(origin) => {
                    content.item().extend_from_slice(origin.json.as_bytes());
                }
                Part::Opaque(origin) => self.lost(at, "part", &hosted::left_out(origin)),
                Part::Reasoning(_) | Part::ToolCall(_) => {
                    self.lost(at, "part", "has no place in a user's message");
                }
                Part::ToolResult(_) | Part::CacheMark(_) => {}
            }
        }
        if content.is_empty() {
            text_part("", &mut content);
        }
        content.end();
        object.end();
    }

    fn assistant(&mut self, at: usize, said: &Message, asked: &[Asked<'_>], list: &mut List<'_>) {
        let mut asked = asked.iter();
        // Reasoning without what it led to is refused.
        let last = said.parts.iter().rposition(is_item);
        let mut items = Items { bare: false, thought: !self.dialect.encrypted_reasoning, inside: false };
        let mut parts: Vec<(usize, &Part)> = said.parts.iter().enumerate().collect();
        let is_call = |(_, part): &(usize, &Part)| matches!(part, Part::ToolCall(_));
        if !self.dialect.text_between_calls && !parts.is_sorted_by_key(is_call) {
            parts.sort_by_key(is_call);
            self.lost(at, "text", "the service refuses a text between calls; it stands before them");
        }
        for (n, part) in parts {
            let inside = std::mem::take(&mut items.inside);
            match part {
                Part::Reasoning(Text { origin: Some(origin), .. }) if is_own(origin) => {
                    if !is_whole(origin) {
                        items.bare = true;
                        self.lost(at, "reasoning", "it broke off before its end; left out");
                    } else if last.is_none_or(|last| last < n) {
                        self.lost(at, "reasoning", "nothing of its turn follows it; left out");
                    } else if !self.stored && !is_sealed(origin) {
                        items.bare = true;
                        self.lost(at, "reasoning", "its content was not told, and the service keeps none; left out");
                    } else if is_ours(origin) && !is_sealed(origin) {
                        items.bare = true;
                        self.lost(
                            at,
                            "reasoning",
                            "another service thought so, and this one does not know it; left out",
                        );
                    } else {
                        items.write(origin, list);
                        items.thought = true;
                    }
                }
                Part::Reasoning(text) if text.text.is_empty() && text.origin.is_none() => {}
                Part::Reasoning(_) => self.lost(at, "reasoning", "only this protocol's own goes back"),
                Part::Opaque(origin) if is_own(origin) && is_whole(origin) => {
                    self.item(at, origin, &items, list);
                    // A message whose first part says nothing has the others all the same.
                    items.inside = is_message(origin);
                }
                // A part of the message before it, which has it.
                Part::Opaque(origin) if is_own(origin) => {}
                Part::Opaque(origin) => self.lost(at, "part", &hosted::left_out(origin)),
                Part::Text(Text { origin: Some(origin), .. }) | Part::Refusal(Text { origin: Some(origin), .. })
                    if is_own(origin) =>
                {
                    // A part of a message of several: it stands in the item that its first part wrote.
                    match is_message(origin) {
                        true => self.item(at, origin, &items, list),
                        false if inside => {}
                        false => spoken(part, list),
                    }
                    items.inside = true;
                }
                Part::Text(_) | Part::Refusal(_) => spoken(part, list),
                Part::ToolCall(_) => {
                    if let Some(asked) = asked.next() {
                        self.call(at, asked, items.bare || !items.thought, list);
                    }
                }
                Part::Media(_) => self.lost(at, "media", "can't stand in an assistant's message; left out"),
                Part::ToolResult(_) | Part::CacheMark(_) => {}
            }
        }
    }

    /// Writes an item that is no reasoning; without its id it may lack something.
    fn item(&mut self, at: usize, origin: &Origin, items: &Items, list: &mut List<'_>) {
        if items.bare && is_message(origin) && hosted::cites(origin) {
            self.lost(at, "citations", "a message without its reasoning goes as a text; left out");
        }
        let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
        let kind = members.get("type").and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok());
        if items.bare && kind.is_some_and(|kind| NEEDS_ID.contains(&&*kind)) {
            return self.lost(at, "part", "it can't go without its id, which asks for reasoning that was left out");
        }
        items.write(origin, list);
    }

    fn call(&mut self, at: usize, asked: &Asked<'_>, bare: bool, list: &mut List<'_>) {
        let call = asked.call;
        let name = ids::called(call.said_name());
        if name != call.said_name() {
            self.lost(at, "name", "a call's name that the wire refuses; its letters were replaced");
        }
        let mut object = list.object();
        let custom = openai::is_free_text(call);
        let kind = if custom { "custom_tool_call" } else { "function_call" };
        object.words("type", kind);
        object.field("call_id", &*asked.id);
        object.field("name", &*name);
        let key = if custom { "input" } else { "arguments" };
        let arguments = call.said_arguments();
        if arguments.trim().is_empty() && !custom {
            object.field(key, "{}");
        } else if custom || self.dialect.broken_arguments || asked.has_object() {
            object.field(key, arguments);
        } else {
            self.lost(at, "arguments", "no JSON object; sent as {}, and the text stands in the result");
            object.field(key, "{}");
        }
        if let Some(origin) = call.origin.as_ref().filter(|origin| is_own(origin)) {
            let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
            for (key, value) in members.0.iter().filter(|(key, _)| !(&**key == "type" || bare && &**key == "id")) {
                object.json(key, value.get());
            }
        }
        object.end();
    }

    fn answer(&mut self, at: usize, asked: &Asked<'_>, list: &mut List<'_>) {
        let mut object = list.object();
        let custom = openai::is_free_text(asked.call);
        object.words("type", if custom { "custom_tool_call_output" } else { "function_call_output" });
        object.field("call_id", &*asked.id);
        let broken = !(self.dialect.broken_arguments || custom || asked.is_readable());
        let explain = broken.then_some(asked.call.said_arguments());
        for why in result_output(asked.answer, explain, object.key("output")) {
            self.lost(at, "media", why);
        }
        object.end();
    }
}

/// What the service ran, and takes back under its id alone.
const NEEDS_ID: [&str; 6] = [
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "mcp_list_tools",
];

/// The items of one turn as they go back.
struct Items {
    /// Reasoning was left out: what followed it goes without the id that would ask for it.
    bare: bool,
    /// Reasoning stands before, or the model has none: calls may have their ids.
    thought: bool,
    /// The last item was a message that may hold the next part too.
    inside: bool,
}

impl Items {
    /// Writes an item as it came, without a status of null, which the wire sends but does not take.
    fn write(&self, origin: &Origin, list: &mut List<'_>) {
        if self.bare && is_message(origin) {
            return said_again(origin, list);
        }
        let own = |key: &str, value: &str| !(self.bare && key == "id" || key == "status" && value == "null");
        let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
        if members.0.iter().all(|(key, value)| own(key, value.get())) {
            list.item().extend_from_slice(origin.json.as_bytes());
            return;
        }
        let mut object = list.object();
        for (key, value) in members.0.iter().filter(|(key, value)| own(key, value.get())) {
            object.json(key, value.get());
        }
        object.end();
    }
}

/// Writes a message in the form that has no id: as one text.
fn said_again(origin: &Origin, list: &mut List<'_>) {
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    let content = members.get("content");
    let whole = content.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let text = whole.unwrap_or_else(|| {
        let said = parts(content).into_iter().filter_map(|part| serde_json::from_str::<Said<'_>>(part.get()).ok());
        said.filter_map(|said| said.text.or(said.refusal)).map(Str::into_string).collect()
    });
    let mut object = list.object();
    object.words("type", "message");
    object.words("role", "assistant");
    if let Some(phase) = members.get("phase").filter(|phase| phase.get() != "null") {
        object.json("phase", phase.get());
    }
    object.text("content", &text);
    object.end();
}

/// Reasoning as this library writes another service's: always in words, and with an id of `rs_` and a place.
fn is_ours(origin: &Origin) -> bool {
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    let id = members.get("id").and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok());
    let place =
        id.as_deref().and_then(|id| id.strip_prefix("rs_")).filter(|_| !parts(members.get("summary")).is_empty());
    place.is_some_and(|place| (1..=4).contains(&place.len()) && place.bytes().all(|b| b.is_ascii_digit()))
}

/// A part that leaves an item which reasoning can have led to.
fn is_item(part: &Part) -> bool {
    match part {
        Part::Text(text) | Part::Refusal(text) => {
            !text.text.is_empty() || text.origin.as_ref().is_some_and(|origin| is_own(origin) && is_message(origin))
        }
        Part::Opaque(origin) => is_own(origin) && is_whole(origin),
        Part::ToolCall(_) => true,
        _ => false,
    }
}

fn spoken(part: &Part, list: &mut List<'_>) {
    if let Part::Text(text) | Part::Refusal(text) = part
        && !text.text.is_empty()
    {
        message(list, "assistant", &text.text);
    }
}

fn message(list: &mut List<'_>, role: &str, text: &str) {
    let mut object: Object<'_> = list.object();
    object.field("role", role);
    object.field("content", text);
    object.end();
}

/// Reasoning that a service can read again without having kept it.
fn is_sealed(origin: &Origin) -> bool {
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    let sealed = members.get("encrypted_content").is_some_and(|raw| !matches!(raw.get(), "null" | "\"\""));
    sealed || !parts(members.get("content")).is_empty()
}
