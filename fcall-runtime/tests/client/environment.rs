//! Which model a program gets that names none.

use std::sync::Arc;

use fcall_runtime::{
    Error,
    client::{EnvModel, Environment, KnownService, LocalServer},
    model::Model,
    protocol::Protocol,
    testing::{Fault, Script, Server},
};

use super::{Reply, ask, serve};

type Variables<'a> = &'a [(&'a str, &'a str)];

fn choose(variables: Variables<'_>) -> Result<EnvModel, Error> {
    Environment::of(variables.iter().copied()).choose(|| Arc::new(Script::new().text("from the last resort")))
}

#[track_caller]
fn check(variables: Variables<'_>, id: &str) {
    let model = choose(variables).unwrap_or_else(|error| panic!("{variables:?}: {error}"));
    assert_eq!(model.id(), id, "{variables:?}");
}

#[track_caller]
fn refuse(variables: Variables<'_>, words: &str) {
    let error = choose(variables).expect_err(words);
    assert!(error.to_string().contains(words), "{variables:?}: {error}");
    assert!(!format!("{error:?}").contains("sk-secret"), "{variables:?}: {error:?}");
}

#[test]
fn a_model_is_named_with_its_service() {
    check(&[("FCALL_MODEL", "openai/gpt-4o-mini"), ("OPENAI_API_KEY", "k")], "openai/gpt-4o-mini");
    check(&[("FCALL_MODEL", "anthropic/claude-sonnet-4.5"), ("ANTHROPIC_API_KEY", "k")], "anthropic/claude-sonnet-4-5");
    check(&[("FCALL_MODEL", "openai-responses/gpt-5"), ("OPENAI_API_KEY", "k")], "openai-responses/gpt-5");
    let responses = ("FCALL_PROTOCOL", "openai-responses");
    check(&[("FCALL_MODEL", "openai/gpt-5"), ("OPENAI_API_KEY", "k"), responses], "openai-responses/gpt-5");
    refuse(&[("FCALL_MODEL", "groq/m"), ("GROQ_API_KEY", "sk-secret"), responses], "FCALL_BASE_URL");
    check(&[("FCALL_MODEL", "ofox/openai/gpt-4o"), ("OFOXAI_API_KEY", "k")], "ofox/openai/gpt-4o");
    check(&[("FCALL_MODEL", "groq/m"), ("FCALL_API_KEY", "k")], "groq/m");
    check(&[("FCALL_MODEL", "ollama/llama3.2:1b")], "ollama/llama3.2:1b");
    check(&[("FCALL_MODEL", " xai/grok-4 "), ("XAI_API_KEY", "k"), ("OPENAI_API_KEY", "k")], "xai/grok-4");
}

#[test]
fn a_base_url_goes_with_a_model() {
    let base = ("FCALL_BASE_URL", "http://127.0.0.1:9000/v1");
    check(&[base, ("FCALL_MODEL", "house/model")], "house/model at 127.0.0.1:9000");
    refuse(&[base], "FCALL_MODEL");
    refuse(&[("FCALL_BASE_URL", "sk-secret"), ("FCALL_MODEL", "m")], "not a URL");
    refuse(
        &[("FCALL_BASE_URL", "http://example.com"), ("FCALL_MODEL", "m"), ("FCALL_API_KEY", "sk-secret")],
        "plain http",
    );
    refuse(&[base, ("FCALL_MODEL", "m"), ("FCALL_PROTOCOL", "smtp")], "smtp");
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    refuse(&[("FCALL_MODEL", "openai/gpt-4o")], "OPENAI_API_KEY");
    refuse(&[("FCALL_MODEL", "openai/gpt-4o"), ("OPENAI_API_KEY", "  ")], "OPENAI_API_KEY");
    refuse(&[("FCALL_MODEL", "gpt-4o"), ("OPENAI_API_KEY", "sk-secret")], "openai, openai-responses, anthropic");
    refuse(&[("FCALL_MODEL", "openai"), ("OPENAI_API_KEY", "sk-secret")], "openai/gpt-4o");
    refuse(&[("FCALL_MODEL", "openai/"), ("OPENAI_API_KEY", "sk-secret")], "names no model");
    refuse(&[("FCALL_API_KEY", "sk-secret")], "FCALL_MODEL");
    refuse(
        &[("FCALL_MODEL", "openai/gpt-4o"), ("OPENAI_API_KEY", "k"), ("FCALL_PROTOCOL", "anthropic")],
        "FCALL_BASE_URL",
    );
}

#[test]
fn the_first_key_that_is_set_chooses() {
    check(&[("OPENAI_API_KEY", "k"), ("ANTHROPIC_API_KEY", "k")], "openai/gpt-4o");
    check(&[("ANTHROPIC_API_KEY", "k"), ("GROQ_API_KEY", "k")], "anthropic/claude-sonnet-4-5");
    check(&[("OPENAI_API_KEY", ""), ("OFOXAI_API_KEY", "k")], "ofox/openai/gpt-4o");
    let model = choose(&[("DEEPSEEK_API_KEY", "sk-secret")]).expect("a model");
    let choice = model.choice().expect("chosen at once");
    assert!(choice.contains("deepseek/deepseek-chat") && choice.contains("DEEPSEEK_API_KEY"), "{choice}");
    assert!(!format!("{choice}{model:?}").contains("sk-secret"));
}

#[test]
fn every_known_service_can_be_named() {
    for known in KnownService::all() {
        let key = known.key_variable.map(|variable| (variable, "k"));
        let place = known.base_variable.filter(|_| known.base_url.is_empty());
        let variables = key.into_iter().chain(place.map(|variable| (variable, "https://my-place.example")));
        let model = Environment::of(variables).model(&format!("{}/a/b", known.name)).expect(known.name);
        assert_eq!(model.id(), format!("{}/a/b", known.name));
        assert_eq!(model.name(), "a/b");
    }
    let names: Vec<_> = KnownService::all().iter().map(|known| known.name).collect();
    let error = Environment::of([("", ""); 0]).model("closedai/gpt").expect_err("unknown");
    for name in names {
        assert!(error.to_string().contains(name), "{name} is missing: {error}");
    }
}

#[tokio::test]
async fn gemini_has_two_variables_for_its_key() {
    let server = serve(&Script::new().text("a").text("b")).await;
    let base = server.base_url(Protocol::Gemini);
    for (variables, key) in
        [(vec![("GOOGLE_API_KEY", "k2"), ("GEMINI_API_KEY", "k1")], "k1"), (vec![("GOOGLE_API_KEY", "k2")], "k2")]
    {
        let variables = variables.into_iter().chain([("GOOGLE_GEMINI_BASE_URL", base.as_str())]);
        let (_, ended) = ask(&Environment::of(variables).model("gemini/m").expect("a model"), Reply::Whole).await;
        ended.expect("a reply");
        let request = server.requests().pop().expect("a request");
        assert_eq!(request.header("x-goog-api-key"), Some(key));
        assert_eq!(request.path, "/v1beta/models/m:generateContent");
    }
    // The second one is used for much else: it alone chooses nothing.
    assert_eq!(choose(&[("GOOGLE_API_KEY", "k")]).expect("a model").choice(), None);
    let chosen = choose(&[("GEMINI_API_KEY", "k")]).expect("a model").choice().expect("chosen");
    assert!(chosen.starts_with("gemini/"), "{chosen}");
}

#[tokio::test]
async fn the_vendors_own_variables_for_another_base_are_heeded() {
    let server = serve(&Script::new().text("a").text("b")).await;
    let (openai, anthropic) = (server.base_url(Protocol::OpenAiChat), server.base_url(Protocol::Anthropic));
    let environment = Environment::of([
        ("OPENAI_API_KEY", "k1"),
        ("OPENAI_BASE_URL", &openai),
        ("ANTHROPIC_API_KEY", "k2"),
        ("ANTHROPIC_BASE_URL", &anthropic),
    ]);
    for name in ["openai/m", "anthropic/claude-opus-4.1"] {
        let (_, ended) = ask(&environment.model(name).expect(name), Reply::Whole).await;
        ended.expect(name);
    }
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer k1"));
    assert_eq!(requests[1].header("x-api-key"), Some("k2"));
    assert_eq!(requests[1].json()["model"], "claude-opus-4-1");
}

#[tokio::test]
async fn a_base_url_says_its_protocol_unless_told_otherwise() {
    for (prefix, protocol, path) in [
        ("/v1", None, "/v1/chat/completions"),
        ("/anthropic", None, "/anthropic/v1/messages"),
        ("/v1/responses", None, "/v1/responses"),
        ("/v1", Some("openai-responses"), "/v1/responses"),
        ("", Some("anthropic"), "/v1/messages"),
        ("", Some("gemini"), "/v1beta/models/m:generateContent"),
        ("/anthropic", Some("openai-chat"), "/anthropic/chat/completions"),
    ] {
        let server = serve(&Script::new().text("a")).await;
        let base = format!("http://{}{prefix}", server.address());
        let mut variables = vec![("FCALL_BASE_URL", &*base), ("FCALL_MODEL", "m"), ("FCALL_API_KEY", "k")];
        variables.extend(protocol.map(|protocol| ("FCALL_PROTOCOL", protocol)));
        let (_, ended) = ask(&choose(&variables).expect("a model"), Reply::Whole).await;
        ended.expect("a reply");
        assert_eq!(server.requests()[0].path, path, "{variables:?}");
    }
}

/// The servers of these names, as places to seek at.
fn places<'a>(servers: impl IntoIterator<Item = (&'a str, &'a Server)>) -> Vec<LocalServer> {
    let place = |(name, server): (&str, &Server)| LocalServer::new(name, server.base_url(Protocol::OpenAiChat));
    servers.into_iter().map(place).collect()
}

fn nothing_set() -> Environment {
    Environment::of([("", ""); 0])
}

#[tokio::test]
async fn a_local_server_that_has_a_model_answers() {
    let list = r#"{"object":"list","data":[{"id":"nomic-embed-text"},{"id":"small-model","object":"model"}]}"#;
    let other = serve(&Script::new().text("from the other server")).await;
    let server = serve(&Script::new().text("from the server").text("again")).await;
    other.fail_next(Fault::answer(200).header("content-type", "text/html").body("<h1>my project</h1>"));
    server.fail_next(Fault::answer(200).body(list));
    let model = nothing_set()
        .local_servers(places([("Another", &other), ("llama.cpp", &server)]))
        .choose(|| Arc::new(Script::new()))
        .expect("a model");
    assert_eq!(server.requests(), [], "it is sought at the first request");
    assert_eq!(model.choice(), None);
    for expected in ["from the server", "again"] {
        let (response, ended) = ask(&model, Reply::Streamed).await;
        ended.expect("a reply");
        assert_eq!(response.message.text(), expected);
    }
    assert_eq!(model.id(), "llama.cpp/small-model");
    let paths: Vec<_> = server.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(paths, ["/v1/models", "/v1/chat/completions", "/v1/chat/completions"], "it is sought once");
    assert_eq!(server.requests()[1].json()["model"], "small-model");
    assert_eq!(other.requests().len(), 1, "what is no model server is shown no prompt");
}

#[tokio::test]
async fn the_first_in_the_list_answers_though_another_is_quicker() {
    let (first, second) = (serve(&Script::new().text("first")).await, serve(&Script::new().text("second")).await);
    let model = nothing_set()
        .local_servers(places([("First", &first), ("Second", &second)]))
        .choose(|| Arc::new(Script::new()))
        .expect("a model");
    let (response, ended) = ask(&model, Reply::Whole).await;
    ended.expect("a reply");
    assert_eq!(response.message.text(), "first");
}

#[tokio::test(start_paused = true)]
async fn what_answers_otherwise_is_no_model_server() {
    for fault in [
        Fault::answer(200).body("[]"),
        Fault::answer(200).body(r#"{"object":"list","data":[]}"#),
        Fault::answer(200).body(r#"{"data":[{"id":"x"}]}"#),
        Fault::answer(200).body(r#"{"object":"list","data":[{"name":"x"}]}"#),
        Fault::answer(401).body(r#"{"object":"list","data":[{"id":"x"}]}"#),
        Fault::answer(302).header("location", "http://127.0.0.1:9/v1/models"),
        Fault::answer(200).body(vec![b' '; 2 << 20]),
        Fault::hang(),
        Fault::close(),
    ] {
        let server = serve(&Script::new().text("from the server")).await;
        server.fail_next(fault.clone());
        let model = nothing_set()
            .local_servers(places([("Odd", &server)]))
            .choose(|| Arc::new(Script::new().text("from the last resort")))
            .expect("a model");
        let (response, ended) = ask(&model, Reply::Whole).await;
        ended.expect("a reply");
        assert_eq!(response.message.text(), "from the last resort", "{fault:?}");
        assert_eq!(server.requests().len(), 1, "{fault:?}: shown a prompt");
    }
}

#[tokio::test]
async fn only_this_machine_is_searched() {
    let model = nothing_set()
        .local_servers([LocalServer::new("Elsewhere", "http://192.0.2.1:8080/v1")])
        .choose(|| Arc::new(Script::new().text("from the last resort")))
        .expect("a model");
    let (response, ended) = ask(&model, Reply::Whole).await;
    ended.expect("a reply");
    assert_eq!(response.message.text(), "from the last resort");
}

#[tokio::test]
async fn a_release_build_says_all_that_was_tried() {
    let model = nothing_set()
        .local_servers([LocalServer::new("Ollama", "http://127.0.0.1:1/v1")])
        .as_in_release()
        .choose(|| panic!("nobody asked for the last resort"))
        .expect("a model that is still sought");
    let (_, ended) = ask(&model, Reply::Whole).await;
    let error = ended.expect_err("nobody answers").to_string();
    for tried in ["FCALL_MODEL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OFOXAI_API_KEY", "Ollama at 127.0.0.1:1"] {
        assert!(error.contains(tried), "{tried} is missing: {error}");
    }
    let offline = Environment::of([("FCALL_MODEL", "offline")]).as_in_release();
    let model = offline.choose(|| Arc::new(Script::new().text("offline"))).expect("a model");
    let (response, _) = ask(&model, Reply::Whole).await;
    assert_eq!(response.message.text(), "offline");
}
