//! Types that stand in several places: written out while they are small, once where they would grow as 2^n.

use fcall::{
    Schema, Tool, Toolbox,
    protocol::Protocol,
    schema::{Form, schema_text},
    serde_json::{self, Map, Value, json},
    tool, tools,
};
use serde::Deserialize;

macro_rules! diamonds {
    ($name:ident $next:ident $($rest:ident)*) => {
        /// Holds the next twice
        #[derive(Deserialize, Schema)]
        #[allow(dead_code)]
        struct $name {
            /// The left one
            left: Box<$next>,
            right: Option<Box<$next>>,
        }
        diamonds!($next $($rest)*);
    };
    ($name:ident) => {
        #[derive(Deserialize, Schema)]
        #[allow(dead_code)]
        struct $name {
            end: bool,
        }
    };
}
diamonds!(D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 D12 D13 D14 D15 D16 D17 D18 D19 D20 D21 D22 D23 D24 D25 D26 D27 D28 D29 D30);

/// Takes a chain of thirty diamonds
#[tool]
fn takes_diamonds(
    /// The chain
    chain: Box<D0>,
) {
    let _ = chain;
}

/// Takes the end of it, which no service has too many levels for
#[tool(strict)]
fn takes_few(
    /// Four levels
    end: Box<D26>,
) {
    let _ = end;
}

/// Diamonds without a name of their own
type T0 = (T1, T1);
type T1 = (T2, T2);
type T2 = (T3, T3);
type T3 = (T4, T4);
type T4 = (T5, T5);
type T5 = (T6, T6);
type T6 = (T7, T7);
type T7 = (T8, T8);
type T8 = (T9, T9);
type T9 = (D28, D28);

#[test]
fn thirty_diamonds_have_a_bounded_schema_in_every_form() {
    let tool = Tool::of::<takes_diamonds>();
    let schema = &tool.spec().schema;
    assert!(schema.len() < 20_000, "{} bytes", schema.len());
    assert_eq!(schema, &Tool::of::<takes_diamonds>().spec().schema, "not the same twice");
    for form in [Form::OpenAi, Form::OpenAiStrict, Form::Anthropic, Form::AnthropicStrict, Form::GeminiJson] {
        match form.fit(schema) {
            Ok(fitted) => assert!(fitted.json.len() < 30_000, "{form}: {} bytes", fitted.json.len()),
            // thirty values that may be left out are more than the form takes
            Err(fault) => assert!(fault.to_string().contains("properties that may be left out"), "{form}: {fault}"),
        }
    }
    let fault = Form::Gemini.fit(schema).map(|fitted| fitted.json.len()).expect_err("it has no references");
    assert!(fault.to_string().contains("too large or too deep a schema; make it smaller"), "{fault}");
    let toolbox = Toolbox::new(tools![takes_diamonds, takes_few]).expect("legal");
    for protocol in [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Anthropic, Protocol::Gemini] {
        assert!(toolbox.wire(protocol).expect("it has a form").json.len() < 40_000, "{protocol:?}");
    }
}

#[test]
fn a_chain_of_tuples_is_shared_too() {
    let text = schema_text(<T0 as Schema>::SHAPE);
    assert!(text.len() < 10_000, "{} bytes", text.len());
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let leaf = (0..9).fold(
        json!([{"left": {"left": {"end": true}}}, {"left": {"left": {"end": false}, "right": null}}]),
        |inner, _| json!([inner, inner]),
    );
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&leaf));
}

/// Sharing changes how it is said, not what.
#[test]
fn what_is_shared_means_the_same() {
    let schema: Value = serde_json::from_str(&Tool::of::<takes_diamonds>().spec().schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let chain = |end: Value| (0..30).fold(end, |inner, _| json!({"left": inner, "right": null}));
    assert!(validator.is_valid(&json!({"chain": chain(json!({"end": true}))})));
    assert!(!validator.is_valid(&json!({"chain": chain(json!({"end": 1}))})));
    assert!(!validator.is_valid(&json!({"chain": chain(json!({}))})));
    let defs = schema["$defs"].as_object().expect("what is shared has a definition");
    assert!(defs.values().all(|def| def["description"] == "Holds the next twice"), "{defs:?}");
    assert_eq!(schema["properties"]["chain"]["description"], "The chain");
}

/// What is small reads better where it stands.
#[test]
fn a_small_type_is_written_out() {
    assert!(!schema_text(<D29 as Schema>::SHAPE).contains("$ref"));
    assert!(schema_text(<D20 as Schema>::SHAPE).contains("$ref"));
}

/// So many definitions, each with references to the three behind it; the last refers to `end`.
fn many(count: usize, end: &str) -> String {
    let def = |at: usize| {
        let next = |step: usize| if at + step < count { format!("#/$defs/D{}", at + step) } else { end.to_owned() };
        let field = |step: usize| (format!("p{step}"), json!({"$ref": next(step)}));
        let properties: Map<String, Value> = (1..4).map(field).collect();
        json!({"type": "object", "properties": properties, "additionalProperties": false})
    };
    let mut defs: Map<String, Value> = (0..count).map(|at| (format!("D{at}"), def(at))).collect();
    defs.insert("End".to_owned(), json!({"type": "string"}));
    json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/D0"}}, "$defs": defs}).to_string()
}

/// Asked of each reference anew, whether it leads back would take a minute here.
#[test]
fn a_circle_is_found_among_a_thousand_definitions() {
    let inside_itself = |schema: &str| {
        let fault = Form::AnthropicStrict.fit(schema).expect_err("no strict form").to_string();
        fault.contains("contains itself")
    };
    assert!(inside_itself(&many(1_000, "#/$defs/D0")));
    assert!(inside_itself(&many(1_000, "#/$defs/D999")), "far from the root");
    // It may all be optional, and then there is too much of it; but it has an end.
    assert!(!inside_itself(&many(1_000, "#/$defs/End")));
    Form::OpenAi.fit(&many(1_000, "#/$defs/D0")).expect("which takes references to anywhere");
}
