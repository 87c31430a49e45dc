//! Made-up conversations: whatever a program, a model and its tools may say.

use fcall::{
    message::{
        Content, Effort, Media, Message, Origin, Part, RequestOptions, Role, Source, Text, ToolCall, ToolChoice,
        ToolResult, ToolSpec,
    },
    protocol::Protocol,
};
use serde_json::json;

use crate::dice::Dice;

/// All of a request but the model.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) messages: Vec<Message>,
    pub(crate) tools: Vec<ToolSpec>,
    pub(crate) choice: ToolChoice,
    pub(crate) options: RequestOptions,
}

const NAMES: [&str; 4] = ["get_weather", "a", "Book-flight_2", "_x"];

/// A conversation that a loop could have had; `odd` things are what some wire or other can't say.
pub(crate) fn asked(dice: &mut Dice, home: Protocol, odd: bool) -> Asked {
    let mut messages = Vec::new();
    for _ in 0..dice.below(3) {
        messages.push(Message::system(dice.words()));
    }
    let mut calls = 0;
    for _ in 0..1 + dice.below(3) {
        messages.push(user(dice, home, odd));
        if dice.one_in(4) {
            continue;
        }
        let said = assistant(dice, home, odd, &mut calls);
        let results: Vec<_> = said.tool_calls().map(|call| result(dice, home, call, odd)).collect();
        messages.push(said);
        if !results.is_empty() {
            messages.push(Message::tool_results(results));
        }
        if odd && dice.one_in(3) {
            messages.push(Message::system(dice.words()));
        }
    }
    messages.push(Message::user(dice.words()));
    let tools: Vec<_> = NAMES[..dice.below(NAMES.len() + 1)].iter().map(|name| tool(dice, name)).collect();
    let choice = match dice.below(7) {
        _ if tools.is_empty() => ToolChoice::Auto,
        0 => ToolChoice::None,
        1 => ToolChoice::Required,
        2 => ToolChoice::named(dice.pick(&tools).name.clone()),
        3 if tools.len() > 1 => ToolChoice::any_of(tools[1..].iter().map(|tool| tool.name.clone())),
        4 if tools.len() > 1 => ToolChoice::auto_of(tools[1..].iter().map(|tool| tool.name.clone())),
        _ => ToolChoice::Auto,
    };
    Asked { messages, tools, choice, options: options(dice) }
}

fn user(dice: &mut Dice, home: Protocol, odd: bool) -> Message {
    let mut parts = vec![Part::text(dice.words())];
    if dice.one_in(4) {
        parts.push(Part::Media(media(dice, home)));
        parts.push(Part::text(dice.words()));
    }
    parts.extend(named(dice, home, odd));
    Message::new(Role::User, parts)
}

/// What Chat Completions says of a message besides its content.
fn named(dice: &mut Dice, home: Protocol, odd: bool) -> Option<Part> {
    let says = (odd || home == Protocol::OpenAiChat) && dice.one_in(5);
    let member = json!({"message": {"name": dice.words()}}).to_string();
    says.then(|| Part::Opaque(Origin::new(Protocol::OpenAiChat.name(), member)))
}

/// An image or a document, here or at an address; of what is there only the client may know.
fn media(dice: &mut Dice, home: Protocol) -> Media {
    let name = dice.one_in(2).then(|| "a report.pdf".to_owned());
    let mut document = match dice.below(9) {
        0 => return Media::url("image/png", "https://example.com/a.png?b=\u{e9}"),
        1 => Media::url("application/pdf", "https://example.com/a.pdf"),
        2 => Media::base64("application/pdf", "JVBERi0="),
        3 => Media::url("", *dice.pick(&["https://example.com/a", "https://example.com/a.PNG#b"])),
        4 | 5 => Media::text(format!("A {}.", dice.words())),
        _ => return Media::base64(*dice.pick(&["image/png", "image/jpeg"]), "aGk="),
    };
    document.name = name;
    // What only one wire says of it.
    if home == Protocol::Anthropic && dice.one_in(2) {
        let said = json!({"citations": {"enabled": true}, "context": dice.words()});
        document.origin = Some(Origin::new(home.name(), said.to_string()));
    }
    document
}

fn assistant(dice: &mut Dice, home: Protocol, odd: bool, calls: &mut usize) -> Message {
    let mut parts = Vec::new();
    if dice.one_in(2) {
        let of = if odd { *dice.pick(&Protocol::ALL) } else { home };
        parts.push(Part::Reasoning(thought(dice, of)));
    }
    if dice.one_in(2) {
        let of = if odd { *dice.pick(&Protocol::ALL) } else { home };
        parts.push(Part::Text(if dice.one_in(3) { cited(dice, of) } else { Text::new(dice.words()) }));
    }
    if odd && dice.one_in(5) {
        parts.push(Part::Opaque(Origin::new(dice.pick(&Protocol::ALL).name(), r#"{"type":"unheard_of","n":1}"#)));
    }
    if odd && dice.one_in(5) {
        parts.push(Part::Refusal(Text::new(dice.words())));
    }
    for _ in 0..dice.below(4) {
        let id = match odd && dice.one_in(3) {
            // Ids that came from elsewhere: too long, of other letters, or seen before.
            true => dice.pick(&["call_0", "a b", "\u{e9}", &"x".repeat(70)]).to_string(),
            false => format!("call_{calls}"),
        };
        *calls += 1;
        let arguments = if odd && dice.one_in(5) { "{\"half\":".to_owned() } else { dice.arguments() };
        let name = if odd && dice.one_in(6) { "no such name!" } else { *dice.pick(&NAMES) };
        parts.push(Part::ToolCall(ToolCall::new(id, name, arguments)));
    }
    if parts.iter().all(|part| matches!(part, Part::Reasoning(_))) {
        parts.push(Part::text(dice.words()));
    }
    parts.extend(named(dice, home, odd));
    Message::new(Role::Assistant, parts)
}

/// Thinking as a protocol brings it, sealed where it seals.
pub(crate) fn thought(dice: &mut Dice, of: Protocol) -> Text {
    let mut text = Text::new(dice.words());
    let said = &text.text;
    let json = match of {
        Protocol::OpenAiChat => json!("reasoning_content"),
        Protocol::OpenAiResponses => {
            let summary = json!([{"type": "summary_text", "text": said}]);
            json!({"id": "rs_1", "type": "reasoning", "summary": summary, "encrypted_content": "c2VhbA=="})
        }
        Protocol::Anthropic => json!({"type": "thinking", "thinking": said, "signature": "c2lnbg=="}),
        _ => json!({"text": said, "thought": true, "thoughtSignature": "c2lnbg=="}),
    };
    text.origin = Some(Origin::new(of.name(), json.to_string()));
    text
}

/// A text that rests on something, as a protocol brings it that says so beside the text itself.
fn cited(dice: &mut Dice, of: Protocol) -> Text {
    let mut text = Text::new(dice.words());
    let said = &text.text;
    let json = match of {
        Protocol::OpenAiResponses => {
            let source =
                json!({"type": "url_citation", "url": "https://example.com/a", "start_index": 0, "end_index": 1});
            let content = json!([{"type": "output_text", "text": said, "annotations": [source]}]);
            json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": content})
        }
        Protocol::Anthropic => {
            let source = json!({"type": "char_location", "cited_text": "a", "document_index": 0});
            json!({"type": "text", "text": said, "citations": [source]})
        }
        _ => return text,
    };
    text.origin = Some(Origin::new(of.name(), json.to_string()));
    text
}

fn result(dice: &mut Dice, home: Protocol, call: &ToolCall, odd: bool) -> ToolResult {
    let mut content = match dice.below(4) {
        0 => vec![Content::Json(dice.arguments())],
        1 if odd => vec![Content::Text(dice.words()), Content::Text(dice.words())],
        2 if odd => Vec::new(),
        _ => vec![Content::Text(dice.words())],
    };
    if odd && dice.one_in(4) {
        let mut media = media(dice, home);
        if dice.one_in(3) {
            media.source = Source::File("file-1".to_owned());
        }
        content.push(Content::Media(media));
    }
    if odd && dice.one_in(6) {
        let json = *dice.pick(&[r#"{"type":"unheard_of","n":1}"#, r#"{"type":"tool_reference","tool_name":"a"}"#]);
        content.push(Content::Opaque(Origin::new(Protocol::Anthropic.name(), json)));
    }
    ToolResult::new(call, content, dice.one_in(4))
}

fn tool(dice: &mut Dice, name: &str) -> ToolSpec {
    let text = dice.words();
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string", "description": text}, "days": {"type": "integer"}},
        "required": ["city"],
    });
    ToolSpec::new(name, dice.words(), schema.to_string())
}

fn options(dice: &mut Dice) -> RequestOptions {
    let mut options = RequestOptions::default();
    options.max_tokens = dice.one_in(2).then_some(4000);
    options.temperature = dice.one_in(3).then_some(0.5);
    options.top_p = dice.one_in(4).then_some(0.25);
    options.seed = dice.one_in(4).then_some(7);
    options.reasoning = dice.one_in(4).then(|| *dice.pick(&[Effort::Low, Effort::High]));
    options.parallel_calls = dice.one_in(3).then(|| dice.one_in(2));
    if dice.one_in(4) {
        options.stop = vec![dice.words(), "\u{1f600}".to_owned()];
    }
    options
}
