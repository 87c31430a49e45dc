//! Bounds: what crosses one is an error that says so, in a whole reply and in a stream, in every protocol; and what
//! decoding costs grows as its input does.

use fcall::{
    message::{Delta, FinishReason, Sink},
    protocol::Protocol,
};

use crate::invariants::{hear, stream};

const MIB: usize = 1 << 20;

/// A reply with one call of so many bytes, as a stream in pieces of 4 KiB, or whole.
fn call(protocol: Protocol, bytes: usize, whole: bool) -> Vec<u8> {
    let id = |text: &str| text.to_owned();
    let mut deltas = vec![Delta::CallStart { part: 0, id: id("c"), name: id("f") }];
    deltas.push(Delta::CallArguments { part: 0, text: id("{\"a\":\"") });
    let piece = "x".repeat(4096);
    for _ in 0..(bytes - 8).div_ceil(piece.len()) {
        deltas.push(Delta::CallArguments { part: 0, text: piece.clone() });
    }
    deltas.push(Delta::CallArguments { part: 0, text: id("\"}") });
    deltas.extend([Delta::CallEnd { part: 0 }, Delta::Finish(FinishReason::ToolCalls)]);
    match whole {
        true => protocol.write_response(&crate::invariants::assemble(&deltas)),
        false => stream(protocol, &deltas),
    }
}

#[track_caller]
fn refused(protocol: Protocol, bytes: &[u8], words: &[&str]) {
    for size in [usize::MAX, 65_536] {
        let error = hear(protocol, bytes, size).error.unwrap_or_default();
        assert!(words.iter().any(|words| error.contains(words)), "{protocol}: {words:?} in {error:?}");
    }
}

#[test]
fn arguments() {
    for protocol in Protocol::ALL {
        for whole in [true, false] {
            let heard = hear(protocol, &call(protocol, MIB / 4, whole), 65_536);
            assert_eq!(heard.error, None, "{protocol}, whole: {whole}");
            // Some streams have the arguments once more as a whole, in one event.
            let words =
                ["the arguments of a call is larger", "the arguments of a call are larger", "an event of the reply"];
            refused(protocol, &call(protocol, MIB + 8192, whole), &words);
        }
    }
}

#[test]
fn an_event() {
    for protocol in Protocol::ALL {
        let event = format!("data: {{\"unheard_of\":\"{}\"}}\n\n", "x".repeat(MIB));
        refused(protocol, event.as_bytes(), &["an event of the reply is larger than the limit of 1048576 bytes"]);
        let lines = "data: x\n".repeat(MIB / 2);
        refused(protocol, lines.as_bytes(), &["an event of the reply is larger than the limit of 1048576 bytes"]);
    }
}

/// Nothing of 64 MiB has to be held for it: the pieces are the same one, again and again.
#[test]
fn a_reply() {
    struct Nobody;
    impl Sink for Nobody {
        fn push(&mut self, _: Delta) {}
    }
    for protocol in Protocol::ALL {
        for (begin, piece) in
            [("{\"a\":\"", "x".repeat(MIB)), (": x\n", format!(": {}\n", "x".repeat(1021)).repeat(MIB / 1024))]
        {
            let mut decoder = protocol.decoder();
            decoder.feed(begin.as_bytes(), &mut Nobody).expect("a beginning");
            let error = (0..64).find_map(|_| decoder.feed(piece.as_bytes(), &mut Nobody).err()).expect("a bound");
            assert!(error.is_too_large(), "{protocol}: {error}");
            assert!(error.to_string().contains("the reply is larger than the limit of 67108864 bytes"), "{error}");
        }
    }
}

#[test]
fn depth() {
    // Deeper than any bound, where each protocol holds JSON of any shape: in a call's arguments, and beside everything.
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let reply = |protocol: Protocol, levels: usize| {
        let deep = deep(levels);
        match protocol {
            Protocol::OpenAiChat => {
                format!(r#"{{"choices":[{{"message":{{"content":"a","x":{deep}}},"finish_reason":"stop"}}]}}"#)
            }
            Protocol::OpenAiResponses => format!(r#"{{"status":"completed","output":[{{"type":"x","x":{deep}}}]}}"#),
            Protocol::Anthropic => {
                format!(r#"{{"type":"message","content":[{{"type":"x","x":{deep}}}],"stop_reason":"end_turn"}}"#)
            }
            _ => format!(r#"{{"candidates":[{{"content":{{"parts":[{{"x":{deep}}}]}},"finishReason":"STOP"}}]}}"#),
        }
    };
    for protocol in Protocol::ALL {
        assert_eq!(hear(protocol, reply(protocol, 100).as_bytes(), usize::MAX).error, None, "{protocol}");
        for levels in [128, 1000, 100_000] {
            let body = reply(protocol, levels);
            refused(protocol, body.as_bytes(), &["more than 128 levels in the reply's JSON"]);
            refused(protocol, format!("data: {body}\n\n").as_bytes(), &["more than 128 levels in the reply's JSON"]);
        }
    }
}

#[test]
fn an_error_body_is_cut_in_what_is_told_of_it() {
    for protocol in Protocol::ALL {
        let message = "x".repeat(MIB);
        let told = protocol.decode_error(500, &protocol.write_error(500, None, &message)).to_string();
        assert!(told.len() <= 64 * 1024 + 200, "{protocol}: {} bytes", told.len());
    }
}

/// Counted, not timed: how often a byte is handed on is what a reader that reads again and again would show.
#[test]
fn what_is_told_grows_as_the_bytes_do() {
    struct Counted {
        deltas: usize,
        bytes: usize,
    }
    impl Sink for Counted {
        fn push(&mut self, delta: Delta) {
            self.deltas += 1;
            self.bytes += match delta {
                Delta::Text { text, .. } | Delta::Reasoning { text, .. } | Delta::CallArguments { text, .. } => {
                    text.len()
                }
                Delta::Origin { origin, .. } => origin.json.len(),
                _ => 0,
            };
        }
    }
    for protocol in Protocol::ALL {
        let told = |pieces: usize, size: usize| {
            let text = |text: &str| Delta::Text { part: 0, text: text.to_owned() };
            let deltas: Vec<_> =
                (0..pieces).map(|_| text("word ")).chain([Delta::Finish(FinishReason::Stop)]).collect();
            let events = stream(protocol, &deltas);
            let (mut decoder, mut counted) = (protocol.decoder(), Counted { deltas: 0, bytes: 0 });
            events.chunks(size).try_for_each(|piece| decoder.feed(piece, &mut counted)).expect("events");
            decoder.finish(&mut counted).expect("an end");
            (counted.deltas, counted.bytes)
        };
        for size in [1, 4096] {
            let (once, twice, fourfold) = (told(1000, size), told(2000, size), told(4000, size));
            assert_eq!(fourfold.0 - twice.0, 2 * (twice.0 - once.0), "{protocol}: deltas");
            assert_eq!(fourfold.1 - twice.1, 2 * (twice.1 - once.1), "{protocol}: bytes");
        }
    }
}
