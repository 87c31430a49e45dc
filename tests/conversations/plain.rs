//! What is written plainly is read without serde: whatever is written, both read the same.

use crate::{
    dice::{Dice, each_case},
    invariants::check_read_alike,
};

const WHOLE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"m-1",
 "choices":[{"index":0,"message":{"role":"assistant","content":"On it.\n\u00e9","refusal":null,"annotations":[],"images":null,"audio":null,
 "reasoning":"Hm.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather",
 "arguments":"{\"city\":\"Oslo\",\"days\":3}"}},{"id":"call_2","index":1,"function":{"name":"b","arguments":"{}"}}]},
 "logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":60,"completion_tokens":40,
 "total_tokens":100,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":0}},
 "service_tier":"default","ratio":-0.5e+3,"flags":[true,false,[]]}"#;
const PIECE: &str = r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":null,
 "tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":"{\"a\": \"\\\\ \\/\"}"}}]},
 "finish_reason":"stop"}],"usage":null,"error":null}"#;

/// The text with something else in it: a byte that JSON knows, a piece twice, a piece less.
fn changed(dice: &mut Dice, text: &str) -> String {
    const PIECES: [&str; 24] = [
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "0",
        "01",
        "-",
        ".5",
        "1e3",
        "null",
        "true",
        "\\u00e9",
        "\\ud800",
        "\u{1}",
        "\"id\":\"x\",",
        "\"index\":null,",
        "99999999999999999999",
        "\u{e9}",
    ];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..1 + dice.below(2) {
        let (from, length) = (dice.below(bytes.len()), dice.below(12));
        let to = (from + length).min(bytes.len());
        let piece = bytes[from..to].to_vec();
        match dice.below(3) {
            0 => drop(bytes.splice(from..from, piece)),
            1 => drop(bytes.splice(from..to, [])),
            _ => drop(bytes.splice(from..to.min(from + 1), dice.pick(&PIECES).bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn replies() {
    for text in [WHOLE, PIECE] {
        check_read_alike(text.as_bytes());
    }
    each_case(|dice| {
        for _ in 0..20 {
            check_read_alike(changed(dice, WHOLE).as_bytes());
            let piece = changed(dice, PIECE).replace('\n', " ");
            check_read_alike(format!("data: {piece}\n\ndata: [DONE]\n\n").as_bytes());
        }
    });
}
