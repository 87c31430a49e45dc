//! The invariants over recorded traffic.
//!
//! The corpus is not part of the repository: `FCALL_CORPUS` says where it is, and without it there is nothing to test.

use std::{env, fs, panic, path::PathBuf};

use fcall::protocol::Protocol;
use serde_json::Value;

use crate::invariants::{check_reply, check_request};

#[test]
fn openai_chat() {
    check_all(Protocol::OpenAiChat);
}

#[test]
fn openai_responses() {
    check_all(Protocol::OpenAiResponses);
}

#[test]
fn anthropic() {
    check_all(Protocol::Anthropic);
}

#[test]
fn gemini() {
    check_all(Protocol::Gemini);
}

fn check_all(protocol: Protocol) {
    let Some(corpus) = env::var_os("FCALL_CORPUS").map(PathBuf::from) else {
        return eprintln!("skipped: FCALL_CORPUS does not say where the recorded traffic is");
    };
    let path = corpus.join("traffic").join(format!("{protocol}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (mut failures, mut checked) = (Vec::new(), 0);
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).expect("a record");
        let reply = record["response"].as_str().map_or_else(|| record["response"].to_string(), str::to_owned);
        let cut = 1 + checked % 40;
        attempt(&format!("{} in pieces of {cut}", record["id"]), &mut failures, || {
            check_reply(protocol, reply.as_bytes(), cut);
        });
        if record["request"].is_object() {
            let request = record["request"].to_string();
            attempt(&format!("the request of {}", record["id"]), &mut failures, || {
                check_request(protocol, request.as_bytes());
            });
        }
        checked += 1;
    }
    assert!(failures.is_empty(), "{} of {checked} records:\n{}", failures.len(), failures.join("\n"));
    assert!(checked > 300, "only {checked} records");
}

fn attempt(what: &str, failures: &mut Vec<String>, check: impl FnOnce() + panic::UnwindSafe) {
    if let Err(cause) = panic::catch_unwind(check) {
        let cause = cause.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without words".to_owned());
        failures.push(format!("{what}: {cause}"));
    }
}
