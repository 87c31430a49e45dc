//! Strict forms: which tools are sent in them, and how what a model then sends is read.

use fcall::{CallContext, Schema, Tool, ToolOutput, Toolbox, protocol::Protocol, schemars, serde_json::Value, tool};
use serde::Deserialize;

#[derive(Debug, Deserialize, Schema)]
#[serde(tag = "kind")]
#[allow(dead_code)]
enum Place {
    Hotel {
        city: String,
        #[serde(default)]
        floor: u8,
    },
    Tent,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(crate = "fcall::schemars")]
struct Foreign {
    #[serde(default)]
    #[allow(dead_code)]
    wishes: Vec<String>,
}

/// Books a place
#[tool(strict)]
fn book(place: Place, #[arg(default = 2)] nights: u8, note: Option<String>, foreign: Foreign) -> String {
    format!("{place:?} {nights} {note:?} {foreign:?}")
}

async fn told(tool: &Tool, arguments: &str) -> String {
    format!("{:?}", tool.call(&CallContext::new(), arguments).await)
}

/// A strict form knows no key that may be left out: whatever it sends `null` for is as if it were not there.
#[tokio::test]
async fn null_is_read_as_left_out_everywhere() {
    let arguments =
        r#"{"place":{"kind":"Hotel","city":"Rome","floor":null},"nights":null,"note":null,"foreign":{"wishes":null}}"#;
    let told = told(&Tool::of::<book>(), arguments).await;
    assert!(told.contains(r#"Hotel { city: \"Rome\", floor: 0 } 2 None Foreign { wishes: [] }"#), "{told}");
}

#[tokio::test]
async fn null_is_left_out_for_a_tool_made_at_run_time() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":["integer","null"]}}}"#;
    let echo = |arguments: Value| async move { Ok::<_, String>(ToolOutput::text(arguments.to_string())) };
    let tool = Tool::new("echo", "Says it back", schema, echo).expect("a legal tool");
    let told = told(&tool, r#"{"a":null,"b":null}"#).await;
    assert!(told.contains(r#"{\"b\":null}"#) && !told.contains(r#"\"a\""#), "{told}");
}

#[test]
fn a_strict_tool_is_sent_strict_where_the_service_knows_it() {
    let tools = Toolbox::new([Tool::of::<book>()]).expect("a legal tool");
    for protocol in [Protocol::OpenAiChat, Protocol::Anthropic] {
        let wire = tools.wire(protocol).expect("it has a form");
        assert!(wire.json.contains(r#""strict":true"#), "{}", wire.json);
        assert!(wire.json.contains(r#""additionalProperties":false"#), "{}", wire.json);
        assert!(wire.losses.iter().all(|loss| loss.path.starts_with("tools.book.")), "{:?}", wire.losses);
    }
    let openai = tools.wire(Protocol::OpenAiChat).expect("it has a form").json;
    assert!(openai.contains(r#""required":["place","nights","note","foreign"]"#), "{openai}");
    assert!(openai.contains(r#""note":{"type":["string","null"]}"#), "{openai}");
}

#[derive(Debug, Deserialize, Schema)]
#[allow(dead_code)]
struct Stay {
    #[serde(flatten)]
    guests: Guests,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    pays: Option<Pays>,
}

#[derive(Debug, Deserialize, Schema)]
#[allow(dead_code)]
struct Guests {
    adults: u8,
    #[serde(flatten)]
    more: Children,
}

#[derive(Debug, Deserialize, Schema)]
#[allow(dead_code)]
struct Children {
    #[serde(default)]
    children: u8,
}

#[derive(Debug, Deserialize, Schema)]
#[allow(dead_code)]
enum Pays {
    Card(String),
    Cash,
}

/// Books a stay
#[tool(strict)]
fn stay(stay: Stay) -> String {
    format!("{stay:?}")
}

/// What is flattened has a strict form too, and what a model then sends is read.
#[tokio::test]
async fn what_is_flattened_has_a_strict_form() {
    let tools = Toolbox::new([Tool::of::<stay>()]).expect("a legal tool");
    let wire = tools.wire(Protocol::OpenAiChat).expect("it has a form");
    assert!(wire.json.contains(r#""strict":true"#), "{}", wire.json);
    let told = told(
        &Tool::of::<stay>(),
        r#"{"stay":{"adults":2,"children":null,"kind":"Hotel","city":"Rome","floor":null,"Cash":null}}"#,
    )
    .await;
    assert!(told.contains("adults: 2, more: Children { children: 0 }"), "{told}");
    assert!(told.contains(r#"Hotel { city: \"Rome\", floor: 0 }, pays: Some(Cash)"#), "{told}");
}

#[test]
fn anthropic_takes_so_many_strict_tools_and_no_more() {
    let mut specs = Vec::new();
    for at in 0..22 {
        let schema = r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#;
        let mut spec = fcall::message::ToolSpec::new(format!("t{at}"), "Counts", schema);
        spec.strict = true;
        specs.push(spec);
    }
    let (specs, options) = (fcall::message::ToolSpecs::new(specs), Default::default());
    let request = fcall::message::Request::new(&[], &specs, &options);
    let dialect = fcall::protocol::Dialect::official(Protocol::Anthropic, "claude-sonnet-4-5");
    let encoded = Protocol::Anthropic.encode("claude-sonnet-4-5", &dialect, &request).expect("it has a form");
    let body = String::from_utf8(encoded.body).expect("JSON is text");
    assert_eq!(body.matches(r#""strict":true"#).count(), 20);
    let told: Vec<_> = encoded.losses.iter().map(|loss| (loss.path.as_str(), loss.keyword.as_str())).collect();
    assert_eq!(told, [("tools.t20", "strict"), ("tools.t21", "strict")]);
}

/// Counts
#[tool]
fn count(from: u8, note: Option<String>) -> u8 {
    let _ = note;
    from
}

/// Counts from a default
#[tool]
fn count_from(#[arg(default = 3)] from: u8) -> u8 {
    from
}

#[test]
fn openai_gets_the_strict_form_where_it_loses_nothing() {
    let strict = |tool: Tool| {
        let wire = Toolbox::new([tool]).and_then(|tools| tools.wire(Protocol::OpenAiChat)).expect("it has a form");
        wire.json.contains(r#""strict":true"#)
    };
    assert!(strict(Tool::of::<count>()));
    assert!(!strict(Tool::of::<count_from>()), "the default would be lost");
}

/// Takes what the compiler can't see
#[tool(strict)]
fn unseen(any: Vec<schemars_any::Any>) -> usize {
    any.len()
}

mod schemars_any {
    #[derive(serde::Deserialize, fcall::schemars::JsonSchema)]
    #[schemars(crate = "fcall::schemars")]
    pub(super) struct Any {
        #[allow(dead_code)]
        any: fcall::serde_json::Value,
    }
}

#[test]
fn what_the_compiler_could_not_see_is_refused_at_start_up() {
    let error = Toolbox::new([Tool::of::<unseen>()]).expect_err("it has no strict form").to_string();
    assert!(error.starts_with("tool `unseen` (tests/tools/strict.rs:"), "{error}");
    assert!(error.contains("has no form for OpenAI, strict: ") && error.contains("any value at all"), "{error}");
}

#[test]
fn what_each_form_loses_is_worth_knowing() {
    let tools = Toolbox::new([Tool::of::<book>()]).expect("a legal tool");
    let told: Vec<String> = tools.check().iter().map(ToString::to_string).collect();
    let has = |start: &str| told.iter().any(|line| line.starts_with(start));
    assert!(has("book.nights: has no doc comment"), "{told:?}");
    assert!(has("book.nights: OpenAI, strict: default: "), "{told:?}");
    assert!(has("book.nights: Anthropic, strict: maximum: "), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("Gemini")), "{told:?}");
}
