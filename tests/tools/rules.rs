//! What `#[arg(...)]` asks beyond the type: shown to the model, and enforced before the call.

use fcall::{Schema, Tool, Toolbox, protocol::Protocol, schema::schema_text, tool};
use serde::{Deserialize, Deserializer};

use super::{call, refusal, text};

const MOST: u8 = 14;

/// Books a room
#[tool]
#[allow(clippy::too_many_arguments)]
fn book(
    #[arg(range = 1..=14)] nights: u8,
    #[arg(range = 0.5..2.5)] share: Option<f64>,
    #[arg(range = 1..MOST)] guests: Option<i64>,
    #[arg(range = ..0)] debt: Option<i32>,
    #[arg(length = 2..=5)] code: Option<&str>,
    #[arg(pattern = "^[A-Z]{3}$", example = "FRA")] airport: Option<String>,
    #[arg(items = 1..3)] names: Option<&[String]>,
    #[arg(length = 4, secret)] pin: Option<String>,
    #[arg(default = 2, range = 1..)] rooms: u32,
) -> String {
    format!("{nights} {share:?} {guests:?} {debt:?} {code:?} {airport:?} {names:?} {pin:?} {rooms}")
}

#[test]
fn rules_stand_in_the_schema() {
    assert_eq!(
        Tool::of::<book>().spec().schema,
        r#"{"type":"object","properties":{"nights":{"type":"integer","minimum":1,"maximum":14},"share":{"type":"number","minimum":0.5,"exclusiveMaximum":2.5},"guests":{"type":"integer","minimum":1,"maximum":13},"debt":{"type":"integer","minimum":-2147483648,"maximum":-1},"code":{"type":"string","minLength":2,"maxLength":5},"airport":{"type":"string","pattern":"^[A-Z]{3}$","examples":["FRA"]},"names":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":2},"pin":{"type":"string","minLength":4,"maxLength":4},"rooms":{"type":"integer","minimum":1,"maximum":4294967295,"default":2}},"required":["nights"]}"#
    );
}

/// Finds flights
#[tool(strict)]
fn find(
    #[arg(example("FRA", "JFK"), length = 3)] from: &str,
    #[arg(example = 1, example = 2)] seats: Option<u8>,
    #[arg(example = "home")]
    #[arg(example = 'x', example = "work", secret)]
    address: String,
) -> String {
    format!("{from} {seats:?} {address}")
}

#[test]
fn several_examples_stand_in_the_schema() {
    assert_eq!(
        Tool::of::<find>().spec().schema,
        r#"{"type":"object","properties":{"from":{"type":"string","minLength":3,"maxLength":3,"examples":["FRA","JFK"]},"seats":{"type":"integer","minimum":0,"maximum":255,"examples":[1,2]},"address":{"type":"string","examples":["home","x","work"]}},"required":["from","address"]}"#
    );
    let tools = Toolbox::new([Tool::of::<find>()]).expect("a legal tool");
    let told = r#"examples: [\"FRA\",\"JFK\"]"#;
    for protocol in [Protocol::Anthropic, Protocol::OpenAiChat] {
        let wire = tools.wire(protocol).expect("a strict form");
        assert!(wire.json.contains(told), "{}", wire.json);
    }
}

#[tokio::test]
async fn what_keeps_the_rules_arrives() {
    let json = r#"{"nights":14,"share":0.5,"guests":13,"debt":-1,"code":"äöüäö","airport":"FRA","names":["a"],"pin":"1234","rooms":7}"#;
    assert_eq!(
        text(&call(&Tool::of::<book>(), json).await),
        r#"14 Some(0.5) Some(13) Some(-1) Some("äöüäö") Some("FRA") Some(["a"]) Some("1234") 7"#
    );
    assert_eq!(
        text(&call(&Tool::of::<book>(), r#"{"nights":1,"share":null,"rooms":null}"#).await),
        "1 None None None None None None None 2"
    );
}

#[tokio::test]
async fn what_breaks_the_rules_is_told_at_once() {
    let json = r#"{"nights":15,"share":2.5,"guests":14,"debt":0,"code":"a","airport":"fra","names":[],"pin":"12345","rooms":"0"}"#;
    assert_eq!(
        refusal(&call(&Tool::of::<book>(), json).await),
        "The arguments of `book` can't be used:\n\
         - `nights`: expected a whole number from 1 to 14, got 15\n\
         - `share`: expected a number at least 0.5 and below 2.5, got 2.5\n\
         - `guests`: expected a whole number from 1 to 13, got 14\n\
         - `debt`: expected a whole number from -2147483648 to -1, got 0\n\
         - `code`: expected a text of 2 to 5 characters, got one of 1: \"a\"\n\
         - `airport`: expected a text that matches the regular expression `^[A-Z]{3}$`, got \"fra\"\n\
         - `names`: expected a list of 1 to 2 items, got 0\n\
         - `pin`: expected a text of 4 characters, got one of 5: a value that is not shown\n\
         - `rooms`: expected a whole number from 1 to 4294967295, got 0\n\
         Call `book` again with all of its arguments, corrected."
    );
}

#[tokio::test]
async fn a_secret_is_in_no_refusal() {
    for pin in ["77777", "{\"of\":77777}", "[\"77777\"]"] {
        let outcome = call(&Tool::of::<book>(), &format!(r#"{{"nights":1,"pin":{pin}}}"#)).await;
        assert!(!refusal(&outcome).contains("77777"), "{outcome:?}");
    }
}

#[derive(Deserialize, Schema, Debug)]
struct Percent(
    #[arg(range = 0..=100)]
    #[allow(dead_code)]
    u8,
);

#[derive(Deserialize, Schema, Debug)]
#[allow(dead_code)]
struct Guest {
    #[arg(length = 1..=10, pattern = "^[A-Z]")]
    name: String,
    #[arg(range = 10..)]
    discount: Option<Percent>,
    #[serde(deserialize_with = "yes_or_no")]
    #[arg(as = Answer)]
    smokes: bool,
    #[serde(default)]
    with: Vec<Guest>,
    #[arg(as = String)]
    kind: Kind,
}

#[derive(Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Yes,
    No,
}

#[derive(Deserialize, Debug)]
struct Kind(#[allow(dead_code)] String);

fn yes_or_no<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Answer::deserialize(from).map(|answer| matches!(answer, Answer::Yes))
}

/// Checks guests in
#[tool]
fn check_in(guests: Vec<Guest>, #[arg(as = String)] kind: Option<Kind>) -> String {
    format!("{guests:?} {kind:?}")
}

#[test]
fn rules_of_fields_stand_in_the_schema() {
    let guest = r##""type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":10,"pattern":"^[A-Z]"},"discount":{"type":["integer","null"],"minimum":10,"maximum":100},"smokes":{"type":"string","enum":["yes","no"]},"with":{"type":"array","items":{"$ref":"#/$defs/Guest"}},"kind":{"type":"string"}},"required":["name","smokes","kind"]"##;
    assert_eq!(schema_text(Guest::SHAPE), format!(r#"{{{guest},"$defs":{{"Guest":{{{guest}}}}}}}"#));
}

#[tokio::test]
async fn rules_of_fields_are_enforced() {
    let tool = Tool::of::<check_in>();
    let good = r#"{"guests":[{"name":"Ada","discount":10,"smokes":"no","kind":"k","with":[{"name":"B","smokes":"yes","kind":"k"}]}],"kind":"x"}"#;
    assert_eq!(
        text(&call(&tool, good).await),
        r#"[Guest { name: "Ada", discount: Some(Percent(10)), smokes: false, with: [Guest { name: "B", discount: None, smokes: true, with: [], kind: Kind("k") }], kind: Kind("k") }] Some(Kind("x"))"#
    );
    let bad = r#"{"guests":[{"name":"ada","discount":9,"smokes":"no","kind":"k","with":[{"name":"","discount":101,"smokes":"yes","kind":"k"}]}],"kind":"x"}"#;
    assert_eq!(
        refusal(&call(&tool, bad).await),
        "The arguments of `check_in` can't be used:\n\
         - `guests[0].name`: expected a text that matches the regular expression `^[A-Z]`, got \"ada\"\n\
         - `guests[0].discount`: expected a whole number from 10 to 100, got 9\n\
         - `guests[0].with[0].name`: expected a text of 1 to 10 characters, got one of 0: \"\"\n\
         - `guests[0].with[0].name`: expected a text that matches the regular expression `^[A-Z]`, got \"\"\n\
         - `guests[0].with[0].discount`: expected a whole number from 10 to 100, got 101\n\
         Call `check_in` again with all of its arguments, corrected."
    );
}

#[derive(Deserialize, Schema)]
struct Ruled {
    #[arg(range = 1..=9)]
    count: u8,
}

#[derive(Deserialize, Schema)]
#[serde(tag = "way")]
enum Way {
    Train {
        #[arg(range = 1..=9)]
        seat: u8,
    },
    Walk {},
}

#[derive(Deserialize, Schema)]
struct Leg {
    from: String,
    #[serde(flatten)]
    way: Way,
}

#[derive(Deserialize, Schema)]
struct Journey {
    name: String,
    #[serde(flatten)]
    leg: Leg,
}

#[derive(Deserialize, Schema)]
struct Stock {
    shop: String,
    #[serde(flatten)]
    by_name: std::collections::BTreeMap<String, Ruled>,
}

/// Takes what is flattened
#[tool]
fn flattened(journey: Option<Journey>, stock: Option<Stock>, many: Option<Vec<Ruled>>) -> usize {
    let seats = journey.map(|journey| match journey.leg.way {
        Way::Train { seat } => usize::from(seat) + journey.leg.from.len() + journey.name.len(),
        Way::Walk {} => 0,
    });
    let stock = stock
        .map(|stock| stock.by_name.values().map(|ruled| usize::from(ruled.count)).sum::<usize>() + stock.shop.len());
    seats.unwrap_or(0) + stock.unwrap_or(0) + many.map_or(0, |many| many.len())
}

#[tokio::test]
async fn rules_inside_what_is_flattened_are_kept_too() {
    let flattened = Tool::of::<flattened>();
    let journey = |seat: u32| format!(r#"{{"journey":{{"name":"n","from":"f","way":"Train","seat":{seat}}}}}"#);
    assert_eq!(text(&call(&flattened, &journey(9)).await), "11");
    assert!(refusal(&call(&flattened, &journey(10)).await).contains("- `journey.seat`: expected"));
    let stock = |count: u32| format!(r#"{{"stock":{{"shop":"s","nuts":{{"count":{count}}}}}}}"#);
    assert_eq!(text(&call(&flattened, &stock(9)).await), "10");
    assert!(refusal(&call(&flattened, &stock(10)).await).contains("- `stock.nuts.count`: expected"));
}

#[tokio::test]
async fn of_very_many_broken_rules_some_are_told_and_what_is_not_looked_at_is_refused() {
    let many =
        |count: u8, len: usize| format!(r#"{{"many":[{}]}}"#, vec![format!(r#"{{"count":{count}}}"#); len].join(","));
    let told = call(&Tool::of::<flattened>(), &many(0, 50_000)).await;
    assert!(refusal(&told).lines().count() < 30, "{}", refusal(&told).lines().count());
    let outcome = call(&Tool::of::<flattened>(), &many(1, 200_000)).await;
    assert!(refusal(&outcome).contains("too large to be checked"), "{}", refusal(&outcome));
    assert_eq!(text(&call(&Tool::of::<flattened>(), &many(1, 1_000)).await), "1000");
}
