//! Replies: written whole and as a stream, framed and cut in every way that is allowed, and read again.

use fcall::{
    message::{Delta, FinishReason, Response, Usage},
    protocol::Protocol,
};
use serde_json::json;

use crate::{
    dice::{Dice, each_case},
    invariants::{assemble, check_reply, hear, stream},
    made::thought,
};

/// A reply as a service of this protocol could bring it: calls side by side, their arguments in turns.
fn reply(dice: &mut Dice, protocol: Protocol) -> Vec<Delta> {
    let mut deltas = vec![Delta::Begin { id: Some("r_1".to_owned()), model: Some("m-1".to_owned()) }];
    let mut part = 0;
    if dice.one_in(2) {
        let thought = thought(dice, protocol);
        deltas.extend(dice.cut(&thought.text).into_iter().map(|text| Delta::Reasoning { part: 0, text }));
        deltas.extend(thought.origin.map(|origin| Delta::Origin { part: 0, origin }));
        part += 1;
    }
    if dice.one_in(2) {
        let text = dice.words();
        deltas.extend(dice.cut(&text).into_iter().map(|text| Delta::Text { part, text }));
        part += 1;
    }
    let calls = dice.below(4);
    let mut waiting = Vec::new();
    for call in 0..calls {
        let (id, name) = (format!("call_{call}"), ["get_weather", "a"][call % 2].to_owned());
        deltas.push(Delta::CallStart { part, id, name });
        let arguments = dice.arguments();
        waiting.push((part, dice.cut(&arguments)));
        part += 1;
    }
    while !waiting.is_empty() {
        let at = dice.below(waiting.len());
        let (part, pieces) = &mut waiting[at];
        if pieces.is_empty() {
            deltas.push(Delta::CallEnd { part: *part });
            waiting.remove(at);
        } else {
            deltas.push(Delta::CallArguments { part: *part, text: pieces.remove(0) });
        }
    }
    let counts = json!({"input": 60, "output": 40, "cached": 10, "cache_written": null, "reasoning": 16});
    deltas.push(Delta::Usage(serde_json::from_value::<Usage>(counts).expect("counts")));
    deltas.push(Delta::Finish(if calls > 0 { FinishReason::ToolCalls } else { FinishReason::Stop }));
    deltas
}

/// Everything that a reply says, with what each protocol spells otherwise left out.
fn said(reply: &Response) -> serde_json::Value {
    let mut parts = json!(reply.message.parts);
    for part in parts.as_array_mut().into_iter().flatten() {
        let seal = part["origin"]["json"].as_str().and_then(|json| {
            let origin = serde_json::from_str::<serde_json::Value>(json).ok()?;
            let keys = ["signature", "thoughtSignature", "encrypted_content"];
            keys.into_iter().find_map(|key| origin.get(key).cloned())
        });
        part["origin"] = json!(seal);
        if let Some(arguments) = part["arguments"].as_str() {
            part["arguments"] = serde_json::from_str(arguments).expect("JSON");
        }
    }
    // A thought's signature may come behind it, on an empty one.
    let mut one = Vec::<serde_json::Value>::new();
    for part in parts.as_array().into_iter().flatten() {
        match one.last_mut().filter(|last| last["type"] == "reasoning" && part["type"] == "reasoning") {
            Some(last) if part["text"] == "" => last["origin"] = part["origin"].clone(),
            _ => one.push(part.clone()),
        }
    }
    let parts = one;
    let usage = reply.usage.map(|usage| (usage.input, usage.output, usage.cached, usage.reasoning));
    json!([parts, reply.finish, usage, reply.id, reply.model])
}

#[test]
fn whole_and_streamed_say_the_same() {
    each_case(|dice| {
        for protocol in Protocol::ALL {
            let deltas = reply(dice, protocol);
            let reply = assemble(&deltas);
            let whole = protocol.write_response(&reply);
            let events = stream(protocol, &deltas);
            for (form, bytes) in [("whole", &whole), ("streamed", &events)] {
                let heard = hear(protocol, bytes, usize::MAX);
                assert_eq!(heard.error, None, "{protocol} {form}");
                assert_eq!(said(&reply), said(&assemble(&heard.deltas)), "{protocol} {form}");
            }
            if dice.one_in(4) {
                check_reply(protocol, &events, 1 + dice.below(30));
                check_reply(protocol, &whole, 1 + dice.below(30));
            }
        }
    });
}

/// The same events, framed as another server would.
fn framed(dice: &mut Dice, events: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(events.to_vec()).expect("UTF-8");
    let end = *dice.pick(&["\n", "\r\n", "\r"]);
    let (keep_alives, fields, named) = (dice.one_in(2), dice.one_in(2), dice.one_in(2));
    let mut out = String::new();
    if dice.one_in(3) {
        out.push('\u{feff}');
    }
    for line in text.lines() {
        if keep_alives && dice.one_in(3) {
            out += &format!(": keep-alive{end}");
        }
        if keep_alives && line.is_empty() && dice.one_in(3) {
            out += end;
        }
        if fields && dice.one_in(3) {
            out += &format!("id: 7{end}retry: 3000{end}unheard-of{end}");
        }
        // What an event is can be told by its data alone.
        if line.starts_with("event: ") && !named {
            continue;
        }
        out += &if dice.one_in(3) { line.replacen(": ", ":", 1) } else { line.to_owned() };
        out += end;
    }
    if dice.one_in(2) {
        // The last event without its blank line, or without the end of its line.
        out.truncate(out.trim_end_matches(['\r', '\n']).len());
        out += if dice.one_in(2) { end } else { "" };
    }
    out.into_bytes()
}

#[test]
fn framing_and_cuts_change_nothing() {
    each_case(|dice| {
        for protocol in Protocol::ALL {
            let events = stream(protocol, &reply(dice, protocol));
            let expected = hear(protocol, &events, usize::MAX);
            assert_eq!(expected.error, None, "{protocol}");
            let bytes = framed(dice, &events);
            let mut decoder = protocol.decoder();
            let mut deltas = Vec::new();
            for piece in dice.chop(&bytes) {
                let fed = decoder.feed(piece, &mut deltas);
                fed.unwrap_or_else(|e| panic!("{protocol}: {e}: {:?}", String::from_utf8_lossy(&bytes)));
            }
            let ended = decoder.finish(&mut deltas);
            ended.unwrap_or_else(|e| panic!("{protocol}: {e}: {:?}", String::from_utf8_lossy(&bytes)));
            assert_eq!(expected.deltas, deltas, "{protocol}: {}", String::from_utf8_lossy(&bytes));
        }
    });
}

/// A stream that breaks off says so, and has no more to it than came.
#[test]
fn a_stream_that_breaks_off_is_no_whole_reply() {
    each_case(|dice| {
        for protocol in Protocol::ALL {
            let deltas = reply(dice, protocol);
            let events = stream(protocol, &deltas);
            let all = assemble(&hear(protocol, &events, usize::MAX).deltas);
            let heard = hear(protocol, &events[..dice.below(events.len())], usize::MAX);
            let part = assemble(&heard.deltas);
            assert!(heard.error.is_some() || part.finish.is_some(), "{protocol}: neither an error nor an end");
            assert!(all.message.text().starts_with(&part.message.text()), "{protocol}");
            let whole: Vec<_> = all.message.tool_calls().map(|call| (&call.id, &call.arguments)).collect();
            for call in part.message.tool_calls() {
                assert!(whole.contains(&(&call.id, &call.arguments)), "{protocol}: {call:?} of {whole:?}");
            }
        }
    });
}
