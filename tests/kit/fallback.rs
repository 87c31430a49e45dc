//! A model made of models: every fault, behind every pairing of protocols, whole and streamed.

use std::{ops::Deref, time::Duration};

use fcall::{
    Error, Fallback, Message, Model, Protocol, Service,
    client::Retry,
    fallback::{OnBegun, OnEffects},
    message::{Assembler, Delta, Handover, Part, Request, RequestOptions, RunNotes, ToolSpec, ToolSpecs},
    testing::{Fault, Script, Server, Turn},
};
use serde_json::json;
use tokio::net::TcpSocket;

use super::agent;

/// What is pushed while a model answers this request.
async fn deltas(model: &impl Model, request: &Request<'_>) -> (Vec<Delta>, Result<(), Error>) {
    let mut deltas = Vec::new();
    let ended = model.reply(request, &mut deltas).await;
    (deltas, ended)
}

/// The deltas of a reply to one question.
async fn ask(model: &impl Model, stream: bool, notes: Option<&RunNotes>) -> (Vec<Delta>, Result<(), Error>) {
    let messages = [Message::user("What's the weather like in Paris?")];
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let tools = ToolSpecs::new(vec![ToolSpec::new("get_weather", "Current weather", schema)]);
    let options = RequestOptions::default();
    let mut request = Request::new(&messages, &tools, &options).stream(stream);
    request.notes = notes;
    deltas(model, &request).await
}

fn handovers(deltas: &[Delta]) -> Vec<&Handover> {
    let mut handovers = Vec::new();
    for delta in deltas {
        if let Delta::Handover(handover) = delta {
            handovers.push(handover);
        }
    }
    handovers
}

fn text(deltas: &[Delta]) -> String {
    let mut reply = Assembler::new(1);
    deltas.iter().for_each(|delta| fcall::message::Sink::push(&mut reply, delta.clone()));
    reply.finish().message.text()
}

/// A service that fails.
struct Failing {
    server: Server,
    /// Where nobody listens, for as long as nobody else can: the port is taken.
    _shut: Option<TcpSocket>,
}

impl Deref for Failing {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// A server that answers, and one that fails like this, as services without retries.
async fn pair(first: Protocol, fault: Option<Fault>, second: Protocol) -> (Fallback, Failing, Server) {
    let server = Server::start(Script::new().text("from the first")).await.unwrap();
    let answering = Server::start(Script::new().text("from the second")).await.unwrap();
    let (mut service, mut shut) = (server.service(first), None);
    match fault {
        Some(fault) => server.fail_next(fault),
        None => {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let address = socket.local_addr().unwrap().to_string();
            service = Service::new(first, server.base_url(first).replace(&server.address().to_string(), &address));
            shut = Some(socket);
        }
    }
    let failing = Failing { server, _shut: shut };
    let service = service.retry(Retry::never()).idle_timeout(Duration::from_secs(60));
    let second = answering.service(second).retry(Retry::never()).model("second");
    (Fallback::new(service.model("first")).then(second), failing, answering)
}

fn status(status: u16, code: &str, message: &str) -> Option<Fault> {
    Some(Fault::answer(status).body(json!({"error": {"message": message, "type": code, "code": code}}).to_string()))
}

/// The faults that move on, and a word of each.
fn passing() -> Vec<(&'static str, Option<Fault>)> {
    vec![
        ("no connection", None),
        ("connection lost", Some(Fault::close())),
        ("sent nothing", Some(Fault::hang())),
        ("broke off", Some(Fault::cut(0))),
        ("429", status(429, "rate_limit_exceeded", "slow down")),
        ("insufficient_quota", status(429, "insufficient_quota", "You exceeded your current quota")),
        ("402", status(402, "billing_error", "no credits left")),
        ("500", status(500, "server_error", "oops")),
        ("529", status(529, "overloaded_error", "Overloaded")),
        ("503", status(503, "unavailable", "try later")),
        ("408", status(408, "timeout", "too slow")),
        ("not valid", Some(Fault::answer(200).body("<html>maintenance</html>"))),
        ("prompt is too long", status(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")),
        (
            "maximum context length",
            status(400, "invalid_request_error", "This model's maximum context length is 8 tokens, reduce your prompt"),
        ),
        (
            "context_length_exceeded",
            status(400, "context_length_exceeded", "Your input exceeds the context window of this model"),
        ),
        (
            "input token count",
            status(
                400,
                "INVALID_ARGUMENT",
                "The input token count (9) exceeds the maximum number of tokens allowed (8).",
            ),
        ),
    ]
}

/// The faults that don't.
fn staying() -> Vec<(&'static str, Option<Fault>)> {
    vec![
        ("400", status(400, "invalid_request_error", "messages.0: unexpected role")),
        ("401", status(401, "authentication_error", "invalid x-api-key")),
        ("403", status(403, "permission_error", "not for you")),
        ("404", status(404, "not_found_error", "no such model")),
        ("422", status(422, "invalid_request_error", "temperature: out of range")),
        ("500", status(500, "invalid_request_error", "invalid tool schema")),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_another_service_may_not_have_moves_on() {
    for first in Protocol::ALL {
        for second in Protocol::ALL {
            for stream in [false, true] {
                for (word, fault) in passing() {
                    let name = format!("{first} {second} {stream} {word}");
                    let (fallback, _failing, answering) = pair(first, fault, second).await;
                    let (deltas, ended) = ask(&fallback, stream, None).await;
                    ended.unwrap_or_else(|error| panic!("{name}: {error:?}"));
                    assert_eq!(text(&deltas), "from the second", "{name}");
                    assert_eq!(answering.requests().len(), 1, "{name}");
                    let [handover] = handovers(&deltas)[..] else { panic!("{name}: {deltas:?}") };
                    assert!(handover.from.starts_with("first at 127.0.0.1:"), "{name}: {handover:?}");
                    assert!(handover.to.starts_with("second at 127.0.0.1:"), "{name}: {handover:?}");
                    assert!(handover.fault.contains(word), "{name}: {handover:?}");
                    assert!(!handover.after_effects, "{name}");
                    assert!(!deltas.contains(&Delta::Restart), "{name}: nothing was handed out");
                    assert!(matches!(deltas[0], Delta::Handover(_)), "{name}: nothing of the first is left");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_fault_of_the_program_stays() {
    for first in Protocol::ALL {
        for stream in [false, true] {
            for (word, fault) in staying() {
                let (fallback, _failing, answering) = pair(first, fault, Protocol::Anthropic).await;
                let (deltas, ended) = ask(&fallback, stream, None).await;
                let error = ended.expect_err(word);
                assert!(error.to_string().contains(word), "{first} {word}: {error}");
                assert_eq!((deltas.len(), answering.requests().len()), (0, 0), "{first} {word}");
            }
        }
    }
}

#[tokio::test]
async fn the_program_may_decide_which_faults_move_on() {
    let script = || Script::new().error(401, "invalid key").overloaded();
    let fallback = |script| Fallback::new(script).then(Script::new().text("second"));
    let (deltas, ended) = ask(&fallback(script()).on(|fault| fault.status() == Some(401)), false, None).await;
    ended.unwrap();
    assert_eq!(text(&deltas), "second");
    let never = fallback(Script::new().overloaded()).on(|_| false);
    assert_eq!(ask(&never, false, None).await.1.expect_err("a 529").status(), Some(529));
}

#[tokio::test]
async fn the_fault_of_the_last_model_is_the_error() {
    let fallback = Fallback::new(Script::new().overloaded())
        .then(Script::new().server_error())
        .then(Script::new().error(401, "invalid key"));
    assert_eq!(fallback.id(), "script, else script, else script");
    let (deltas, ended) = ask(&fallback, true, None).await;
    assert_eq!(ended.expect_err("all fail").status(), Some(401));
    let faults: Vec<_> = handovers(&deltas).iter().map(|handover| handover.fault.as_str()).collect();
    assert!(faults[0].contains("529") && faults[1].contains("500"), "{faults:?}");
}

#[tokio::test]
async fn what_was_handed_out_is_not_repeated_in_silence() {
    for first in Protocol::ALL {
        let script = || Script::new().turn(Turn::new().text("Half of this").cut());
        let second = || Script::new().text("from the second");
        let server = Server::start(script()).await.unwrap();
        let model = || server.service(first).retry(Retry::never()).model("first");

        let (deltas, ended) = ask(&Fallback::new(model()).then(second()), true, None).await;
        assert!(ended.expect_err("half a reply").is_cut(), "{first}");
        assert_eq!(text(&deltas), "Half o", "{first}: what came is the part that came");
        assert_eq!(handovers(&deltas).len(), 0);

        let server = Server::start(script()).await.unwrap();
        let model = server.service(first).retry(Retry::never()).model("first");
        let asked_for = Fallback::new(model).then(second()).on_begun(OnBegun::Restart);
        let (deltas, ended) = ask(&asked_for, true, None).await;
        ended.unwrap();
        let restart = deltas.iter().position(|delta| *delta == Delta::Restart).expect("it is announced");
        assert!(matches!(deltas[restart + 1], Delta::Handover(_)), "{first}");
        assert_eq!(text(&deltas[..restart]), "Half o", "{first}");
        assert_eq!(text(&deltas), "from the second", "{first}");
    }
}

/// Of half a call nobody reads anything: it is taken back, be it by the retries or by the move.
#[tokio::test]
async fn half_a_call_does_not_keep_another_model_from_going_on() {
    for first in Protocol::ALL {
        for retries in [0, 1] {
            let half = Turn::new().call("get_weather", r#"{"city":"Paris"}"#).cut_after();
            let server = Server::start(Script::new().turn(half).server_error()).await.unwrap();
            let retry = Retry::default().times(retries).first(Duration::from_millis(1));
            let model = server.service(first).retry(retry).model("first");
            let fallback = Fallback::new(model).then(Script::new().text("from the second"));
            let (deltas, ended) = ask(&fallback, true, None).await;
            ended.unwrap_or_else(|error| panic!("{first}, {retries} retries: {error:?}"));
            assert_eq!((text(&deltas).as_str(), handovers(&deltas).len()), ("from the second", 1), "{first}");
            let restart = deltas.iter().rposition(|delta| *delta == Delta::Restart).expect("it is announced");
            let call = deltas.iter().rposition(|delta| matches!(delta, Delta::CallStart { .. })).expect("a call");
            assert!(call < restart, "{first}: nothing of it is left");
            assert_eq!(server.requests().len(), 1 + retries, "{first}");
        }
    }
}

#[tokio::test]
async fn half_of_a_reply_that_is_wanted_whole_is_seen_by_nobody() {
    let cut = || Script::new().turn(Turn::new().text("Half of this").cut());
    let fallback = Fallback::new(cut()).then(Script::new().text("from the second"));
    let (deltas, ended) = ask(&fallback, false, None).await;
    ended.unwrap();
    assert_eq!((text(&deltas).as_str(), deltas.contains(&Delta::Restart)), ("from the second", false));
    // Where nobody goes on, it is the part that came.
    let (deltas, ended) = ask(&Fallback::new(Script::new().overloaded()).then(cut()), false, None).await;
    assert!(ended.expect_err("half a reply").is_cut());
    assert_eq!(text(&deltas), "Half o");
}

#[tokio::test]
async fn a_run_stays_with_the_model_that_answered() {
    let (first, second) =
        (Script::new().overloaded().text("first").text("first"), Script::new().text("one").text("two").overloaded());
    let fallback = Fallback::new(first.clone()).then(second.clone());
    let run = RunNotes::new();
    for expected in ["one", "two"] {
        let (deltas, ended) = ask(&fallback, false, Some(&run)).await;
        ended.unwrap();
        assert_eq!(text(&deltas), expected);
    }
    assert_eq!(first.requests().len(), 1, "the first is left alone");
    let (deltas, ended) = ask(&fallback, false, Some(&run)).await;
    ended.unwrap();
    assert_eq!(text(&deltas), "first", "behind the last the first is asked again");
    let (deltas, ended) = ask(&fallback, false, Some(&RunNotes::new())).await;
    ended.unwrap();
    assert_eq!((text(&deltas).as_str(), handovers(&deltas).len()), ("first", 0), "another run begins with the first");
}

#[tokio::test]
async fn fallbacks_of_fallbacks_keep_apart_who_answers() {
    let (a, b, c) =
        (Script::new().overloaded(), Script::new().text("b").overloaded(), Script::new().text("c").text("c"));
    let fallback = Fallback::new(Fallback::new(a.clone()).then(b.clone())).then(c.clone());
    let run = RunNotes::new();
    for (expected, moves) in [("b", 1), ("c", 2), ("c", 0)] {
        let (deltas, ended) = ask(&fallback, true, Some(&run)).await;
        ended.unwrap_or_else(|error| panic!("{expected}: {error:?}"));
        assert_eq!((text(&deltas).as_str(), handovers(&deltas).len()), (expected, moves));
        if expected == "b" {
            // The next time both of the inner ones fail.
            let _ = a.clone().overloaded();
        }
    }
    assert_eq!((a.requests().len(), b.requests().len(), c.requests().len()), (2, 2, 2));
}

#[tokio::test]
async fn after_effects_a_move_says_so_or_is_not_made() {
    let fallback = || Fallback::new(Script::new().overloaded()).then(Script::new().text("second"));
    let run = RunNotes::new();
    run.note_effects();
    let (deltas, ended) = ask(&fallback(), false, Some(&run)).await;
    ended.unwrap();
    assert!(handovers(&deltas)[0].after_effects);
    let (deltas, ended) = ask(&fallback().on_effects(OnEffects::Stop), false, Some(&run)).await;
    assert_eq!((ended.expect_err("a 529").status(), deltas.len()), (Some(529), 0));
    let (_, ended) = ask(&fallback().on_effects(OnEffects::Stop), false, Some(&RunNotes::new())).await;
    ended.unwrap();
}

#[tokio::test]
async fn options_may_be_changed_for_one_model() {
    let (first, second) = (Script::new().overloaded(), Script::new().text("second"));
    let fallback = Fallback::new(first.clone()).then_with(second.clone(), |options| options.extra.clear());
    let agent = fcall::Agent::builder(fallback).tools([]).extra("top_k", 3).build().unwrap();
    agent.run("Go").await.unwrap();
    assert_eq!(first.requests()[0].options.extra.len(), 1);
    assert_eq!(second.requests()[0].options.extra.len(), 0);
}

/// A reply with a call and everything that only the protocol's own models read.
fn signed(protocol: Protocol) -> String {
    match protocol {
        Protocol::OpenAiChat => {
            json!({"id": "c1", "object": "chat.completion", "model": "first", "choices": [{"index": 0,
            "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null,
            "reasoning_details": [{"type": "reasoning.text", "text": "Look first.", "signature": "SEALED", "index": 0}],
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "get_weather",
            "arguments": "{\"city\":\"Paris\"}"}}]}}]})
        }
        Protocol::OpenAiResponses => {
            json!({"id": "resp_1", "object": "response", "status": "completed", "model": "first",
            "output": [{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "SEALED"},
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather",
            "arguments": "{\"city\":\"Paris\"}", "status": "completed"}]})
        }
        Protocol::Anthropic => json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "first",
            "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1},
            "content": [{"type": "thinking", "thinking": "Look first.", "signature": "SEALED"},
            {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}]}),
        Protocol::Gemini => json!({"responseId": "r1", "modelVersion": "first", "candidates": [{"index": 0,
            "finishReason": "STOP", "content": {"role": "model", "parts": [{"functionCall": {"name": "get_weather",
            "args": {"city": "Paris"}}, "thoughtSignature": "SEALED"}]}}]}),
        other => panic!("a reply of {other} is missing here"),
    }
    .to_string()
}

#[tokio::test]
async fn the_conversation_stays_legal_behind_another_protocol() {
    for first in Protocol::ALL {
        for second in Protocol::ALL {
            for stream in [false, true] {
                let name = format!("{first} {second} {stream}");
                let call = Some(Fault::answer(200).body(signed(first)));
                let (fallback, failing, answering) = pair(first, call, second).await;
                failing.fail_next(status(529, "overloaded_error", "Overloaded").unwrap());
                let agent = agent(fallback);
                let run = match stream {
                    false => agent.run("What's the weather like in Paris?").await,
                    true => agent.stream("What's the weather like in Paris?").finish().await.map(Option::unwrap),
                };
                let run = run.unwrap_or_else(|error| panic!("{name}: {error:?}"));
                run.assert_called("get_weather").with(json!({"city": "Paris"})).returned("sunny in Paris").times(1);
                assert_eq!((run.text.as_str(), run.handovers[0].turn), ("from the second", Some(2)), "{name}");

                let sent = answering.requests();
                assert_eq!(sent.len(), 1, "{name}");
                let body = String::from_utf8_lossy(&sent[0].body);
                assert!(!body.contains("SEALED"), "{name}: what is sealed is for its own model: {body}");
                let read =
                    second.read_request(&sent[0].body).unwrap_or_else(|error| panic!("{name}: {error:?}: {body}"));
                let calls: Vec<_> = read.messages.iter().flat_map(Message::tool_calls).collect();
                let [call] = calls[..] else { panic!("{name}: {body}") };
                let answers = read.messages.iter().flat_map(|message| &message.parts).any(|part| {
                    matches!(part, Part::ToolResult(result)
                        if result.call_id == call.id && result.to_text().contains("sunny in Paris"))
                });
                assert!(answers, "{name}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_model_sealed_goes_back_to_it_alone() {
    for protocol in Protocol::ALL {
        let (fallback, first, second) = pair(protocol, Some(Fault::answer(200).body(signed(protocol))), protocol).await;
        first.fail_next(status(503, "unavailable", "try later").unwrap());
        let other = signed(protocol).replace("SEALED", "CLOSED").replace("Paris", "Rome");
        second.fail_next(Fault::answer(200).body(other));
        second.fail_next(status(529, "overloaded_error", "Overloaded").unwrap());
        let run = agent(fallback).run("Paris or Rome?").await.unwrap_or_else(|error| panic!("{protocol}: {error:?}"));
        assert_eq!((run.text.as_str(), run.handovers.len()), ("from the first", 2), "{protocol}");
        run.assert_calls(["get_weather", "get_weather"]);
        let body = |server: &Server, nth: usize| String::from_utf8_lossy(&server.requests()[nth].body).into_owned();
        // Asked in this order: the first (which seals), it again (in vain), the second (which seals), it again (in vain),
        // the first.
        assert_eq!((first.requests().len(), second.requests().len()), (3, 2), "{protocol}");
        let seals = |body: String| (body.contains("SEALED"), body.contains("CLOSED"));
        assert_eq!(seals(body(&first, 1)), (true, false), "{protocol}: its own");
        assert_eq!(seals(body(&second, 0)), (false, false), "{protocol}: a stranger's");
        assert_eq!(seals(body(&second, 1)), (false, true), "{protocol}: its own, and a stranger's");
        assert_eq!(seals(body(&first, 2)), (true, false), "{protocol}: its own, and a stranger's");
    }
}

#[tokio::test]
async fn a_turn_that_another_model_began_goes_on_without_thinking() {
    let first = Script::new().calls([("get_weather", json!({"city": "Paris"}))]).overloaded().overloaded();
    let server = Server::start(Script::new().text("Sunny.").text("You are welcome.")).await.unwrap();
    let second = server.service(Protocol::Anthropic).model("claude-sonnet-4-5").with_dialect(|dialect| {
        dialect.thinking = fcall::protocol::Thinking::Budget;
    });
    let agent = fcall::Agent::builder(Fallback::new(first).then(second)).tools(fcall::tools![super::get_weather]);
    let mut chat = agent.reasoning(fcall::message::Effort::Low).build().unwrap().chat();
    chat.send("How is the weather in Paris?").await.unwrap();
    chat.send("Thanks!").await.unwrap();
    let thinking: Vec<_> = server.requests().iter().map(|request| request.json()["thinking"]["type"].clone()).collect();
    // The service refuses to think in a turn that did not begin with thinking, and may from the next on.
    assert_eq!(thinking, [json!(null), json!("enabled")]);
}

#[tokio::test]
async fn a_chat_remembers_who_sealed_what() {
    for protocol in Protocol::ALL {
        let (fallback, first, second) = pair(protocol, Some(Fault::answer(200).body(signed(protocol))), protocol).await;
        let mut chat = agent(fallback).chat();
        chat.send("How is the weather in Paris?").await.unwrap();
        first.fail_next(status(529, "overloaded_error", "Overloaded").unwrap());
        let run = chat.send("Thanks!").await.unwrap_or_else(|error| panic!("{protocol}: {error:?}"));
        assert_eq!(run.text, "from the second", "{protocol}");
        let body = |server: &Server, nth: usize| String::from_utf8_lossy(&server.requests()[nth].body).into_owned();
        assert!(body(&first, 1).contains("SEALED"), "{protocol}: its own");
        assert!(!body(&second, 0).contains("SEALED"), "{protocol}: of the run before");
        assert!(body(&second, 0).contains("sunny in Paris"), "{protocol}: what was said stays");
    }
}
