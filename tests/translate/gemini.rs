//! What clients of Gemini say in ways of their own.

use fcall::protocol::{Protocol, Translator};
use serde_json::{Value, json};

use crate::PROTOCOLS;

fn asked(declared: &Value, config: &Value) -> Vec<u8> {
    let body = json!({
        "contents": [{"role": "user", "parts": [{"text": "Go."}]}],
        "tools": [{"functionDeclarations": declared}],
        "toolConfig": {"functionCallingConfig": config},
    });
    body.to_string().into_bytes()
}

/// The model may call some of the tools and need not, on every wire.
#[test]
fn a_choice_among_some_is_one_everywhere() {
    let declared = json!([{"name": "first"}, {"name": "second"}, {"name": "third"}]);
    for mode in ["VALIDATED", "AUTO"] {
        let body = asked(&declared, &json!({"mode": mode, "allowedFunctionNames": ["second", "third"]}));
        for service in PROTOCOLS {
            let sent = Translator::new(Protocol::Gemini, service).request(&body, Some("m")).expect("a request");
            let read = service.read_request(&sent.body).expect("what was written");
            let tools = read.tools.as_slice().iter().map(|tool| tool.name.as_str());
            let may: Vec<_> = tools.filter(|name| read.tool_choice.allows(name)).collect();
            assert_eq!(may, ["second", "third"], "{service}, {mode}: {:?}", read.tool_choice);
            assert!(!read.tool_choice.is_forced(), "{service}, {mode}");
        }
    }
}

/// Its own flavour of schema has texts for the values of numbers; JSON Schema has numbers.
#[test]
fn the_values_of_a_number_are_numbers() {
    let levels = json!({"type": "INTEGER", "enum": ["1", "2"], "nullable": true});
    let ratios = json!({"type": "NUMBER", "enum": ["0.5", "1"]});
    let sizes = json!({"type": "STRING", "enum": ["1", "2"]});
    let properties = json!({"level": levels, "list": {"type": "ARRAY", "items": ratios}, "size": sizes});
    let declared = json!([{"name": "set", "parameters": {"type": "OBJECT", "properties": properties}}]);
    let body = asked(&declared, &json!({"mode": "AUTO"}));
    for service in PROTOCOLS {
        let sent = Translator::new(Protocol::Gemini, service).request(&body, Some("m")).expect("a request");
        let read = service.read_request(&sent.body).expect("what was written");
        let schema: Value = serde_json::from_str(&read.tools.as_slice()[0].schema).expect("JSON");
        let properties = &schema["properties"];
        assert_eq!(properties["level"]["enum"], json!([1, 2, null]), "{service}: {schema}");
        assert_eq!(properties["list"]["items"]["enum"], json!([0.5, 1]), "{service}: {schema}");
        assert_eq!(properties["size"]["enum"], json!(["1", "2"]), "{service}: {schema}");
    }
}
