//! Sets of tools.

use std::time::Duration;

use fcall::{CallContext, Tool, ToolChoice, ToolError, Toolbox, serde_json::Value, tool, tools};
use travel_tools as _;

use super::{call, refusal, text};

/// Marked in every way
#[tool(name = "all-marks", timeout = "1500ms", blocking, sequential, read_only, idempotent, group = "marks")]
fn marked(undocumented: u8) -> u8 {
    undocumented
}

/// One of two
#[tool(name = "same")]
fn same() {}

/// The other of two
#[tool(name = "same", handle = TheOther, destructive)]
fn same_again() {}

#[test]
fn options_are_kept() {
    let tool = Tool::of::<marked>();
    assert_eq!(tool.name(), "all-marks");
    assert_eq!(tool.timeout(), Some(Duration::from_millis(1500)));
    assert!(tool.is_sequential() && tool.is_read_only() && tool.is_idempotent() && !tool.is_destructive());
    assert_eq!(tool.group(), Some("marks"));
    assert!(Tool::of::<TheOther>().is_destructive());
    assert_eq!(ToolChoice::tool::<marked>(), ToolChoice::named("all-marks"));
}

#[test]
fn two_tools_of_one_name_are_refused_with_both_places() {
    let error = Toolbox::new([Tool::of::<same>(), Tool::of::<TheOther>()])
        .map(|_| ())
        .expect_err("it must be refused")
        .to_string();
    let places: Vec<_> = error.match_indices("toolboxes.rs:").collect();
    assert_eq!(places.len(), 2, "{error}");
    assert!(error.starts_with("two tools are named `same`: "), "{error}");
    assert!(Toolbox::collect().is_err(), "the inventory has both");
}

#[test]
fn tools_of_another_crate_are_collected() {
    let toolbox = Toolbox::collect_from("travel-tools").expect("they are linked");
    let names: Vec<_> = toolbox.iter().map(Tool::name).collect();
    assert_eq!(names, ["book_hotel", "find_flights"]);
    let error = Toolbox::collect_from("travel-tool").map(|_| ()).expect_err("it must be refused").to_string();
    assert!(error.contains("use travel_tool as _;"), "{error}");
}

#[test]
fn findings_name_what_is_undocumented() {
    let toolbox = Toolbox::new(tools![marked]).expect("no two of one name");
    let findings: Vec<_> = toolbox.check().iter().map(ToString::to_string).collect();
    assert_eq!(findings, ["all-marks.undocumented: has no doc comment"]);
}

#[tokio::test]
async fn a_toolbox_calls_by_name() {
    let toolbox = Toolbox::new(tools![marked]).expect("no two of one name");
    let cx = CallContext::new();
    assert_eq!(text(&toolbox.call("all-marks", r#"{"undocumented":4}"#, &cx).await.expect("it is there")), "4");
    let error = toolbox.call("marked", "{}", &cx).await.expect_err("it must be refused").to_string();
    assert_eq!(error, "no tool is named `marked`; there are: all-marks");
}

#[tokio::test]
async fn a_closure_and_a_schema_make_a_tool() {
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#;
    let double = Tool::new("double", "Doubles", schema, |arguments: Value| async move {
        arguments["n"].as_i64().map(|n| n * 2).ok_or_else(|| ToolError::retry("`n` must be a whole number"))
    })
    .expect("legal");
    assert_eq!(text(&call(&double, r#"{"n":4}"#).await), "8");
    let plain = Tool::new("plain", "", Value::from_iter([("type", "object")]), |_: Value| async { "text" });
    assert_eq!(text(&call(&plain.expect("legal"), "").await), "text");
    let strict = Tool::new("strict", "", schema, |(): ()| async { Ok::<_, String>(1) }).expect("legal");
    assert!(refusal(&call(&strict, "{}").await).contains("`strict`"));
}

#[test]
fn illegal_run_time_tools_are_refused() {
    let make = |name: &str, schema: &str| {
        Tool::new(name, "", schema, |_: Value| async {}).map(|_| ()).expect_err("it must be refused").to_string()
    };
    let object = r#"{"type":"object"}"#;
    assert_eq!(
        make("1st", object),
        "tool `1st`: a name is 1 to 64 letters, digits, `_` or `-`, and begins with a letter or `_`"
    );
    assert!(make("", object).contains("a name is"));
    assert_eq!(make("t", "{"), "tool `t`: the schema can't be read");
    assert_eq!(make("t", "[]"), "tool `t`: the schema must be a JSON object that describes an object");
    assert_eq!(make("t", "{}"), "tool `t`: the schema's root has no type; write `\"type\": \"object\"`");
    assert_eq!(
        make("t", r#"{"type":"string"}"#),
        "tool `t`: the schema's root must be `\"type\": \"object\"`, not \"string\""
    );
    assert!(make("t", r#"{"type":"object","anyOf":[]}"#).contains("no branch of `anyOf` is an object"));
}
