//! The forms of serde that change which keys stand where.

use std::collections::BTreeMap;

use fcall::{Schema, Tool, schema::schema_text, serde_json::from_str, tool};
use serde::Deserialize;

use super::{call, refusal, text};

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Page {
    #[arg(range = 1..=100)]
    size: u8,
    #[serde(default)]
    from: u32,
}

#[derive(Deserialize, Schema, Debug)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(dead_code)]
enum Filter {
    Paged(Page),
    All,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
enum Sort {
    Up(String),
    Down(String),
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Search {
    text: String,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    sort: Sort,
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Extra {
    id: u8,
    #[serde(flatten)]
    page: Option<Page>,
    #[serde(flatten)]
    rest: BTreeMap<String, bool>,
}

#[derive(Deserialize, Schema, Debug)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code)]
enum Size {
    Small,
    Large,
    #[serde(untagged)]
    Exact(u32),
}

#[test]
fn keys_stand_beside_others() {
    let cases: [(&str, String); 4] = [
        (
            r#"{"type":"object","properties":{"text":{"type":"string"},"size":{"type":"integer","minimum":1,"maximum":100},"from":{"type":"integer","minimum":0,"maximum":4294967295}},"required":["text","size"],"anyOf":[{"type":"object","properties":{"Up":{"type":"string"}},"required":["Up"]},{"type":"object","properties":{"Down":{"type":"string"}},"required":["Down"]}]}"#,
            schema_text(Search::SHAPE),
        ),
        (
            r#"{"type":"object","properties":{"id":{"type":"integer","minimum":0,"maximum":255},"size":{"type":"integer","minimum":1,"maximum":100},"from":{"type":"integer","minimum":0,"maximum":4294967295}},"required":["id"],"additionalProperties":{"type":"boolean"}}"#,
            schema_text(Extra::SHAPE),
        ),
        (
            r#"{"anyOf":[{"type":"object","properties":{"kind":{"type":"string","const":"paged"},"size":{"type":"integer","minimum":1,"maximum":100},"from":{"type":"integer","minimum":0,"maximum":4294967295}},"required":["kind","size"]},{"type":"object","properties":{"kind":{"type":"string","const":"all"}},"required":["kind"]},{"type":"object","properties":{"kind":{"type":"string"}},"required":["kind"]}]}"#,
            schema_text(Filter::SHAPE),
        ),
        (
            r#"{"anyOf":[{"type":"string","enum":["small","large"]},{"type":"integer","minimum":0,"maximum":4294967295}]}"#,
            schema_text(Size::SHAPE),
        ),
    ];
    for (expected, schema) in cases {
        assert_eq!(schema, expected);
    }
}

/// serde reads what the schema allows.
#[test]
fn serde_agrees() {
    assert!(from_str::<Search>(r#"{"text":"t","size":5,"Up":"name"}"#).is_ok());
    assert!(from_str::<Search>(r#"{"text":"t","size":5}"#).is_err());
    assert!(from_str::<Extra>(r#"{"id":1}"#).is_ok());
    assert!(from_str::<Extra>(r#"{"id":1,"size":5,"more":true}"#).is_ok());
    assert!(from_str::<Filter>(r#"{"kind":"paged","size":1}"#).is_ok());
    assert!(from_str::<Filter>(r#"{"kind":"paged"}"#).is_err());
    assert!(from_str::<Filter>(r#"{"kind":"whatever"}"#).is_ok());
    assert!(from_str::<Size>("7").is_ok() && from_str::<Size>(r#""small""#).is_ok());
}

/// Searches
#[tool]
fn search(search: Search, filter: Filter, size: Option<Size>) -> String {
    format!("{search:?} {filter:?} {size:?}")
}

#[tokio::test]
async fn rules_hold_beside_others_too() {
    let good = r#"{"search":{"text":"t","size":5,"Up":"name"},"filter":{"kind":"paged","size":100},"size":3}"#;
    assert_eq!(
        text(&call(&Tool::of::<search>(), good).await),
        r#"Search { text: "t", page: Page { size: 5, from: 0 }, sort: Up("name") } Paged(Page { size: 100, from: 0 }) Some(Exact(3))"#
    );
    let bad = r#"{"search":{"text":"t","size":101,"Up":"name"},"filter":{"kind":"paged","size":0},"size":3}"#;
    let outcome = call(&Tool::of::<search>(), bad).await;
    let refusal = refusal(&outcome);
    assert!(refusal.contains("- `search.size`: expected a whole number from 1 to 100, got 101"), "{refusal}");
    assert!(refusal.contains("- `filter.size`: expected a whole number from 1 to 100, got 0"), "{refusal}");
    let missing = call(&Tool::of::<search>(), r#"{"search":{"text":"t","Up":"name"},"filter":{"kind":"all"}}"#).await;
    let refusal = super::refusal(&missing);
    assert!(refusal.contains("- `search.size`: missing; send a whole number from 1 to 100"), "{refusal}");
}
