//! Maps whose keys are no plain texts.

use std::collections::{BTreeMap, HashMap};

use fcall::{Schema, Tool, schema::schema_text, serde_json::json, tool};
use serde::Deserialize;

use super::{call, refusal, text};

#[derive(Deserialize, Schema, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Clone)]
enum Unit {
    A,
    #[serde(alias = "b")]
    B,
}

#[derive(Deserialize, Schema, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Clone)]
#[serde(transparent)]
struct Id(String);

#[derive(Deserialize, Schema, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Clone)]
struct Short(#[arg(length = 1..=3)] String);

#[derive(Deserialize, Schema, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Clone)]
struct Floor(#[arg(range = -2..=9)] i8);

#[derive(Deserialize, Schema, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Clone)]
struct Token(#[arg(secret)] String);

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Maps {
    unit: Option<BTreeMap<Unit, u8>>,
    id: Option<BTreeMap<Id, u8>>,
    short: Option<BTreeMap<Short, u8>>,
    floor: Option<BTreeMap<Floor, u8>>,
    count: Option<BTreeMap<u32, u8>>,
    truth: Option<BTreeMap<bool, u8>>,
    letter: Option<BTreeMap<char, u8>>,
    uuid: Option<BTreeMap<uuid::Uuid, u8>>,
    date: Option<BTreeMap<chrono::NaiveDate, u8>>,
    shared: Option<BTreeMap<Box<str>, u8>>,
    token: Option<BTreeMap<Token, u8>>,
}

/// Takes maps
#[tool]
fn maps(m: Maps) -> String {
    format!("{m:?}").replace(" { ", "{").replace(" }", "}")
}

/// Takes a map
#[tool]
fn units(m: HashMap<Unit, u8>) -> String {
    format!("{m:?}")
}

#[test]
fn the_schema_says_what_the_keys_are() {
    let of = |shape| fcall::serde_json::from_str::<fcall::serde_json::Value>(&schema_text(shape)).expect("JSON");
    let values = json!({"type": "integer", "minimum": 0, "maximum": 255});
    for (shape, names) in [
        (HashMap::<String, u8>::SHAPE, None),
        (BTreeMap::<Id, u8>::SHAPE, None),
        (HashMap::<Unit, u8>::SHAPE, Some(json!({"type": "string", "enum": ["A", "B"]}))),
        (HashMap::<Short, u8>::SHAPE, Some(json!({"type": "string", "minLength": 1, "maxLength": 3}))),
        (HashMap::<uuid::Uuid, u8>::SHAPE, Some(json!({"type": "string", "format": "uuid"}))),
        (HashMap::<chrono::NaiveDate, u8>::SHAPE, Some(json!({"type": "string", "format": "date"}))),
        (HashMap::<bool, u8>::SHAPE, Some(json!({"enum": ["true", "false"]}))),
        (
            HashMap::<u16, u8>::SHAPE,
            Some(json!({"pattern": "^(0|[1-9][0-9]*)$", "description": "a whole number from 0 to 65535"})),
        ),
        (
            HashMap::<Floor, u8>::SHAPE,
            Some(json!({"pattern": "^(0|-?[1-9][0-9]*)$", "description": "a whole number from -2 to 9"})),
        ),
    ] {
        let mut expected = json!({"type": "object", "additionalProperties": values});
        if let Some(names) = names {
            expected["propertyNames"] = names;
        }
        assert_eq!(of(shape), expected);
    }
}

#[tokio::test]
async fn keys_are_read_and_held_to_their_shape() {
    let tool = Tool::of::<maps>();
    for (map, arrived) in [
        (r#""unit":{"A":1,"b":2}"#, "unit: Some({A: 1, B: 2})"),
        (r#""id":{"any":1}"#, r#"id: Some({Id("any"): 1})"#),
        (r#""short":{"abc":1}"#, r#"short: Some({Short("abc"): 1})"#),
        (r#""floor":{"-2":1,"9":"2"}"#, "floor: Some({Floor(-2): 1, Floor(9): 2})"),
        (r#""count":{"7":1}"#, "count: Some({7: 1})"),
        (r#""truth":{"true":1}"#, "truth: Some({true: 1})"),
        (r#""letter":{"x":1}"#, "letter: Some({'x': 1})"),
        (r#""date":{"2024-02-29":1}"#, "date: Some({2024-02-29: 1})"),
        (
            r#""uuid":"{\"67e55044-10b1-426f-9247-bb680e5fe0c8\":1}""#,
            "uuid: Some({67e55044-10b1-426f-9247-bb680e5fe0c8: 1})",
        ),
        (r#""shared":{"x":1}"#, r#"shared: Some({"x": 1})"#),
    ] {
        let outcome = call(&tool, &format!(r#"{{"m":{{{map}}}}}"#)).await;
        assert!(text(&outcome).contains(arrived), "{map}: {}", text(&outcome));
    }
    for (map, told) in [
        (r#""unit":{"A":1,"C":2}"#, r#"- `m.unit.C`: its key: expected one of "A", "B", got "C""#),
        (
            r#""short":{"abcd":1}"#,
            r#"- `m.short.abcd`: its key: expected a text of 1 to 3 characters, got one of 4: "abcd""#,
        ),
        (r#""floor":{"10":1}"#, "- `m.floor.10`: its key: expected a whole number from -2 to 9, got 10"),
        (
            r#""count":{"-1":300}"#,
            "- `m.count.-1`: its key: expected a whole number from 0 to 4294967295, got -1\n- `m.count.-1`: expected",
        ),
        (r#""count":{"x":1}"#, r#"- `m.count.x`: its key: expected a whole number from 0 to 4294967295, got "x""#),
        (r#""truth":{"yes":1}"#, r#"- `m.truth.yes`: its key: expected true or false, got "yes""#),
        (r#""letter":{"xy":1}"#, r#"- `m.letter.xy`: its key: expected a text of one character, got "xy""#),
    ] {
        let outcome = call(&tool, &format!(r#"{{"m":{{{map}}}}}"#)).await;
        assert!(refusal(&outcome).contains(told), "{map}: {}", refusal(&outcome));
    }
    let outcome = call(&tool, r#"{"m":{"date":{"2024-02-30":1}}}"#).await;
    assert!(refusal(&outcome).contains("- `m`: "), "{outcome:?}");
    assert_eq!(text(&call(&Tool::of::<units>(), r#"{"m":{"A":1}}"#).await), "{A: 1}");
}

#[tokio::test]
async fn a_secret_key_is_in_no_refusal() {
    let outcome = call(&Tool::of::<maps>(), r#"{"m":{"token":{"hunter22":300}}}"#).await;
    assert!(refusal(&outcome).contains("`m.token`: expected an object"), "{outcome:?}");
    assert!(!refusal(&outcome).contains("hunter22"), "{outcome:?}");
    let shown = Tool::of::<maps>().shown(r#"{"m":{"token":{"hunter22":3}}}"#).into_owned();
    assert!(!shown.contains("hunter22"), "{shown}");
}
