//! Each form on schemas that show one rule.

use fcall::schema::Form;

#[track_caller]
fn check(form: Form, schema: &str, sent: &str, losses: &[&str]) {
    let fitted = form.fit(schema).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(fitted.json, sent);
    let told: Vec<String> = fitted.losses.iter().map(|loss| format!("{}: {}", loss.path, loss.keyword)).collect();
    assert_eq!(told, losses);
}

#[track_caller]
fn refused(form: Form, schema: &str, why: &str) {
    let fault = form.fit(schema).map(|fitted| fitted.json).expect_err("must be refused").to_string();
    assert!(fault.contains(why), "{fault}");
}

#[test]
fn a_plain_schema_is_sent_as_it_stands() {
    let schema = r#"{ "type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "x-own": 1 }"#;
    for form in [Form::OpenAi, Form::Anthropic, Form::GeminiJson] {
        check(form, schema, schema, &[]);
    }
}

#[test]
fn no_parameters_are_an_object() {
    for form in [Form::OpenAi, Form::Anthropic, Form::GeminiJson] {
        check(form, "", r#"{"type":"object","properties":{}}"#, &[]);
        check(form, "{}", r#"{"type":"object","properties":{}}"#, &[]);
    }
    let closed = r#"{"type":"object","properties":{},"additionalProperties":false}"#;
    check(Form::OpenAiStrict, "{}", closed, &[]);
    check(Form::AnthropicStrict, "{}", closed, &[]);
}

#[test]
fn what_may_be_left_out_is_null_to_openai() {
    check(
        Form::OpenAiStrict,
        r##"{"type":"object","properties":{"a":{"type":"string","enum":["x"]},"b":{"$ref":"#/$defs/B"}},
            "$defs":{"B":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}}"##,
        r##"{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x",null]},"b":{"anyOf":[{"$ref":"#/$defs/B"},{"type":"null"}]}},"required":["a","b"],"additionalProperties":false,"$defs":{"B":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}}}"##,
        &[],
    );
}

#[test]
fn words_beside_a_reference_stay() {
    let schema = r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"where"}},"required":["a"],
        "$defs":{"A":{"type":"string","description":"a place"}}}"##;
    check(
        Form::OpenAiStrict,
        schema,
        r##"{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/$defs/A"}],"description":"where"}},"required":["a"],"additionalProperties":false,"$defs":{"A":{"type":"string","description":"a place"}}}"##,
        &[],
    );
    check(
        Form::Gemini,
        schema,
        r#"{"type":"OBJECT","properties":{"a":{"description":"where","type":"STRING"}},"required":["a"]}"#,
        &[],
    );
}

#[test]
fn bounds_go_where_a_model_reads_them() {
    check(
        Form::AnthropicStrict,
        r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":7,"description":"days"}}}"#,
        r#"{"type":"object","properties":{"n":{"type":"integer","description":"days\n\n{minimum: 1, maximum: 7}"}},"additionalProperties":false}"#,
        &["n: minimum", "n: maximum"],
    );
}

#[test]
fn documented_variants_become_one_enum() {
    let schema = r#"{"type":"object","properties":{"u":{"oneOf":[{"const":"c","description":"Celsius"},{"const":"f"}]}},"required":["u"]}"#;
    check(
        Form::Gemini,
        schema,
        r#"{"type":"OBJECT","properties":{"u":{"type":"STRING","enum":["c","f"],"description":"- c: Celsius"}},"required":["u"]}"#,
        &[],
    );
}

#[test]
fn alternatives_at_the_root_stand_side_by_side() {
    check(
        Form::Anthropic,
        r#"{"anyOf":[{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},{"type":"object","properties":{"b":{"type":"string"}},"required":["b"]}]}"#,
        r#"{"description":"Send one of these groups of properties: `a`; or `b`.","type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}"#,
        &[": anyOf"],
    );
}

#[test]
fn recursion_has_a_form_or_is_told() {
    let schema = r##"{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["next"],"additionalProperties":false}"##;
    check(Form::OpenAiStrict, schema, schema, &[]);
    refused(Form::AnthropicStrict, schema, "`next`: a type that contains itself");
    let tree = r##"{"type":"object","properties":{"root":{"$ref":"#/$defs/Node"}},"required":["root"],
        "$defs":{"Node":{"type":"object","properties":{"below":{"type":"array","items":{"$ref":"#/$defs/Node"}}}}}}"##;
    check(
        Form::Gemini,
        tree,
        r#"{"type":"OBJECT","properties":{"root":{"type":"OBJECT","properties":{"below":{"type":"ARRAY","items":{"description":"again a Node"}}}}},"required":["root"]}"#,
        &["root.below[]: $ref"],
    );
}

#[test]
fn what_has_no_strict_form_is_refused() {
    let with = |inner: &str| format!(r#"{{"type":"object","properties":{{"v":{inner}}}}}"#);
    for form in [Form::OpenAiStrict, Form::AnthropicStrict] {
        refused(form, &with("true"), "`v`: any value at all has no form here");
        refused(form, &with(r#"{"type":"array"}"#), "`v[]`: any value at all");
        refused(
            form,
            &with(r#"{"type":"object","additionalProperties":{"type":"string"}}"#),
            "an object with any keys",
        );
    }
    let deep = (0..11).fold(r#"{"type":"string"}"#.to_owned(), |inner, _| with(&inner));
    refused(Form::OpenAiStrict, &deep, "11 levels of objects");
    let many: Vec<String> = (0..25).map(|at| format!(r#""p{at}":{{"type":"string"}}"#)).collect();
    refused(Form::AnthropicStrict, &format!(r#"{{"properties":{{{}}}}}"#, many.join(",")), "25 properties");
}

#[test]
fn what_is_no_schema_of_parameters_is_refused() {
    for form in Form::ALL {
        refused(form, "[1]", "expected JSON Schema");
        refused(form, "{", "expected JSON Schema");
        refused(form, r#"{"type":"string"}"#, "the root must be `\"type\": \"object\"`, not \"string\"");
        refused(form, r##"{"$ref":"#/$defs/A","$defs":{"A":{"$ref":"#/$defs/A"}}}"##, "refers to itself");
        refused(form, r##"{"$ref":"#/$defs/A"}"##, "which is not there");
        refused(form, r#"{"$ref":"https://example.com/a.json"}"#, "outside the schema");
        refused(form, r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}"##, "`a`: refers to `#/$defs/A`");
    }
}

/// A schema of a few lines must not take for ever.
#[test]
fn references_that_double_end() {
    let defs: Vec<String> = (0..60)
        .map(|at| format!(r##""d{at}":{{"allOf":[{{"$ref":"#/$defs/d{n}"}},{{"$ref":"#/$defs/d{n}"}}]}}"##, n = at + 1))
        .collect();
    let defs = format!(r#"{},"d60":{{"type":"object","properties":{{}}}}"#, defs.join(","));
    let inside = format!(r##"{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/d0"}}}},"$defs":{{{defs}}}}}"##);
    let at_root = format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{defs}}}}}"##);
    for form in Form::ALL {
        let _ = (form.fit(&inside), form.fit(&at_root));
    }
}

#[test]
fn alternatives_that_hold_together_are_those_of_every_pair() {
    let branch = |key: &str| {
        format!(r#"{{"type":"object","properties":{{"{key}":{{"type":"integer"}}}},"required":["{key}"]}}"#)
    };
    let [a, b, c] = ["a", "b", "c"].map(branch);
    let schema = format!(
        r#"{{"type":"object","properties":{{"v":{{"type":"object","allOf":[{{"anyOf":[{a},{b}]}},{{"anyOf":[{c}]}}]}}}},"required":["v"]}}"#
    );
    let fitted = Form::OpenAiStrict.fit(&schema).expect("a strict form");
    assert_eq!(fitted.losses, []);
    let taken = jsonschema::validator_for(&serde_json::from_str(&fitted.json).expect("JSON")).expect("a schema");
    let takes = |json: &str| taken.is_valid(&serde_json::from_str(json).expect("JSON"));
    assert!(takes(r#"{"v":{"a":1,"c":2}}"#) && takes(r#"{"v":{"b":1,"c":2}}"#), "{}", fitted.json);
    assert!(!takes(r#"{"v":{"a":1}}"#) && !takes(r#"{"v":{"c":1}}"#), "{}", fitted.json);
}
