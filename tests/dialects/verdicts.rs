//! Generated schemas for a second opinion: `scripts/schema_verdicts.sh` asks the vendors' own types for theirs.

use std::{env, fmt::Write as _, fs};

use fcall::{
    message::{Message, Request, RequestOptions, ToolSpec, ToolSpecs},
    protocol::{Dialect, Protocol},
    schema::Form,
    serde_json::{self, Value, json},
};

use super::generated::{Dice, definitions, object};

const FORMS: [(Form, Protocol, &str); 7] = [
    (Form::OpenAi, Protocol::OpenAiChat, "/tools/0/function/parameters"),
    (Form::OpenAiStrict, Protocol::OpenAiChat, "/tools/0/function/parameters"),
    (Form::OpenAiStrict, Protocol::OpenAiResponses, "/tools/0/parameters"),
    (Form::Anthropic, Protocol::Anthropic, "/tools/0/input_schema"),
    (Form::AnthropicStrict, Protocol::Anthropic, "/tools/0/input_schema"),
    (Form::GeminiJson, Protocol::Gemini, "/tools/0/functionDeclarations/0/parametersJsonSchema"),
    (Form::Gemini, Protocol::Gemini, "/tools/0/functionDeclarations/0/parameters"),
];

/// The schema of a tool, now and then one that services refuse.
fn root(dice: &mut Dice) -> Value {
    let depth = 1 + dice.roll(3);
    let (mut schema, _) = object(dice, depth);
    schema["$defs"] = definitions();
    if dice.one_in(2) {
        close(&mut schema);
    }
    match dice.roll(24) {
        0 => schema = json!({"type": "string"}),
        1 => schema = json!({"anyOf": [schema, object(dice, 1).0], "$defs": definitions()}),
        2 => schema = json!({"type": "object", "oneOf": [schema, object(dice, 1).0], "$defs": definitions()}),
        3 => schema = json!({"type": "object", "allOf": [schema, object(dice, 1).0], "$defs": definitions()}),
        4 => schema["properties"]["n"] = json!({"type": "string", "not": {"const": "n"}}),
        5 => schema["properties"]["i"] = json!({"if": {"type": "string"}, "then": {"minLength": 1}, "type": "string"}),
        6 => schema["properties"]["p"] = json!({"$ref": "#/$defs/Place", "description": "where"}),
        7 => schema["properties"]["b"] = json!({"type": "string", "pattern": "(?=a)b"}),
        8 => schema["properties"]["m"] = json!({"type": "array", "items": {"type": "string"}, "minItems": 2}),
        9 => schema["properties"]["x"] = json!({"$ref": "https://example.com/x.json"}),
        10 => {
            for _ in 0..11 {
                schema = json!({"type": "object", "properties": {"d": schema}, "required": ["d"], "additionalProperties": false});
            }
            schema["$defs"] = definitions();
        }
        11 => {
            let names: Vec<String> = (0..1001).map(|at| format!("v{at}")).collect();
            schema["properties"]["e"] = json!({"type": "string", "enum": names});
        }
        12 => {
            let all = (0..30).map(|at| (format!("o{at}"), json!({"type": ["string", "null"]})));
            schema["properties"] = Value::Object(all.collect());
            schema["required"] = json!([]);
        }
        13 => schema["required"] = json!(["missing"]),
        _ => {}
    }
    schema
}

/// As a strict form wants it: closed, and nothing that may be left out.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let names = members.get("properties").and_then(Value::as_object);
            let names: Option<Vec<String>> = names.map(|all| all.keys().cloned().collect());
            if let Some(names) = names {
                members.insert("required".to_owned(), json!(names));
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// A request with this schema as it stands.
fn request(form: Form, protocol: Protocol, place: &str, schema: &Value) -> Value {
    let mut spec = ToolSpec::new("tool", "Does it", r#"{"type":"object","properties":{"a":{"type":"string"}}}"#);
    spec.strict = form.is_strict();
    let (specs, options) = (ToolSpecs::new(vec![spec]), RequestOptions::default());
    let dialect = Dialect::official(protocol, "a-model");
    let messages = [Message::user("Hello")];
    let encoded = protocol.encode("a-model", &dialect, &Request::new(&messages, &specs, &options)).expect("legal");
    let mut body: Value = serde_json::from_slice(&encoded.body).expect("a body is JSON");
    if form == Form::Gemini {
        body["tools"][0]["functionDeclarations"][0] =
            json!({"name": "tool", "description": "Does it", "parameters": {}});
    }
    *body.pointer_mut(place).expect("the schema stands there") = schema.clone();
    body
}

/// What is told of a schema: nothing, what is lost, or why it has no form.
fn verdict(form: Form, protocol: Protocol, place: &str, schema: &Value) -> Value {
    let raw = request(form, protocol, place, schema);
    match form.fit(&schema.to_string()) {
        Err(fault) => json!({"raw": raw, "refused": fault.to_string()}),
        Ok(fitted) => {
            let sent = serde_json::from_str(&fitted.json).expect("a schema is JSON");
            let lost: Vec<_> = fitted.losses.iter().map(|loss| loss.keyword.as_str()).collect();
            json!({"raw": raw, "sent": request(form, protocol, place, &sent), "lost": lost, "same": sent == *schema})
        }
    }
}

#[test]
#[ignore = "writes a file for scripts/schema_verdicts.sh"]
fn generated_schemas_for_a_second_opinion() {
    let path = env::var_os("FCALL_VERDICTS").expect("FCALL_VERDICTS names the file to write");
    let mut dice = Dice(2026);
    let mut lines = String::new();
    for at in 0..2000 {
        let schema = root(&mut dice);
        let (form, protocol, place) = FORMS[at % FORMS.len()];
        let mut line = verdict(form, protocol, place, &schema);
        line["id"] = json!(format!("{at}"));
        line["form"] = json!(form.to_string());
        line["protocol"] = json!(protocol.name().replace('-', "_"));
        writeln!(lines, "{line}").expect("a text takes any text");
    }
    fs::write(path, lines).expect("the file can be written");
}
