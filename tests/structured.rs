//! Answers of a demanded form: what each service is asked, what a server reads, what can't be said.

use fcall::{
    Schema,
    message::{Message, Request, RequestOptions, ResponseFormat, ResponseSchema, ToolSpec, ToolSpecs},
    protocol::{Dialect, Encoded, Protocol, Structured, Translator},
};
use serde_json::{Value, json};

/// Who is spoken of
#[derive(fcall::Schema)]
#[allow(dead_code)]
struct Person {
    /// In full
    name: String,
    born: Option<u16>,
}

const STRICT: &str =
    r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}"#;
const RECURSIVE: &str =
    r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"],"additionalProperties":false}"##;
const OPEN: &str = r#"{"type":"object","properties":{"any":{}}}"#;
const LIST: &str = r#"{"type":"array","items":{"type":"string"}}"#;

fn strict(schema: &str) -> ResponseFormat {
    ResponseSchema::new("person", schema).strict(true).into()
}

fn encode(protocol: Protocol, dialect: &Dialect, format: &ResponseFormat) -> fcall::Result<Encoded> {
    let (messages, tools, options) = ([Message::user("Ann is 30")], ToolSpecs::default(), RequestOptions::default());
    protocol.encode("m", dialect, &Request::new(&messages, &tools, &options).format(format))
}

fn body(encoded: &Encoded) -> Value {
    serde_json::from_slice(&encoded.body).expect("JSON")
}

/// The schema in a body, wherever the protocol has it.
fn schema_in(body: &Value) -> Value {
    let places = [
        "/response_format/json_schema/schema",
        "/text/format/schema",
        "/output_config/format/schema",
        "/generationConfig/responseJsonSchema",
        "/generationConfig/responseSchema",
    ];
    places.into_iter().find_map(|place| body.pointer(place)).cloned().unwrap_or_default()
}

fn dialect(protocol: Protocol) -> Dialect {
    let model = match protocol {
        Protocol::Anthropic => "claude-sonnet-4-5",
        Protocol::Gemini => "gemini-2.5-flash",
        _ => "gpt-4o",
    };
    Dialect::official(protocol, model)
}

#[test]
fn a_form_means_the_same_to_every_service() {
    for client in Protocol::ALL {
        let sent = encode(client, &dialect(client), &strict(STRICT)).expect("sent");
        assert_eq!(sent.losses, [], "{client}");
        for service in Protocol::ALL {
            let translator = Translator::new(client, service).dialect(dialect(service));
            let translated = translator.request(&sent.body, Some("m")).expect("translated");
            assert_eq!(translated.losses, [], "{client} to {service}");
            let body: Value = serde_json::from_slice(&translated.body).expect("JSON");
            assert_eq!(schema_in(&body).to_string(), STRICT, "{client} to {service}: {body}");
            // Only OpenAI's wires can say that the model must be held to it; on the others it always is.
            let openai = |protocol| matches!(protocol, Protocol::OpenAiChat | Protocol::OpenAiResponses);
            let says = body.to_string().contains(r#""strict":true"#);
            assert_eq!(says, openai(client) && openai(service), "{client} to {service}: {body}");
        }
    }
}

#[test]
fn json_without_a_schema_is_said_or_told() {
    for client in [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Gemini] {
        let sent = encode(client, &dialect(client), &ResponseFormat::Json).expect("sent");
        for service in Protocol::ALL {
            let translator = Translator::new(client, service).dialect(dialect(service));
            let translated = translator.request(&sent.body, Some("m")).expect("translated");
            let told: Vec<_> = translated.losses.iter().map(|loss| loss.path.as_str()).collect();
            let expected: &[&str] = if service == Protocol::Anthropic { &["response_format"] } else { &[] };
            assert_eq!(told, expected, "{client} to {service}");
            let read = service.read_request(&translated.body).expect("a request").format;
            assert_eq!(read.is_some(), expected.is_empty(), "{client} to {service}");
        }
    }
}

/// The path of the only loss, and what of the form is sent.
#[track_caller]
fn check(base_url: &str, model: &str, sent: &str, lost: &[&str]) {
    let protocol = if base_url.contains("anthropic") { Protocol::Anthropic } else { Protocol::OpenAiChat };
    let encoded = encode(protocol, &Dialect::of(protocol, base_url, model), &strict(STRICT)).expect("a request");
    let body = body(&encoded);
    let kind = body.pointer("/response_format/type").or(body.pointer("/output_config/format/type"));
    assert_eq!(kind.and_then(Value::as_str).unwrap_or_default(), sent, "{model} at {base_url}");
    let told: Vec<_> = encoded.losses.iter().map(|loss| loss.keyword.as_str()).collect();
    assert_eq!(told, lost, "{model} at {base_url}");
}

#[test]
fn what_a_service_does_not_know_is_told() {
    check("https://api.openai.com/v1", "gpt-4o", "json_schema", &[]);
    check("https://api.groq.com/openai/v1", "llama-3.3-70b-versatile", "json_schema", &[]);
    check("http://127.0.0.1:11434/v1", "qwen3", "json_schema", &[]);
    check("https://api.mistral.ai/v1", "mistral-small-latest", "json_schema", &[]);
    check("https://openrouter.ai/api/v1", "deepseek/deepseek-chat", "json_schema", &[]);
    check("https://api.deepseek.com", "deepseek-chat", "json_object", &["schema"]);
    check("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "qwen-max", "json_object", &["schema"]);
    check("https://api.z.ai/api/paas/v4", "glm-4.6", "json_object", &["schema"]);
    check("https://api.anthropic.com", "claude-opus-4-1-20250805", "json_schema", &[]);
    check("https://api.anthropic.com", "claude-haiku-4-5", "json_schema", &[]);
    check("https://api.anthropic.com", "claude-opus-5", "json_schema", &[]);
    for older in ["claude-3-7-sonnet-latest", "claude-sonnet-4-20250514", "claude-opus-4-0", "claude-4-sonnet"] {
        check("https://api.anthropic.com", older, "", &["response_format"]);
    }
    check("https://api.deepseek.com/anthropic", "deepseek-chat", "", &["response_format"]);
}

#[test]
fn a_schema_that_cannot_be_kept_to_is_an_error_where_it_must_be() {
    for protocol in [Protocol::OpenAiChat, Protocol::OpenAiResponses] {
        let error = encode(protocol, &dialect(protocol), &strict(OPEN)).expect_err("no strict form").to_string();
        assert!(error.contains("the schema of the answer"), "{error}");
        let lax = ResponseFormat::from(ResponseSchema::new("person", OPEN));
        assert_eq!(encode(protocol, &dialect(protocol), &lax).expect("an ordinary one").losses, []);
        // A compatible server may do with less.
        let other = Dialect::of(protocol, "http://127.0.0.1:8000/v1", "m");
        let encoded = encode(protocol, &other, &strict(OPEN)).expect("an ordinary one");
        assert_eq!(encoded.losses[0].keyword, "strict");
        assert!(!String::from_utf8_lossy(&encoded.body).contains("strict"));
    }
    let anthropic = dialect(Protocol::Anthropic);
    let error = encode(Protocol::Anthropic, &anthropic, &strict(RECURSIVE)).expect_err("no recursion").to_string();
    assert!(error.contains("the schema of the answer"), "{error}");
    let lax = ResponseFormat::from(ResponseSchema::new("list", RECURSIVE));
    let encoded = encode(Protocol::Anthropic, &anthropic, &lax).expect("left out");
    assert_eq!(encoded.losses[0].keyword, "schema");
    assert_eq!(body(&encoded)["output_config"], Value::Null);
    for protocol in Protocol::ALL {
        let nonsense = ResponseFormat::from(ResponseSchema::new("x", "{\"type\":"));
        let error = encode(protocol, &dialect(protocol), &nonsense).expect_err("no schema").to_string();
        assert!(error.contains("the schema of the answer"), "{protocol}: {error}");
    }
}

#[test]
fn only_gemini_answers_with_what_is_no_object() {
    let list = ResponseFormat::from(ResponseSchema::new("names", LIST));
    for protocol in [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Anthropic] {
        let encoded = encode(protocol, &dialect(protocol), &list).expect("left out");
        assert_eq!(encoded.losses[0].path, "response_format", "{protocol}");
        assert_eq!(schema_in(&body(&encoded)), Value::Null, "{protocol}");
    }
    let sent = body(&encode(Protocol::Gemini, &dialect(Protocol::Gemini), &list).expect("sent"));
    assert_eq!(schema_in(&sent).to_string(), LIST);
    let older = Dialect::official(Protocol::Gemini, "gemini-1.5-pro");
    let sent = body(&encode(Protocol::Gemini, &older, &list).expect("sent"));
    assert_eq!(schema_in(&sent), json!({"type": "ARRAY", "items": {"type": "STRING"}}));
}

#[test]
fn a_type_gives_its_form() {
    let ResponseFormat::Schema(schema) = ResponseFormat::of::<Person>() else { panic!("a schema") };
    assert_eq!((schema.name.as_str(), schema.description.as_str()), ("Person", "Who is spoken of"));
    assert!(Person::SHAPE.name.is_some());
    let strict = ResponseFormat::Schema(schema.strict(true));
    for protocol in Protocol::ALL {
        let encoded = encode(protocol, &dialect(protocol), &strict).expect("a type of ours is legal everywhere");
        let schema = schema_in(&body(&encoded));
        assert_eq!(schema["properties"]["name"]["description"], "In full", "{protocol}");
    }
}

#[test]
fn a_dialect_tells_whether_typed_answers_are_native() {
    let of = |base: &str, model: &str| Dialect::of(Protocol::OpenAiChat, base, model).structured;
    assert_eq!(of("https://api.openai.com/v1", "gpt-4o"), Structured::Schema);
    assert_eq!(of("https://api.deepseek.com", "deepseek-chat"), Structured::Json);
    assert_eq!(Dialect::official(Protocol::Anthropic, "claude-3-opus").structured, Structured::No);
    assert!(!Dialect::official(Protocol::Gemini, "gemini-2.5-pro").structured_with_tools);
    assert!(Dialect::official(Protocol::Gemini, "gemini-3-pro").structured_with_tools);
    // Of a name that tells nothing, today's is taken for granted.
    assert!(Dialect::official(Protocol::Gemini, "").structured_with_tools);
    // Tools make the difference: what is refused beside them is left out and told.
    let tools = ToolSpecs::new(vec![ToolSpec::new("now", "", "{}")]);
    let (messages, options, format) = ([Message::user("Hi")], RequestOptions::default(), strict(STRICT));
    let request = Request::new(&messages, &tools, &options).format(&format);
    let encoded = Protocol::Gemini.encode("m", &dialect(Protocol::Gemini), &request).expect("a request");
    assert_eq!(encoded.losses[0].path, "response_format");
}

#[test]
fn other_spellings_are_read() {
    let beta = json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}],
        "output_format": {"type": "json_schema", "schema": {"type": "object"}}});
    let read = Protocol::Anthropic.read_request(beta.to_string().as_bytes()).expect("a request");
    assert_eq!(read.format, Some(ResponseSchema::new("", r#"{"type":"object"}"#).into()));
    assert!(read.options.extra.is_empty());

    let older = json!({"contents": [{"parts": [{"text": "Hi"}]}], "generation_config": {
        "response_mime_type": "application/json", "response_schema": {"type": "STRING", "nullable": true}}});
    let read = Protocol::Gemini.read_request(older.to_string().as_bytes()).expect("a request");
    assert_eq!(read.format, Some(ResponseSchema::new("", r#"{"type":["string","null"]}"#).into()));

    // What has no neutral form goes on to its own protocol.
    let choice = json!({"responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING", "enum": ["a", "b"]}});
    let asked = json!({"contents": [{"parts": [{"text": "Hi"}]}], "generationConfig": choice});
    let read = Protocol::Gemini.read_request(asked.to_string().as_bytes()).expect("a request");
    assert_eq!(read.format, None);
    let again = Protocol::Gemini.encode("m", &dialect(Protocol::Gemini), &read.request()).expect("sent again");
    assert_eq!(body(&again)["generationConfig"], choice);

    let free = json!({"model": "m", "messages": [], "response_format": {"type": "text"}});
    let read = Protocol::OpenAiChat.read_request(free.to_string().as_bytes()).expect("a request");
    assert!(read.format.is_none() && read.options.extra.is_empty());
}
