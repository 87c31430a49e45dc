//! Requests: written and read again, and translated there and back.

use fcall::{
    message::{Message, Request, RequestOptions, ToolChoice, ToolSpec, ToolSpecs},
    protocol::{Dialect, Encoded, Incoming, Protocol, Translator},
    schema::Loss,
};
use serde_json::{Value, json};

use crate::{
    dice::each_case,
    invariants::check_request,
    made::{Asked, asked},
    meaning,
};

/// Models that take the most of what their protocol can say.
fn model(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::OpenAiChat | Protocol::OpenAiResponses => "gpt-4.1",
        Protocol::Anthropic => "claude-sonnet-4-5",
        _ => "gemini-2.5-flash",
    }
}

fn encode(protocol: Protocol, asked: &Asked) -> Encoded {
    let tools = ToolSpecs::new(asked.tools.clone());
    let request = Request::new(&asked.messages, &tools, &asked.options).tool_choice(&asked.choice);
    let dialect = Dialect::official(protocol, model(protocol));
    protocol.encode(model(protocol), &dialect, &request).unwrap_or_else(|e| panic!("{protocol}: {e}"))
}

fn read(protocol: Protocol, body: &[u8]) -> Incoming {
    protocol.read_request(body).unwrap_or_else(|e| panic!("{protocol}: {e}: {}", String::from_utf8_lossy(body)))
}

#[test]
fn what_a_protocol_can_say_is_read_back() {
    each_case(|dice| {
        for protocol in Protocol::ALL {
            let asked = asked(dice, protocol, false);
            check(protocol, &asked);
        }
    });
}

#[test]
fn what_a_protocol_cannot_say_is_told() {
    each_case(|dice| {
        for protocol in Protocol::ALL {
            let asked = asked(dice, protocol, true);
            check(protocol, &asked);
            check_request(protocol, &encode(protocol, &asked).body);
        }
    });
}

/// What was read differs from what was written only where a loss says so.
#[track_caller]
fn check(protocol: Protocol, asked: &Asked) {
    let encoded = encode(protocol, asked);
    let shown = String::from_utf8_lossy(&encoded.body);
    let read = read(protocol, &encoded.body);
    let at = |at: &str| encoded.losses.iter().any(|loss| loss.path.starts_with(at));
    if !at("messages") && protocol != Protocol::OpenAiResponses && asked.messages.iter().any(meaning::attaches) {
        // Media of a result stand behind the results, where all of them are still to be found.
        assert_eq!(
            meaning::media(protocol, &asked.messages),
            meaning::media(protocol, &read.messages),
            "{protocol}: {shown}"
        );
    } else if !at("messages") {
        let (said, heard) = (meaning::of(protocol, &asked.messages), meaning::of(protocol, &read.messages));
        assert_eq!(json!(said), json!(heard), "{protocol}: {shown}");
    }
    if !at("tools") {
        // A choice among some is, where the wire has no such choice, an offer of these alone.
        let narrowed = asked.tools.iter().filter(|tool| asked.choice.allows(&tool.name)).cloned().collect::<Vec<_>>();
        let all = read.tools.as_slice().len() == asked.tools.len();
        let expected = if all { &asked.tools } else { &narrowed };
        assert_eq!(offered(expected), offered(read.tools.as_slice()), "{protocol}: {shown}");
    }
    check_choice(asked, &read, &encoded.losses, &shown);
    check_options(protocol, asked, &read.options, &encoded.losses);
}

fn offered(tools: &[ToolSpec]) -> Vec<Value> {
    let tool = |tool: &ToolSpec| {
        let schema: Value = serde_json::from_str(&tool.schema).expect("a schema");
        json!([tool.name, tool.description, schema])
    };
    tools.iter().map(tool).collect()
}

/// A choice among some may become the offer of these alone.
fn check_choice(asked: &Asked, read: &Incoming, losses: &[Loss], shown: &str) {
    let narrowed = match &asked.choice {
        ToolChoice::AnyOf(names) | ToolChoice::AutoOf(names)
            if read.tools.as_slice().iter().all(|tool| names.contains(&tool.name)) =>
        {
            read.tool_choice.is_forced() == asked.choice.is_forced()
        }
        ToolChoice::AnyOf(names) if names.len() == 1 => read.tool_choice == ToolChoice::Tool(names[0].clone()),
        _ => false,
    };
    let told = losses.iter().any(|loss| loss.path == "tool_choice");
    assert!(told || narrowed || asked.choice == read.tool_choice, "{:?}: {shown}", asked.choice);
}

#[track_caller]
fn check_options(protocol: Protocol, asked: &Asked, read: &RequestOptions, losses: &[Loss]) {
    // Without calls there are none beside each other.
    let calls = !asked.tools.is_empty() && asked.choice != ToolChoice::None;
    let asked = &asked.options;
    let told = |key: &str| losses.iter().any(|loss| loss.path == key);
    let limited = asked.max_tokens == read.max_tokens || asked.max_tokens.is_none() && protocol == Protocol::Anthropic;
    let kept = [
        ("max_tokens", limited),
        ("temperature", asked.temperature == read.temperature),
        ("top_p", asked.top_p == read.top_p),
        ("stop", asked.stop == read.stop),
        ("seed", asked.seed == read.seed),
        // What is the wire's own way of thinking has no neutral form to be read back into.
        ("reasoning", asked.reasoning == read.reasoning || !read.extra.is_empty()),
        ("parallel_calls", !calls || asked.parallel_calls != Some(false) || read.parallel_calls == Some(false)),
    ];
    for (key, kept) in kept {
        assert!(kept || told(key), "{protocol}: `{key}` was {asked:?}, is {read:?}, and no loss tells: {losses:?}");
    }
}

#[test]
fn a_translation_there_and_back_is_the_same_request() {
    each_case(|dice| {
        let (client, service) = (*dice.pick(&Protocol::ALL), *dice.pick(&Protocol::ALL));
        let odd = dice.one_in(2);
        let asked = asked(dice, client, odd);
        let sent = encode(client, &asked);
        let there = Translator::new(client, service).request(&sent.body, None).expect("there");
        let back = Translator::new(service, client).request(&there.body, None).expect("back");
        let messages = |losses: &[Loss]| losses.iter().any(|loss| loss.path.starts_with("messages"));
        if messages(&sent.losses) || messages(&there.losses) || messages(&back.losses) {
            return;
        }
        let (first, last) = (read(client, &sent.body), read(client, &back.body));
        let plain = |messages: &[Message]| json!(meaning::both(client, service, messages));
        let shown = String::from_utf8_lossy(&there.body);
        if first.messages.iter().any(meaning::attaches) {
            // They may have come to stand behind the results.
            let media = [&first, &last].map(|read| meaning::media(service, &read.messages));
            assert_eq!(media[0], media[1], "{client} to {service} and back: {shown}");
        } else {
            assert_eq!(plain(&first.messages), plain(&last.messages), "{client} to {service} and back: {shown}");
        }
        let narrowed = matches!(first.tool_choice, ToolChoice::AnyOf(_) | ToolChoice::AutoOf(_));
        let names = |read: &Incoming| read.tools.as_slice().iter().map(|tool| tool.name.clone()).collect::<Vec<_>>();
        assert!(narrowed || names(&first) == names(&last), "{client} to {service} and back: {shown}");
    });
}
