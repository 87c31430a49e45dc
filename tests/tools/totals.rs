//! What services limit over a request: names, how many tools there are, and how large they are.

use fcall::{
    Schema, Tool, Toolbox,
    message::{Request, RequestOptions, ToolSpec, ToolSpecs},
    protocol::{Dialect, Protocol},
    serde_json::{Value, json},
    tool, tools,
};
use serde::Deserialize;

fn made(name: &str) -> fcall::Result<Tool> {
    Tool::new(name, "Does it", json!({"type": "object", "properties": {}}), |_: Value| async {})
}

/// The findings about the whole set.
fn totals(toolbox: &Toolbox) -> Vec<String> {
    toolbox.check().iter().filter(|finding| finding.path.is_empty()).map(ToString::to_string).collect()
}

#[test]
fn names_are_those_that_every_service_takes() {
    let long = "n".repeat(64);
    for name in ["a", "_", "get_weather", "Get-Weather-2", &long] {
        assert!(made(name).is_ok(), "{name}");
    }
    for name in ["", "2nd", "-a", "a.b", "a:b", "a b", "ä", &format!("{long}n")] {
        let error = made(name).map(|_| ()).expect_err(name).to_string();
        assert!(error.contains("a name is 1 to 64 letters, digits, `_` or `-`"), "{error}");
    }
}

/// What a gateway hands on was not made here: each protocol has its own rule for it.
#[test]
fn names_from_elsewhere_keep_the_rule_of_the_protocol() {
    let sent = |protocol: Protocol, name: &str| {
        let (specs, options) = (ToolSpecs::new(vec![ToolSpec::new(name, "", "{}")]), RequestOptions::default());
        let dialect = Dialect::official(protocol, "m");
        protocol.encode("m", &dialect, &Request::new(&[], &specs, &options)).is_ok()
    };
    let name = |length: usize| "n".repeat(length);
    for (protocol, longest) in [
        (Protocol::OpenAiChat, 64),
        (Protocol::OpenAiResponses, 128),
        (Protocol::Anthropic, 128),
        (Protocol::Gemini, 128),
    ] {
        assert!(sent(protocol, &name(longest)), "{protocol:?}");
        assert!(!sent(protocol, &name(longest + 1)), "{protocol:?}");
        assert!(!sent(protocol, "a b") && !sent(protocol, "") && !sent(protocol, "ä"), "{protocol:?}");
        assert_eq!(sent(protocol, "1a"), protocol != Protocol::Gemini, "{protocol:?}");
    }
}

#[test]
fn too_many_tools_for_one_request() {
    let many = |count: usize| {
        let tools: Vec<Tool> = (0..count).map(|at| made(&format!("t{at}")).expect("legal")).collect();
        totals(&Toolbox::new(tools).expect("no two of one name"))
    };
    assert_eq!(many(128), [""; 0]);
    let fewer = "offer fewer to each agent: choose them by group or with `tools![]`";
    assert_eq!(many(129), [format!("129 tools, but OpenAI takes 128 in one request; {fewer}")]);
    let both = many(513);
    assert_eq!(both[1], format!("513 tools, but Gemini takes 512 in one request; {fewer}"));
}

#[derive(Deserialize, Schema)]
#[serde(untagged)]
#[allow(dead_code)]
enum Either {
    Number(i64),
    Text(String),
}

macro_rules! strict_tools {
    ($($name:ident)*) => {
        $(
            /// Does it
            #[tool(strict)]
            fn $name(
                /// First
                first: Option<bool>,
                /// Second
                second: Option<bool>,
                /// Either
                either: Either,
            ) {
                let _ = (first, second, either);
            }
        )*
        fn strict() -> Vec<Tool> {
            tools![$($name),*].into_iter().collect()
        }
    };
}
strict_tools!(s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 s12 s13 s14 s15 s16 s17 s18 s19 s20);

#[test]
fn strict_tools_are_counted_for_anthropic() {
    let of = |count: usize| totals(&Toolbox::new(strict().into_iter().take(count)).expect("legal"));
    assert_eq!(of(12), [""; 0]);
    let ordinary = "those beyond go there as ordinary ones; drop `strict` where it matters less";
    let optional = |count: usize| {
        format!(
            "{count} properties that may be left out in strict tools, but Anthropic takes 24 in one request; \
             {ordinary}, or make them required"
        )
    };
    assert_eq!(of(13), [optional(26)]);
    let unions = |count: usize| {
        format!(
            "{count} values of several types in strict tools, but Anthropic takes 16 in one request; {ordinary}, or \
             give each of them one type"
        )
    };
    assert_eq!(of(17), [optional(34), unions(17)]);
    let tools = format!("21 strict tools, but Anthropic takes 20 in one request; {ordinary}");
    assert_eq!(of(21), [tools, optional(42), unions(21)]);
    let wire = Toolbox::new(strict()).and_then(|tools| tools.wire(Protocol::Anthropic)).expect("it has a form");
    assert_eq!(wire.json.matches(r#""strict":true"#).count(), 12, "as many as there is room for");
    assert_eq!(wire.losses.iter().filter(|loss| loss.keyword == "strict").count(), 9, "the others are told");
}

#[derive(Deserialize, Schema)]
#[allow(dead_code)]
struct Nest<T> {
    /// Inside
    inner: T,
}

/// Nests
#[tool(strict)]
fn nested(
    /// Six levels with the arguments
    nest: Nest<Nest<Nest<Nest<Nest<bool>>>>>,
) {
    let _ = nest;
}

#[test]
fn what_azure_and_older_models_take_is_told() {
    let toolbox = Toolbox::new(tools![nested]).expect("legal");
    let told: Vec<_> = toolbox.check().iter().map(ToString::to_string).collect();
    let what = "nested: 6 levels of objects, but Azure and older models are said to take 5 in a strict tool; split the \
                tool, or drop `strict` for them";
    assert_eq!(told, [what]);
}

#[test]
fn a_long_description_is_told() {
    let of = |length: usize| {
        let tool = Tool::new("t", "d".repeat(length), json!({"type": "object"}), |_: Value| async {}).expect("legal");
        Toolbox::new([tool]).expect("legal").check().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(of(1024), [""; 0]);
    let what = "t: 1025 characters of description, but OpenAI Chat takes 1024; say what concerns a parameter in the \
                parameter's own description";
    assert_eq!(of(1025), [what]);
}
