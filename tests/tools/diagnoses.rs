//! What a model is told of arguments that don't fit: where, what was expected, and nothing of what is right.

use std::collections::BTreeMap;

use fcall::{CallContext, Schema, Tool, tool};
use serde::Deserialize;

use super::{call, refusal, text};

#[derive(Deserialize, Schema, Debug)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(dead_code)]
enum Way {
    Train { seat: u8 },
    Walk,
    Ride(Horse),
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Horse {
    age: u8,
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
enum External {
    Train { seat: u8 },
    Bus(u8),
    Walk,
}

#[derive(Deserialize, Schema, Debug)]
#[serde(tag = "t", content = "c")]
#[allow(dead_code)]
enum Adjacent {
    Train { seat: u8 },
    Walk,
}

#[derive(Deserialize, Schema, Debug)]
#[serde(untagged)]
#[allow(dead_code)]
enum Untagged {
    Place { lat: f64, lon: f64 },
    City { city: String, zip: Option<u32> },
    Path(Vec<u8>),
    Name(String),
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Flattened {
    id: u8,
    #[serde(flatten)]
    way: Way,
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Rest {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, i32>,
}

/// Takes alternatives
#[tool]
fn go(
    w: Option<Way>,
    e: Option<External>,
    a: Option<Adjacent>,
    u: Option<Untagged>,
    f: Option<Flattened>,
    r: Option<Rest>,
) -> String {
    format!("{w:?} {e:?} {a:?} {u:?} {f:?} {r:?}")
}

/// The lines that say what is wrong.
async fn told(tool: &Tool, arguments: &str) -> String {
    let outcome = call(tool, arguments).await;
    let lines = refusal(&outcome).lines().filter_map(|line| line.strip_prefix("- "));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_bad_value_inside_an_alternative_is_told_where_it_stands() {
    const SEAT: &str = "expected a whole number from 0 to 255";
    for (arguments, expected) in [
        (r#"{"w":{"kind":"train","seat":400}}"#, format!("`w.seat`: {SEAT}, got 400")),
        (r#"{"w":{"kind":"train"}}"#, "`w.seat`: missing; send a whole number from 0 to 255".to_owned()),
        (r#"{"w":"{\"kind\":\"train\",\"seat\":400}"}"#, format!("`w.seat`: {SEAT}, got 400")),
        (r#"{"w":{"kind":"ride","age":-1}}"#, "`w.age`: expected a whole number from 0 to 255, got -1".to_owned()),
        (r#"{"w":{"kind":"fly"}}"#, r#"`w.kind`: expected one of "train", "walk", "ride", got "fly""#.to_owned()),
        (
            r#"{"w":{"kind":"Train","seat":1}}"#,
            r#"`w.kind`: expected one of "train", "walk", "ride", got "Train""#.to_owned(),
        ),
        (r#"{"w":{"kind":5}}"#, r#"`w.kind`: expected one of "train", "walk", "ride", got 5"#.to_owned()),
        (r#"{"w":{"seat":1}}"#, r#"`w.kind`: missing; send one of "train", "walk", "ride""#.to_owned()),
        (r#"{"e":{"Train":{"seat":999}}}"#, format!("`e.Train.seat`: {SEAT}, got 999")),
        (r#"{"e":{"Train":{}}}"#, "`e.Train.seat`: missing; send a whole number from 0 to 255".to_owned()),
        (r#"{"e":{"Bus":"x"}}"#, format!(r#"`e.Bus`: {SEAT}, got "x""#)),
        (r#"{"a":{"t":"Train","c":{"seat":999}}}"#, format!("`a.c.seat`: {SEAT}, got 999")),
        (r#"{"a":{"t":"Train"}}"#, "`a.c`: missing; send an object with `seat`".to_owned()),
        (r#"{"a":{"t":"Fly"}}"#, r#"`a.t`: expected one of "Train", "Walk", got "Fly""#.to_owned()),
        (r#"{"u":{"lat":1,"lon":"east"}}"#, r#"`u.lon`: expected a number, got "east""#.to_owned()),
        (
            r#"{"u":{"city":"Rome","zip":-1}}"#,
            "`u.zip`: expected a whole number from 0 to 4294967295, got -1".to_owned(),
        ),
        (r#"{"u":[1,700]}"#, format!("`u[1]`: {SEAT}, got 700")),
        (r#"{"f":{"id":1,"kind":"train"}}"#, "`f.seat`: missing; send a whole number from 0 to 255".to_owned()),
        (
            r#"{"f":{"id":1,"kind":"fly"}}"#,
            r#"`f.kind`: expected one of "train", "walk", "ride", got "fly""#.to_owned(),
        ),
        (
            r#"{"f":{"id":"x","kind":"train","seat":300}}"#,
            format!("`f.id`: {SEAT}, got \"x\"\n`f.seat`: {SEAT}, got 300"),
        ),
        (
            r#"{"r":{"id":1,"k":"five"}}"#,
            r#"`r.k`: expected a whole number from -2147483648 to 2147483647, got "five""#.to_owned(),
        ),
        (
            r#"{"r":{"id":300,"k":true}}"#,
            format!("`r.id`: {SEAT}, got 300\n`r.k`: expected a whole number from -2147483648 to 2147483647, got true"),
        ),
    ] {
        assert_eq!(told(&Tool::of::<go>(), arguments).await, expected, "{arguments}");
    }
}

#[tokio::test]
async fn where_nothing_says_which_alternative_is_meant_all_are_told() {
    let all = "expected an object with `lat`, `lon`, or an object with `city`, `zip`, or a list, or a text, got ";
    for value in ["true", r#"{"x":1}"#, r#"{"lat":1,"city":5}"#] {
        let expected = format!("`u`: {all}{value}");
        assert_eq!(told(&Tool::of::<go>(), &format!(r#"{{"u":{value}}}"#)).await, expected);
    }
}

/// Takes lists
#[tool]
fn lists(l: Option<Vec<u8>>, t: Option<(u8, String)>, w: Option<Vec<Way>>) -> String {
    format!("{l:?} {t:?} {w:?}")
}

#[tokio::test]
async fn what_could_be_put_right_is_not_told_beside_what_could_not() {
    const SEAT: &str = "expected a whole number from 0 to 255";
    for (arguments, expected) in [
        (r#"{"l":[1,"2",300]}"#, format!("`l[2]`: {SEAT}, got 300")),
        (r#"{"l":"[1,\"2\",300]"}"#, format!("`l[2]`: {SEAT}, got 300")),
        (r#"{"t":["3",true]}"#, "`t[1]`: expected a text, got true".to_owned()),
        (
            r#"{"w":[{"kind":"train","seat":"7"},{"kind":"train","seat":"x"}]}"#,
            format!("`w[1].seat`: {SEAT}, got \"x\""),
        ),
    ] {
        assert_eq!(told(&Tool::of::<lists>(), arguments).await, expected, "{arguments}");
    }
}

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Id(#[arg(length = 1..=3)] String);

/// Takes what is bounded
#[tool]
fn bounded(
    v: Option<Vec<Id>>,
    #[arg(range = 1..=3)] x: Option<u8>,
    #[arg(items = 1..=2)] n: Option<Vec<u8>>,
    #[arg(default = 7)] d: u8,
    #[arg(default = 3 + 4)] e: u8,
) -> String {
    format!("{v:?} {x:?} {n:?} {d} {e}")
}

#[tokio::test]
async fn what_breaks_a_rule_is_told_beside_what_has_not_the_form() {
    for (arguments, expected) in [
        (
            r#"{"v":["abcd",1.5]}"#,
            "`v[0]`: expected a text of 1 to 3 characters, got one of 4: \"abcd\"\n`v[1]`: expected a text of 1 to 3 characters, got 1.5",
        ),
        (r#"{"x":"q"}"#, "`x`: expected a whole number from 1 to 3, got \"q\""),
        (r#"{"x":300}"#, "`x`: expected a whole number from 1 to 3, got 300"),
        (r#"{"n":true}"#, "`n`: expected a list of 1 to 2 items, got true"),
    ] {
        assert_eq!(told(&Tool::of::<bounded>(), arguments).await, expected, "{arguments}");
    }
}

#[tokio::test]
async fn null_for_what_has_a_default_is_put_right() {
    let cx = CallContext::new();
    let outcome = Tool::of::<bounded>().call(&cx, r#"{"d":null,"e":null,"x":null}"#).await;
    assert_eq!(text(&outcome), "None None None 7 7");
    let repairs: Vec<_> = cx.repairs().iter().map(ToString::to_string).collect();
    assert_eq!(repairs, ["d: null was sent for what may be left out", "e: null was sent for what may be left out"]);
}

#[tokio::test]
async fn a_flattened_map_is_put_right_like_any_other() {
    let cx = CallContext::new();
    let outcome = Tool::of::<go>().call(&cx, r#"{"r":{"id":1,"k":"5"}}"#).await;
    assert!(text(&outcome).ends_with(r#"Some(Rest { id: 1, rest: {"k": 5} })"#), "{outcome:?}");
    let repairs: Vec<_> = cx.repairs().iter().map(ToString::to_string).collect();
    assert_eq!(repairs, ["r.k: a number was sent as a text"]);
}
