//! The schemas that were sent to providers, and whether they were taken.

use std::{env, fs, path::Path};

use fcall::{
    schema::Form,
    serde_json::{self, Value},
};

use super::rules::broken;

#[test]
fn what_providers_took_is_sendable() {
    let Some(corpus) = env::var_os("FCALL_CORPUS") else {
        println!("skipped: FCALL_CORPUS names no corpus");
        return;
    };
    let text = fs::read_to_string(Path::new(&corpus).join("schemas/recorded.jsonl")).expect("the corpus has schemas");
    let (mut taken, mut refused) = (0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a line of JSON");
        let strict = case["strict"] == true;
        let form = match case["protocol"].as_str() {
            Some("anthropic") if strict => Form::AnthropicStrict,
            Some("anthropic") => Form::Anthropic,
            Some("gemini") => Form::GeminiJson,
            _ if strict => Form::OpenAiStrict,
            _ => Form::OpenAi,
        };
        let fitted = form.fit(&case["schema"].to_string());
        if case["accepted"] == true {
            let fitted = fitted.unwrap_or_else(|fault| panic!("{}: {fault}", case["id"]));
            let sent = serde_json::from_str(&fitted.json).expect("JSON");
            assert_eq!(broken(form, &sent), [""; 0], "{}: {sent}", case["id"]);
            taken += 1;
        } else {
            // what was refused is said in a form that is taken, or not at all
            if let Ok(fitted) = fitted {
                let sent = serde_json::from_str(&fitted.json).expect("JSON");
                assert_eq!(broken(form, &sent), [""; 0], "{}: {sent}", case["id"]);
            }
            refused += 1;
        }
    }
    assert_eq!((taken, refused), (309, 8));
}
