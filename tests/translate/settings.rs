//! Settings that have no neutral form: said where the service has the same, told by their own key where not.

use fcall::protocol::{Protocol, Translator};
use serde_json::{Value, json};

use crate::openai::{CHAT, RESPONSES};

const ANTHROPIC: Protocol = Protocol::Anthropic;
const GEMINI: Protocol = Protocol::Gemini;

/// A model of each protocol that thinks as hard as it is told to.
fn thinker(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::OpenAiChat | Protocol::OpenAiResponses => "gpt-5.1",
        Protocol::Anthropic => "claude-opus-4-7",
        _ => "gemini-3-pro-preview",
    }
}

/// What a service gets of a request with these settings, and the paths of what is told.
#[track_caller]
fn set(client: Protocol, service: Protocol, more: &Value) -> (Value, Vec<String>) {
    let mut body = match client {
        Protocol::OpenAiChat => json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}),
        Protocol::OpenAiResponses => json!({"model": "m", "input": "Hi", "store": false}),
        Protocol::Anthropic => json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}),
        _ => json!({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}),
    };
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let translator = Translator::new(client, service);
    let translated = translator.request(body.to_string().as_bytes(), Some(thinker(service))).expect("a request");
    let losses = translated.losses.iter().map(|loss| loss.path.clone()).collect();
    (serde_json::from_slice(&translated.body).expect("JSON"), losses)
}

/// The effort that a body asks for, as its wire writes it.
fn effort(service: Protocol, body: &Value) -> &Value {
    match service {
        Protocol::OpenAiChat => &body["reasoning_effort"],
        Protocol::OpenAiResponses => &body["reasoning"]["effort"],
        Protocol::Anthropic => &body["output_config"]["effort"],
        _ => &body["generationConfig"]["thinkingConfig"]["thinkingLevel"],
    }
}

#[test]
fn an_effort_goes_on_whatever_stands_beside_it() {
    for (word, gemini) in [("low", "LOW"), ("high", "HIGH"), ("xhigh", "XHIGH"), ("max", "XHIGH")] {
        let beside = json!({"reasoning": {"effort": word, "summary": "auto"}});
        for (client, asked, told) in [
            (CHAT, json!({"reasoning_effort": word}), vec![]),
            (RESPONSES, json!({"reasoning": {"effort": word}}), vec![]),
            (RESPONSES, beside.clone(), vec!["reasoning.summary".to_owned()]),
            (ANTHROPIC, json!({"output_config": {"effort": word}}), vec![]),
        ] {
            for service in Protocol::ALL.into_iter().filter(|service| *service != client) {
                let (body, losses) = set(client, service, &asked);
                let expected = if service == GEMINI { gemini } else { word };
                assert_eq!(effort(service, &body), expected, "{client} to {service}: {body}");
                assert_eq!(losses, told, "{client} to {service}");
            }
        }
        let (body, losses) = set(RESPONSES, RESPONSES, &beside);
        assert_eq!((&body["reasoning"], losses), (&beside["reasoning"], vec![]));
    }
}

#[test]
fn what_both_of_openais_wires_have_goes_from_one_to_the_other() {
    let alike = [
        (json!({"metadata": {"run": "7"}}), json!({"metadata": {"run": "7"}})),
        (json!({"user": "ann"}), json!({"user": "ann"})),
        (json!({"safety_identifier": "ann"}), json!({"safety_identifier": "ann"})),
        (json!({"service_tier": "flex"}), json!({"service_tier": "flex"})),
        (json!({"prompt_cache_key": "k"}), json!({"prompt_cache_key": "k"})),
        (json!({"verbosity": "low"}), json!({"text": {"verbosity": "low"}})),
        (json!({"reasoning_effort": "utmost"}), json!({"reasoning": {"effort": "utmost"}})),
        (
            json!({"verbosity": "low", "response_format": {"type": "json_object"}}),
            json!({"text": {"verbosity": "low", "format": {"type": "json_object"}}}),
        ),
    ];
    for (chat, responses) in &alike {
        for (client, asked, service, expected) in
            [(CHAT, chat, RESPONSES, responses), (RESPONSES, responses, CHAT, chat)]
        {
            let (body, losses) = set(client, service, asked);
            for (key, value) in expected.as_object().expect("an object") {
                assert_eq!(&body[key], value, "{client} to {service}: {body}");
            }
            assert_eq!(losses, [""; 0], "{client} to {service}: {body}");
        }
    }
}

#[test]
fn who_asks_and_how_words_are_drawn_is_said_where_it_can_be() {
    for client in [CHAT, RESPONSES] {
        for key in ["user", "safety_identifier"] {
            let (body, losses) = set(client, ANTHROPIC, &json!({key: "ann"}));
            assert_eq!((&body["metadata"], losses), (&json!({"user_id": "ann"}), vec![]), "{client}: {key}");
        }
        let (body, losses) = set(ANTHROPIC, client, &json!({"metadata": {"user_id": "ann"}}));
        assert_eq!((&body["safety_identifier"], losses), (&json!("ann"), vec![]), "{client}");
        // OpenAI takes no longer ones, and no metadata of this kind.
        let (body, losses) = set(ANTHROPIC, client, &json!({"metadata": {"user_id": "a".repeat(65), "more": 1}}));
        assert_eq!((&body["safety_identifier"], &body["metadata"]), (&Value::Null, &Value::Null), "{client}: {body}");
        assert_eq!(losses, ["metadata.user_id", "metadata.more"], "{client}");
    }
    let (body, losses) = set(CHAT, GEMINI, &json!({"presence_penalty": 0.5, "top_k": 7}));
    assert_eq!(body["generationConfig"], json!({"presencePenalty": 0.5, "topK": 7}));
    assert_eq!(losses, [""; 0]);
    let (body, losses) = set(GEMINI, ANTHROPIC, &json!({"generationConfig": {"topK": 7}}));
    assert_eq!((&body["top_k"], losses), (&json!(7), vec![]));
    let (_, losses) = set(GEMINI, CHAT, &json!({"generationConfig": {"topK": 7}}));
    assert_eq!(losses, ["generationConfig.topK"]);
}

#[test]
fn what_is_lost_is_told_by_its_own_key() {
    let text = json!({"text": {"format": {"type": "json_object"}, "verbosity": "low"}});
    let (body, losses) = set(RESPONSES, GEMINI, &text);
    assert_eq!(body["generationConfig"]["responseMimeType"], "application/json");
    assert_eq!(losses, ["text.verbosity"]);
    let (_, losses) =
        set(CHAT, ANTHROPIC, &json!({"metadata": {"run": "7"}, "service_tier": "flex", "verbosity": "low"}));
    assert_eq!(losses, ["metadata", "service_tier", "verbosity"]);
    // What happens anyhow is no loss.
    let (_, losses) = set(CHAT, ANTHROPIC, &json!({"n": 1, "presence_penalty": 0, "logprobs": false, "metadata": {}}));
    assert_eq!(losses, [""; 0]);
}
