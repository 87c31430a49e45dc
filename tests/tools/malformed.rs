//! Schemas of one's own that are no JSON Schema.

use fcall::{
    Tool, Toolbox,
    schema::Form,
    schemars::{JsonSchema, Schema, SchemaGenerator, json_schema},
    serde_json::{Value, json},
    tool,
};
use serde::Deserialize;

/// Its own schema is none.
#[derive(Deserialize)]
struct Odd;

impl JsonSchema for Odd {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Odd".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "strin"})
    }
}

/// Takes what is odd
#[tool]
fn odd_type(odd: Odd) {
    let Odd = odd;
}

#[test]
fn a_type_whose_own_schema_is_none_is_refused_when_tools_are_put_together() {
    let error = Toolbox::new([Tool::of::<odd_type>()]).expect_err("no schema").to_string();
    assert!(error.contains("tool `odd_type`") && error.contains("`odd`: `type` has to be one of"), "{error}");
}

fn tool(place: &Value) -> fcall::Result<Tool> {
    let schema = json!({"type": "object", "properties": {"a": {"type": "array", "items": place}}});
    Tool::new("odd", "Does it", schema, |_: Value| async { Ok::<_, String>(()) })
}

#[test]
fn what_is_no_json_schema_is_refused_with_its_place() {
    const TYPES: &str = r#"`type` has to be one of "string", "number", "integer", "boolean", "object", "array", "null", or a list of these, got "#;
    for (place, why) in [
        (json!({"type": "strin"}), format!(r#"{TYPES}"strin""#)),
        (json!({"type": "any"}), format!(r#"{TYPES}"any""#)),
        (json!({"type": ["string", 5]}), format!(r#"{TYPES}["string",5]"#)),
        (
            json!({"properties": []}),
            "`properties` has to be an object with a schema under each name, got []".to_owned(),
        ),
        (json!({"required": "x"}), r#"`required` has to be a list of texts, got "x""#.to_owned()),
        (json!({"type": "number", "minimum": "1"}), r#"`minimum` has to be a number, got "1""#.to_owned()),
        (
            json!({"type": "string", "minLength": -1}),
            "`minLength` has to be a whole number from 0 on, got -1".to_owned(),
        ),
        (json!({"enum": "a"}), r#"`enum` has to be a list of values, got "a""#.to_owned()),
        (json!({"type": "string", "description": 5}), "`description` has to be a text, got 5".to_owned()),
        (json!({"anyOf": {}}), "`anyOf` has to be a list of schemas, got {}".to_owned()),
        (
            json!({"additionalProperties": "no"}),
            r#"`additionalProperties` has to be a schema, which is an object, got "no""#.to_owned(),
        ),
    ] {
        let error = tool(&place).expect_err("no schema").to_string();
        assert_eq!(error, format!("tool `odd`: the schema: `a[]`: {why}"), "{place}");
    }
    let error = tool(&json!({"properties": {"b": "string"}})).expect_err("no schema").to_string();
    assert_eq!(error, r#"tool `odd`: the schema: `a[].b`: expected a schema, which is an object, got "string""#);
}

#[test]
fn what_only_older_drafts_have_is_a_finding() {
    for (place, what) in [
        (
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
            "`exclusiveMinimum` is a number since draft 6",
        ),
        (json!({"type": "array", "items": [{"type": "string"}]}), "a list under `items` is of older drafts"),
    ] {
        let tools = Toolbox::new([tool(&place).expect("some service takes it")]).expect("a legal tool");
        let findings: Vec<String> = tools.check().iter().map(|finding| finding.what.clone()).collect();
        assert!(findings.iter().any(|finding| finding.starts_with(what)), "{place}: {findings:?}");
    }
    // a property may have any name, and nothing is what stands where nothing does
    tool(&json!({"type": "object", "properties": {"type": {"type": "string"}, "required": {}}, "title": null}))
        .expect("a schema");
}

#[test]
fn a_strict_form_lists_values_as_it_takes_them() {
    let fit = |form: Form, place: Value| {
        form.fit(&json!({"type": "object", "properties": {"a": place}, "required": ["a"]}).to_string())
    };
    for form in [Form::OpenAiStrict, Form::AnthropicStrict] {
        let fault = fit(form, json!({"type": "string", "enum": []})).expect_err("no value fits");
        assert_eq!(fault.to_string(), "`a`: `enum` lists nothing, so no value fits; write one, or drop it");
    }
    let of_lists = json!({"type": "array", "items": {"type": "string"}, "const": ["a"]});
    let fitted = fit(Form::AnthropicStrict, of_lists.clone()).expect("said in words");
    assert!(!fitted.json.contains(r#""const""#) && fitted.json.contains(r#"{const: [\"a\"]}"#), "{}", fitted.json);
    assert_eq!(fitted.losses.iter().map(|loss| loss.keyword.as_str()).collect::<Vec<_>>(), ["const"]);
    assert!(fit(Form::OpenAiStrict, of_lists).expect("taken").json.contains(r#""const":["a"]"#));
    assert!(fit(Form::AnthropicStrict, json!({"type": "object", "enum": [{"x": 1}]})).is_err());
}
