//! Golden requests: what goes out is held against files that are checked in.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use fcall::{
    Protocol, Service,
    testing::{Asked, Script, assert_golden},
};
use serde_json::{Value, json};

use super::{agent, panic_of};

/// The second request of a run with one call.
async fn asked() -> Asked {
    let script = Script::new().calls([("get_weather", json!({"city": "Paris"}))]).text("It is sunny in Paris.");
    agent(script.clone()).run("What's the weather like in Paris?").await.unwrap();
    script.requests().pop().unwrap()
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// A golden file that a person wrote.
const GOLDEN: &str = r#"{
  "model": "house-model",
  "max_tokens": 4096,
  "messages": [
    {"role": "user", "content": [{"type": "text", "text": "What's the weather like in Paris?"}]},
    {"role": "assistant", "content": [
      {"type": "tool_use", "id": "call_1_1", "name": "get_weather", "input": {"city": "Paris"}}
    ]},
    {"role": "user", "content": [
      {"type": "tool_result", "tool_use_id": "call_1_1", "content": "sunny in Paris"}
    ]}
  ],
  "tools": [
    {
      "name": "get_weather",
      "description": "Current weather of a city",
      "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "City name"}},
        "required": ["city"]
      }
    }
  ],
  "tool_choice": {"type": "auto"}
}"#;

fn model() -> fcall::client::ServiceModel {
    Service::new(Protocol::Anthropic, "http://127.0.0.1:9").model("house-model")
}

#[tokio::test]
async fn a_request_that_goes_out_as_written_passes() {
    let path = file("passes.json", GOLDEN);
    assert_golden(&path, &model(), &asked().await.request());
}

#[tokio::test]
async fn a_request_that_does_not_is_told_place_by_place() {
    let asked = asked().await;
    let told = |name: &str, text: &str| panic_of(|| assert_golden(file(name, text), &model(), &asked.request()));
    let told_apart = |name: &str, from: &str, to: &str, expected: &str| {
        assert!(GOLDEN.contains(from), "{from}");
        let panic = told(name, &GOLDEN.replacen(from, to, 1));
        assert!(panic.ends_with(expected), "{panic}");
        assert!(panic.contains("FCALL_GOLDEN=update"), "{panic}");
    };
    told_apart(
        "text.json",
        "sunny in Paris",
        "rain in Paris",
        ":\n  messages[2].content[0].content: expected \"rain in Paris\", got \"sunny in Paris\"",
    );
    told_apart("number.json", "4096", "4096.0", ":\n  max_tokens: expected 4096.0, got 4096");
    told_apart("more.json", r#""max_tokens": 4096,"#, "", ":\n  max_tokens: expected nothing, got 4096");
    told_apart(
        "less.json",
        r#""tool_choice": "#,
        r#""top_k": 3, "tool_choice": "#,
        ":\n  top_k: expected 3, got nothing",
    );
    told_apart(
        "order.json",
        r#""name": "get_weather",
      "description": "Current weather of a city","#,
        r#""description": "Current weather of a city",
      "name": "get_weather","#,
        ":\n  tools[0] (its members, in order): expected [\"description\",\"name\",\"input_schema\"], got \
         [\"name\",\"description\",\"input_schema\"]",
    );
    told_apart(
        "top.json",
        r#""model": "house-model",
  "max_tokens": 4096,"#,
        r#""max_tokens": 4096, "model": "house-model","#,
        ":\n  the whole (its members, in order): expected [\"max_tokens\",\"model\",\"messages\",\"tools\",\"tool_choice\"], got \
         [\"model\",\"max_tokens\",\"messages\",\"tools\",\"tool_choice\"]",
    );
    assert!(told("none.json", "").contains("is no JSON"));
    let missing = panic_of(|| assert_golden("tests/kit/no_such_file.json", &model(), &asked.request()));
    assert!(missing.contains("no_such_file.json: FCALL_GOLDEN=update writes it; the request is\n{"), "{missing}");
    assert!(!Path::new("tests/kit/no_such_file.json").exists(), "a file that is missing is not made up");
}

/// Runs a test of this program, which is ignored otherwise, with this value of the variable.
fn child(test: &str, variable: &str) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--ignored", "--nocapture"]).env("FCALL_GOLDEN", variable).output().unwrap()
}

#[tokio::test]
#[ignore = "run as a child by the_environment_has_files_written"]
async fn asserts_all() {
    for protocol in Protocol::ALL {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden").join("new").join(format!("{protocol}.json"));
        assert_golden(path, &protocol, &asked().await.request());
    }
}

#[tokio::test]
async fn the_environment_has_files_written() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden").join("new");
    let _ = fs::remove_dir_all(&folder);
    let output = child("golden::asserts_all", "updaet");
    assert!(!output.status.success() && !folder.exists());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("FCALL_GOLDEN is `updaet`: expected `update`, or nothing")
    );

    assert!(child("golden::asserts_all", "update").status.success());
    for protocol in Protocol::ALL {
        let path = folder.join(format!("{protocol}.json"));
        let text = fs::read_to_string(&path).unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(text, format!("{body:#}\n"), "made to be read");
        assert_golden(path, &protocol, &asked().await.request());
    }
}
