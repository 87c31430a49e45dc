//! What holds of any bytes at all, whoever sent them: the fuzz targets and the property tests ask the same questions.
//!
//! Each function panics with the cause where a property is broken, and otherwise says nothing.

use fcall::{
    message::{Assembler, Delta, FinishReason, Part, Request, Response, Sink, ToolCall},
    protocol::{Dialect, Incoming, Protocol, Translator},
};

/// What was heard of a reply.
#[derive(Debug, PartialEq)]
pub(crate) struct Heard {
    /// All that was told.
    pub(crate) deltas: Vec<Delta>,
    /// What was wrong with it.
    pub(crate) error: Option<String>,
}

/// A reply that comes in pieces of this many bytes.
pub(crate) fn hear(protocol: Protocol, bytes: &[u8], size: usize) -> Heard {
    let mut decoder = protocol.decoder();
    let mut deltas = Vec::new();
    let fed = bytes.chunks(size.max(1)).try_for_each(|piece| decoder.feed(piece, &mut deltas));
    let heard = fed.and_then(|()| decoder.finish(&mut deltas));
    Heard { deltas, error: heard.err().map(|error| error.to_string()) }
}

/// The turn that deltas make.
pub(crate) fn assemble(deltas: &[Delta]) -> Response {
    let mut reply = Assembler::new(1);
    deltas.iter().for_each(|delta| reply.push(delta.clone()));
    reply.finish()
}

/// A reply means the same however it is cut, is written back as what was read, and reaches every other client.
pub(crate) fn check_reply(protocol: Protocol, bytes: &[u8], cut: usize) {
    let heard = hear(protocol, bytes, usize::MAX);
    assert_eq!(heard, hear(protocol, bytes, cut), "{protocol}: at once, and in pieces of {cut}");
    let mut deltas = Vec::new();
    let error = protocol.decode(bytes, &mut deltas).err().map(|error| error.to_string());
    assert_eq!(heard, Heard { deltas, error }, "{protocol}: fed, and as one body");
    let reply = assemble(&heard.deltas);
    if heard.error.is_none() {
        check_written(protocol, reply.clone(), bytes.trim_ascii_start().starts_with(b"{"));
        check_streamed(protocol, &heard.deltas, cut);
    }
    if protocol == Protocol::OpenAiChat {
        check_read_alike(bytes);
    }
    for client in Protocol::ALL {
        check_translated(client, protocol, bytes, &heard, cut);
    }
}

/// A reply of Chat Completions says the same with a key in it that says nothing, but is not read in one go.
pub(crate) fn check_read_alike(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let bare = |text: &str| text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len();
    // Nobody knows such a key, and its escape is for serde to read.
    let unusual = |text: &str| match text.split_at(bare(text)) {
        (blanks, object) if object.starts_with('{') => {
            let rest = &object[1..];
            let comma = if rest[bare(rest)..].starts_with('}') { "" } else { "," };
            format!("{blanks}{{\"\\u0061side\":null{comma}{rest}")
        }
        _ => text.to_owned(),
    };
    let mut behind_data = false;
    let line = |line: &str| {
        let data = line.strip_prefix("data:").filter(|_| !std::mem::take(&mut behind_data));
        behind_data = line.starts_with("data:");
        data.map_or_else(|| line.to_owned(), |data| format!("data:{}", unusual(data)))
    };
    let other: String = match text[bare(text)..].starts_with('{') {
        true => unusual(text),
        false => text.split_inclusive(['\n', '\r']).map(line).collect(),
    };
    let (heard, read) =
        (hear(Protocol::OpenAiChat, bytes, usize::MAX), hear(Protocol::OpenAiChat, other.as_bytes(), usize::MAX));
    // What is wrong is told with its place, and with what was sent: those differ by the key.
    assert_eq!(
        (heard.deltas, heard.error.is_some()),
        (read.deltas, read.error.is_some()),
        "in one go ({:?}), and by serde ({:?}): {text}",
        heard.error,
        read.error
    );
}

/// Written as a whole and read again, a reply says what it said; from then on nothing changes at all.
fn check_written(protocol: Protocol, mut reply: Response, whole: bool) {
    // A stream may contradict itself: then the provider's own form of a text is another text.
    if protocol == Protocol::OpenAiResponses && !whole {
        read(protocol, &protocol.write_response(&reply));
        for part in &mut reply.message.parts {
            if let Part::Text(text) | Part::Refusal(text) | Part::Reasoning(text) = part {
                text.origin = None;
            }
        }
    }
    let again = read(protocol, &protocol.write_response(&reply));
    assert_eq!(said(protocol, &reply), said(protocol, &again), "{protocol}: read, written, and read again");
    let stable = read(protocol, &protocol.write_response(&again));
    assert_eq!(again, stable, "{protocol}: written twice");
}

/// Written as a stream and read again, a reply says what it said.
fn check_streamed(protocol: Protocol, deltas: &[Delta], cut: usize) {
    if deltas.contains(&Delta::Restart) || interleaves(deltas) {
        return;
    }
    let events = stream(protocol, deltas);
    let heard = hear(protocol, &events, cut);
    assert_eq!(heard.error, None, "{protocol}: written as a stream: {}", String::from_utf8_lossy(&events));
    let (reply, mut again) = (assemble(deltas), assemble(&heard.deltas));
    // Whoever lacks an id is given one by each who needs it.
    let made_up = reply.message.tool_calls().map(|call| call.id.starts_with("call_1_")).collect::<Vec<_>>();
    let calls = again.message.parts.iter_mut().filter_map(|part| match part {
        Part::ToolCall(call) => Some(call),
        _ => None,
    });
    for (call, _) in calls.zip(made_up).filter(|(_, made_up)| *made_up) {
        "call_1_".clone_into(&mut call.id);
    }
    let (mut reply, again) = (said(protocol, &reply), said(protocol, &again));
    if has_half_a_call(deltas) {
        // The client is told that the reply was cut off.
        assert!(again.cut, "{protocol}: half a call reaches the client as whole: {again:?}");
        (reply.calls, reply.cut) = (Vec::new(), true);
    }
    assert_eq!(reply, again, "{protocol}: read, written as a stream, and read again");
}

fn has_half_a_call(deltas: &[Delta]) -> bool {
    let mut reply = Assembler::new(1);
    deltas.iter().for_each(|delta| reply.push(delta.clone()));
    let ended = [FinishReason::Stop, FinishReason::ToolCalls].map(Delta::Finish);
    reply.unfinished_calls().next().is_some() && !deltas.iter().any(|delta| ended.contains(delta))
}

/// Texts that take turns: a stream brings them in the order of their pieces, a whole reply in that of their beginnings.
fn interleaves(deltas: &[Delta]) -> bool {
    let texts = deltas.iter().filter_map(|delta| match delta {
        Delta::Text { part, .. } | Delta::Refusal { part, .. } | Delta::Reasoning { part, .. } => Some(*part),
        _ => None,
    });
    let mut runs: Vec<usize> = texts.collect();
    runs.dedup();
    let all = runs.len();
    runs.sort_unstable();
    runs.dedup();
    runs.len() < all
}

/// The events that say these deltas.
pub(crate) fn stream(protocol: Protocol, deltas: &[Delta]) -> Vec<u8> {
    let mut events = Vec::new();
    let mut writer = protocol.stream_writer("m");
    deltas.iter().for_each(|delta| writer.push(delta, &mut events));
    writer.finish(&mut events);
    events
}

/// What a client of any protocol gets is that protocol.
fn check_translated(client: Protocol, service: Protocol, bytes: &[u8], heard: &Heard, cut: usize) {
    let translator = Translator::new(client, service);
    if let Ok(translated) = translator.response(bytes)
        && client != service
    {
        match fails(client, heard) {
            true => assert!(hear(client, &translated.body, usize::MAX).error.is_some(), "{client} hears of it"),
            false => drop(read(client, &translated.body)),
        }
    }
    let (mut stream, mut events) = (translator.stream("m"), Vec::new());
    let fed = bytes.chunks(cut.max(1)).try_for_each(|piece| stream.feed(piece, &mut events));
    let ended = fed.and_then(|()| stream.finish(&mut events));
    assert_eq!(ended.is_ok(), heard.error.is_none(), "{client} from {service}");
    if client == service || heard.deltas.contains(&Delta::Restart) {
        return;
    }
    let reached = hear(client, &events, usize::MAX).error;
    let shown = String::from_utf8_lossy(&events);
    let failed = heard.error.is_some() || fails(client, heard);
    assert_eq!(reached.is_some(), failed, "{client} from {service} heard {reached:?}: {shown}");
}

/// OpenAI Responses has one word for a reply that its service calls of no use: it failed.
fn fails(client: Protocol, heard: &Heard) -> bool {
    let of_no_use = |delta: &Delta| matches!(delta, Delta::Finish(FinishReason::Malformed(_)));
    client == Protocol::OpenAiResponses && heard.deltas.iter().any(of_no_use)
}

#[track_caller]
fn read(protocol: Protocol, body: &[u8]) -> Response {
    let heard = hear(protocol, body, usize::MAX);
    assert_eq!(heard.error, None, "{protocol} can't read what it wrote: {}", String::from_utf8_lossy(body));
    assemble(&heard.deltas)
}

/// What a reply says to a caller, in the words that its protocol has.
#[derive(Debug, PartialEq)]
struct Said {
    text: String,
    refusal: String,
    reasoning: String,
    calls: Vec<(String, String, String)>,
    cut: bool,
}

fn said(protocol: Protocol, reply: &Response) -> Said {
    let cut = !matches!(
        reply.finish,
        None | Some(FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Paused | FinishReason::Other(_))
    );
    let mut said =
        Said { text: String::new(), refusal: String::new(), reasoning: String::new(), calls: Vec::new(), cut };
    // Two of the wires have no form for a refusal: there it is a text.
    let refuses = matches!(protocol, Protocol::OpenAiChat | Protocol::OpenAiResponses);
    for part in &reply.message.parts {
        match part {
            Part::Text(text) => said.text.push_str(&text.text),
            Part::Refusal(text) if refuses => said.refusal.push_str(&text.text),
            Part::Refusal(text) => said.text.push_str(&text.text),
            Part::Reasoning(text) => said.reasoning.push_str(&text.text),
            // Of a reply that was cut off, what looks whole in one form may be half in another.
            Part::ToolCall(call) if !cut => said.calls.push(meant(protocol, call)),
            _ => {}
        }
    }
    said
}

/// A call, with the arguments that its protocol can write: two of them take objects alone.
fn meant(protocol: Protocol, call: &ToolCall) -> (String, String, String) {
    let text = matches!(protocol, Protocol::OpenAiChat | Protocol::OpenAiResponses);
    let is_object = call.arguments.trim_start().starts_with('{')
        && serde_json::from_str::<serde::de::IgnoredAny>(&call.arguments).is_ok();
    // Who has no id is given one by each who needs it.
    let id = if call.id.starts_with("call_1_") { String::new() } else { call.id.clone() };
    let arguments = match text || is_object {
        true if text => call.arguments.trim_ascii().to_owned(),
        // As JSON they may be spaced otherwise.
        true => call.arguments.trim_ascii().replace(['\n', '\r'], " "),
        false => "{}".to_owned(),
    };
    // An object without members is one, however it is spaced.
    let is_empty = arguments.strip_prefix('{').is_some_and(|rest| rest.trim_ascii() == "}");
    (id, call.name.clone(), if is_empty { "{}".to_owned() } else { arguments })
}

/// A request that can be read can be written, in any protocol, and then stays as it is.
pub(crate) fn check_request(protocol: Protocol, bytes: &[u8]) {
    if protocol.read_request(bytes).is_err() {
        return;
    }
    for service in Protocol::ALL {
        let Ok(translated) = Translator::new(protocol, service).request(bytes, None) else { continue };
        let shown = String::from_utf8_lossy(&translated.body);
        let read = service.read_request(&translated.body);
        let read = read.unwrap_or_else(|e| panic!("{service} can't read what it wrote: {e}: {shown}"));
        // Keys that stand twice are the one time the first, the other time the last.
        let Ok(again) = write(service, &read) else { continue };
        let read = service.read_request(&again).unwrap_or_else(|e| panic!("{service}: {e}: {shown}"));
        let stable = write(service, &read).unwrap_or_else(|e| panic!("{service}: {e}: {shown}"));
        let (again, stable) = (String::from_utf8_lossy(&again), String::from_utf8_lossy(&stable));
        assert_eq!(again, stable, "{service} from {protocol}: written twice");
    }
}

/// A request that was read, written again.
pub(crate) fn write(protocol: Protocol, read: &Incoming) -> Result<Vec<u8>, fcall::Error> {
    let request = Request::new(&read.messages, &read.tools, &read.options).tool_choice(&read.tool_choice);
    let dialect = Dialect::official(protocol, &read.model);
    Ok(protocol.encode(&read.model, &dialect, &request.stream(read.stream))?.body)
}
