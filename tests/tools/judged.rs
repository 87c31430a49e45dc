//! Arguments of tools made at run time: held against their JSON Schema, and read with the same liberties as others.

use fcall::{
    CallContext, Schema, Tool, ToolOutput, Toolbox,
    protocol::Protocol,
    schema::Form,
    serde_json::{Value, json},
};
use serde::Deserialize;

use super::{refusal, text};

/// A tool that says back what it was called with.
fn echo(schema: Value) -> Tool {
    let run = |arguments: Value| async move { Ok::<_, String>(ToolOutput::text(arguments.to_string())) };
    Tool::new("echo", "Says it back", schema, run).expect("a legal tool")
}

async fn refused(schema: Value, arguments: &str) -> Vec<String> {
    let outcome = echo(schema).call(&CallContext::new(), arguments).await;
    let lines = refusal(&outcome).lines().filter_map(|line| line.strip_prefix("- "));
    lines.map(str::to_owned).collect()
}

/// What arrives, and what had to be put right.
async fn arrives(schema: Value, arguments: &str) -> (Value, Vec<String>) {
    let cx = CallContext::new();
    let outcome = echo(schema).call(&cx, arguments).await;
    let arrived = fcall::serde_json::from_str(text(&outcome)).expect("it is said back");
    (arrived, cx.repairs().iter().map(ToString::to_string).collect())
}

fn trip() -> Value {
    json!({
        "type": "object",
        "properties": {
            "city": {"type": "string", "minLength": 2, "pattern": "^[A-Z]"},
            "nights": {"type": "integer", "minimum": 1, "maximum": 14},
            "share": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
            "unit": {"enum": ["c", "f"]},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
            "kind": {"const": "trip"},
            "stop": {"$ref": "#/$defs/Stop"},
            "either": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
        },
        "required": ["city", "nights"],
        "additionalProperties": false,
        "$defs": {
            "Stop": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/Stop"}},
                "required": ["name"],
            },
        },
    })
}

#[tokio::test]
async fn every_bad_argument_is_told_at_once() {
    let given = r#"{"city":"rome","share":0.7,"unit":"k","tags":[1,"a"],"kind":"tour","stop":{"name":"a","next":{"name":2}},
        "either":"x","pair":["a","b"],"extra":1}"#;
    assert_eq!(
        refused(trip(), given).await,
        [
            "`nights`: missing; send a whole number, at least 1 and at most 14",
            "`city`: expected a text of at least 2 characters that matches the regular expression `^[A-Z]`, got \"rome\"",
            "`share`: expected a number, above 0 and a multiple of 0.5, got 0.7",
            "`unit`: expected one of \"c\", \"f\", got \"k\"",
            "`tags[0]`: expected a text, got 1",
            "`kind`: expected \"trip\", got \"tour\"",
            "`stop.next.name`: expected a text, got 2",
            "`either`: expected a whole number, or null, got \"x\"",
            "`pair[1]`: expected a whole number, got \"b\"",
            "`extra`: no such key; known are `city`, `nights`, `share`, `unit`, `tags`, `kind`, `stop`, `either`, `pair`",
        ]
    );
}

#[tokio::test]
async fn what_fits_arrives_as_it_is() {
    let given = r#"{"city":"Rome","nights":14,"share":1.5,"unit":"f","tags":["a","b"],"kind":"trip","stop":{"name":"a","next":{"name":"b"}},"either":null,"pair":["a",1,true]}"#;
    let (arrived, repairs) = arrives(trip(), given).await;
    assert_eq!(arrived.to_string(), given);
    assert_eq!(repairs, [""; 0]);
}

#[tokio::test]
async fn liberties_are_repaired_and_reported() {
    let given = r#"{"city":"Rome","nights":"3","share":null,"tags":"a","stop":"{\"name\":\"b\"}","either":"7"}"#;
    let (arrived, repairs) = arrives(trip(), given).await;
    assert_eq!(arrived, json!({"city": "Rome", "nights": 3, "tags": ["a"], "stop": {"name": "b"}, "either": 7}));
    assert_eq!(
        repairs,
        [
            "$: null was sent for what may be left out",
            "nights: a number was sent as a text",
            "tags: a single item was sent for a list",
            "stop: JSON was sent as a text",
            "either: a number was sent as a text",
        ]
    );
    let (arrived, repairs) = arrives(trip(), r#""{\"city\":\"Rome\",\"nights\":2}""#).await;
    assert_eq!(
        (arrived, repairs),
        (json!({"city": "Rome", "nights": 2}), vec!["$: JSON was sent as a text".to_owned()])
    );
}

#[tokio::test]
async fn a_repair_never_invents_a_value() {
    for bad in ["\"\"", "\"two\"", "\"2.5\"", "2.5", "true", "[2]", "\"null\"", "{}", "15", "\"15\""] {
        let told = refused(trip(), &format!(r#"{{"city":"Rome","nights":{bad}}}"#)).await;
        assert_eq!(told.len(), 1, "{bad}: {told:?}");
        assert!(told[0].starts_with("`nights`: expected a whole number, at least 1 and at most 14, got "), "{told:?}");
    }
}

#[tokio::test]
async fn what_is_not_known_passes() {
    let schema = json!({"type": "object", "properties": {
        "a": {"not": {"type": "string"}, "format": "email", "x-own": 1},
        "b": {"type": "string", "pattern": "(?=look)"},
        "c": {"$ref": "https://example.com/c.json"},
        "d": {"unheard": "of"},
    }});
    let given = r#"{"a":"no mail","b":"x","c":[1],"d":{},"e":1}"#;
    assert_eq!(arrives(schema, given).await.0.to_string(), given);
}

#[tokio::test]
async fn what_is_no_object_is_refused() {
    for (bad, why) in [
        ("{\"a\":", "break off"),
        ("[1]", "no JSON object"),
        ("7", "no JSON object"),
        ("nonsense", "no JSON object"),
        ("{} {}", "no JSON object"),
    ] {
        let outcome = echo(json!({"type": "object"})).call(&CallContext::new(), bad).await;
        assert!(refusal(&outcome).contains(why), "{bad}: {outcome:?}");
        assert!(refusal(&outcome).ends_with("Call `echo` again with its arguments as one JSON object."), "{outcome:?}");
    }
    for none in ["", " ", "null", "\"\"", "\"{}\""] {
        assert_eq!(arrives(json!({"type": "object"}), none).await.0, json!({}), "{none}");
    }
    let told = refused(json!({"type": "object"}), r#"{"a":1,"b":2,"a":3}"#).await;
    assert_eq!(told, ["`a`: given twice"]);
    let told = refused(json!({"type": "object"}), r#"{"a":{"b":[{"c":1,"c":1}]},"s":"{\"a\":1,\"a\":1}"}"#).await;
    assert_eq!(told, ["`a.b[0].c`: given twice"]);
}

/// Of two properties of one name only the last would be sent.
#[test]
fn a_schema_that_says_something_twice_is_refused() {
    let property = r#"{"type":"object","properties":{"city":{"type":"string"},"city":{"type":"integer"}}}"#;
    let keyword = r#"{"type":"object","properties":{"city":{"type":"string","type":"integer"}}}"#;
    for (schema, path) in [(property, "properties.city"), (keyword, "properties.city.type")] {
        let run = |_: Value| async {};
        let error = Tool::new("t", "Does it", schema, run).map(|_| ()).expect_err(path);
        let cause = std::error::Error::source(&error).expect("it has a cause").to_string();
        assert_eq!(cause, format!("`{path}` stands twice; keep one of them"));
        for form in Form::ALL {
            let fault = form.fit(schema).expect_err(path);
            assert_eq!(fault.to_string(), format!("`{path}`: stands twice in one object; keep one of them"));
        }
    }
}

#[test]
fn a_schema_is_nested_as_deep_as_a_type_may_be() {
    let nested = |levels: usize| {
        let list = (0..levels).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
        let schema = json!({"type": "object", "properties": {"list": list}});
        Tool::new("t", "Does it", schema, |_: Value| async {}).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(nested(64), Ok(()));
    let error = nested(65).expect_err("too deep");
    assert!(error.ends_with("nested deeper than 64 levels, which no provider takes; make it flatter"), "{error}");
}

#[tokio::test]
async fn no_schema_and_no_text_brings_a_call_down() {
    let looped = json!({"type": "object", "properties": {"a": {"$ref": "#/properties/a"}, "b": {"anyOf": [{"$ref": "#/properties/b"}, {"$ref": "#/properties/b"}]}}});
    let tool = echo(looped);
    let deep = format!(r#"{{"a":{}1{},"b":1}}"#, "[".repeat(120), "]".repeat(120));
    for arguments in [deep.as_str(), r#"{"a":1,"b":2}"#, &"[".repeat(100_000)] {
        let _ = tool.call(&CallContext::new(), arguments).await;
    }
}

#[tokio::test]
async fn alternatives_at_the_root_are_said_and_held_to() {
    let branch = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name], "additionalProperties": false});
    let schema = json!({"type": "object", "anyOf": [branch("a"), branch("b")]});
    let tools = Toolbox::new([echo(schema.clone())]).expect("legal");
    for protocol in [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Anthropic] {
        let wire = tools.wire(protocol).expect("it has a form");
        assert!(!wire.json.contains("anyOf"), "{}", wire.json);
        assert_eq!(wire.losses.iter().map(|loss| loss.keyword.as_str()).collect::<Vec<_>>(), ["anyOf"], "{protocol:?}");
    }
    let gemini = tools.wire(Protocol::Gemini).expect("it has a form");
    assert!(gemini.json.contains("anyOf") && gemini.losses.is_empty(), "{gemini:?}");
    assert!(tools.check().iter().any(|finding| finding.to_string().starts_with("echo: Anthropic: anyOf: ")));
    assert_eq!(arrives(schema.clone(), r#"{"b":"x"}"#).await.0, json!({"b": "x"}));
    let told = refused(schema, r#"{"a":"x","b":"y"}"#).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let all = json!({"type": "object", "allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}]});
    let wire = Toolbox::new([echo(all)]).and_then(|tools| tools.wire(Protocol::Anthropic)).expect("it has a form");
    assert!(wire.losses.is_empty() && wire.json.contains(r#""required":["a"]"#), "{wire:?}");
}

#[derive(Deserialize, Schema, Debug)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Action {
    Walk { steps: u8 },
    Rest,
}

#[tokio::test]
async fn a_typed_tool_may_take_an_enum() {
    let act = |action: Action| async move {
        Ok::<_, String>(match action {
            Action::Walk { steps } => format!("walked {steps}"),
            Action::Rest => "rested".to_owned(),
        })
    };
    let tool = Tool::typed("act", "Acts", act).expect("legal");
    let cx = CallContext::new();
    assert_eq!(text(&tool.call(&cx, r#"{"do":"walk","steps":"3"}"#).await), "walked 3");
    assert_eq!(cx.repairs()[0].to_string(), "steps: a number was sent as a text");
    let outcome = tool.call(&CallContext::new(), r#"{"do":"walk","steps":300}"#).await;
    assert!(
        refusal(&outcome).contains("`steps`: expected a whole number, at least 0 and at most 255, got 300"),
        "{outcome:?}"
    );
}

/// What the compiler refuses of a shape is told of a schema from elsewhere.
#[test]
fn a_schema_that_contradicts_itself_is_told() {
    let told = |inner: Value| -> Vec<String> {
        let tools = Toolbox::new([echo(json!({"type": "object", "properties": {"v": inner}}))]).expect("legal");
        tools.check().iter().map(ToString::to_string).collect()
    };
    assert_eq!(told(json!({"type": "integer", "minimum": 1, "maximum": 7, "default": 3})), [""; 0]);
    for (schema, what) in [
        (
            json!({"type": "integer", "minimum": 7, "maximum": 1}),
            "echo.v: no value is in the range of `minimum` 7 and `maximum` 1; write the lesser first",
        ),
        (
            json!({"type": "string", "minLength": 3, "maxLength": 2}),
            "echo.v: no value is in the range of `minLength` 3 and `maxLength` 2; write the lesser first",
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 1, "maximum": 1}),
            "echo.v: no value is in the range of `exclusiveMinimum` 1 and `maximum` 1; write the lesser first",
        ),
        (
            json!({"type": "integer", "maximum": 7, "default": 8}),
            "echo.v: the default is no value of the schema: `default`: expected a whole number, at most 7, got 8",
        ),
        (
            json!({"type": "string", "pattern": "(a"}),
            "echo.v: arguments are not held to the pattern `(a`, which can't be read here",
        ),
        (
            json!({"type": "integer", "minLength": 3}),
            "echo.v: `minLength` is for strings, but the type is integer; drop it",
        ),
        (
            json!({"type": "array", "items": {"type": "string", "enum": ["a", 1]}}),
            "echo.v[]: 1 in `enum` is not of the type string; drop it",
        ),
    ] {
        assert_eq!(told(schema), [what]);
    }
}

#[test]
fn a_choice_of_nothing_is_refused_at_start_up() {
    for (inner, why) in [
        (json!({"enum": []}), "`v`: `enum` lists nothing"),
        (json!({"anyOf": []}), "`v`: `anyOf` lists nothing"),
        (json!({"$ref": "#/$defs/Gone"}), "`v`: refers to `#/$defs/Gone`, which is not there"),
    ] {
        let run = |_: Value| async {};
        let made = Tool::new("t", "", json!({"type": "object", "properties": {"v": inner}}), run);
        let error = made.map(|_| ()).expect_err("it must be refused").to_string();
        assert!(error.contains(why), "{error}");
    }
}

/// Four kinds of nodes that refer to each other, told apart by `kind`.
fn nodes() -> Value {
    let all = ["a", "b", "c", "d"].map(|kind| json!({"$ref": format!("#/$defs/{kind}")}));
    let node = |kind: &str, x: Value| {
        let left = json!({"anyOf": all});
        json!({"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}, "left": left, "x": x}})
    };
    let text = || json!({"type": "string"});
    json!({"type": "object", "properties": {"root": {"$ref": "#/$defs/a"}, "count": {"type": "integer"}}, "$defs": {
        "a": node("a", text()), "b": node("b", json!({"type": ["string", "null"]})), "c": node("c", text()),
        "d": node("d", text())}})
}

#[tokio::test]
async fn only_the_alternative_that_is_meant_takes_nulls_away() {
    let (arrived, _) =
        arrives(nodes(), r#"{"count":"3","root":{"kind":"a","x":null,"left":{"kind":"b","x":null}}}"#).await;
    assert_eq!(arrived, json!({"count": 3, "root": {"kind": "a", "left": {"kind": "b", "x": null}}}));
}

#[tokio::test]
async fn alternatives_inside_alternatives_do_not_multiply() {
    let nested = (0..15).fold(r#"{"kind":1}"#.to_owned(), |inner, _| format!(r#"{{"left":{inner}}}"#));
    let told = refused(nodes(), &format!(r#"{{"count":"x","root":{nested}}}"#)).await;
    assert!(!told.is_empty());
}
