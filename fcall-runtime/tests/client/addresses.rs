//! Where a request goes, and with which headers.

use fcall_runtime::{
    client::{Auth, Service},
    message::RequestOptions,
    protocol::Protocol,
    testing::Script,
};

use super::{Reply, ask, ask_with, serve};

/// The path and the header of the key that reach a server, for a base URL that ends in `base`.
async fn check(protocol: Protocol, base: &str, path: &str, header: &str, value: &str) {
    let server = serve(&Script::new().text("Hello!")).await;
    let model = Service::new(protocol, format!("http://{}{base}", server.address())).key("sk-secret").model("m");
    let _ = ask(&model, Reply::Whole).await;
    let requests = server.requests();
    let [request] = &requests[..] else { panic!("base {base:?}: {} requests instead of one", requests.len()) };
    assert_eq!(request.method, "POST", "base {base:?}");
    assert_eq!(request.path, path, "base {base:?}");
    assert_eq!(request.header(header), Some(value), "base {base:?}");
    let other = if header == "authorization" { "x-api-key" } else { "authorization" };
    assert_eq!(request.header(other), None, "base {base:?}: a second key");
    assert_eq!(request.header("host"), Some(server.address().to_string().as_str()));
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn openai_bases() {
    for (base, path) in [
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("", "/chat/completions"),
        ("/", "/chat/completions"),
        ("/openai/v1//", "/openai/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/v1?api-version=2", "/v1/chat/completions?api-version=2"),
    ] {
        check(Protocol::OpenAiChat, base, path, "authorization", "Bearer sk-secret").await;
    }
}

#[tokio::test]
async fn anthropic_bases() {
    for (base, path) in [
        ("/anthropic", "/anthropic/v1/messages"),
        ("/anthropic/", "/anthropic/v1/messages"),
        ("/anthropic/v1", "/anthropic/v1/messages"),
        ("/anthropic/v1/", "/anthropic/v1/messages"),
        ("", "/v1/messages"),
        ("/", "/v1/messages"),
        ("/v1", "/v1/messages"),
        ("/v1/messages", "/v1/messages"),
    ] {
        check(Protocol::Anthropic, base, path, "x-api-key", "sk-secret").await;
    }
}

#[tokio::test]
async fn gemini_bases() {
    for (base, path) in [
        ("", "/v1beta/models/m:generateContent"),
        ("/", "/v1beta/models/m:generateContent"),
        ("/v1beta", "/v1beta/models/m:generateContent"),
        ("/v1/", "/v1/models/m:generateContent"),
        ("/gemini", "/gemini/v1beta/models/m:generateContent"),
        ("/v1beta/models", "/v1beta/models/m:generateContent"),
        ("/v1beta/models/other:streamGenerateContent", "/v1beta/models/m:generateContent"),
        ("/v1/projects/p/publishers/google", "/v1/projects/p/publishers/google/models/m:generateContent"),
        ("?quota=2", "/v1beta/models/m:generateContent?quota=2"),
    ] {
        check(Protocol::Gemini, base, path, "x-goog-api-key", "sk-secret").await;
    }
}

#[tokio::test]
async fn a_gemini_model_and_the_form_of_its_reply_are_part_of_the_address() {
    for (model, reply, path) in [
        ("gemini-2.5-pro", Reply::Streamed, "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
        ("models/gemini-2.5-pro", Reply::Whole, "/v1beta/models/gemini-2.5-pro:generateContent"),
        ("tunedModels/mine", Reply::Whole, "/v1beta/tunedModels/mine:generateContent"),
        ("a?b#c", Reply::Whole, "/v1beta/models/a%3Fb%23c:generateContent"),
    ] {
        let server = serve(&Script::new().text("Hello!")).await;
        let (response, ended) = ask(&server.service(Protocol::Gemini).key("k").model(model), reply).await;
        ended.expect("a reply");
        assert_eq!(response.message.text(), "Hello!");
        let requests = server.requests();
        assert_eq!(requests[0].path, path);
        assert!(requests[0].json().get("model").is_none() && requests[0].json().get("stream").is_none());
    }
}

#[tokio::test]
async fn the_version_of_anthropic_is_told_and_can_be_set() {
    let server = serve(&Script::new().text("a").text("b").text("c")).await;
    let service = server.service(Protocol::Anthropic).key("k");
    let _ = ask(&service.clone().model("m"), Reply::Whole).await;
    let newer = service.clone().model("m").with_dialect(|dialect| dialect.anthropic_version = "2026-10-21");
    let _ = ask(&newer, Reply::Whole).await;
    let _ = ask(&service.header("anthropic-version", "2030-01-01").model("m"), Reply::Whole).await;
    let requests = server.requests();
    let versions: Vec<_> = requests.iter().map(|request| request.header("anthropic-version")).collect();
    assert_eq!(versions, [Some("2023-06-01"), Some("2026-10-21"), Some("2030-01-01")]);
}

/// However the version is told, the body is one of that version: the newest refuse to be told of sampling.
#[tokio::test]
async fn a_body_is_one_of_the_version_that_its_header_names() {
    let server = serve(&Script::new().text("a").text("b").text("c").text("d")).await;
    let service = server.service(Protocol::Anthropic).key("k");
    let mut options = RequestOptions::default();
    options.temperature = Some(0.5);
    let _ = ask_with(&service.clone().model("m"), Reply::Whole, &options).await;
    let named = |version: &str| service.clone().header("Anthropic-Version", version).model("m");
    let _ = ask_with(&named("2026-10-21"), Reply::Whole, &options).await;
    let _ = ask_with(&named("2024-01-01"), Reply::Whole, &options).await;
    options.headers.push(("anthropic-version".into(), "2030-01-01".into()));
    let _ = ask_with(&service.model("m"), Reply::Whole, &options).await;
    let told: Vec<_> = server.requests().iter().map(|request| !request.json()["temperature"].is_null()).collect();
    assert_eq!(told, [true, false, true, false]);
}

#[tokio::test]
async fn the_key_goes_where_it_is_wanted() {
    let server = serve(&Script::new().text("a").text("b").text("c")).await;
    let service = server.service(Protocol::Anthropic);
    let _ = ask(&service.clone().key(" k\n").auth(Auth::Bearer).model("m"), Reply::Whole).await;
    let _ = ask(&service.clone().key("k").auth(Auth::Header("api-key".into())).model("m"), Reply::Whole).await;
    let _ = ask(&service.model("m"), Reply::Whole).await;
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer k"));
    assert_eq!(requests[1].header("api-key"), Some("k"));
    for name in ["authorization", "x-api-key", "api-key"] {
        assert_eq!(requests[2].header(name), None, "no key was given");
    }
}

#[tokio::test]
async fn headers_of_the_service_and_of_the_request_are_sent() {
    let server = serve(&Script::new().text("a")).await;
    let model = server.service(Protocol::OpenAiChat).key("k").header("X-Team", "blue").header("x-both", "1").model("m");
    let mut options = RequestOptions::default();
    options.headers.push(("x-both".into(), "2".into()));
    let (_, ended) = ask_with(&model, Reply::Whole, &options).await;
    ended.expect("an answer");
    let requests = server.requests();
    assert_eq!(requests[0].header("x-team"), Some("blue"));
    assert_eq!(requests[0].header("x-both"), Some("2"), "the request's own header wins");
    assert_eq!(requests[0].header("authorization"), Some("Bearer k"));
}

#[tokio::test]
async fn a_base_that_is_none_is_an_error_before_anything_is_sent() {
    for (base, words) in [
        ("sk-secret", "not a URL"),
        ("ftp://example.com", "expected http:// or https://"),
        ("https://me:sk-secret@example.com/v1", "user or password"),
        ("https://example.com/v1#sk-secret", "`#`"),
    ] {
        let model = Service::new(Protocol::OpenAiChat, base).model("m");
        let error = model.check().expect_err(base);
        assert!(error.to_string().contains(words), "{base}: {error}");
        assert!(!format!("{error:?} {model:?}").contains("sk-secret"), "{base}: shows a key: {error:?} {model:?}");
        let (_, ended) = ask(&model, Reply::Whole).await;
        assert_eq!(ended.expect_err(base).to_string(), error.to_string());
    }
}
