//! Annotated functions, through the public face: every form of parameter and result.

use fcall::{CallContext, Outcome, Schema, Tool, ToolChoice, ToolError, ToolOutput, Toolbox, tool, tools};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Schema, Clone, Copy, Debug)]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// Degrees of Celsius
    Celsius,
    Fahrenheit,
}

#[derive(Serialize)]
struct Weather {
    temperature: f64,
    sky: &'static str,
}

type Maybe<T> = Option<T>;

/// Get real-time weather information for a given city
#[tool]
async fn get_weather(
    /// City name, e.g. New York, London
    city: &str,
    /// Temperature unit
    unit: Option<Unit>,
) -> Result<Weather, std::fmt::Error> {
    if city == "Atlantis" {
        return Err(std::fmt::Error);
    }
    Ok(Weather { temperature: if let Some(Unit::Fahrenheit) = unit { 64.4 } else { 18.0 }, sky: "clear" })
}

/// Every form of parameter
#[tool(name = "all-forms", timeout = "1500ms", sequential, read_only, idempotent, group = "forms")]
#[allow(clippy::too_many_arguments)]
fn forms(
    owned: String,
    borrowed: &str,
    slice: &[u8],
    reference: &Unit,
    maybe: Option<&str>,
    alias: Maybe<u8>,
    #[arg(default = "celsius")] unit: Unit,
    #[arg(default = -3)] number: i64,
    #[arg(default = String::from("computed"))] computed: String,
    #[arg(default = "lent")] lent: &str,
    #[arg(default = "expr".trim())] lent_expr: &str,
    #[arg(rename = "renamed-one")] renamed: bool,
    r#type: f32,
    mut list: Vec<String>,
    #[context] cx: &CallContext,
) -> String {
    list.sort();
    format!(
        "{owned} {borrowed} {slice:?} {reference:?} {maybe:?} {alias:?} {unit:?} {number} {computed} {lent} {lent_expr} \
         {renamed} {type} {list:?} {}",
        cx.call_id
    )
}

async fn call(tool: &Tool, arguments: &str) -> Outcome {
    tool.call(&CallContext::new(), arguments).await
}

fn text(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Done(output) => output.content()[0].as_text().expect("a text"),
        other => panic!("expected an output, got {other:?}"),
    }
}

#[tokio::test]
async fn the_function_stays_callable() {
    assert!(get_weather("Paris", None).await.is_ok());
    assert_eq!(Tool::of::<get_weather>().name(), "get_weather");
    assert_eq!(ToolChoice::tool::<forms>(), ToolChoice::named("all-forms"));
}

#[tokio::test]
async fn a_call_is_answered() {
    let tool = Tool::of::<get_weather>();
    assert_eq!(text(&call(&tool, r#"{"city":"Paris"}"#).await), r#"{"temperature":18.0,"sky":"clear"}"#);
    let outcome = call(&tool, r#"{"unit":"fahrenheit","city":"Paris"}"#).await;
    assert_eq!(text(&outcome), r#"{"temperature":64.4,"sky":"clear"}"#);
}

#[test]
fn the_schema_is_as_declared() {
    let tool = Tool::of::<get_weather>();
    assert_eq!(
        tool.spec().schema,
        r#"{"type":"object","properties":{"city":{"type":"string","description":"City name, e.g. New York, London"},"unit":{"type":"string","enum":["celsius","fahrenheit"],"description":"Temperature unit\n- celsius: Degrees of Celsius"}},"required":["city"]}"#
    );
    println!("{}", Tool::of::<forms>().spec().schema);
}

#[tokio::test]
async fn every_form_of_parameter_arrives() {
    let all = r#"{"owned":"o","borrowed":"b","slice":[1,2],"reference":"fahrenheit","renamed-one":true,"type":1.5,"list":["b","a"]}"#;
    assert_eq!(
        text(&call(&Tool::of::<forms>(), all).await),
        r#"o b [1, 2] Fahrenheit None None Celsius -3 computed lent expr true 1.5 ["a", "b"] "#
    );
    let tools = tools![get_weather, forms];
    assert_eq!(tools.len(), 2);
    let _ = (ToolError::failed(""), ToolOutput::text(""), Toolbox::collect().map(|t| t.len()));
}
