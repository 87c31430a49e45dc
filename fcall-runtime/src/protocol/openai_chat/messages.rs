//! The messages of a Chat Completions request.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    super::{
        CacheForm, Dialect, ReasoningReplay,
        body::{List, Object},
        hosted, ids,
        marks::{self, Marks},
        openai,
        text::{Members, Str},
        turns::{self, Asked, Group, Pairs},
    },
    NAME,
    aside::{self, Aside, LEGACY},
    is_own,
    media::{attachments, media_part, text_part},
    results::answer,
};
use crate::{
    message::{Message, Part, Request, Role, Text},
    schema::Loss,
};

pub(super) fn write_all(
    request: &Request<'_>,
    dialect: &Dialect,
    marks: &Marks,
    out: &mut Vec<u8>,
    losses: &mut Vec<Loss>,
) {
    let instructions = turns::instructions(request.messages);
    let mut head_losses = Vec::new();
    let head = |list: &mut List<'_>| {
        // They are one message, unless one of them has members of its own.
        let apart = instructions.iter().any(|said| aside::of(said).next().is_some());
        let groups = instructions.chunks(if apart { 1 } else { instructions.len().max(1) });
        for (at, group) in groups.enumerate() {
            let text = turns::instruction_text(group);
            if text.is_empty() {
                continue;
            }
            match dialect.cache != CacheForm::None && group.iter().any(marks::is_marked) {
                true => system_parts(group, at, marks, list, &mut head_losses),
                false => message(list, "system", &text, group),
            }
        }
    };
    hosted::beside_instructions(NAME, instructions, 0, losses);
    let mut writer = Messages { dialect, marks, losses };
    let key = || dialect.key(NAME, marks.key());
    turns::write(request, instructions.len(), key, dialect.call_ids, out, head, |group, pairs, list| {
        writer.group(group, pairs, list);
    });
    losses.extend(head_losses);
}

/// Instructions of which some are marked, part by part; the first of them is number `first`.
fn system_parts(instructions: &[Message], first: usize, marks: &Marks, list: &mut List<'_>, losses: &mut Vec<Loss>) {
    let mut object = list.object();
    object.words("role", "system");
    let mut content = object.list("content");
    for (at, said) in (first..).zip(instructions) {
        for (n, part) in said.parts.iter().enumerate() {
            match part {
                Part::Text(text) if !text.text.is_empty() => text_part(&text.text, &mut content),
                Part::CacheMark(_) => {
                    if let Err(why) = marks.write(at, n, &mut content) {
                        losses.push(marks::lost(format!("messages.{at}"), why));
                    }
                }
                _ => {}
            }
        }
    }
    content.end();
    instructions.iter().flat_map(aside::of).for_each(|members| aside::write(&members, &mut object));
    object.end();
}

struct Messages<'m> {
    dialect: &'m Dialect,
    marks: &'m Marks,
    losses: &'m mut Vec<Loss>,
}

impl Messages<'_> {
    fn group(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, list: &mut List<'_>) {
        hosted::foreign(NAME, group.assistant, group.at, self.losses);
        hosted::foreign(NAME, group.rest, group.at + group.assistant.len(), self.losses);
        let mut asked = pairs.asked.as_slice();
        for (at, said) in group.assistant.iter().enumerate() {
            let (own, others) = asked.split_at(said.tool_calls().count().min(asked.len()));
            asked = others;
            self.assistant(group.at + at, said, own, list);
            marks::without_place(group.at + at, said, true, self.losses);
            let legacy = matches!(own, [one] if is_legacy(one));
            for asked in own {
                answer(asked, legacy, self.dialect, list);
            }
            for asked in own {
                attachments(asked, list, |why| self.lost(group.at + at, "media", why));
            }
        }
        let rest = group.at + group.assistant.len();
        for result in &pairs.strays {
            self.losses.push(turns::stray_loss(rest));
            message(list, "user", &turns::stray(result), &[]);
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
            let role = if self.dialect.inner_system { "system" } else { "user" };
            message(list, role, &text, std::slice::from_ref(said));
        }
    }

    fn user(&mut self, at: usize, said: &Message, list: &mut List<'_>) {
        let marked = self.dialect.cache != CacheForm::None && marks::is_marked(said);
        let is_aside = |part: &Part| matches!(part, Part::Opaque(origin) if aside::member(origin).is_some());
        let is_content = |part: &&Part| !(matches!(part, Part::ToolResult(_) | Part::CacheMark(_)) || is_aside(part));
        let parts = || said.parts.iter().filter(is_content);
        let itself = std::slice::from_ref(said);
        match (parts().next(), parts().count()) {
            // A message of nothing but results has been said; one of nothing at all is said as such.
            (None, _) if said.parts.iter().all(is_aside) => return message(list, "user", "", itself),
            (None, _) => return,
            (Some(Part::Text(text)), 1) if !marked => return message(list, "user", &text.text, itself),
            _ => {}
        }
        let mut object = list.object();
        object.words("role", "user");
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
                Part::Opaque(origin) if aside::member(origin).is_some() => {}
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
        aside::of(said).for_each(|members| aside::write(&members, &mut object));
        object.end();
    }

    fn assistant(&mut self, at: usize, said: &Message, asked: &[Asked<'_>], list: &mut List<'_>) {
        let mut object = list.object();
        object.words("role", "assistant");
        let in_pieces = said.parts.iter().any(|part| piece(part).is_some());
        let text = visible(said, !self.dialect.refusal);
        match text.is_empty() && !asked.is_empty() && self.dialect.null_content {
            _ if in_pieces => pieces(said, !self.dialect.refusal, object.list("content")),
            true => object.json("content", "null"),
            false => object.text("content", &text),
        }
        if self.dialect.refusal {
            let refusal: String = said.parts.iter().filter_map(refusal).collect();
            if !refusal.is_empty() {
                object.text("refusal", &refusal);
            }
        }
        self.reasoning(at, said, !asked.is_empty(), &mut object);
        match asked {
            [] => {}
            [one] if is_legacy(one) => {
                let mut function = object.object(LEGACY);
                self.function(at, one, "arguments", &mut function);
                function.end();
            }
            asked => {
                let mut calls = object.list("tool_calls");
                for asked in asked {
                    self.call(at, asked, &mut calls);
                }
                calls.end();
            }
        }
        object.end();
    }

    /// What of the model's thinking goes back, and whatever else a server of this protocol put on the message.
    fn reasoning(&mut self, at: usize, said: &Message, calls: bool, object: &mut Object<'_>) {
        let replay = self.dialect.reasoning;
        let default = match replay {
            ReasoningReplay::Always(key) => Some(key),
            _ => None,
        };
        let (mut key, mut thoughts) = (None, String::new());
        for part in &said.parts {
            match part {
                Part::Reasoning(text) => match key_of(text, default).filter(|_| replay != ReasoningReplay::Never) {
                    Some(own) => {
                        key = key.or(Some(own));
                        thoughts.push_str(&text.text);
                    }
                    None => self.lost(at, "reasoning", "the service takes none of this origin back"),
                },
                Part::Opaque(origin) => match Aside::of_assistant(origin) {
                    // Pieces of the content stand in it.
                    Some(Aside::ReceivedOnly | Aside::Piece(_)) => {}
                    Some(Aside::Audio(id)) => {
                        let mut audio = object.object("audio");
                        audio.json("id", id.get());
                        audio.end();
                    }
                    Some(Aside::Member(members)) => aside::write(&members, object),
                    Some(Aside::Received(members)) if replay != ReasoningReplay::Never => {
                        aside::write(&members, object);
                    }
                    Some(Aside::Received(_) | Aside::Unsent) => {
                        let why = format!("the service takes no `{}` back; left out", hosted::name(origin));
                        self.lost(at, "part", &why);
                    }
                    None => self.lost(at, "part", &hosted::left_out(origin)),
                },
                Part::Media(_) => self.lost(at, "media", "can't stand in an assistant's message"),
                _ => {}
            }
        }
        match (key, default) {
            (Some(key), _) => object.field(key, &thoughts),
            (None, Some(key)) if calls => object.field(key, ""),
            _ => {}
        }
    }

    fn call(&mut self, at: usize, asked: &Asked<'_>, calls: &mut List<'_>) {
        let call = asked.call;
        let free_text = openai::is_free_text(call);
        let extra = call.origin.as_ref().filter(|origin| is_own(origin));
        let mut object = calls.object();
        object.text("id", &asked.id);
        object.words("type", if free_text { "custom" } else { "function" });
        let members = extra.map(|origin| serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default());
        for (key, value) in members.iter().flat_map(|members| &members.0) {
            match &**key {
                "type" | LEGACY => {}
                "extra_content" if self.dialect.reasoning == ReasoningReplay::Never => {
                    self.lost(at, key, "the service takes it not back; left out");
                }
                key => object.json(key, value.get()),
            }
        }
        let mut function = object.object(if free_text { "custom" } else { "function" });
        self.function(at, asked, if free_text { "input" } else { "arguments" }, &mut function);
        function.end();
        object.end();
    }

    /// Writes the name and what the model wrote, under this key.
    fn function(&mut self, at: usize, asked: &Asked<'_>, key: &'static str, function: &mut Object<'_>) {
        let call = asked.call;
        let name = ids::called(call.said_name());
        if name != call.said_name() {
            self.lost(at, "name", "a call's name that the wire refuses; its letters were replaced");
        }
        let arguments = call.said_arguments();
        function.text("name", &name);
        if key == "input" {
            function.text(key, arguments);
        } else if arguments.trim().is_empty() {
            function.text(key, "{}");
        } else if self.dialect.broken_arguments || asked.has_object() {
            function.text(key, arguments);
        } else {
            self.lost(at, key, "no JSON object; sent as {}, and the text stands in the result");
            function.text(key, "{}");
        }
    }
}

/// A call in the old form, of which a message has one.
fn is_legacy(asked: &Asked<'_>) -> bool {
    let origin = asked.call.origin.as_ref();
    origin.is_some_and(|origin| turns::aside(origin, NAME, LEGACY).is_some())
}

/// A piece of an assistant's content that has no neutral form.
fn piece(part: &Part) -> Option<&RawValue> {
    let Part::Opaque(origin) = part else { return None };
    match Aside::of_assistant(origin) {
        Some(Aside::Piece(piece)) => Some(piece),
        _ => None,
    }
}

/// An assistant's content in pieces; `refusals`: they are texts of it.
fn pieces(said: &Message, refusals: bool, mut content: List<'_>) {
    for part in &said.parts {
        match part {
            Part::Text(text) if !text.text.is_empty() => text_part(&text.text, &mut content),
            Part::Refusal(text) if refusals => text_part(&text.text, &mut content),
            part => {
                if let Some(piece) = piece(part) {
                    content.item().extend_from_slice(piece.get().as_bytes());
                }
            }
        }
    }
    content.end();
}

/// The key under which reasoning goes back: the one that it came under.
fn key_of(text: &Text, default: Option<&'static str>) -> Option<&'static str> {
    let Some(origin) = &text.origin else { return default };
    if origin.protocol != NAME {
        return None;
    }
    let key = serde_json::from_str::<Str<'_>>(&origin.json).ok()?;
    ["reasoning_content", "reasoning"].into_iter().find(|known| *known == &*key)
}

fn refusal(part: &Part) -> Option<&str> {
    match part {
        Part::Refusal(text) => Some(&text.text),
        _ => None,
    }
}

/// All visible text: neighbours are one text, texts with something between them are set apart by a blank line.
fn visible(said: &Message, refusals: bool) -> Cow<'_, str> {
    let mut all = Cow::Borrowed("");
    let mut apart = false;
    for part in &said.parts {
        match part {
            Part::Text(text) => {
                if apart && !all.is_empty() && !text.text.is_empty() {
                    all.to_mut().push_str("\n\n");
                }
                all += text.text.as_str();
                apart = false;
            }
            Part::Refusal(text) if refusals => all += text.text.as_str(),
            Part::CacheMark(_) => {}
            _ => apart = true,
        }
    }
    all
}

/// Writes a message with the members that these have for it.
fn message(list: &mut List<'_>, role: &'static str, text: &str, of: &[Message]) {
    let mut object = list.object();
    object.words("role", role);
    object.text("content", text);
    of.iter().flat_map(aside::of).for_each(|members| aside::write(&members, &mut object));
    object.end();
}
