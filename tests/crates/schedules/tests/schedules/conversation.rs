//! What is kept of a conversation's encoded form, of its tools', of its run; and where its answer is kept.

use std::sync::Arc;

use schedules::{
    agent::inside::Kept,
    message::{History, Message, Request, RequestOptions, RunNotes, ToolSpec, ToolSpecs},
    protocol::{Dialect, Protocol},
};
use shuttle::thread;

use super::{in_every_order, in_many_orders};

fn tools() -> ToolSpecs {
    ToolSpecs::new(vec![ToolSpec::new("look", "Look it up", r#"{"type":"object","properties":{}}"#)])
}

fn body(protocol: Protocol, tools: &ToolSpecs, history: Option<&History>) -> Vec<u8> {
    let (messages, options) = ([Message::user("one"), Message::assistant("two")], RequestOptions::default());
    let request = Request::new(&messages, tools, &options);
    let request = match history {
        Some(history) => request.history(history),
        None => request,
    };
    protocol.encode("m", &Dialect::official(protocol, "m"), &request).unwrap().body
}

#[test]
fn requests_of_one_conversation_and_one_set_of_tools_come_out_as_if_each_were_alone() {
    for (one, other) in [
        (Protocol::OpenAiChat, Protocol::OpenAiChat),
        (Protocol::OpenAiChat, Protocol::Anthropic),
        (Protocol::OpenAiResponses, Protocol::Gemini),
    ] {
        in_every_order(&format!("{one} beside {other}"), move || {
            let (tools, history) = (Arc::new(tools()), Arc::new(History::default()));
            let requests = [one, other].map(|protocol| {
                let (tools, history) = (Arc::clone(&tools), Arc::clone(&history));
                let alone = body(protocol, &self::tools(), None);
                thread::spawn(move || assert_eq!(body(protocol, &tools, Some(&history)), alone, "{protocol}"))
            });
            requests.into_iter().for_each(|request| request.join().unwrap());
        });
    }
}

#[test]
fn what_is_noted_of_a_run_is_not_lost() {
    in_every_order("notes", || {
        let notes = Arc::new(RunNotes::new());
        let other = Arc::clone(&notes);
        let noted = thread::spawn(move || other.note_effects());
        let seen_before = notes.has_effects();
        noted.join().unwrap();
        assert!(notes.has_effects() || seen_before);
        notes.begin_run();
        assert!(!notes.has_effects());
    });
}

#[test]
fn an_answer_that_was_taken_stays() {
    in_every_order("a wrong and a right answer", || {
        let kept = Arc::new(Kept::<u8>::empty());
        let wrong = Arc::clone(&kept);
        let wrong = thread::spawn(move || assert!(!wrong.read(r#"{"value":"seven"}"#)));
        assert!(kept.read(r#"{"value":7}"#));
        assert!(kept.is_given(), "it was taken, and the wrong one came after it");
        wrong.join().unwrap();
        assert_eq!(kept.take(), Some(7));
    });
    in_many_orders(3_000, || {
        let kept = Arc::new(Kept::<u8>::empty());
        let give = |json: &'static str| {
            let kept = Arc::clone(&kept);
            thread::spawn(move || kept.read(json))
        };
        let calls = [give(r#"{"value":1}"#), give(r#"{"value":2}"#), give(r#"{"value":300}"#)];
        let taken = calls.map(|call| call.join().unwrap());
        assert_eq!(taken, [true, true, false]);
        assert!(matches!(kept.take(), Some(1 | 2)), "one of two right ones is kept");
        assert_eq!(kept.take(), None);
    });
}
