//! Strict forms: which tools are sent in them, and how what a model then sends is read.

use fcall::{
    CallContext, Schema, Tool, ToolOutput, Toolbox,
    protocol::Protocol,
    schema::{Kind, Shape, Variant},
    schemars,
    serde_json::Value,
    tool,
};
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

/// What a service of OpenAI's wires receives of one tool with so many properties, or why it can't be sent.
fn sent(base_url: &str, properties: usize, strict: bool) -> Result<bool, String> {
    let names: Vec<_> = (0..properties).map(|at| format!("p{at}")).collect();
    let all: Vec<_> = names.iter().map(|name| format!(r#""{name}":{{"type":"boolean"}}"#)).collect();
    let required = format!(r#"["{}"]"#, names.join(r#"",""#));
    let schema = format!(r#"{{"type":"object","properties":{{{}}},"required":{required}}}"#, all.join(","));
    let mut spec = fcall::message::ToolSpec::new("fill", "Fills a sheet", schema);
    (spec.strict, spec.strict_if_lossless) = (strict, !strict);
    let (specs, options) = (fcall::message::ToolSpecs::new(vec![spec]), Default::default());
    let request = fcall::message::Request::new(&[], &specs, &options);
    let mut seen = Vec::new();
    for protocol in [Protocol::OpenAiChat, Protocol::OpenAiResponses] {
        let dialect = fcall::protocol::Dialect::of(protocol, base_url, "gpt-4o");
        let encoded = protocol.encode("gpt-4o", &dialect, &request).map_err(|error| error.to_string())?;
        seen.push(String::from_utf8(encoded.body).expect("JSON is text").contains(r#""strict":true"#));
    }
    assert_eq!(seen[0], seen[1], "both protocols have one rule");
    Ok(seen[0])
}

#[test]
fn azure_takes_smaller_strict_tools() {
    const OPENAI: &str = "https://api.openai.com/v1";
    const AZURE: &str = "https://house.openai.azure.com/openai/v1";
    for (base_url, properties, strict, expected) in [
        (OPENAI, 101, false, true),
        (OPENAI, 101, true, true),
        (AZURE, 100, false, true),
        (AZURE, 100, true, true),
        (AZURE, 101, false, false),
    ] {
        assert_eq!(sent(base_url, properties, strict), Ok(expected), "{base_url}, {properties}, asked: {strict}");
    }
    let error = sent(AZURE, 101, true).expect_err("it was asked for, and can't be");
    assert!(error.contains("tool `fill`: 101 properties, where 100 are taken"), "{error}");
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

/// A list as large as a strict form still takes, in many places, of which it is sent once.
#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Code(String);

impl Schema for Code {
    const SHAPE: &'static Shape =
        &Shape::named("Code", "", Kind::Enum(&[const { Variant::new("twelve chars", "") }; 250]));
}

#[derive(Debug, Deserialize, Schema)]
#[allow(dead_code)]
struct Codes {
    first: Code,
    second: Code,
    more: Vec<Code>,
    pair: (Code, Code),
}

/// Reads codes
#[tool(strict)]
fn codes(all: Codes, others: Option<Codes>) -> String {
    format!("{all:?} {others:?}")
}

#[test]
fn a_type_in_many_places_is_counted_once() {
    let tools = Toolbox::new([Tool::of::<codes>()]).expect("as it compiles, so it is taken at start-up");
    let json = tools.wire(Protocol::OpenAiChat).expect("it has a form").json;
    assert!(json.contains(r#""strict":true"#) && json.matches("twelve chars").count() == 250, "{}", json.len());
}
