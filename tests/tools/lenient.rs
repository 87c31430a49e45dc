//! What lenient reading may and may not do, on values made by rule.

use std::collections::BTreeMap;

use fcall::{
    CallContext, Outcome, Schema, Tool,
    serde_json::{self, Map, Value, json},
    tool,
};
use serde::{Deserialize, Serialize};

use super::{call, refusal, text};

#[derive(Deserialize, Serialize, Schema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

#[derive(Deserialize, Serialize, Schema)]
#[serde(tag = "kind")]
enum Way {
    Train { seat: u8 },
    Walk { km: f64 },
}

#[derive(Deserialize, Serialize, Schema)]
#[serde(untagged)]
enum Either {
    Number(i64),
    Text(String),
    Flags(Vec<bool>),
}

#[derive(Deserialize, Serialize, Schema)]
struct Stop {
    city: String,
    nights: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    way: Option<Way>,
}

#[derive(Deserialize, Serialize, Schema)]
struct Trip {
    stops: Vec<Stop>,
    unit: Unit,
    either: Either,
    pair: (i64, bool),
    by_name: BTreeMap<String, u64>,
    any: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
}

/// Says back what it was called with
#[tool]
fn trip(trip: Trip) -> Result<String, serde_json::Error> {
    serde_json::to_string(&trip)
}

/// Numbers that look random and are the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn of(&mut self, values: &[Value]) -> Value {
        values[self.roll(values.len())].clone()
    }
}

/// A trip as a model might write it: mostly right, now and then with a liberty or a mistake.
fn written(dice: &mut Dice) -> Value {
    let mut stops = Vec::new();
    for _ in 0..dice.roll(3) {
        let way = dice.of(&[json!({"kind": "Train", "seat": 4}), json!({"kind": "Walk", "km": 1.5}), json!(null)]);
        stops.push(json!({"city": "Rome", "nights": 2, "notes": ["n1", "n2"], "way": way}));
    }
    let mut trip = json!({
        "stops": stops,
        "unit": "celsius",
        "either": dice.of(&[json!(71), json!("text"), json!([true, false])]),
        "pair": [-5, true],
        "by_name": {"a": 18_446_744_073_709_551_615_u64},
        "any": {"deep": [1.0, null, "x"]},
        "share": 0.25,
    });
    for _ in 0..dice.roll(4) {
        spoil(&mut trip, dice);
    }
    trip
}

/// Changes one value somewhere.
fn spoil(value: &mut Value, dice: &mut Dice) {
    let inner = match value {
        Value::Object(members) if dice.roll(8) > 0 => members.len(),
        Value::Array(items) if dice.roll(8) > 0 => items.len(),
        _ => 0,
    };
    if inner > 0 {
        let at = dice.roll(inner);
        let child = match value {
            Value::Object(members) => members.values_mut().nth(at),
            Value::Array(items) => items.get_mut(at),
            _ => None,
        };
        return spoil(child.expect("there are so many"), dice);
    }
    *value = match (dice.roll(7), value.take()) {
        (0, other) => Value::String(other.to_string()),
        (1, Value::Number(number)) => json!(number.as_f64()),
        (1, Value::Array(mut items)) if items.len() == 1 => items.remove(0),
        (2, _) => Value::Null,
        (3, other) => json!([other]),
        (4, _) => {
            dice.of(&[json!(300), json!(-1), json!("fahrenheit"), json!(2.5), json!({}), json!("true"), json!("")])
        }
        (5, Value::Object(mut members)) => {
            members.shift_remove(&members.keys().next().cloned().unwrap_or_default());
            Value::Object(members)
        }
        (_, other) => other,
    };
}

/// The plain values somewhere in a value, and the names.
fn leaves(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| {
            out.push(name.clone());
            leaves(inner, out);
        }),
        Value::Array(items) => items.iter().for_each(|inner| leaves(inner, out)),
        Value::String(text) => out.push(text.clone()),
        other => out.push(other.to_string()),
    }
}

#[tokio::test]
async fn lenient_reading_changes_nothing_and_invents_nothing() {
    let tool = Tool::of::<trip>();
    let mut dice = Dice(11);
    let (mut strict, mut repaired, mut refused) = (0, 0, 0);
    for _ in 0..4000 {
        let given = written(&mut dice);
        let arguments = Value::Object(Map::from_iter([("trip".to_owned(), given.clone())])).to_string();
        let cx = CallContext::new();
        let outcome = tool.call(&cx, &arguments).await;
        match serde_json::from_str::<Trip>(&given.to_string()) {
            Ok(read) => {
                let read = serde_json::to_string(&read).expect("it can be written");
                assert_eq!(text(&outcome), read, "{arguments}");
                assert!(cx.repairs().is_empty(), "{arguments}: {:?}", cx.repairs());
                strict += 1;
            }
            Err(_) if matches!(outcome, Outcome::Done(_)) => {
                assert!(!cx.repairs().is_empty(), "{arguments} was read, and nothing is reported");
                let arrived = serde_json::from_str(text(&outcome)).expect("it is said back");
                let mut found = Vec::new();
                leaves(&arrived, &mut found);
                // a text inside a text is escaped once more, and `1` is written `1.0` where any number is taken
                let plain = arguments.replace('\\', "");
                for leaf in found {
                    assert!(
                        plain.contains(leaf.replace('\\', "").trim_end_matches(".0")),
                        "`{leaf}` is not in {arguments}, and arrived in {arrived}"
                    );
                }
                repaired += 1;
            }
            Err(_) => {
                assert!(refusal(&outcome).contains("\n- `trip"), "{arguments}: {}", refusal(&outcome));
                refused += 1;
            }
        }
    }
    println!("{strict} read as they stand, {repaired} repaired, {refused} refused");
    assert!(strict > 500 && repaired > 100 && refused > 500, "{strict}, {repaired}, {refused}");
}

/// Takes numbers
#[tool]
fn numbers(small: i64, large: u64, huge: Option<i128>, float: Option<f64>) -> String {
    format!("{small} {large} {huge:?} {float:?}")
}

#[tokio::test]
async fn numbers_at_the_edges_arrive_exactly_or_not_at_all() {
    let given = r#"{"small":-9223372036854775808,"large":18446744073709551615,"huge":170141183460469231731687303715884105727,"float":1e308}"#;
    let expected = format!("{} {} Some({}) Some(1e308)", i64::MIN, u64::MAX, i128::MAX);
    assert_eq!(text(&call(&Tool::of::<numbers>(), given).await), expected);
    for (given, path) in [
        (r#"{"small":9223372036854775808,"large":0}"#, "- `small`: "),
        (r#"{"small":0,"large":18446744073709551616}"#, "- `large`: "),
        (r#"{"small":0,"large":-1}"#, "- `large`: "),
        // beyond what a double can tell apart, a fraction of nothing is no proof of a whole number
        (r#"{"small":9007199254740994.0,"large":0}"#, "- `small`: "),
        (r#"{"small":0,"large":1,"float":1e999}"#, "number out of range"),
    ] {
        let outcome = call(&Tool::of::<numbers>(), given).await;
        assert!(refusal(&outcome).contains(path), "{given}: {outcome:?}");
    }
    let outcome = call(&Tool::of::<numbers>(), r#"{"small":3.0,"large":"7","float":"0.5"}"#).await;
    assert_eq!(text(&outcome), "3 7 None Some(0.5)");
}

/// Takes anything
#[tool]
fn anything(any: Value, word: Option<String>) -> String {
    format!("{any} {word:?}")
}

#[tokio::test]
async fn odd_texts_are_refused_and_bring_nothing_down() {
    let nested = |levels: usize| format!(r#"{{"any":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(matches!(call(&Tool::of::<anything>(), &nested(120)).await, Outcome::Done(_)));
    for levels in [129, 1000, 100_000] {
        let outcome = call(&Tool::of::<anything>(), &nested(levels)).await;
        assert!(refusal(&outcome).contains("recursion limit"), "{levels}: {}", refusal(&outcome));
        assert!(refusal(&outcome).len() < 1000, "{levels}");
    }
    for lone in [r#"{"any":1,"word":"\ud800"}"#, r#"{"any":"\udc00"}"#, r#"{"any":1,"word":"\ud800\u0041"}"#] {
        let outcome = call(&Tool::of::<anything>(), lone).await;
        assert!(refusal(&outcome).contains("Call `anything` again"), "{lone}: {outcome:?}");
    }
    let pair = call(&Tool::of::<anything>(), r#"{"any":"\ud83d\ude00","word":"\u0000"}"#).await;
    assert_eq!(text(&pair), "\"\u{1f600}\" Some(\"\\0\")");
    let twice = call(&Tool::of::<anything>(), r#"{"any":1,"any":1}"#).await;
    assert!(refusal(&twice).contains("- `any`: given twice"), "{twice:?}");
}

#[derive(Deserialize, Serialize, Schema)]
struct Tree(Vec<Tree>);

/// Plants
#[tool]
fn plant(tree: Tree) -> Result<String, serde_json::Error> {
    serde_json::to_string(&tree)
}

#[tokio::test]
async fn a_list_of_itself_is_not_made_of_one_item_for_ever() {
    let outcome = call(&Tool::of::<plant>(), r#"{"tree":5}"#).await;
    assert!(refusal(&outcome).contains("- `tree`: "), "{outcome:?}");
    assert_eq!(text(&call(&Tool::of::<plant>(), r#"{"tree":[[],[[]]]}"#).await), "[[],[[]]]");
}

#[tokio::test]
async fn texts_inside_texts_bring_nothing_down() {
    let mut inner = "5".to_owned();
    for _ in 0..300 {
        let text = inner.replace('\\', "\\u005c").replace('"', "\\u0022");
        inner = format!(r#"{}"{text}"{}"#, "[".repeat(100), "]".repeat(100));
    }
    let outcome = call(&Tool::of::<plant>(), &format!(r#"{{"tree":{inner}}}"#)).await;
    assert!(refusal(&outcome).contains("- `tree"), "{outcome:?}");
    assert_eq!(text(&call(&Tool::of::<plant>(), r#"{"tree":["[\"[[]]\"]"]}"#).await), "[[[[]]]]");
}
