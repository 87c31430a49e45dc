//! A run can be saved between any two steps and go on in another process.

use fcall::{
    CallContext, Message, Model, Outcome, Toolbox,
    agent::{CallEnd, CallStatus, Next, State, StepLimits},
    message::{Assembler, Request, RequestOptions, ToolChoice, ToolResult},
    serde_json,
    testing::Script,
    tools,
};

use super::{add, agent, assert_answered, fail, wait};

fn script() -> Script {
    Script::new()
        .calls([("add", r#"{"a":2,"b":3}"#), ("fail", r#"{"how":"failed"}"#)])
        .calls([("add", r#"{"a":5,"b":5}"#)])
        .text("It is 10.")
}

#[tokio::test]
async fn a_run_saved_and_read_back_at_every_step_is_the_same_run() {
    let expected = agent(&script()).run("2 + 3 + 5?").await.unwrap();

    let model = script();
    let tools = Toolbox::new(tools![add, wait, fail]).unwrap();
    let options = RequestOptions::default();
    let first = State::new(vec![Message::user("2 + 3 + 5?")], ToolChoice::Auto, StepLimits::default());
    let mut saved = serde_json::to_string(&first).unwrap();
    loop {
        let mut state: State = serde_json::from_str(&saved).unwrap();
        match state.next() {
            Next::Ask { messages, tool_choice, turn } => {
                let mut reply = Assembler::new(turn as usize);
                let request = Request::new(messages, tools.specs(), &options).tool_choice(tool_choice);
                model.reply(&request, &mut reply).await.unwrap();
                state.replied(reply.finish());
            }
            Next::Call(pending) => {
                let mut ends = Vec::new();
                for call in pending.calls() {
                    let cx = CallContext::for_call(call, pending.turn());
                    ends.push(match tools.call(&call.name, &call.arguments, &cx).await {
                        Ok(Outcome::Done(output)) => {
                            CallEnd::new(Outcome::Done(output).into_result(call), CallStatus::Done)
                        }
                        Ok(outcome) => CallEnd::new(outcome.into_result(call), CallStatus::Failed),
                        Err(unknown) => {
                            CallEnd::new(ToolResult::error(call, unknown.to_string()), CallStatus::UnknownTool)
                        }
                    });
                }
                ends.reverse(); // results come in any order
                state.answered(ends);
            }
            Next::Done(_) => {
                let run = state.into_run();
                assert_eq!(run.messages, expected.messages);
                assert_eq!((run.turns, run.stop), (expected.turns, expected.stop));
                return;
            }
            other => panic!("{other:?}"),
        }
        saved = serde_json::to_string(&state).unwrap();
    }
}

#[test]
fn a_saved_run_of_a_later_version_is_refused() {
    let state = State::new(Vec::new(), ToolChoice::Auto, StepLimits::default());
    let later = serde_json::to_string(&state).unwrap().replace(r#""version":1"#, r#""version":2"#);
    let error = serde_json::from_str::<State>(&later).unwrap_err();
    assert!(error.to_string().contains("a saved run of version 2"), "{error}");
}

#[test]
fn what_is_not_next_changes_nothing() {
    let mut state = State::new(vec![Message::user("hi")], ToolChoice::Auto, StepLimits::default());
    let before = state.clone();
    state.answered(Vec::new());
    assert_eq!(state, before);
    state.replied(Assembler::new(1).finish());
    let done = state.clone();
    state.replied(Assembler::new(2).finish());
    assert_eq!(state, done);
}

#[test]
fn a_history_with_open_calls_is_closed() {
    let mut reply = Assembler::new(1);
    for (part, name) in ["add", "wait"].into_iter().enumerate() {
        use fcall::message::{Delta, Sink};
        reply.push(Delta::CallStart { part, id: name.to_owned(), name: name.to_owned() });
        reply.push(Delta::CallEnd { part });
    }
    let open = vec![Message::user("hi"), reply.finish().message, Message::user("and?")];
    let state = State::new(open, ToolChoice::Auto, StepLimits::default());
    assert_answered(state.messages());
    assert_eq!(state.messages().len(), 4);
}
