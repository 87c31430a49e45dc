//! The scripted model.

use std::time::Duration;

use fcall_runtime::{
    Result,
    message::{Assembler, FinishReason, Message, Request, RequestOptions, Response, ToolChoice, ToolSpec, ToolSpecs},
    model::Model,
    testing::{Script, Turn},
};
use tokio::time::Instant;

async fn ask(model: &Script, question: &str, stream: bool) -> (Response, Result<()>) {
    let messages = [Message::user(question)];
    let tools = ToolSpecs::new(vec![ToolSpec::new("get_weather", "Current weather", r#"{"type":"object"}"#)]);
    let mut options = RequestOptions::default();
    options.max_tokens = Some(7);
    let request = Request::new(&messages, &tools, &options).stream(stream).tool_choice(&ToolChoice::Required);
    let mut turn = Assembler::new(1);
    let ended = model.reply(&request, &mut turn).await;
    (turn.finish(), ended)
}

#[tokio::test]
async fn turns_come_in_order_and_requests_are_recorded() {
    let script = Script::new().calls([("get_weather", serde_json::json!({"city": "Paris"}))]).text("Sunny. \u{1f31e}");
    let model = script.clone();
    for (stream, question) in [(false, "first"), (true, "second")] {
        let (response, ended) = ask(&model, question, stream).await;
        ended.expect("a turn");
        if stream {
            assert_eq!(
                (response.message.text().as_str(), response.finish),
                ("Sunny. \u{1f31e}", Some(FinishReason::Stop))
            );
        } else {
            let call = response.message.tool_calls().next().expect("a call");
            assert_eq!((&*call.id, &*call.name, &*call.arguments), ("call_1_1", "get_weather", r#"{"city":"Paris"}"#));
            assert_eq!(response.finish, Some(FinishReason::ToolCalls));
        }
    }
    let asked = script.requests();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].messages, [Message::user("second")]);
    assert_eq!(asked[0].tools, ["get_weather"]);
    assert_eq!(asked[0].tool_choice, ToolChoice::Required);
    assert_eq!(asked[0].options.max_tokens, Some(7));
    assert_eq!((asked[0].stream, asked[1].stream), (false, true));
}

#[tokio::test]
async fn the_end_of_the_script_is_told() {
    let script = Script::new().text("only one");
    ask(&script, "one", false).await.1.expect("a turn");
    let error = ask(&script, "two", false).await.1.expect_err("no second turn");
    assert!(error.to_string().contains("it has 1 turns, and this is request 2"), "{error}");
    assert!(!error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn a_turn_may_be_late() {
    let script = Script::new().turn(Turn::new().text("late").delay(Duration::from_secs(300)));
    let begin = Instant::now();
    ask(&script, "?", false).await.1.expect("a turn");
    assert_eq!(begin.elapsed(), Duration::from_secs(300));
}

#[tokio::test]
async fn faults_are_what_they_say() {
    let script = Script::new()
        .rate_limited(Duration::from_secs(9))
        .server_error()
        .error(400, "tools.0: bad")
        .turn(Turn::new().text("Let me see.").call("get_weather", r#"{"city":"Paris"}"#).cut())
        .calls([("get_weather", r#"{"city": "Par"#)]);
    let limited = ask(&script, "1", false).await.1.expect_err("a 429");
    assert_eq!((limited.status(), limited.is_retryable()), (Some(429), true));
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(9)));
    let down = ask(&script, "2", false).await.1.expect_err("a 500");
    assert_eq!((down.status(), down.is_retryable()), (Some(500), true));
    let bad = ask(&script, "3", false).await.1.expect_err("a 400");
    assert_eq!((bad.service_message(), bad.is_retryable()), (Some("tools.0: bad"), false));
    let (half, cut) = ask(&script, "4", true).await;
    assert!(cut.expect_err("half a reply").is_cut());
    assert_eq!((half.message.text().as_str(), half.message.tool_calls().count()), ("Let me see.", 0));
    let (malformed, ended) = ask(&script, "5", true).await;
    ended.expect("a whole turn");
    assert_eq!(malformed.message.tool_calls().next().expect("a call").arguments, r#"{"city": "Par"#);
}
