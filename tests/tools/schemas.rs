//! What the model is told of parameters.

use std::collections::{BTreeMap, HashSet};

use fcall::{Schema, Tool, schema::schema_text, tool};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code)]
enum Unit {
    /// Degrees of Celsius
    Celsius,
    Fahrenheit,
}

/// Get real-time weather information for a given city
#[tool]
async fn get_weather(
    /// City name, e.g. New York, London
    city: &str,
    /// Temperature unit
    unit: Option<Unit>,
) -> String {
    let _ = unit;
    city.to_owned()
}

/// A node of a tree
#[derive(Deserialize, Schema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
struct Node {
    node_name: String,
    /// Below it
    #[serde(default)]
    children: Vec<Node>,
    left: Option<Box<Self>>,
    #[serde(skip)]
    cache: u8,
}

#[derive(Deserialize, Schema)]
#[allow(dead_code)]
struct Metres(f64);

#[derive(Deserialize, Schema)]
#[serde(transparent)]
#[allow(dead_code)]
struct MaybeMetres {
    inner: Option<Metres>,
}

#[derive(Deserialize, Schema)]
#[allow(dead_code)]
struct Page<T> {
    items: Vec<T>,
    pair: (u8, char),
    by_name: BTreeMap<String, T>,
    tags: HashSet<String>,
    length: MaybeMetres,
    any: fcall::serde_json::Value,
}

#[derive(Deserialize, Schema)]
#[allow(dead_code)]
enum External {
    Stay,
    /// Goes there
    Go(String),
    Fly {
        seat: u8,
    },
    Wait(Option<u8>),
}

#[derive(Deserialize, Schema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(dead_code)]
enum Internal {
    StayHere,
    Fly { seat: u8 },
}

#[derive(Deserialize, Schema)]
#[serde(tag = "kind", content = "value")]
#[allow(dead_code)]
enum Adjacent {
    Stay,
    Fly(u8, u8),
    Wait(Option<bool>),
}

#[derive(Deserialize, Schema)]
#[allow(dead_code)]
struct Tree<T> {
    value: T,
    below: Vec<Tree<T>>,
}

#[derive(Deserialize, Schema)]
#[serde(untagged)]
#[allow(dead_code)]
enum Untagged {
    Number(i64),
    Text(String),
}

/// serde reads what the schema allows at its edges.
#[test]
fn serde_agrees_on_what_may_be_left_out() {
    use fcall::serde_json::from_str;
    assert!(from_str::<Adjacent>(r#"{"kind":"Wait"}"#).is_ok());
    assert!(from_str::<External>(r#"{"Wait":null}"#).is_ok());
    assert!(from_str::<External>("{}").is_err());
    assert!(from_str::<Page<Metres>>(r#"{"items":[],"pair":[1,"c"],"by_name":{},"tags":[],"any":null}"#).is_ok());
}

#[track_caller]
fn check<T: Schema>(expected: &str) {
    assert_eq!(schema_text(T::SHAPE), expected);
}

#[test]
fn parameters_stand_as_declared() {
    assert_eq!(
        Tool::of::<get_weather>().spec().schema,
        r#"{"type":"object","properties":{"city":{"type":"string","description":"City name, e.g. New York, London"},"unit":{"type":"string","enum":["celsius","fahrenheit"],"description":"Temperature unit\n- celsius: Degrees of Celsius"}},"required":["city"]}"#
    );
    assert_eq!(Tool::of::<get_weather>().description(), "Get real-time weather information for a given city");
}

#[test]
fn a_type_that_names_itself_is_defined_once() {
    check::<Node>(
        r##"{"type":"object","properties":{"nodeName":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/$defs/Node"},"description":"Below it"},"left":{"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}]}},"required":["nodeName"],"additionalProperties":false,"description":"A node of a tree","$defs":{"Node":{"type":"object","properties":{"nodeName":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/$defs/Node"},"description":"Below it"},"left":{"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}]}},"required":["nodeName"],"additionalProperties":false,"description":"A node of a tree"}}}"##,
    );
}

#[test]
fn a_generic_type_names_itself_too() {
    check::<Tree<bool>>(
        r##"{"type":"object","properties":{"value":{"type":"boolean"},"below":{"type":"array","items":{"$ref":"#/$defs/Tree"}}},"required":["value","below"],"$defs":{"Tree":{"type":"object","properties":{"value":{"type":"boolean"},"below":{"type":"array","items":{"$ref":"#/$defs/Tree"}}},"required":["value","below"]}}}"##,
    );
}

#[test]
fn types_hold_types() {
    check::<Page<Metres>>(
        r#"{"type":"object","properties":{"items":{"type":"array","items":{"type":"number"}},"pair":{"type":"array","prefixItems":[{"type":"integer","minimum":0,"maximum":255},{"type":"string","minLength":1,"maxLength":1}],"minItems":2,"maxItems":2},"by_name":{"type":"object","additionalProperties":{"type":"number"}},"tags":{"type":"array","items":{"type":"string"},"uniqueItems":true},"length":{"type":["number","null"]},"any":{}},"required":["items","pair","by_name","tags","any"]}"#,
    );
}

#[test]
fn enums_have_serdes_four_forms() {
    check::<External>(
        r#"{"anyOf":[{"type":"string","enum":["Stay"]},{"type":"object","properties":{"Go":{"type":"string"}},"required":["Go"],"additionalProperties":false,"description":"Goes there"},{"type":"object","properties":{"Fly":{"type":"object","properties":{"seat":{"type":"integer","minimum":0,"maximum":255}},"required":["seat"]}},"required":["Fly"],"additionalProperties":false},{"type":"object","properties":{"Wait":{"type":["integer","null"],"minimum":0,"maximum":255}},"required":["Wait"],"additionalProperties":false}]}"#,
    );
    check::<Internal>(
        r#"{"anyOf":[{"type":"object","properties":{"kind":{"type":"string","const":"stay_here"}},"required":["kind"]},{"type":"object","properties":{"kind":{"type":"string","const":"fly"},"seat":{"type":"integer","minimum":0,"maximum":255}},"required":["kind","seat"]}]}"#,
    );
    check::<Adjacent>(
        r#"{"anyOf":[{"type":"object","properties":{"kind":{"type":"string","const":"Stay"}},"required":["kind"]},{"type":"object","properties":{"kind":{"type":"string","const":"Fly"},"value":{"type":"array","prefixItems":[{"type":"integer","minimum":0,"maximum":255},{"type":"integer","minimum":0,"maximum":255}],"minItems":2,"maxItems":2}},"required":["kind","value"]},{"type":"object","properties":{"kind":{"type":"string","const":"Wait"},"value":{"type":["boolean","null"]}},"required":["kind"]}]}"#,
    );
    check::<Untagged>(r#"{"anyOf":[{"type":"integer"},{"type":"string"}]}"#);
}

mod foreign {
    use super::Deserialize;

    /// From another crate
    #[derive(Deserialize, fcall::schemars::JsonSchema)]
    #[schemars(crate = "fcall::schemars")]
    #[allow(dead_code)]
    pub(super) struct Leaf {
        next: Option<Box<Leaf>>,
    }

    /// A point
    #[derive(Deserialize, fcall::schemars::JsonSchema)]
    #[schemars(crate = "fcall::schemars")]
    #[allow(dead_code)]
    pub(super) struct Point {
        x: f64,
    }
}

/// Takes what only schemars knows
#[tool]
fn takes_foreign(
    /// Where to
    point: foreign::Point,
    points: Vec<foreign::Point>,
    leaf: foreign::Leaf,
    none: Option<foreign::Point>,
) {
    let _ = (point, points, leaf, none);
}

#[test]
fn schemars_is_asked_where_schema_is_not_known() {
    assert_eq!(
        Tool::of::<takes_foreign>().spec().schema,
        r##"{"type":"object","properties":{"point":{"type":"object","properties":{"x":{"type":"number","format":"double"}},"required":["x"],"description":"Where to"},"points":{"type":"array","items":{"$ref":"#/$defs/Point"}},"leaf":{"$ref":"#/$defs/Leaf"},"none":{"anyOf":[{"$ref":"#/$defs/Point"},{"type":"null"}]}},"required":["point","points","leaf"],"$defs":{"Point":{"type":"object","properties":{"x":{"type":"number","format":"double"}},"required":["x"],"description":"A point"},"Leaf":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/Leaf"},{"type":"null"}]}},"description":"From another crate"}}}"##
    );
}

#[derive(Deserialize, Schema)]
#[allow(dead_code)]
struct FromOtherCrates {
    at: chrono::DateTime<chrono::Utc>,
    on: Option<chrono::NaiveDate>,
    id: uuid::Uuid,
    link: url::Url,
}

#[test]
fn types_of_other_crates_have_a_schema() {
    check::<FromOtherCrates>(
        r#"{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"on":{"type":["string","null"],"format":"date"},"id":{"type":"string","format":"uuid"},"link":{"type":"string","format":"uri"}},"required":["at","id","link"]}"#,
    );
}
