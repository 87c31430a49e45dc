//! Calls in fragments, in every order and form that services send: none is lost, and no two are merged.

use fcall::protocol::Protocol;
use serde_json::{Value, json};

use crate::{
    dice::{Dice, each_case},
    invariants::{assemble, check_reply, hear},
};

/// A call as it was meant.
#[derive(Clone, Debug, PartialEq)]
struct Meant {
    id: String,
    name: String,
    arguments: String,
}

fn meant(dice: &mut Dice) -> Vec<Meant> {
    let many = 1 + dice.below(4);
    let name = |at: usize| ["get_weather", "get_weather", "book"][at % 3].to_owned();
    (0..many).map(|at| Meant { id: format!("call_{at}"), name: name(at), arguments: dice.arguments() }).collect()
}

/// Pieces of all arguments, in turns: the call, the piece, and whether it is the call's first.
fn in_turns(dice: &mut Dice, calls: &[Meant], side_by_side: bool) -> Vec<(usize, String, bool)> {
    let mut waiting: Vec<(usize, Vec<String>, bool)> =
        calls.iter().enumerate().map(|(at, call)| (at, dice.cut(&call.arguments), true)).collect();
    let mut turns = Vec::new();
    while !waiting.is_empty() {
        let at = if side_by_side { dice.below(waiting.len()) } else { 0 };
        let (call, pieces, first) = &mut waiting[at];
        if pieces.is_empty() {
            waiting.remove(at);
        } else {
            turns.push((*call, pieces.remove(0), std::mem::take(first)));
        }
    }
    turns
}

fn read(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}

fn events(events: impl IntoIterator<Item = Value>) -> String {
    events.into_iter().map(|event| format!("data: {event}\n\n")).collect()
}

/// The calls are those that were meant; ids that the service does not tell are made up, each its own.
#[track_caller]
fn check(protocol: Protocol, calls: &[Meant], with_ids: bool, stream: &str, dice: &mut Dice) {
    let heard = hear(protocol, stream.as_bytes(), 1 + dice.below(50));
    assert_eq!(heard.error, None, "{protocol}: {stream}");
    let reply = assemble(&heard.deltas);
    let mut got: Vec<_> = reply.message.tool_calls().collect();
    assert_eq!(got.len(), calls.len(), "{protocol}: {got:?}: {stream}");
    let mut calls: Vec<_> = calls.iter().collect();
    // Side by side, the second may have begun first.
    if protocol == Protocol::Gemini {
        // Never side by side there.
    } else if with_ids {
        got.sort_by(|a, b| a.id.cmp(&b.id));
    } else {
        got.sort_by(|a, b| (&a.name, &a.arguments).cmp(&(&b.name, &b.arguments)));
        calls.sort_by(|a, b| (&a.name, &a.arguments).cmp(&(&b.name, &b.arguments)));
    }
    for (call, meant) in got.iter().zip(calls) {
        assert_eq!((&call.name, read(&call.arguments)), (&meant.name, read(&meant.arguments)), "{protocol}: {stream}");
        assert!(!with_ids || call.id == meant.id, "{protocol}: {call:?}: {stream}");
        assert_eq!(got.iter().filter(|other| other.id == call.id).count(), 1, "{protocol}: one id for two: {stream}");
    }
    if dice.one_in(10) {
        check_reply(protocol, stream.as_bytes(), 1 + dice.below(50));
    }
}

/// How a server of Chat Completions sends its calls.
#[derive(Clone, Copy, Debug)]
enum Habit {
    /// Id and name first, then arguments by index, calls side by side.
    Index,
    /// As before, counted from one, with gaps.
    OtherIndex,
    /// Id and name again with every fragment.
    Repeated,
    /// Empty texts where there is nothing new.
    EmptyTexts,
    /// No index: a fragment without an id goes on with the call before.
    NoIndex,
    /// Index 0 for all, and an id with every fragment.
    SameIndex,
    /// The name behind the first arguments.
    LateName,
    /// The id behind the first arguments.
    LateId,
    /// Whole calls, one index for all, no ids.
    Whole,
    /// Whole calls, their arguments as an object.
    Object,
}

const HABITS: [Habit; 10] = [
    Habit::Index,
    Habit::OtherIndex,
    Habit::Repeated,
    Habit::EmptyTexts,
    Habit::NoIndex,
    Habit::SameIndex,
    Habit::LateName,
    Habit::LateId,
    Habit::Whole,
    Habit::Object,
];

#[test]
fn openai_chat() {
    each_case(|dice| {
        for habit in HABITS {
            let mut calls = meant(dice);
            if matches!(habit, Habit::Object) {
                calls.iter_mut().for_each(|call| call.arguments = read(&call.arguments).to_string());
            }
            let stream = chat(dice, &calls, habit);
            // An id that comes late finds the call begun, under an id of ours.
            let with_ids = !matches!(habit, Habit::Whole | Habit::Object | Habit::LateId);
            check(Protocol::OpenAiChat, &calls, with_ids, &stream, dice);
        }
    });
}

fn chat(dice: &mut Dice, calls: &[Meant], habit: Habit) -> String {
    let side_by_side = !matches!(habit, Habit::NoIndex | Habit::SameIndex);
    let chunk =
        |call: Value| json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": null}]});
    let mut out: Vec<Value> = Vec::new();
    if matches!(habit, Habit::Whole | Habit::Object) {
        for call in calls {
            let arguments = match habit {
                Habit::Object => serde_json::from_str(&call.arguments).expect("JSON"),
                _ => json!(call.arguments),
            };
            out.push(chunk(json!({"index": 0, "function": {"name": call.name, "arguments": arguments}})));
        }
    } else {
        // A call of which nothing has come is begun before its first piece.
        let pieces = in_turns(dice, calls, side_by_side);
        let order: Vec<usize> = (0..calls.len()).collect();
        if matches!(habit, Habit::Index | Habit::OtherIndex | Habit::EmptyTexts) {
            for at in order {
                let index = if matches!(habit, Habit::OtherIndex) { 1 + 2 * at } else { at };
                let function = json!({"name": calls[at].name, "arguments": ""});
                out.push(chunk(json!({"index": index, "id": calls[at].id, "type": "function", "function": function})));
            }
        }
        let mut begun = vec![0_usize; calls.len()];
        for (at, text, first) in pieces {
            let call = &calls[at];
            begun[at] += 1;
            out.push(chunk(match habit {
                Habit::Index => json!({"index": at, "function": {"arguments": text}}),
                Habit::OtherIndex => json!({"index": 1 + 2 * at, "function": {"arguments": text}}),
                Habit::EmptyTexts => json!({"index": at, "id": "", "function": {"name": "", "arguments": text}}),
                Habit::Repeated => {
                    json!({"index": at, "id": call.id, "function": {"name": call.name, "arguments": text}})
                }
                Habit::NoIndex if first => json!({"id": call.id, "function": {"name": call.name, "arguments": text}}),
                Habit::NoIndex => json!({"function": {"arguments": text}}),
                Habit::SameIndex if first => {
                    json!({"index": 0, "id": call.id, "function": {"name": call.name, "arguments": text}})
                }
                Habit::SameIndex => json!({"index": 0, "id": call.id, "function": {"arguments": text}}),
                Habit::LateName if first => json!({"index": at, "id": call.id, "function": {"arguments": text}}),
                Habit::LateName => json!({"index": at, "function": {"name": call.name, "arguments": text}}),
                _ if first => json!({"index": at, "id": call.id, "function": {"name": call.name}}),
                _ => json!({"index": at, "function": {"arguments": text}}),
            }));
            if matches!(habit, Habit::LateName) && first {
                out.push(chunk(json!({"index": at, "function": {"name": call.name}})));
            }
            if matches!(habit, Habit::LateId) && first {
                // Without an id at first, then with it, behind a piece of the arguments.
                out.pop();
                out.push(chunk(json!({"index": at, "function": {"name": call.name, "arguments": text}})));
                out.push(chunk(json!({"index": at, "id": call.id})));
            }
        }
    }
    out.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}));
    events(out) + "data: [DONE]\n\n"
}

#[test]
fn openai_responses() {
    each_case(|dice| {
        let calls = meant(dice);
        let (by_id, done_events, whole_at_end) = (dice.one_in(2), dice.one_in(2), dice.one_in(2));
        let item = |at: usize, arguments: &str| {
            let call = &calls[at];
            let id = format!("fc_{at}");
            json!({"type": "function_call", "id": id, "call_id": call.id, "name": call.name, "arguments": arguments})
        };
        let mut out = vec![json!({"type": "response.created", "response": {"id": "r"}})];
        for at in 0..calls.len() {
            out.push(json!({"type": "response.output_item.added", "output_index": at, "item": item(at, "")}));
        }
        for (at, text, _) in in_turns(dice, &calls, true) {
            let mut event = json!({"type": "response.function_call_arguments.delta", "delta": text});
            match by_id {
                true => event["item_id"] = json!(format!("fc_{at}")),
                false => event["output_index"] = json!(at),
            }
            out.push(event);
        }
        for (at, call) in calls.iter().enumerate().filter(|_| done_events) {
            let arguments = &call.arguments;
            out.push(
                json!({"type": "response.function_call_arguments.done", "output_index": at, "arguments": arguments}),
            );
            out.push(json!({"type": "response.output_item.done", "output_index": at, "item": item(at, arguments)}));
        }
        let all: Vec<_> = (0..calls.len()).map(|at| item(at, &calls[at].arguments)).collect();
        let output = if whole_at_end { json!(all) } else { Value::Null };
        out.push(json!({"type": "response.completed", "response": {"status": "completed", "output": output}}));
        check(Protocol::OpenAiResponses, &calls, true, &events(out), dice);
    });
}

#[test]
fn anthropic() {
    each_case(|dice| {
        let calls = meant(dice);
        let (stops, pings, at_once) = (dice.one_in(2), dice.one_in(2), dice.one_in(4));
        let mut out = vec![json!({"type": "message_start", "message": {"id": "m", "content": []}})];
        for (at, call) in calls.iter().enumerate() {
            let input = match at_once {
                true => serde_json::from_str(&call.arguments).expect("JSON"),
                false => json!({}),
            };
            let block = json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input});
            out.push(json!({"type": "content_block_start", "index": at, "content_block": block}));
        }
        for (at, text, _) in in_turns(dice, &calls, true).into_iter().filter(|_| !at_once) {
            let delta = json!({"type": "input_json_delta", "partial_json": text});
            out.push(json!({"type": "content_block_delta", "index": at, "delta": delta}));
            out.extend(pings.then(|| json!({"type": "ping"})));
        }
        out.extend((0..calls.len()).filter(|_| stops).map(|at| json!({"type": "content_block_stop", "index": at})));
        out.push(json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}));
        out.push(json!({"type": "message_stop"}));
        check(Protocol::Anthropic, &calls, true, &events(out), dice);
    });
}

#[test]
fn gemini() {
    each_case(|dice| {
        let calls = meant(dice);
        let with_ids = dice.one_in(2);
        let chunk = |parts: Value| json!({"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}]});
        let (mut out, mut parts) = (Vec::new(), Vec::new());
        for call in &calls {
            let members: serde_json::Map<String, Value> = serde_json::from_str(&call.arguments).expect("an object");
            let mut own = json!({"name": call.name});
            if with_ids {
                own["id"] = json!(call.id);
            }
            let simple = members.iter().all(|(key, value)| value.is_string() && !key.contains('"'));
            if simple && !members.is_empty() && dice.one_in(2) {
                // In fragments, each with the place where it belongs.
                out.push(chunk(json!(std::mem::take(&mut parts))));
                own["willContinue"] = json!(true);
                out.push(chunk(json!([{"functionCall": own}])));
                for (key, value) in &members {
                    for text in dice.cut(value.as_str().unwrap_or_default()) {
                        let piece = json!({"jsonPath": format!("$.{key}"), "stringValue": text, "willContinue": true});
                        out.push(chunk(json!([{"functionCall": {"partialArgs": [piece], "willContinue": true}}])));
                    }
                }
                out.push(chunk(json!([{"functionCall": {}}])));
                continue;
            }
            own["args"] = Value::Object(members);
            parts.push(json!({"functionCall": own}));
            if dice.one_in(2) {
                out.push(chunk(json!(std::mem::take(&mut parts))));
            }
        }
        out.push(chunk(json!(parts)));
        out.push(json!({"candidates": [{"content": {}, "finishReason": "STOP", "index": 0}]}));
        check(Protocol::Gemini, &calls, with_ids, &events(out), dice);
    });
}
