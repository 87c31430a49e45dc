//! Documents, results of searches and other parts of an Anthropic client's request: back to Anthropic as they came, and
//! elsewhere as far as the wire can say them.

use fcall::protocol::{Dialect, Protocol, Translator};
use serde_json::{Value, json};

use crate::{PROTOCOLS, sent};

/// A request of a client of Anthropic's: these parts of a user, or of the result of a call.
fn of_user(content: &Value) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]})
}

fn of_result(content: &Value) -> Value {
    let call = json!({"type": "tool_use", "id": "t1", "name": "now", "input": {}});
    let result = json!({"type": "tool_result", "tool_use_id": "t1", "content": content});
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]})
}

/// Anthropic gets the parts as they were, wherever they stand, and nothing is told as lost.
#[track_caller]
fn check_kept(content: &Value) {
    for body in [of_user(content), of_result(content)] {
        let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
        let last = body["messages"].as_array().map_or(0, Vec::len) - 1;
        let (came, goes) = (&body["messages"][last]["content"], &there["messages"][last]["content"]);
        let list =
            |content: &Value| content[0].get("tool_use_id").map_or(content.clone(), |_| content[0]["content"].clone());
        assert_eq!(list(came), list(goes));
        assert_eq!(losses, Vec::<String>::new());
    }
}

fn elsewhere() -> impl Iterator<Item = Protocol> {
    PROTOCOLS.into_iter().filter(|service| *service != Protocol::Anthropic)
}

#[test]
fn a_document_keeps_what_is_said_beside_it() {
    let pdf = json!({"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="});
    let cited =
        json!([{"type": "document", "title": "T", "source": pdf, "citations": {"enabled": true}, "context": "c"}]);
    let not = json!([{"type": "document", "source": pdf, "citations": {"enabled": false}}]);
    check_kept(&cited);
    check_kept(&not);
    for service in elsewhere() {
        for body in [of_user, of_result] {
            let (there, losses) = sent(Protocol::Anthropic, service, &body(&cited));
            assert!(there.to_string().contains("JVBERi0="), "{service}: {there}");
            for key in ["citations", "context"] {
                assert!(losses.iter().any(|loss| loss.contains(&format!(" {key}: "))), "{service}: {losses:?}");
            }
            // That nothing is cited is what all others do.
            let losses = sent(Protocol::Anthropic, service, &body(&not)).1;
            assert!(!losses.iter().any(|loss| loss.contains("citations")), "{service}: {losses:?}");
        }
    }
}

#[test]
fn what_else_a_result_holds_goes_back_as_it_came() {
    let found = json!({"type": "search_result", "source": "https://x.example", "title": "T", "citations": {"enabled": true},
        "content": [{"type": "text", "text": "found"}]});
    let inner = json!({"type": "document", "title": "D", "citations": {"enabled": true},
        "source": {"type": "content", "content": [{"type": "text", "text": "inner"}]}});
    let cited = json!({"type": "text", "text": "cited", "citations": [{"type": "char_location", "cited_text": "c"}]});
    let named = json!({"type": "tool_reference", "tool_name": "now"});
    let unheard_of = json!({"type": "unheard_of", "text": {"n": 1}});
    let text = json!({"type": "text", "text": "So:"});
    check_kept(&json!([found]));
    check_kept(&json!([named]));
    check_kept(&json!([text, found, inner, named, unheard_of]));
    let body = of_result(&json!([text, found, inner, cited, named, unheard_of]));
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
    assert_eq!((&there["messages"][2]["content"], losses.len()), (&body["messages"][2]["content"], 0), "{losses:?}");
    for service in elsewhere() {
        let (there, losses) = sent(Protocol::Anthropic, service, &body);
        let shown = there.to_string();
        for word in ["So:", "https://x.example", "T", "found", "inner", "cited"] {
            assert!(shown.contains(word), "{service}: {shown}");
        }
        let told = |word: &str| losses.iter().filter(|loss| loss.contains(word)).count();
        assert_eq!(
            (told("`tool_reference`"), told("`unheard_of`"), told(" citations: ")),
            (1, 1, 3),
            "{service}: {losses:?}"
        );
    }
}

/// A result that is an error is text alone.
#[test]
fn what_an_error_cannot_hold_is_told() {
    let mut body = of_result(&json!([{"type": "text", "text": "No."}, {"type": "tool_reference", "tool_name": "now"}]));
    body["messages"][2]["content"][0]["is_error"] = json!(true);
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
    assert_eq!(there["messages"][2]["content"][0]["content"], "No.", "{there}");
    assert_eq!(losses.len(), 1, "{losses:?}");
}

/// A mark inside a part is counted as any other is.
#[test]
fn marks_on_parts_of_its_own_are_counted() {
    let marked = |n: usize| json!({"type": "unheard_of", "n": n, "cache_control": {"type": "ephemeral"}});
    let body = of_user(&(0..6).map(marked).collect());
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
    assert_eq!(there.to_string().matches("cache_control").count(), 4, "{there}");
    assert_eq!(losses.len(), 2, "{losses:?}");
    let body = of_result(&json!([{"type": "unheard_of", "cache_control": {"type": "ephemeral"}}]));
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
    let result = &there["messages"][2]["content"][0];
    assert_eq!((&result["content"], losses.len()), (&json!([{"type": "unheard_of"}]), 0), "{there}");
    assert_eq!(result["cache_control"], json!({"type": "ephemeral"}), "{there}");
}

#[test]
fn a_text_as_a_document_reaches_the_model_as_its_words() {
    let plain = json!([{"type": "document", "title": "notes.txt", "context": "c",
        "source": {"type": "text", "media_type": "text/plain", "data": "plain words here"}}]);
    check_kept(&plain);
    check_kept(&json!([{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}}]));
    for service in elsewhere() {
        for body in [of_user, of_result] {
            let there = sent(Protocol::Anthropic, service, &body(&plain)).0.to_string();
            assert!(there.contains(r#"text":"[notes.txt]\nplain words here""#), "{service}: {there}");
            assert!(!there.contains("base64") && !there.contains("inlineData"), "{service}: {there}");
        }
    }
}

/// Other wires have a text as bytes; what is no text stays out, and is told.
#[test]
fn a_text_that_came_as_bytes_is_a_document() {
    for (data, text) in [
        ("", Some("")),
        ("cGxhaW4=", Some("plain")),
        ("cGxhaW4", Some("plain")),
        ("cGxhaW4gdw==", Some("plain w")),
        ("w6nDqfCfmIA=", Some("\u{e9}\u{e9}\u{1f600}")),
        ("/+8=", None),
        ("cGxh W4=", None),
        ("cGxha", None),
        ("cGxhaW4====", None),
    ] {
        for mime in ["text/plain", "text/plain; charset=utf-8"] {
            let part =
                json!({"type": "input_file", "filename": "n.txt", "file_data": format!("data:{mime};base64,{data}")});
            let asked = json!({"model": "m", "input": [{"role": "user", "content": [part]}]});
            let (there, losses) = sent(Protocol::OpenAiResponses, Protocol::Anthropic, &asked);
            let block = match text {
                Some(text) => json!({"type": "document", "title": "n.txt",
                    "source": {"type": "text", "media_type": "text/plain", "data": text}}),
                None => json!({"type": "text", "text": format!("[{mime} left out]")}),
            };
            assert_eq!(there["messages"][0]["content"], json!([block]), "{data}");
            assert_eq!(losses.len(), usize::from(text.is_none()), "{data}: {losses:?}");
        }
    }
}

#[test]
fn a_document_that_is_elsewhere_stays_one() {
    for source in [json!({"type": "url", "url": "https://x.example/d"}), json!({"type": "file", "file_id": "file_2"})] {
        check_kept(&json!([{"type": "document", "source": source, "title": "D"}]));
        check_kept(&json!([{"type": "image", "source": source}]));
    }
    // Of what another client gives only an address of, the address tells what it is, and else the kind of its part.
    let of_responses = |part: Value| json!({"model": "m", "input": [{"role": "user", "content": [part]}]});
    let of_chat = |part: Value| json!({"model": "m", "messages": [{"role": "user", "content": [part]}]});
    let document = |url: &str| json!({"type": "document", "source": {"type": "url", "url": url}});
    let image = |url: &str| json!({"type": "image", "source": {"type": "url", "url": url}});
    let (any, png) = ("https://x.example/d", "https://x.example/a.b/D.PNG?size=1#top");
    for (client, asked, block) in [
        (Protocol::OpenAiResponses, of_responses(json!({"type": "input_file", "file_url": any})), document(any)),
        (Protocol::OpenAiResponses, of_responses(json!({"type": "input_file", "file_url": png})), image(png)),
        (Protocol::OpenAiResponses, of_responses(json!({"type": "input_image", "image_url": any})), image(any)),
        (
            Protocol::OpenAiChat,
            of_chat(json!({"type": "file", "file": {"file_id": "file_2"}})),
            json!({"type": "document", "source": {"type": "file", "file_id": "file_2"}}),
        ),
    ] {
        let (there, losses) = sent(client, Protocol::Anthropic, &asked);
        assert_eq!((&there["messages"][0]["content"], losses.len()), (&json!([block]), 0), "{client}: {losses:?}");
    }
}

/// What is read of a user's text, and where the newest version takes none.
#[test]
fn what_a_users_text_rests_on_is_told_where_it_is_refused() {
    let cited = json!([{"type": "text", "text": "Cited.", "citations": [{"type": "char_location"}]}]);
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &of_user(&cited));
    assert_eq!(there["messages"][0]["content"], json!([{"type": "text", "text": "Cited."}]));
    assert_eq!(losses.len(), 1, "{losses:?}");
    let mut dialect = Dialect::official(Protocol::Anthropic, "m");
    for (version, told) in [("2023-06-01", 0), ("2026-10-21", 1)] {
        dialect.anthropic_version = version;
        let translator = Translator::new(Protocol::Anthropic, Protocol::Anthropic).dialect(dialect.clone());
        let translated = translator.request(of_result(&cited).to_string().as_bytes(), None).expect("a request");
        assert_eq!(translated.losses.len(), told, "{:?}", translated.losses);
        let kept = String::from_utf8_lossy(&translated.body).contains("char_location");
        assert_eq!(kept, told == 0, "{version}");
    }
}

#[test]
fn a_document_of_the_assistant_goes_back_as_it_came() {
    let document =
        json!({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}});
    let body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Here."}, document]},
        {"role": "user", "content": [{"type": "text", "text": "And?"}]}]});
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
    assert_eq!((&there["messages"], losses.len()), (&body["messages"], 0), "{losses:?}");
    for service in elsewhere() {
        let losses = sent(Protocol::Anthropic, service, &body).1;
        assert_eq!(losses.len(), 1, "{service}: {losses:?}");
    }
}
