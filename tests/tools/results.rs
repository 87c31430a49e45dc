//! What a tool returns, and what the model reads of it.

use fcall::{Outcome, Tool, ToolError, ToolOutput, tool};
use serde::Serialize;

use super::{call, text};

#[derive(Serialize)]
struct Ticket {
    row: u8,
}

type Fallible<T> = Result<T, ToolError>;

/// A value
#[tool]
fn value() -> Ticket {
    Ticket { row: 3 }
}

/// A text
#[tool]
async fn plain_text() -> &'static str {
    "a \"quoted\" text"
}

/// Nothing
#[tool]
async fn no_value() {}

/// Nothing, or an error
#[tool]
fn checked() -> Result<(), String> {
    Ok(())
}

/// None
#[tool]
fn none() -> Option<Ticket> {
    None
}

/// An opaque value
#[tool]
async fn opaque(city: &str) -> impl Serialize {
    city.len()
}

/// What was lent
#[tool]
fn echo(city: &str) -> &str {
    city
}

/// Several pieces
#[tool]
fn pieces() -> ToolOutput {
    ToolOutput::text("one").and(ToolOutput::text("two"))
}

/// An error of the standard library
#[tool]
fn parse(number: &str) -> Result<i32, std::num::ParseIntError> {
    number.parse()
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Sky {
    Clear,
}

/// What serialises to a string
#[tool]
fn sky() -> Sky {
    Sky::Clear
}

/// A number, if there is one
#[tool]
async fn some() -> Option<u8> {
    Some(7)
}

/// A list
#[tool]
async fn list() -> Result<Vec<Sky>, String> {
    Ok(vec![Sky::Clear])
}

/// Has a text, and is no `std::error::Error`
struct Refusal;

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not today")
    }
}

/// Any error with a text
#[tool]
fn refuses() -> Result<u8, Refusal> {
    Err(Refusal)
}

/// Any error at all, with a cause
#[tool]
async fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let cause = std::io::Error::other("the password is hunter2");
    Err(Box::new(Outer(cause)))
}

#[derive(Debug)]
struct Outer(std::io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no connection")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// An output, or an error
#[tool]
fn output() -> Fallible<ToolOutput> {
    Ok(ToolOutput::text("as it is"))
}

/// Chooses what follows
#[tool]
async fn chooses(how: &str) -> Fallible<Ticket> {
    match how {
        "retry" => Err(ToolError::retry("other seat, please")),
        "failed" => Err(ToolError::failed("sold out")),
        _ => Err(ToolError::fatal("the desk burns")),
    }
}

#[tokio::test]
async fn values_are_sent_as_json_and_texts_as_text() {
    for (tool, expected) in [
        (Tool::of::<value>(), r#"{"row":3}"#),
        (Tool::of::<plain_text>(), "a \"quoted\" text"),
        (Tool::of::<no_value>(), "done"),
        (Tool::of::<checked>(), "done"),
        (Tool::of::<none>(), "null"),
        (Tool::of::<some>(), "7"),
        (Tool::of::<sky>(), "clear"),
        (Tool::of::<list>(), r#"["clear"]"#),
        (Tool::of::<output>(), "as it is"),
    ] {
        assert_eq!(text(&call(&tool, "{}").await), expected, "{tool:?}");
    }
    assert_eq!(text(&call(&Tool::of::<opaque>(), r#"{"city":"Rome"}"#).await), "4");
    assert_eq!(text(&call(&Tool::of::<echo>(), r#"{"city":"Rome"}"#).await), "Rome");
}

#[tokio::test]
async fn an_output_keeps_its_pieces() {
    let outcome = call(&Tool::of::<pieces>(), "").await;
    assert!(matches!(&outcome, Outcome::Done(output) if output.content().len() == 2), "{outcome:?}");
}

#[tokio::test]
async fn the_model_reads_an_errors_display() {
    let outcome = call(&Tool::of::<parse>(), r#"{"number":"x"}"#).await;
    assert!(matches!(&outcome, Outcome::Failed(text) if text == "invalid digit found in string"), "{outcome:?}");
    let outcome = call(&Tool::of::<refuses>(), "").await;
    assert!(matches!(&outcome, Outcome::Failed(text) if text == "not today"), "{outcome:?}");
    let outcome = call(&Tool::of::<boxed>(), "").await;
    assert!(matches!(&outcome, Outcome::Failed(text) if text == "no connection"), "its cause is not told: {outcome:?}");
}

#[tokio::test]
async fn a_tool_error_says_what_follows() {
    let tool = Tool::of::<chooses>();
    let retry = call(&tool, r#"{"how":"retry"}"#).await;
    assert!(matches!(&retry, Outcome::Failed(text) if text == "other seat, please"), "{retry:?}");
    let failed = call(&tool, r#"{"how":"failed"}"#).await;
    assert!(matches!(&failed, Outcome::Failed(text) if text == "sold out"), "{failed:?}");
    let fatal = call(&tool, r#"{"how":"fatal"}"#).await;
    assert!(matches!(&fatal, Outcome::Fatal(text) if text == "the desk burns"), "{fatal:?}");
}
