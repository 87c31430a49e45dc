//! The messages of a Messages request: user and assistant in turn, results first.

use super::{
    super::{
        Dialect,
        body::{List, Object},
        hosted, ids,
        marks::{self, Marks},
        text::Members,
        turns::{self, Asked, Group, Pairs},
    },
    NAME, NARROWER,
    container::container,
    is_own,
    media::{media_block, media_kind},
};
use crate::{
    message::{Content, Media, Message, Origin, Part, Request, Role, Source, Text, ToolResult},
    schema::Loss,
};

pub(super) fn write_all(
    request: &Request<'_>,
    dialect: &Dialect,
    marks: &Marks,
    out: &mut Vec<u8>,
    losses: &mut Vec<Loss>,
) {
    let skip = turns::instructions(request.messages).len();
    let narrower = dialect.anthropic_version >= NARROWER;
    let mut writer = Messages { marks, losses, narrower, on_thinking: false };
    let key = || dialect.key(NAME, marks.key());
    turns::write(
        request,
        skip,
        key,
        dialect.call_ids,
        out,
        |_| {},
        |group, pairs, list| {
            if dialect.user_first && group.at == skip && !group.assistant.is_empty() {
                let why =
                    "the conversation begins with the assistant, which the model refuses; a user's word was added";
                writer.lost(group.at, "role", why);
                writer.message("user", list, |_, content| text_block("(The conversation begins here.)", content));
            }
            writer.group(group, pairs, list);
        },
    );
}

/// Why what a user's text rests on is left out.
const NOT_OF_USER: &str = "the service takes none of a user's text; left out";

struct Messages<'m> {
    marks: &'m Marks,
    losses: &'m mut Vec<Loss>,
    /// An assistant's message holds no document.
    narrower: bool,
    /// What was written last is thinking, which takes no mark.
    on_thinking: bool,
}

impl Messages<'_> {
    fn lost(&mut self, at: usize, what: &str, why: &str) {
        self.losses.push(Loss::new(format!("messages.{at}"), what, why));
    }

    fn group(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, list: &mut List<'_>) {
        hosted::foreign(NAME, group.assistant, group.at, self.losses);
        hosted::foreign(NAME, group.rest, group.at + group.assistant.len(), self.losses);
        if !group.assistant.is_empty() {
            self.message("assistant", list, |this, content| this.assistant(group, pairs, content));
        }
        self.message("user", list, |this, content| this.user(group, pairs, content));
    }

    /// Writes a message, unless it has no content: the wire refuses an empty one.
    fn message(&mut self, role: &str, list: &mut List<'_>, fill: impl FnOnce(&mut Self, &mut List<'_>)) {
        let mut blocks = Vec::new();
        let mut content = List::begin(&mut blocks);
        fill(self, &mut content);
        if content.is_empty() {
            return;
        }
        content.end();
        let mut object = list.object();
        object.field("role", role);
        object.key("content").extend_from_slice(&blocks);
        object.end();
    }

    fn assistant(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, content: &mut List<'_>) {
        let prefill = prefill(group, pairs);
        let mut asked = pairs.asked.iter();
        for (at, n, part) in parts(group.assistant, group.at) {
            let before = content.length();
            match part {
                Part::CacheMark(_) => {
                    self.mark(at, n, content);
                    continue;
                }
                Part::Text(text) | Part::Refusal(text) if prefill == Some((at, n)) => {
                    if text.origin.as_ref().is_some_and(|origin| is_own(origin) && hosted::cites(origin)) {
                        self.lost(at, "citations", "the text ends in a blank, which the service refuses at the end");
                    }
                    text_block(text.text.trim_end(), content);
                }
                Part::Text(Text { origin: Some(origin), .. }) if is_own(origin) => {
                    content.item().extend_from_slice(origin.json.as_bytes());
                }
                Part::Text(text) | Part::Refusal(text) => text_block(&text.text, content),
                // It stands beside the messages.
                Part::Opaque(origin) if container(origin).is_some() => {}
                Part::Opaque(origin) if self.narrower && is_own(origin) && is_a("document", origin) => {
                    self.lost(at, "part", "this version of the protocol takes no document of an assistant; left out");
                }
                Part::Reasoning(Text { origin: Some(origin), .. }) | Part::Opaque(origin) if is_own(origin) => {
                    content.item().extend_from_slice(origin.json.as_bytes());
                }
                Part::Reasoning(text) if text.text.is_empty() && text.origin.is_none() => {}
                Part::Reasoning(_) => self.lost(at, "reasoning", "only signed thinking of this protocol goes back"),
                Part::Opaque(origin) => self.lost(at, "part", &hosted::left_out(origin)),
                Part::ToolCall(_) => {
                    if let Some(asked) = asked.next() {
                        self.call(at, asked, content);
                    }
                }
                Part::Media(_) => self.lost(at, "media", "can't stand in an assistant's message; left out"),
                Part::ToolResult(_) => {}
            }
            if content.length() > before {
                self.on_thinking = matches!(part, Part::Reasoning(_));
            }
        }
    }

    fn call(&mut self, at: usize, asked: &Asked<'_>, content: &mut List<'_>) {
        let call = asked.call;
        let name = ids::called(call.said_name());
        if name != call.said_name() {
            self.lost(at, "name", "a call's name that the wire refuses; its letters were replaced");
        }
        let mut object = content.object();
        object.field("type", "tool_use");
        object.field("id", &*asked.id);
        object.field("name", &*name);
        match turns::arguments(call) {
            Some(input) => object.json("input", input),
            None => {
                self.lost(at, "arguments", "no JSON object; sent as {}, and the text stands in the result");
                object.json("input", "{}");
            }
        }
        if let Some(origin) = call.origin.as_ref().filter(|origin| is_own(origin)) {
            object.members(&origin.json);
        }
        object.end();
    }

    /// All results first, then whatever else was said.
    fn user(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, content: &mut List<'_>) {
        self.on_thinking = false;
        let marked = self.marked(group);
        for asked in &pairs.asked {
            self.answer(group.at, asked, content);
            let answers = |result: &ToolResult| asked.answer.is_some_and(|answer| std::ptr::eq(answer, result));
            if let Some((.., at, n)) = marked.iter().find(|(result, ..)| answers(result)) {
                self.mark(*at, *n, content);
            }
        }
        // A result that is an error is text alone.
        let errors = pairs.asked.iter().filter_map(|asked| asked.answer.filter(|answer| answer.is_error));
        for piece in errors.flat_map(|answer| &answer.content) {
            if let Content::Media(media) = piece {
                self.media(group.at, media, content);
            }
        }
        let rest = group.at + group.assistant.len();
        for result in &pairs.strays {
            self.losses.push(turns::stray_loss(rest));
            text_block(&turns::stray(result), content);
        }
        for (at, message) in group.rest.iter().enumerate() {
            if message.role == Role::System {
                self.lost(rest + at, "system", "stands inside the conversation; sent as a text of the user");
            }
            for (n, part) in message.parts.iter().enumerate() {
                match part {
                    // Results have their marks where they stand.
                    Part::CacheMark(_) if marks::is_behind_result(message, n) => {}
                    Part::CacheMark(_) => self.mark(rest + at, n, content),
                    part => self.said(rest + at, part, content),
                }
            }
            let has_text = message.parts.iter().any(|part| matches!(part, Part::Text(_) | Part::Refusal(_)));
            if message.role != Role::Tool && has_text && !message.parts.iter().any(is_written) {
                self.lost(rest + at, "text", "a turn of blanks alone, which the service refuses; left out");
            }
        }
    }

    fn mark(&mut self, at: usize, part: usize, content: &mut List<'_>) {
        let written = match self.on_thinking {
            true => Err(marks::NOTHING),
            false => self.marks.write(at, part, content),
        };
        if let Err(why) = written {
            self.lost(at, "cache", why);
        }
    }

    /// The results that a mark stands behind, each with the place of the mark.
    fn marked<'g>(&self, group: &Group<'g>) -> Vec<(&'g ToolResult, usize, usize)> {
        if !self.marks.any() {
            return Vec::new();
        }
        let rest = group.at + group.assistant.len();
        let pairs = group.rest.iter().enumerate().flat_map(|(at, message)| {
            let pairs = message.parts.iter().zip(message.parts.iter().skip(1)).enumerate();
            pairs.map(move |(n, pair)| (pair, rest + at, n + 1))
        });
        let marked = pairs.filter_map(|(pair, at, n)| match pair {
            (Part::ToolResult(result), Part::CacheMark(_)) => Some((result, at, n)),
            _ => None,
        });
        marked.collect()
    }

    fn said(&mut self, at: usize, part: &Part, content: &mut List<'_>) {
        match part {
            Part::Text(text) | Part::Refusal(text) => {
                if text.origin.as_ref().is_some_and(|origin| is_own(origin) && hosted::cites(origin)) {
                    self.lost(at, "citations", NOT_OF_USER);
                }
                text_block(&text.text, content);
            }
            Part::Media(media) => self.media(at, media, content),
            Part::Opaque(origin) if is_own(origin) => content.item().extend_from_slice(origin.json.as_bytes()),
            Part::Opaque(origin) => self.lost(at, "part", &hosted::left_out(origin)),
            Part::Reasoning(_) | Part::ToolCall(_) => {
                self.lost(at, "part", "has no place in a user's message");
            }
            Part::ToolResult(_) | Part::CacheMark(_) => {}
        }
    }

    fn answer(&mut self, at: usize, asked: &Asked<'_>, content: &mut List<'_>) {
        let mut object = content.object();
        object.field("type", "tool_result");
        object.field("tool_use_id", &*asked.id);
        let broken = !asked.is_readable();
        let Some(answer) = asked.answer else {
            object.field("is_error", &true);
            object.field("content", turns::UNANSWERED);
            object.end();
            return;
        };
        if answer.is_error {
            object.field("is_error", &true);
        }
        let texts = || answer.content.iter().filter_map(Content::as_text);
        if let (false, [Content::Media(media)]) = (answer.is_error, &*answer.content)
            && let Err(why) = media_kind(media)
        {
            self.lost(at, "media", why);
            object.field("content", &turns::absent(media));
            object.end();
            return;
        }
        let has_media = !answer.is_error && answer.content.iter().any(|piece| matches!(piece, Content::Media(_)));
        let own = || hosted::opaque(answer).filter(|origin| is_own(origin));
        let has_blocks = has_media || !answer.is_error && own().next().is_some();
        if answer.is_error {
            own().for_each(|_| self.lost(at, "part", "a result that is an error is text alone; left out"));
        }
        if has_blocks {
            let mut blocks = object.list("content");
            for piece in &answer.content {
                match piece {
                    Content::Text(text) | Content::Json(text) => text_block(text, &mut blocks),
                    Content::Media(media) => self.media(at, media, &mut blocks),
                    Content::Opaque(origin) if is_own(origin) => {
                        blocks.item().extend_from_slice(origin.json.as_bytes());
                    }
                    Content::Opaque(_) => {}
                }
            }
            if broken {
                text_block(turns::with_broken(asked.call.said_arguments(), "").trim_start(), &mut blocks);
            }
            blocks.end();
        } else if broken {
            let text: Vec<&str> = texts().collect();
            object.field("content", &turns::with_broken(asked.call.said_arguments(), &text.join("\n")));
        } else if texts().count() > 1 {
            blocks(texts(), &mut object);
        } else if let Some(text) = texts().next().filter(|text| !text.is_empty()) {
            object.field("content", text);
        }
        object.end();
    }

    fn media(&mut self, at: usize, media: &Media, content: &mut List<'_>) {
        if let (true, Source::Text(text), Some(origin)) = (self.narrower, &media.source, &media.origin)
            && is_own(origin)
            && is_a("text", origin)
        {
            self.lost(at, "citations", NOT_OF_USER);
            return text_block(text, content);
        }
        if let Err(why) = media_block(media, content) {
            self.lost(at, "media", why);
            text_block(&turns::absent(media), content);
        }
    }
}

/// The text with which the model's own answer is to go on, and which must not end in a blank: it is the last that is written
/// of all.
fn prefill(group: &Group<'_>, pairs: &Pairs<'_>) -> Option<(usize, usize)> {
    let is_followed = !pairs.asked.is_empty()
        || !pairs.strays.is_empty()
        || group.rest.iter().flat_map(|message| &message.parts).any(is_written);
    if !group.last || is_followed {
        return None;
    }
    let (at, n, part) = parts(group.assistant, group.at).filter(|(.., part)| is_written(part)).last()?;
    let ends_blank = match part {
        Part::Text(text) | Part::Refusal(text) => text.text.ends_with(char::is_whitespace),
        _ => false,
    };
    ends_blank.then_some((at, n))
}

/// Whether a part leaves something on the wire, wherever it stands.
fn is_written(part: &Part) -> bool {
    match part {
        Part::Text(text) | Part::Refusal(text) => !text.text.trim().is_empty(),
        Part::Opaque(origin) if container(origin).is_some() => false,
        Part::Reasoning(Text { origin: Some(origin), .. }) | Part::Opaque(origin) => is_own(origin),
        Part::Media(_) | Part::ToolCall(_) => true,
        _ => false,
    }
}

fn is_a(kind: &str, origin: &Origin) -> bool {
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    members.get("type").is_some_and(|own| own.get().trim_matches('"') == kind)
}

/// The parts of these messages, each with its message and its place in it.
fn parts(messages: &[Message], at: usize) -> impl Iterator<Item = (usize, usize, &Part)> {
    let numbered = messages.iter().enumerate();
    numbered.flat_map(move |(m, said)| said.parts.iter().enumerate().map(move |(n, part)| (at + m, n, part)))
}

fn blocks<'t>(texts: impl Iterator<Item = &'t str>, object: &mut Object<'_>) {
    let mut out = Vec::new();
    let mut list = List::begin(&mut out);
    for text in texts {
        text_block(text, &mut list);
    }
    // A list of no blocks says less than no content.
    if !list.is_empty() {
        list.end();
        object.key("content").extend_from_slice(&out);
    }
}

/// Writes a text, unless it is blank: the wire refuses such blocks.
pub(super) fn text_block(text: &str, content: &mut List<'_>) {
    if !text.trim().is_empty() {
        let mut object = content.object();
        object.field("type", "text");
        object.field("text", text);
        object.end();
    }
}
