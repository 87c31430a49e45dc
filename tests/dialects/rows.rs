//! What each form takes and refuses, row by row: one schema that it takes, and one that it does not.
//!
//! The verdict is what a request shows: the schema that went out, what was told as lost, or the error.

use fcall::{
    message::{Request, RequestOptions, ToolSpec, ToolSpecs},
    protocol::{Dialect, Protocol},
    schema::Form,
    serde_json::{self, Value, json},
};

use super::rules::broken;

/// What becomes of a schema that a form has no place for.
enum Verdict {
    /// It is said in another way that means the same: this stands in what is sent.
    Said(Value),
    /// It is left out, and told: this path and keyword.
    Told(&'static str),
    /// It can't be sent in this form: the error says this.
    Never(&'static str),
}
use Verdict::{Never, Said, Told};

/// What goes out, what is told, and why it can't.
struct Sent {
    schema: Value,
    told: Vec<String>,
    never: Option<String>,
}

fn send(form: Form, schema: &Value) -> Sent {
    let (protocol, strict) = match form {
        Form::OpenAi => (Protocol::OpenAiResponses, false),
        Form::OpenAiStrict => (Protocol::OpenAiChat, true),
        Form::Anthropic => (Protocol::Anthropic, false),
        Form::AnthropicStrict => (Protocol::Anthropic, true),
        Form::GeminiJson => (Protocol::Gemini, false),
        // no request is made in the older form: it is there for servers that know no other
        _ => return fit(form, schema),
    };
    let mut spec = ToolSpec::new("tool", "Does it", schema.to_string());
    spec.strict = strict;
    let (specs, options) = (ToolSpecs::new(vec![spec]), RequestOptions::default());
    let dialect = Dialect::official(protocol, "a-model");
    match protocol.encode("a-model", &dialect, &Request::new(&[], &specs, &options)) {
        Err(error) => Sent { schema: Value::Null, told: Vec::new(), never: Some(error.to_string()) },
        Ok(encoded) => {
            let body: Value = serde_json::from_slice(&encoded.body).expect("a body is JSON");
            let tool = &body["tools"][0];
            let places = ["/parameters", "/function/parameters", "/input_schema"];
            let gemini = "/functionDeclarations/0/parametersJsonSchema";
            let found = places.iter().chain([&gemini]).find_map(|place| tool.pointer(place));
            let tool_path =
                |path: &str| path.strip_prefix("tools.tool").map(|path| path.trim_start_matches('.').to_owned());
            let told = encoded.losses.iter().filter_map(|loss| Some((tool_path(&loss.path)?, loss)));
            let (never, told): (Vec<_>, Vec<_>) =
                told.partition(|(path, loss)| path.is_empty() && ["strict", "schema"].contains(&loss.keyword.as_str()));
            Sent {
                schema: found.cloned().unwrap_or(Value::Null),
                told: told.iter().map(|(path, loss)| format!("{path}: {}", loss.keyword)).collect(),
                never: never.first().map(|(_, loss)| loss.why.clone()),
            }
        }
    }
}

fn fit(form: Form, schema: &Value) -> Sent {
    match form.fit(&schema.to_string()) {
        Err(fault) => Sent { schema: Value::Null, told: Vec::new(), never: Some(fault.to_string()) },
        Ok(fitted) => Sent {
            schema: serde_json::from_str(&fitted.json).expect("a schema is JSON"),
            told: fitted.losses.iter().map(|loss| format!("{}: {}", loss.path, loss.keyword)).collect(),
            never: None,
        },
    }
}

/// Whether all of `part` stands somewhere in `whole`.
fn stands_in(part: &Value, whole: &Value) -> bool {
    let here = match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| part == whole || stands_in(part, whole)))
        }
        (part, whole) => part == whole,
    };
    here || match whole {
        Value::Object(members) => members.values().any(|inner| stands_in(part, inner)),
        Value::Array(items) => items.iter().any(|inner| stands_in(part, inner)),
        _ => false,
    }
}

#[track_caller]
fn row(form: Form, says: &str, taken: &Value, refused: &Value, verdict: Verdict) {
    let sent = send(form, taken);
    assert_eq!(sent.never, None, "{form}, {says}: taken, but not sent: {taken}");
    assert_eq!(sent.told, [""; 0], "{form}, {says}: taken, but something is lost: {taken}");
    assert_eq!(broken(form, &sent.schema), [""; 0], "{form}, {says}: {}", sent.schema);
    let sent = send(form, refused);
    match verdict {
        Never(why) => {
            let never = sent.never.unwrap_or_else(|| panic!("{form}, {says}: sent as {}", sent.schema));
            assert!(never.contains(why), "{form}, {says}: {never}");
        }
        Told(what) => {
            assert!(sent.told.iter().any(|told| told == what), "{form}, {says}: {:?}, {:?}", sent.told, sent.never);
            assert_eq!(broken(form, &sent.schema), [""; 0], "{form}, {says}: {}", sent.schema);
        }
        Said(part) => {
            assert_eq!((sent.never, sent.told), (None, Vec::new()), "{form}, {says}: {refused}");
            assert!(stands_in(&part, &sent.schema), "{form}, {says}: {part} is not in {}", sent.schema);
            assert_eq!(broken(form, &sent.schema), [""; 0], "{form}, {says}: {}", sent.schema);
        }
    }
}

/// An object with one property `v` that must be there, and no other.
fn v(inner: Value) -> Value {
    json!({"type": "object", "properties": {"v": inner}, "required": ["v"], "additionalProperties": false})
}

/// The same with a type `T`.
fn with_def(inner: Value, def: Value) -> Value {
    let mut schema = v(inner);
    schema["$defs"] = json!({"T": def});
    schema
}

/// An object of so many properties.
fn wide(count: usize, inner: &Value) -> Value {
    let properties = (0..count).map(|at| (format!("p{at}"), inner.clone()));
    let names: Vec<String> = (0..count).map(|at| format!("p{at}")).collect();
    json!({"type": "object", "properties": Value::Object(properties.collect()), "required": names, "additionalProperties": false})
}

fn deep(levels: usize) -> Value {
    (1..levels).fold(v(json!({"type": "string"})), |inner, _| v(inner))
}

fn variants(count: usize, length: usize) -> Value {
    let names: Vec<String> = (0..count).map(|at| format!("{at:0length$}")).collect();
    json!({"type": "string", "enum": names})
}

#[test]
fn not_strict() {
    let any = v(json!({"not": {"type": "null"}, "if": {"const": 1}, "then": {"minimum": 0}, "x-own": [true]}));
    for form in [Form::OpenAi, Form::Anthropic, Form::GeminiJson] {
        row(form, "any schema whose root is an object", &any, &json!({"type": "array"}), Never("the root must be"));
        let opened = json!({"properties": {"a": {"type": "string"}}});
        row(form, "the root says that it is an object", &any, &opened, Said(json!({"type": "object"})));
    }
    let branch = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
    for key in ["anyOf", "oneOf"] {
        let mut inside = v(json!({key: [{"type": "string"}, {"type": "integer"}]}));
        let at_root = json!({"type": "object", key: [branch("a"), branch("b")]});
        let told = if key == "anyOf" { ": anyOf" } else { ": oneOf" };
        for form in [Form::OpenAi, Form::Anthropic] {
            row(form, "no alternatives at the root", &inside, &at_root, Told(told));
        }
        inside["properties"]["w"] = json!(true);
        assert_eq!(send(Form::GeminiJson, &at_root).told, [""; 0], "Gemini takes alternatives at the root");
    }
    let all = json!({"type": "object", "allOf": [branch("a"), branch("b")]});
    row(Form::Anthropic, "no `allOf` at the root", &any, &all, Said(json!({"required": ["a", "b"]})));
}

#[test]
fn strict_openai_shape() {
    let form = Form::OpenAiStrict;
    let text = v(json!({"type": "string"}));
    row(form, "root: an object", &text, &json!({"type": "string"}), Never("the root must be"));
    let branch = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
    row(form, "root: never anyOf", &text, &json!({"anyOf": [branch("a"), branch("b")]}), Told(": anyOf"));
    let open = v(json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}));
    row(form, "every object is closed", &text, &open, Said(json!({"required": ["a"], "additionalProperties": false})));
    let map = v(json!({"type": "object", "additionalProperties": {"type": "string"}}));
    row(form, "no map", &text, &map, Never("`v`: an object with any keys has no form here"));
    let optional = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let listed = json!({"properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]});
    row(form, "every property is required", &text, &optional, Said(listed));
    for nullable in [json!({"type": ["string", "null"]}), json!({"anyOf": [{"type": "string"}, {"type": "null"}]})] {
        row(form, "what may be left out is null", &v(nullable), &optional, Said(json!({"type": ["string", "null"]})));
    }
    row(form, "root: no reference", &text, &json!({"$ref": "#/$defs/T", "$defs": {"T": text}}), Said(text.clone()));
    row(
        form,
        "items have a type",
        &v(json!({"type": "array", "items": {"type": "string"}})),
        &v(json!({"type": "array", "items": {}})),
        Never("`v[]`: any value at all"),
    );
    row(
        form,
        "items are no `true`",
        &v(json!({"type": "array", "items": {"enum": ["a"]}})),
        &v(json!({"type": "array", "items": true})),
        Never("`v[]`: any value at all"),
    );
}

#[test]
fn strict_openai_keywords() {
    let form = Form::OpenAiStrict;
    let taken = [
        json!({"type": "number", "minimum": 0, "maximum": 9, "multipleOf": 0.5}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 9}),
        json!({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3}),
        json!({"type": "string", "const": "a", "title": "A", "description": "an a"}),
        json!({"type": "null"}),
        json!({"anyOf": [{"type": "string"}, {"type": "integer", "enum": [1, 2]}]}),
    ];
    let string = |key: &str, value: Value| v(json!({"type": "string", key: value}));
    for schema in &taken {
        let sent = send(form, &v(schema.clone()));
        assert!(stands_in(schema, &sent.schema), "{schema} is not in {}", sent.schema);
        row(
            form,
            "supported keywords",
            &v(schema.clone()),
            &string("contentEncoding", json!("base64")),
            Said(json!({"type": "string"})),
        );
    }
    row(
        form,
        "no look-around",
        &string("pattern", json!("^a+$")),
        &string("pattern", json!("^(?=a)")),
        Told("v: pattern"),
    );
    for format in ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"] {
        row(form, "formats", &string("format", json!(format)), &string("format", json!("uri")), Told("v: format"));
    }
    let part = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
    let all = v(json!({"allOf": [part("a"), part("b")]}));
    row(
        form,
        "no `allOf`",
        &v(json!({"type": "string"})),
        &all,
        Said(json!({"required": ["a", "b"], "additionalProperties": false})),
    );
    let one = v(json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}));
    row(
        form,
        "`oneOf` is `anyOf`",
        &v(json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})),
        &one,
        Said(json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})),
    );
    let both = v(json!({"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 2}]}));
    row(form, "`oneOf` of what overlaps", &v(json!({"type": "string"})), &both, Told("v: oneOf"));
    let object = |key: &str, value: &Value| {
        let mut object = v(json!({"type": "string"}));
        object[key] = value.clone();
        v(object)
    };
    let plain = object("title", &json!("O"));
    for (key, value) in [
        ("not", json!({"required": ["w"]})),
        ("if", json!({"required": ["v"]})),
        ("dependentRequired", json!({"v": ["w"]})),
        ("dependentSchemas", json!({"v": {"required": ["w"]}})),
        ("patternProperties", json!({"^x": {"type": "string"}})),
        ("propertyNames", json!({"pattern": "^[a-z]+$"})),
        ("minProperties", json!(1)),
        ("maxProperties", json!(1)),
    ] {
        row(form, key, &plain, &object(key, &value), Told(Box::leak(format!("v: {key}").into_boxed_str())));
    }
    for (key, value) in [("minLength", json!(1)), ("maxLength", json!(3)), ("default", json!("a"))] {
        row(
            form,
            key,
            &v(json!({"type": "string"})),
            &string(key, value),
            Told(Box::leak(format!("v: {key}").into_boxed_str())),
        );
    }
    for (key, value) in
        [("uniqueItems", json!(true)), ("contains", json!({"const": 1})), ("unevaluatedItems", json!(false))]
    {
        let list = v(json!({"type": "array", "items": {"type": "integer"}, key: value}));
        row(
            form,
            key,
            &v(json!({"type": "array", "items": {"type": "integer"}})),
            &list,
            Told(Box::leak(format!("v: {key}").into_boxed_str())),
        );
    }
}

#[test]
fn strict_openai_references_and_size() {
    let form = Form::OpenAiStrict;
    let place = v(json!({"type": "string"}));
    let plain = with_def(json!({"$ref": "#/$defs/T"}), place.clone());
    let beside = with_def(json!({"$ref": "#/$defs/T", "description": "where"}), place);
    row(
        form,
        "nothing beside a reference",
        &plain,
        &beside,
        Said(json!({"anyOf": [{"$ref": "#/$defs/T"}], "description": "where"})),
    );
    let looped = v(json!({"anyOf": [{"$ref": "#"}, {"type": "null"}]}));
    row(
        form,
        "recursion, from the root too",
        &looped,
        &v(json!({"$ref": "https://example.com/a"})),
        Never("outside the schema"),
    );
    let tree = with_def(json!({"$ref": "#/$defs/T"}), v(json!({"type": "array", "items": {"$ref": "#/$defs/T"}})));
    row(form, "recursion", &tree, &v(json!({"$ref": "#/$defs/Missing"})), Never("which is not there"));
    row(
        form,
        "5000 properties",
        &wide(5000, &json!({"type": "null"})),
        &wide(5001, &json!({"type": "null"})),
        Never("5001 properties, where 5000 are taken"),
    );
    row(form, "10 levels", &deep(10), &deep(11), Never("11 levels of objects"));
    row(
        form,
        "1000 values of enums",
        &v(variants(1000, 4)),
        &v(variants(1001, 4)),
        Never("1001 values of enums, where 1000"),
    );
    let mut two = wide(2, &variants(501, 4));
    two["properties"]["p0"] = variants(499, 4);
    row(form, "1000 values of all enums together", &two, &wide(2, &variants(501, 4)), Never("1002 values of enums"));
    row(
        form,
        "15,000 characters of an enum of more than 250",
        &v(variants(300, 50)),
        &v(variants(300, 51)),
        Never("15300 characters in one enum of 300"),
    );
    row(
        form,
        "an enum of up to 250 has no such limit",
        &v(variants(250, 100)),
        &v(variants(251, 100)),
        Never("25100 characters in one enum of 251"),
    );
    let long = |length: usize| v(json!({"type": "string", "const": "a".repeat(length)}));
    row(
        form,
        "120,000 characters of names and values",
        &long(119_999),
        &long(120_000),
        Never("120001 characters of names and values"),
    );
    let named = |length: usize| {
        let name = "T".repeat(length);
        let mut schema = v(json!({"$ref": format!("#/$defs/{name}")}));
        schema["$defs"] = json!({name: {"type": "string"}});
        schema
    };
    row(
        form,
        "names of definitions count",
        &named(119_999),
        &named(120_000),
        Never("120001 characters of names and values"),
    );
}

#[test]
fn strict_anthropic_rows() {
    let form = Form::AnthropicStrict;
    let text = v(json!({"type": "string"}));
    let open =
        json!({"type": "object", "properties": {"v": {"type": "string"}}, "additionalProperties": {"type": "string"}});
    row(form, "every object is closed", &text, &open, Told(": additionalProperties"));
    let map = v(json!({"type": "object", "additionalProperties": true}));
    row(form, "no map", &text, &map, Never("an object with any keys has no form here"));
    row(form, "any value", &text, &v(json!(true)), Never("any value at all has no form here"));
    let optional = json!({"type": "object", "properties": {"v": {"type": "string"}}, "additionalProperties": false});
    row(
        form,
        "what may be left out stays so",
        &optional,
        &v(json!({"oneOf": [{"type": "string"}, {"type": "null"}]})),
        Said(json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
    );
    for (taken, refused) in [
        (json!({"enum": ["a", 1, true, null]}), json!({"enum": [{"a": 1}]})),
        (json!({"const": 1}), json!({"const": [1]})),
    ] {
        row(form, "only plain values are listed", &v(taken), &v(refused), Never("`v"));
    }
    let part = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
    let def = with_def(json!({"allOf": [{"$ref": "#/$defs/T"}, part("w")]}), part("t"));
    row(
        form,
        "no `allOf` with a reference inside",
        &with_def(json!({"$ref": "#/$defs/T"}), text.clone()),
        &def,
        Said(json!({"required": ["t", "w"]})),
    );
    let string = |key: &str, value: Value| v(json!({"type": "string", key: value}));
    for format in ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"] {
        row(form, "formats", &string("format", json!(format)), &string("format", json!("regex")), Told("v: format"));
    }
    for pattern in
        ["(a)\\1", "(a)(b)(c)(d)(e)(f)\\6", "(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "\\ba", "a\\B", "(?<n>a)\\k<n>"]
    {
        let simple = string("pattern", json!("^\\\\b[a-z]{2}\\d$"));
        row(form, "simple patterns", &simple, &string("pattern", json!(pattern)), Told("v: pattern"));
    }
    let list = |key: &str, value: Value| v(json!({"type": "array", "items": {"type": "string"}, key: value}));
    for least in [0, 1] {
        row(
            form,
            "`minItems` 0 or 1",
            &list("minItems", json!(least)),
            &list("minItems", json!(2)),
            Told("v: minItems"),
        );
    }
    for key in ["default", "title", "description"] {
        let sent = send(form, &string(key, json!("a")));
        assert!(stands_in(&json!({key: "a"}), &sent.schema), "{}", sent.schema);
        row(
            form,
            "`default`, `title`, `description`",
            &string(key, json!("a")),
            &string("minLength", json!(1)),
            Told("v: minLength"),
        );
    }
    row(form, "lengths", &text, &string("maxLength", json!(1)), Told("v: maxLength"));
    row(form, "`maxItems`", &list("title", json!("L")), &list("maxItems", json!(3)), Told("v: maxItems"));
    row(
        form,
        "`uniqueItems`",
        &list("uniqueItems", json!(false)),
        &list("uniqueItems", json!(true)),
        Told("v: uniqueItems"),
    );
    let number = |key: &str| v(json!({"type": "number", key: 2}));
    for (key, told) in [
        ("minimum", "v: minimum"),
        ("maximum", "v: maximum"),
        ("exclusiveMinimum", "v: exclusiveMinimum"),
        ("exclusiveMaximum", "v: exclusiveMaximum"),
        ("multipleOf", "v: multipleOf"),
    ] {
        row(form, "numeric bounds", &v(json!({"type": "number"})), &number(key), Told(told));
        let words = &send(form, &number(key)).schema["properties"]["v"]["description"];
        assert_eq!(words, &json!(format!("{{{key}: 2}}")), "it is kept where a model reads it");
    }
    let tree = with_def(json!({"$ref": "#/$defs/T"}), v(json!({"type": "array", "items": {"$ref": "#/$defs/T"}})));
    row(
        form,
        "no recursion",
        &with_def(json!({"$ref": "#/$defs/T"}), text),
        &tree,
        Never("a type that contains itself"),
    );
    row(
        form,
        "no reference outwards",
        &v(json!({"type": "string"})),
        &v(json!({"$ref": "https://example.com/a"})),
        Never("outside the schema"),
    );
}

#[test]
fn strict_anthropic_totals_of_one_tool() {
    let form = Form::AnthropicStrict;
    let optional = |count: usize| {
        let mut schema = wide(count, &json!({"type": "string"}));
        schema["required"] = json!([]);
        schema
    };
    row(
        form,
        "24 that may be left out",
        &optional(24),
        &optional(25),
        Never("25 properties that may be left out, where 24"),
    );
    let either = json!({"anyOf": [{"type": "string"}, {"type": "integer"}]});
    row(
        form,
        "16 of several types",
        &wide(16, &either),
        &wide(17, &either),
        Never("17 values of several types, where 16"),
    );
    let listed = json!({"type": ["string", "null"]});
    row(
        form,
        "a list of types counts too",
        &wide(16, &listed),
        &wide(17, &listed),
        Never("17 values of several types"),
    );
}

#[test]
fn gemini_parameters() {
    let form = Form::Gemini;
    let text = v(json!({"type": "string"}));
    let text = json!({"type": "object", "properties": text["properties"]});
    let p = |inner: Value| json!({"type": "object", "properties": {"v": inner}});
    for (key, value, told) in [
        ("not", json!({"const": "a"}), "v: not"),
        ("if", json!({"const": "a"}), "v: if"),
        ("multipleOf", json!(2), "v: multipleOf"),
        ("exclusiveMinimum", json!(2), "v: exclusiveMinimum"),
        ("uniqueItems", json!(true), "v: uniqueItems"),
        ("patternProperties", json!({}), "v: patternProperties"),
    ] {
        let kind = match key {
            "multipleOf" | "exclusiveMinimum" => json!({"type": "number", key: value}),
            "uniqueItems" => json!({"type": "array", "items": {"type": "string"}, key: value}),
            "patternProperties" => json!({"type": "object", "properties": {"a": {"type": "string"}}, key: value}),
            _ => json!({"type": "string", key: value}),
        };
        row(form, key, &text, &p(kind), Told(told));
    }
    let keys = [
        json!({"type": "string", "format": "date-time", "title": "A", "description": "an a", "default": "a", "pattern": "a", "minLength": 1, "maxLength": 2}),
        json!({"type": "number", "minimum": 1, "maximum": 2}),
        json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "minProperties": 1, "maxProperties": 2}),
    ];
    for schema in keys {
        let sent = send(form, &p(schema.clone())).schema;
        for key in schema.as_object().into_iter().flatten().map(|(key, _)| key) {
            assert!(sent["properties"]["v"].get(key).is_some(), "`{key}` is not in {sent}");
        }
        row(
            form,
            "keys of the message",
            &p(schema),
            &p(json!({"type": "string", "$comment": "c"})),
            Said(json!({"v": {"type": "STRING"}})),
        );
    }
    row(
        form,
        "one type",
        &text,
        &p(json!({"type": ["string", "null"]})),
        Said(json!({"type": "STRING", "nullable": true})),
    );
    let several = json!({"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]});
    row(form, "several types are alternatives", &text, &p(json!({"type": ["string", "integer"]})), Said(several));
    let null = p(json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}));
    row(form, "null in `anyOf`", &text, &null, Said(json!({"type": "INTEGER", "nullable": true})));
    row(
        form,
        "`const` of a text",
        &text,
        &p(json!({"type": "string", "const": "x"})),
        Said(json!({"type": "STRING", "enum": ["x"]})),
    );
    row(
        form,
        "`enum` of texts",
        &p(json!({"type": "string", "enum": ["a"]})),
        &p(json!({"type": "integer", "enum": [1, 2]})),
        Told("v: enum"),
    );
    let one = p(json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}));
    row(form, "`oneOf` is `anyOf`", &text, &one, Said(json!({"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]})));
    let part = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
    row(
        form,
        "no `allOf`",
        &text,
        &p(json!({"allOf": [part("a"), part("b")]})),
        Said(json!({"type": "OBJECT", "required": ["a", "b"]})),
    );
    let mut referred = p(json!({"$ref": "#/$defs/T"}));
    referred["$defs"] = json!({"T": {"type": "string", "description": "a place"}});
    row(form, "no references", &text, &referred, Said(json!({"v": {"type": "STRING", "description": "a place"}})));
    let mut tree = p(json!({"$ref": "#/$defs/T"}));
    tree["$defs"] =
        json!({"T": {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/T"}}}}});
    row(form, "no recursion", &text, &tree, Told("v.below[]: $ref"));
    let map = p(
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
    );
    row(form, "no `additionalProperties`", &text, &map, Told("v: additionalProperties"));
    let listed = p(json!({"type": "array", "items": {"type": "string"}}));
    row(form, "a list has `items`", &listed, &p(json!({"type": "array"})), Said(json!({"type": "ARRAY", "items": {}})));
    let known = p(json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}));
    let unknown = p(json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"]}));
    row(form, "what is required is a property", &known, &unknown, Told("v: required"));
    let tuple = p(json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "maxItems": 2}));
    row(form, "no `prefixItems`", &listed, &tuple, Told("v: items in this order"));
    let named = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
    let long = "n".repeat(64);
    for bad in ["a-b", "a.b", "ä", "a b", "", &"n".repeat(65)] {
        row(form, "names of parameters", &named(&long), &named(bad), Never("a name here is"));
    }
}

#[test]
fn gemini_json() {
    let form = Form::GeminiJson;
    let taken = [
        with_def(json!({"$ref": "#/$defs/T"}), v(json!({"type": "array", "items": {"$ref": "#/$defs/T"}}))),
        v(json!({"type": ["string", "null"]})),
        v(json!({"type": "object", "additionalProperties": {"type": "string"}})),
        json!({"type": "object", "anyOf": [v(json!({"type": "string"}))]}),
    ];
    for schema in taken {
        assert_eq!(send(form, &schema).schema, schema, "sent as it stands");
        let old = json!({"type": "OBJECT", "properties": {"v": {"type": "STRING", "nullable": true}}});
        row(form, "lower-case types", &schema, &old, Said(json!({"v": {"type": ["string", "null"]}})));
    }
}
