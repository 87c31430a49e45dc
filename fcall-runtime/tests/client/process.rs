//! What depends on the process as a whole: its variables, its stderr. Each test runs a child of itself.

use std::process::{Command, Output};

use fcall_runtime::{client::Service, model::Model, model_from_env, protocol::Protocol, testing::Script};

use super::{Reply, ask, serve};

/// Runs the test of this name, which is ignored otherwise, in a process with these variables only.
fn child(name: &str, variables: &[(&str, &str)]) -> Output {
    let program = std::env::current_exe().expect("the test's own program");
    let test = format!("process::{name}");
    let mut command = Command::new(program);
    command.args([&test, "--exact", "--ignored", "--nocapture"]).env_clear().envs(variables.iter().copied());
    command.output().expect("a child process")
}

#[track_caller]
fn passed(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    (out, err)
}

#[test]
fn who_answers_is_said_on_stderr_once() {
    let (out, err) = passed(&child("asks_twice", &[("FCALL_MODEL", "offline")]));
    let said = "fcall: offline planner (not a language model) answers";
    assert_eq!(err.matches(said).count(), 1, "{err}");
    assert_eq!(out.matches(said).count(), 0, "{out}");
}

#[tokio::test]
#[ignore = "run as a child by who_answers_is_said_on_stderr_once"]
async fn asks_twice() {
    let model = model_from_env().expect("a model");
    assert_eq!(model.id(), "offline planner (not a language model)");
    for _ in 0..2 {
        ask(&model, Reply::Whole).await.1.expect("a reply");
    }
}

#[test]
#[cfg(target_os = "linux")] // where certificates are files
fn a_machine_without_ca_certificates_has_all_but_https() {
    let nowhere = [("SSL_CERT_FILE", "/nowhere/at/all.pem"), ("SSL_CERT_DIR", "/nowhere/at/all")];
    passed(&child("asks_for_https_and_http", &nowhere));
}

#[tokio::test]
#[ignore = "run as a child by a_machine_without_ca_certificates_has_all_but_https"]
async fn asks_for_https_and_http() {
    let error = Service::new(Protocol::OpenAiChat, "https://example.com/v1").key("k").model("m").check();
    let error = error.expect_err("nothing can be trusted").to_string();
    assert!(error.contains("CA certificates") && error.contains("SSL_CERT_FILE"), "{error}");
    Service::new(Protocol::OpenAiChat, "http://192.0.2.1/v1").model("m").check().expect("plain http");
    let server = serve(&Script::new().text("Hello!")).await;
    ask(&server.service(Protocol::OpenAiChat).model("m"), Reply::Whole).await.1.expect("a reply");
}

#[test]
fn no_proxy_stands_between_a_program_and_its_own_machine() {
    let proxy = "http://127.0.0.1:1";
    passed(&child("asks_this_machine", &[("http_proxy", proxy), ("HTTP_PROXY", proxy), ("ALL_PROXY", proxy)]));
}

#[tokio::test]
#[ignore = "run as a child by no_proxy_stands_between_a_program_and_its_own_machine"]
async fn asks_this_machine() {
    let server = serve(&Script::new().text("Hello!")).await;
    ask(&server.service(Protocol::OpenAiChat).model("m"), Reply::Whole).await.1.expect("a reply");
    // The proxy is there for everyone else, and nobody listens on its port.
    let elsewhere =
        Service::new(Protocol::OpenAiChat, "http://192.0.2.1/v1").retry(fcall_runtime::client::Retry::never());
    let error = ask(&elsewhere.model("m"), Reply::Whole).await.1.expect_err("no proxy");
    assert!(error.is_connect(), "{error:?}");
}
