//! The services that are known by name, row by row: where a request goes, how the key is told, which keys go out.

use fcall_runtime::{
    client::{Environment, KnownService},
    message::{Effort, Message, Request, RequestOptions, ResponseSchema, ToolSpec, ToolSpecs},
    protocol::Protocol,
    testing::Script,
};
use serde_json::Value;

use super::{Reply, ask, serve};

/// A row: `service/model`, the variables beside the key, the address, the header of the key, the keys of the body that
/// differ by service, and what is told to be lost.
struct Row {
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    address: &'static str,
    key: &'static str,
    sent: &'static [&'static str],
    lost: &'static [&'static str],
}

const BEARER: &str = "Bearer";
const NONE: &str = "no key";
/// What OpenAI's newer models take.
const NEW: &[&str] = &["max_completion_tokens", "temperature", "seed", "stop", "parallel", "json_schema", "strict"];
/// What every compatible server takes.
const OLD: &[&str] = &["max_tokens", "temperature", "seed", "stop", "parallel", "json_schema"];
/// What is lost there: strict tools, and how hard to think.
const OLD_LOST: &[&str] = &["strict", "reasoning"];

const ROWS: &[Row] = &[
    row("openai/gpt-4o", "https://api.openai.com/v1/chat/completions", BEARER, NEW, &["reasoning"]),
    row(
        "openai/o3-mini",
        "https://api.openai.com/v1/chat/completions",
        BEARER,
        &["max_completion_tokens", "seed", "json_schema", "strict", "effort"],
        &["parallel_calls", "temperature", "stop"],
    ),
    row(
        "openai-responses/gpt-4o",
        "https://api.openai.com/v1/responses",
        BEARER,
        &["max_output_tokens", "temperature", "parallel", "json_schema", "strict"],
        &["stop", "seed", "reasoning"],
    ),
    row(
        "anthropic/claude-sonnet-4.5",
        "https://api.anthropic.com/v1/messages",
        "ApiKey",
        &["max_tokens", "stop", "parallel", "json_schema", "strict", "effort"],
        &["temperature", "seed"],
    ),
    row(
        "gemini/gemini-3-pro-preview",
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro-preview:generateContent",
        "x-goog-api-key",
        &["max_tokens", "temperature", "seed", "stop", "json_schema", "strict", "effort"],
        &["parallel_calls"],
    ),
    row("ofox/openai/gpt-4o", "https://api.ofox.ai/v1/chat/completions", BEARER, OLD, OLD_LOST),
    row(
        "ofox-anthropic/anthropic/claude-sonnet-4.5",
        "https://api.ofox.ai/anthropic/v1/messages",
        "ApiKey",
        &["max_tokens", "stop", "parallel", "json_schema", "strict", "effort"],
        &["temperature", "seed"],
    ),
    row("azure/my-gpt-4o", "https://house.openai.azure.com/openai/v1/chat/completions", "api-key", NEW, &["reasoning"])
        .with(&[("AZURE_OPENAI_ENDPOINT", "https://house.openai.azure.com/")]),
    row(
        "azure/my gpt",
        "https://house.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21",
        "api-key",
        NEW,
        &["reasoning"],
    )
    .with(&[("AZURE_OPENAI_ENDPOINT", "https://house.openai.azure.com"), ("OPENAI_API_VERSION", "2024-10-21")]),
    row(
        "openrouter/openai/gpt-4o",
        "https://openrouter.ai/api/v1/chat/completions",
        BEARER,
        &["max_tokens", "temperature", "seed", "stop", "parallel", "json_schema", "strict"],
        &["reasoning"],
    ),
    row(
        "groq/llama-3.3-70b-versatile",
        "https://api.groq.com/openai/v1/chat/completions",
        BEARER,
        &["max_completion_tokens", "temperature", "seed", "stop", "parallel", "json_schema"],
        OLD_LOST,
    ),
    row(
        "mistral/mistral-large-latest",
        "https://api.mistral.ai/v1/chat/completions",
        BEARER,
        &["max_tokens", "temperature", "stop", "parallel", "json_schema"],
        &["strict", "seed", "reasoning"],
    ),
    row(
        "deepseek/deepseek-chat",
        "https://api.deepseek.com/chat/completions",
        BEARER,
        &["max_tokens", "temperature", "stop", "json_object", "strict"],
        &["parallel_calls", "seed", "reasoning", "schema"],
    ),
    row(
        "qwen/qwen-plus",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
        BEARER,
        &["max_tokens", "temperature", "seed", "stop", "parallel", "json_object"],
        &["strict", "reasoning", "schema"],
    ),
    row(
        "glm/glm-4.6",
        "https://api.z.ai/api/paas/v4/chat/completions",
        BEARER,
        &["max_tokens", "temperature", "stop", "json_object"],
        &["strict", "parallel_calls", "seed", "reasoning", "schema"],
    ),
    row(
        "moonshot/kimi-k2-0905-preview",
        "https://api.moonshot.ai/v1/chat/completions",
        BEARER,
        &["max_tokens", "temperature", "seed", "stop", "parallel", "json_object"],
        &["strict", "reasoning", "schema"],
    ),
    row("xai/grok-4", "https://api.x.ai/v1/chat/completions", BEARER, OLD, OLD_LOST),
    row("together/meta-llama/Llama-3.3-70B", "https://api.together.xyz/v1/chat/completions", BEARER, OLD, OLD_LOST),
    row(
        "fireworks/accounts/f/models/l",
        "https://api.fireworks.ai/inference/v1/chat/completions",
        BEARER,
        OLD,
        OLD_LOST,
    ),
    row("cerebras/gpt-oss-120b", "https://api.cerebras.ai/v1/chat/completions", BEARER, NEW, &["reasoning"]),
    row("ollama/qwen3", "http://127.0.0.1:11434/v1/chat/completions", NONE, OLD, OLD_LOST),
    row("llama.cpp/any", "http://127.0.0.1:8080/v1/chat/completions", NONE, OLD, OLD_LOST),
    row("lm-studio/any", "http://127.0.0.1:1234/v1/chat/completions", NONE, OLD, OLD_LOST),
    row("vllm/any", "http://127.0.0.1:8000/v1/chat/completions", NONE, OLD, OLD_LOST),
];

const fn row(
    name: &'static str,
    address: &'static str,
    key: &'static str,
    sent: &'static [&'static str],
    lost: &'static [&'static str],
) -> Row {
    Row { name, variables: &[], address, key, sent, lost }
}

impl Row {
    const fn with(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }
}

/// Which of the keys that differ by service are in a body.
fn keys(body: &str) -> Vec<&'static str> {
    let all: [(&str, &[&str]); 11] = [
        ("max_tokens", &["\"max_tokens\"", "\"maxOutputTokens\""]),
        ("max_completion_tokens", &["\"max_completion_tokens\""]),
        ("max_output_tokens", &["\"max_output_tokens\""]),
        ("temperature", &["\"temperature\""]),
        ("seed", &["\"seed\""]),
        ("stop", &["\"stop\"", "\"stop_sequences\"", "\"stopSequences\""]),
        ("parallel", &["\"parallel_tool_calls\"", "\"disable_parallel_tool_use\""]),
        ("json_schema", &["\"json_schema\"", "\"responseJsonSchema\""]),
        ("json_object", &["\"json_object\""]),
        ("strict", &["\"strict\":true", "\"VALIDATED\""]),
        ("effort", &["\"reasoning_effort\"", "\"budget_tokens\"", "\"thinkingLevel\"", "\"effort\""]),
    ];
    all.into_iter().filter(|(_, words)| words.iter().any(|word| body.contains(word))).map(|(key, _)| key).collect()
}

#[test]
fn each_service_is_asked_as_it_wants_to_be() {
    let mut spec = ToolSpec::new("now", "The time", r#"{"type":"object","properties":{}}"#);
    spec.strict = true;
    let (messages, tools) = ([Message::user("Hi")], ToolSpecs::new(vec![spec]));
    let mut options = RequestOptions::default();
    (options.max_tokens, options.temperature, options.seed) = (Some(9000), Some(0.5), Some(7));
    (options.parallel_calls, options.reasoning, options.stop) =
        (Some(false), Some(Effort::Low), vec!["END".to_owned()]);
    let format = ResponseSchema::new("a", r#"{"type":"object","properties":{}}"#).into();
    let request = Request::new(&messages, &tools, &options).format(&format);
    for row in ROWS {
        let (service, model) = row.name.split_once('/').expect("service/model");
        let known = KnownService::named(service).expect("a known service");
        let key = known.key_variable.map(|variable| (variable, "sk-secret"));
        let variables = key.into_iter().chain(row.variables.iter().copied());
        let model_of = Environment::of(variables).model(row.name).expect(row.name);
        assert_eq!(model_of.address(false).expect("an address"), row.address, "{}", row.name);
        let shown = format!("{model_of:?}");
        match row.key {
            NONE => assert!(known.key_variable.is_none(), "{}: asks for no key", row.name),
            header => assert!(shown.contains(header), "{}: {shown}", row.name),
        }
        assert!(!shown.contains("sk-secret"), "{}: {shown}", row.name);
        let encoded = model_of.encode(&request).expect("a request");
        let body = String::from_utf8_lossy(&encoded.body).into_owned();
        let mut sent = keys(&body);
        let mut expected = row.sent.to_vec();
        sent.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sent, expected, "{}: {body}", row.name);
        let mut lost: Vec<&str> = encoded.losses.iter().map(|loss| loss.keyword.as_str()).collect();
        let mut expected = row.lost.to_vec();
        lost.sort_unstable();
        expected.sort_unstable();
        assert_eq!(lost, expected, "{}", row.name);
        if known.protocol != Protocol::Gemini {
            let named: Value = serde_json::from_str(&body).expect("JSON");
            let spelled = if service == "anthropic" { model.replace('.', "-") } else { model.to_owned() };
            assert_eq!(named["model"], spelled, "{}", row.name);
        }
    }
    for known in KnownService::all() {
        let tested = ROWS.iter().any(|row| row.name.split_once('/').is_some_and(|(name, _)| name == known.name));
        assert!(tested, "{} has no row here", known.name);
    }
}

#[tokio::test]
async fn a_deployment_has_an_address_and_a_header_of_its_own() {
    let server = serve(&Script::new().text("a").text("b")).await;
    let place = format!("http://{}", server.address());
    let variables = [("AZURE_OPENAI_API_KEY", "k"), ("AZURE_OPENAI_ENDPOINT", place.as_str())];
    let dated = variables.into_iter().chain([("OPENAI_API_VERSION", "2024-10-21")]);
    for (variables, path) in [
        (dated.collect::<Vec<_>>(), "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"),
        (variables.to_vec(), "/openai/v1/chat/completions"),
    ] {
        let model = Environment::of(variables).model("azure/my-gpt").expect("a model");
        let (_, ended) = ask(&model, Reply::Whole).await;
        ended.expect("a reply");
        let request = server.requests().pop().expect("a request");
        assert_eq!((request.path.as_str(), request.header("api-key")), (path, Some("k")));
        assert_eq!(request.header("authorization"), None);
    }
    let error = Environment::of([("AZURE_OPENAI_API_KEY", "k")]).model("azure/m").expect_err("no place").to_string();
    assert!(error.contains("AZURE_OPENAI_ENDPOINT is not set"), "{error}");
}
