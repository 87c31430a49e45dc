//! How parameters are read.

use std::collections::HashMap;

use fcall::{CallContext, Schema, Tool, serde_json::Value, tool, tool::Outcome};
use serde::Deserialize;

use super::{call, refusal, text};

#[derive(Deserialize, Schema, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    #[serde(alias = "f")]
    Fahrenheit,
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code, reason = "read through Debug")]
struct Stop {
    city: String,
    nights: u8,
    #[serde(default)]
    notes: Vec<String>,
}

/// Not known to `Schema`, only to schemars.
#[derive(Deserialize, fcall::schemars::JsonSchema, Debug)]
#[schemars(crate = "fcall::schemars")]
#[allow(dead_code, reason = "read through Debug")]
struct Foreign {
    count: u8,
}

type Maybe<T> = Option<T>;

/// Every form of parameter
#[tool]
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
    #[arg(default = concat!("e", "xpr"))] lent_expr: &str,
    #[arg(rename = "renamed-one")] renamed: bool,
    r#type: f32,
    mut list: Vec<String>,
    foreign: Option<Foreign>,
    #[context] cx: &CallContext,
) -> String {
    list.sort();
    let foreign = foreign.map(|foreign| foreign.count);
    format!(
        "{owned} {borrowed} {slice:?} {reference:?} {maybe:?} {alias:?} {unit:?} {number} {computed} {lent} {lent_expr} \
         {renamed} {type} {list:?} {foreign:?} [{}]",
        cx.call_id
    )
}

/// Plans a trip
#[tool]
fn plan(stops: Vec<Stop>, unit: Unit, budget: Option<f64>, #[arg(default = 2)] guests: u8) -> String {
    format!("{stops:?} {unit:?} {budget:?} {guests}")
}

/// Takes nothing
#[tool]
fn nothing() {}

const REQUIRED: &str =
    r#""owned":"o","borrowed":"b","slice":[1,2],"reference":"f","renamed-one":true,"type":1.5,"list":["b","a"]"#;

#[tokio::test]
async fn what_is_left_out_has_its_default() {
    assert_eq!(
        text(&call(&Tool::of::<forms>(), &format!("{{{REQUIRED}}}")).await),
        r#"o b [1, 2] Fahrenheit None None Celsius -3 computed lent expr true 1.5 ["a", "b"] None []"#
    );
}

#[tokio::test]
async fn what_is_given_arrives() {
    let given = r#","maybe":"m","alias":7,"unit":"fahrenheit","number":4,"computed":"c","lent":"l","lent_expr":"x","foreign":{"count":9}"#;
    assert_eq!(
        text(&call(&Tool::of::<forms>(), &format!("{{{REQUIRED}{given}}}")).await),
        r#"o b [1, 2] Fahrenheit Some("m") Some(7) Fahrenheit 4 c l x true 1.5 ["a", "b"] Some(9) []"#
    );
}

#[tokio::test]
async fn null_is_as_good_as_left_out() {
    let nulls = r#","maybe":null,"alias":null,"unit":null,"number":null,"computed":null,"lent":null,"foreign":null"#;
    assert_eq!(
        text(&call(&Tool::of::<forms>(), &format!("{{{REQUIRED}{nulls}}}")).await),
        r#"o b [1, 2] Fahrenheit None None Celsius -3 computed lent expr true 1.5 ["a", "b"] None []"#
    );
}

#[tokio::test]
async fn every_bad_argument_is_told_at_once() {
    let outcome = call(
        &Tool::of::<plan>(),
        r#"{"stops":[{"city":"Rome","nights":2},{"city":5,"nights":300},{"nights":1}],"budget":"lots","units":"f"}"#,
    )
    .await;
    assert_eq!(
        refusal(&outcome),
        "The arguments of `plan` can't be used:\n\
         - `stops[1].city`: expected a text, got 5\n\
         - `stops[1].nights`: expected a whole number from 0 to 255, got 300\n\
         - `stops[2].city`: missing; send a text\n\
         - `unit`: missing; send one of \"celsius\", \"fahrenheit\"\n\
         - `budget`: expected a number, got \"lots\"\n\
         - `units`: there is no such parameter\n\
         Call `plan` again with all of its arguments, corrected."
    );
}

#[tokio::test]
async fn a_foreign_type_says_what_serde_says() {
    let outcome = call(&Tool::of::<forms>(), &format!("{{{REQUIRED},\"foreign\":{{\"count\":\"x\"}}}}")).await;
    let refusal = refusal(&outcome);
    assert!(
        refusal.contains("- `foreign`: invalid type: string \"x\", expected u8; got {\"count\":\"x\"}"),
        "{refusal}"
    );
}

mod shadowed {
    use fcall::tool;

    /// A name of the standard library, for a type that only schemars knows.
    type String = super::Foreign;

    /// Says what came
    #[tool]
    pub(super) async fn shadowing(one: String, more: Option<String>) -> std::string::String {
        format!("{one:?} {more:?}")
    }
}

#[tokio::test]
async fn a_name_of_the_standard_library_may_stand_for_a_foreign_type() {
    let tool = Tool::of::<shadowed::shadowing>();
    let outcome = call(&tool, r#"{"one":{"count":1},"more":{"count":2}}"#).await;
    assert_eq!(text(&outcome), "Foreign { count: 1 } Some(Foreign { count: 2 })");
    let outcome = call(&tool, r#"{"one":{"count":"x"}}"#).await;
    assert!(refusal(&outcome).contains("- `one`: invalid type"), "{outcome:?}");
}

#[tokio::test]
async fn an_argument_given_twice_is_refused() {
    let outcome = call(&Tool::of::<plan>(), r#"{"stops":[],"unit":"celsius","unit":"fahrenheit"}"#).await;
    assert!(refusal(&outcome).contains("- `unit`: given twice"), "{outcome:?}");
}

/// Takes objects inside objects
#[tool]
fn inside(stops: Vec<Stop>, by_name: HashMap<String, Stop>, any: Value, #[arg(secret)] key: Value) {
    let _ = (stops, by_name, any, key);
}

/// A value read by name would have the last of them, and a map too.
#[tokio::test]
async fn a_key_given_twice_is_refused_however_deep() {
    let rome = r#"{"city":"Rome","nights":1}"#;
    let with = |stops: &str, by_name: &str, any: &str| {
        format!(r#"{{"stops":[{stops}],"by_name":{{{by_name}}},"any":{any},"key":{{"a":[{{"b":1,"b":2}}]}}}}"#)
    };
    let bad = with(
        &format!(r#"{rome},{{"city":"Rome","nights":"1","nights":2,"nights":3}}"#),
        &format!(r#""a":{rome},"b":{rome},"a":{rome}"#),
        r#"{"deep":[{"er":1,"er":1}]}"#,
    );
    let outcome = call(&Tool::of::<inside>(), &bad).await;
    let told: Vec<_> = refusal(&outcome).lines().filter_map(|line| line.strip_prefix("- ")).collect();
    let twice = ["`stops[1].nights`: given twice", "`by_name.a`: given twice", "`any.deep[0].er`: given twice"];
    assert_eq!(told[..3], twice);
    assert_eq!(told[3..], ["`key`: a key in it is given twice"], "nothing of a secret is shown");
    let as_text = format!(r#"{{"stops":[{rome}],"by_name":"{{\"a\":1,\"a\":2}}","any":1,"key":1}}"#);
    let outcome = call(&Tool::of::<inside>(), &as_text).await;
    assert!(refusal(&outcome).contains("- `by_name`: expected an object"), "{outcome:?}");
}

#[tokio::test]
async fn what_is_no_object_is_refused() {
    for (bad, why) in [
        (r#"{"stops":[],"unit":"cel"#, "break off"),
        ("[1]", "no JSON object"),
        ("{} {}", "no JSON object"),
        ("nonsense", "no JSON object"),
        ("7", "no JSON object"),
    ] {
        for tool in [Tool::of::<plan>(), Tool::of::<nothing>()] {
            let outcome = call(&tool, bad).await;
            assert!(refusal(&outcome).contains(why), "{bad}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn no_arguments_are_written_in_many_ways() {
    for none in ["", "  ", "null", "{}", " { } ", "\"{}\"", "\"\""] {
        assert_eq!(text(&call(&Tool::of::<nothing>(), none).await), "done", "{none}");
    }
}

#[tokio::test]
async fn liberties_are_repaired_and_reported() {
    let cx = CallContext::new();
    let tool = Tool::of::<plan>();
    let json = r#"{"stops":"{\"city\":\"Rome\",\"nights\":\"2\",\"notes\":null}","unit":"celsius","budget":"12.5","guests":3.0}"#;
    let outcome = tool.call(&cx, json).await;
    assert_eq!(text(&outcome), r#"[Stop { city: "Rome", nights: 2, notes: [] }] Celsius Some(12.5) 3"#);
    let repairs: Vec<_> = cx.repairs().iter().map(ToString::to_string).collect();
    assert_eq!(
        repairs,
        [
            "stops: JSON was sent as a text",
            "stops.nights: a number was sent as a text",
            "stops.notes: null was sent for what may be left out",
            "stops: a single item was sent for a list",
            "budget: a number was sent as a text",
            "guests: a whole number was sent with a fraction",
        ]
    );
}

#[tokio::test]
async fn a_repair_never_invents_a_value() {
    for bad in [r#""2.5""#, r#""""#, r#""two""#, "2.5", "true", "[2]", "300", r#""300""#] {
        let json = format!(r#"{{"stops":[],"unit":"celsius","guests":{bad}}}"#);
        let outcome = call(&Tool::of::<plan>(), &json).await;
        assert!(
            refusal(&outcome).contains("- `guests`: expected a whole number from 0 to 255, got"),
            "{bad}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn the_context_is_that_of_the_call() {
    let asked = fcall::message::ToolCall::new("call_1", "forms", "{}");
    let cx = CallContext::for_call(&asked, 1);
    let outcome = Tool::of::<forms>().call(&cx, &format!("{{{REQUIRED}}}")).await;
    assert!(text(&outcome).ends_with("[call_1]"));
}

#[derive(Deserialize, Schema)]
#[serde(tag = "kind")]
#[allow(dead_code)]
enum Term {
    Neg { of: Box<Term> },
    Not { of: Box<Term> },
    End { value: u8 },
}

/// Takes a term
#[tool]
fn takes_term(term: Term) {
    let _ = term;
}

#[tokio::test]
async fn no_text_brings_a_call_down() {
    let deep = 100_000;
    let hostile = [
        format!(r#"{{"stops":{}"#, "[".repeat(deep)),
        format!(r#"{{"stops":{}{}}}"#, "[".repeat(deep), "]".repeat(deep)),
        format!(r#"{{"term":{}5{}}}"#, r#"{"kind":"Neg","of":"#.repeat(90), "}".repeat(90)),
    ];
    for text in hostile {
        for tool in [Tool::of::<plan>(), Tool::of::<takes_term>()] {
            let outcome = call(&tool, &text).await;
            assert!(refusal(&outcome).len() < 10_000, "{} bytes", refusal(&outcome).len());
        }
    }
    let whole = r#"{"stops":[{"city":"R\u00f6m","nights":2}],"unit":"celsius","budget":1e2}"#;
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        call(&Tool::of::<plan>(), &whole[..end]).await;
        for odd in ["\"", "{", "]", "\\", "\u{0}", "\u{1f600}", "-", "null"] {
            call(&Tool::of::<plan>(), &format!("{}{odd}{}", &whole[..end], &whole[end..])).await;
        }
    }
}

/// Books something
#[tool]
fn book(city: &str, nights: u8, stop: Option<Stop>, tags: Option<Vec<String>>) -> String {
    format!("{city:?} {nights} {stop:?} {tags:?}")
}

/// The outcome without the numbers of a refusal: they count bytes.
async fn outcome(arguments: &str) -> String {
    match call(&Tool::of::<book>(), arguments).await {
        Outcome::BadArguments(text) => {
            text.split(|c: char| c.is_ascii_digit()).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("#")
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn arguments_mean_the_same_however_their_first_key_is_written() {
    let texts = [
        r#"{"city":"Oslo","nights":2}"#,
        r#"{"city" : "Oslo" ,"nights": 2 , "stop":null}"#,
        "\n{\t\"city\":\"a\\\"}{\\\\\",\r\n\"nights\":2}\n",
        r#"{"city":"]}","nights":2,"stop":{"city":"}\"]","nights":1},"tags":["[","{\""]}"#,
        r#"{"city":"Oslo","tags":["a",["b"]],"nights":2}"#,
        r#"{"city":"Oslo","nights":2,"city":"Rome"}"#,
        r#"{"city":"Oslo","nights":2,"stop":{"city":"a","city":"b","nights":1}}"#,
        r#"{"city":"Oslo","nights":2,"days":{"a":[1,}}"#,
        r#"{"city":"Oslo","nights":2,"days":[{}]}"#,
        r#"{"city":"Oslo","days":1}"#,
        r#"{"city":"Oslo","nights":2"#,
        r#"{"city":"Oslo","nights":2,}"#,
        r#"{"city":"Oslo","nights":2} "#,
        r#"{"city":"Oslo","nights":2}}"#,
        r#"{"city":"Oslo","nights":2} {}"#,
        r#"{"city":"Oslo" "nights":2}"#,
        r#"{"city":"Oslo",,"nights":2}"#,
        r#"{"city":"Oslo","nights"}"#,
        r#"{"city":"Oslo","nights":}"#,
        r#"{"city":,"nights":2}"#,
        r#"{"city":Oslo,"nights":2}"#,
        r#"{"city":"Oslo","nights":tw o}"#,
        r#"{"city":"Oslo","nights":02}"#,
        r#"{"city":"Oslo","nights":2.}"#,
        r#"{"city":"Oslo","nights":"2"}"#,
        r#"{"city":"Oslo","nights":2.0,"stop":"{\"city\":\"Rome\",\"nights\":\"3\"}"}"#,
        r#"{"city":"Oslo","nights":2,"tags":[1 2]}"#,
        r#"{"city":"Oslo","nights":2,"tags":["a"}"#,
        r#"{"city":"Oslo","nights":2,"stop":{"city":"a"]}"#,
        r#"{"city":"Oslo\q","nights":2}"#,
        r#"{"city":"Oslo\ud800","nights":2}"#,
        "{\"city\":\"Os\u{1}lo\",\"nights\":2}",
        r#"{"city":"Oslo\"#,
        r#"{"city":"Oslo","nights":2,nights:3}"#,
        r#"{"city":["Oslo"],"nights":[2]}"#,
        r#"{"city":"Oslo","nights":-1,"stop":7}"#,
    ];
    for text in texts {
        // An escape in a key is no way that anybody writes it, and is read by another way.
        let escaped = text.replacen("\"city\"", "\"\\u0063ity\"", 1);
        assert_ne!(text, escaped);
        assert_eq!(outcome(text).await, outcome(&escaped).await, "{text}");
    }
}
