//! What must not get out.

use fcall_runtime::{
    client::{Environment, Retry, Service},
    message::RequestOptions,
    model::Model,
    protocol::Protocol,
    testing::{Fault, Script},
};

use super::{PROTOCOLS, Reply, ask, ask_with, impatient, serve};

#[test]
fn debug_shows_no_key() {
    let service = Service::new(Protocol::OpenAiChat, "https://example.com/v1?key=sk-secret")
        .key("sk-secret")
        .header("x-api-key", "sk-secret");
    let shown = format!("{service:?} {:?}", service.clone().model("m"));
    assert!(!shown.contains("sk-secret"), "{shown}");
    assert!(shown.contains("example.com"), "{shown}");
    let environment = Environment::of([("OPENAI_API_KEY", "sk-secret")]);
    let model = environment.model("openai/gpt-4o").expect("a model");
    assert!(!format!("{model:?} {}", model.id()).contains("sk-secret"));
}

#[tokio::test]
async fn a_key_never_goes_over_plain_http_to_another_machine() {
    let plain = |base: &str| Service::new(Protocol::OpenAiChat, base);
    for service in [
        plain("http://192.0.2.1/v1").key("sk-secret"),
        plain("http://example.com/v1").key("sk-secret"),
        plain("http://localhost.example.com/v1").key("sk-secret"),
        plain("http://127.0.0.1.example.com/v1").key("sk-secret"),
        plain("http://0.0.0.0/v1").key("sk-secret"),
        plain("http://192.0.2.1/v1").header("api-key", "sk-secret"),
        plain("http://192.0.2.1/v1").header("authorization", "sk-secret"),
        plain("http://192.0.2.1/v1?key=sk-secret"),
    ] {
        let model = service.model("m");
        let (_, ended) = ask(&model, Reply::Whole).await;
        let error = ended.expect_err("an error before anything is sent");
        assert!(error.to_string().contains("plain http"), "{model:?}: {error}");
        assert!(!error.is_retryable());
        assert!(!format!("{error:?}").contains("sk-secret"), "{error:?}");
    }
    let model = plain("http://192.0.2.1/v1").model("m");
    model.check().expect("without a key it may");
    let mut options = RequestOptions::default();
    options.headers.push(("authorization".into(), "sk-secret".into()));
    let (_, ended) = ask_with(&model, Reply::Whole, &options).await;
    assert!(ended.expect_err("a key for one request").to_string().contains("plain http"));
}

#[test]
fn a_key_may_go_over_plain_http_to_the_machine_itself() {
    for base in ["http://127.0.0.1:9/v1", "http://127.8.9.1/v1", "http://[::1]:9/v1", "http://LOCALHOST:9/v1"] {
        Service::new(Protocol::OpenAiChat, base).key("k").model("m").check().expect(base);
    }
}

#[tokio::test]
async fn a_client_for_https_can_be_built() {
    let model = Service::new(Protocol::Anthropic, "https://example.com").key("k").model("m");
    if let Err(error) = model.check() {
        assert!(error.to_string().contains("CA certificates"), "{error:?}");
    }
}

#[tokio::test]
async fn localhost_is_the_machine_itself() {
    let server = serve(&Script::new().text("Hello!")).await;
    let base = format!("http://localhost:{}/v1", server.address().port());
    let (reply, ended) = ask(&Service::new(Protocol::OpenAiChat, base).key("k").model("m"), Reply::Whole).await;
    ended.expect("an answer");
    assert_eq!(reply.message.text(), "Hello!");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    for protocol in PROTOCOLS {
        for status in [301, 302, 303, 307, 308] {
            let elsewhere = serve(&Script::new().text("caught")).await;
            let server = serve(&Script::new()).await;
            let target = format!("http://{}/v1/messages?key=sk-secret", elsewhere.address());
            server.fail_next(Fault::answer(status).header("location", target));
            let (_, ended) = ask(&impatient(&server, protocol).model("m"), Reply::Whole).await;
            let error = ended.expect_err("a redirect is an error");
            assert_eq!(error.status(), Some(status));
            assert!(error.to_string().contains(&elsewhere.address().to_string()), "{error}");
            assert!(!error.is_retryable());
            assert!(!format!("{error:?}").contains("sk-secret"), "{error:?}");
            assert_eq!(elsewhere.requests(), [], "the redirect was followed");
        }
    }
}

#[tokio::test]
async fn a_service_that_repeats_the_key_does_not_get_it_into_an_error() {
    let server = serve(&Script::new()).await;
    let told = r#"{"error":{"message":"Incorrect API key provided: sk-secret","code":"bad: sk-secret"}}"#;
    server.fail_next(Fault::answer(401).body(told));
    let (_, ended) = ask(&impatient(&server, Protocol::OpenAiChat).model("m"), Reply::Whole).await;
    let error = ended.expect_err("a wrong key");
    assert_eq!(error.status(), Some(401));
    assert!(error.to_string().contains("Incorrect API key provided: (hidden)"), "{error}");
    assert!(!format!("{error:?}").contains("sk-secret"), "{error:?}");
}

/// What a service says is cut where it is long; nothing of a key stands before the cut, however it is spelled.
#[tokio::test]
async fn no_part_of_a_key_gets_into_an_error() {
    let key = "sk-ant-SECRET/SECRET+SECRET";
    let spelled = [key.to_owned(), key.replace('/', "\\/"), key.replace('/', "\\u002f"), key.replace('/', "%2F")];
    for spelled in spelled {
        for before in 470..=500 {
            let words = format!("{} {spelled} which is wrong", "x".repeat(before));
            let server = serve(&Script::new()).await;
            server.fail_next(Fault::answer(403).body(words));
            let service = server.service(Protocol::OpenAiChat).key(key).retry(Retry::never());
            let (_, ended) = ask(&service.model("m"), Reply::Whole).await;
            let error = format!("{:?}", ended.expect_err("a wrong key"));
            assert!(error.contains("(hidden)") || before > 491, "{before}: {error}");
            assert!(!error.contains("SECRET") && !error.contains("sk-ant-S"), "{before}: {error}");
        }
    }
}

#[test]
fn a_missing_or_unusable_key_is_told_before_anything_is_sent() {
    let service = || Service::new(Protocol::OpenAiChat, "https://example.com/v1");
    for (service, words) in [
        (service().key_from_env("FCALL_TEST_NO_SUCH_VARIABLE"), "FCALL_TEST_NO_SUCH_VARIABLE"),
        (service().key("  "), "the key is empty"),
        (service().key("sk-\u{1}secret"), "authorization"),
        (service().header("a b", "c"), "`a b`"),
        (service().header("x-a", "sk\nsecret"), "x-a"),
    ] {
        let error = service.model("m").check().expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}
