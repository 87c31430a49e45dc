//! What a model is told of a run that its call asked for.

use crate::{
    agent::run::{CallStatus, Run, Stop},
    error::Result,
    message::{Message, Role},
    tool::{Outcome, ToolOutput},
};

/// How much of what a run found is told where it gave no answer, in bytes.
const MOST: usize = 4 * 1024;

/// The answer, or why there is none, with what had been found.
pub(super) fn outcome(ended: &Result<Run>) -> Outcome {
    match ended {
        Ok(run) => match &run.stop {
            Some(Stop::Answer) if run.text.is_empty() => {
                Outcome::Done(ToolOutput::text("The agent answered with nothing."))
            }
            Some(Stop::Answer) => Outcome::Done(ToolOutput::text(&run.text)),
            Some(stop) => Outcome::Failed(why(stop) + &broken_off(run) + &found(run)),
            None => Outcome::Failed("The agent ended without an answer.".to_owned() + &broken_off(run) + &found(run)),
        },
        // What went wrong is for the operator.
        Err(error) => {
            let found = error.run().map(|run| broken_off(run) + &found(run)).unwrap_or_default();
            Outcome::Failed("The agent could not go on: an error ended its work.".to_owned() + &found)
        }
    }
}

fn why(stop: &Stop) -> String {
    let text = match stop {
        Stop::MaxTurns => "The agent reached its limit of turns before it had an answer.",
        Stop::MaxCalls => "The agent reached the limit of calls before it had an answer.",
        Stop::TotalTokens => "The agent reached the limit of tokens before it had an answer.",
        Stop::WallTime => "The agent's time was up before it had an answer.",
        Stop::Cancelled => "The agent was stopped before it had an answer.",
        Stop::MaxDepth => "Not carried out: agents may not ask each other any deeper. Answer with what you know.",
        Stop::Refused => "The agent declined.",
        Stop::Filtered => "The agent's answer was held back by its provider.",
        Stop::Truncated => "The agent's answer was cut off at its limit of output tokens.",
        Stop::Approval(paused) => {
            let names: Vec<String> = paused.calls().iter().map(|call| format!("`{}`", call.name)).collect();
            return format!(
                "The agent stopped: it wanted to call {}, which needs an approval that nobody can give here; nothing of \
                 that was carried out.",
                names.join(", ")
            );
        }
        _ => "The agent got nowhere, and was stopped before it had an answer.",
    };
    text.to_owned()
}

/// The calls that the run did not live to see the end of: who asks again should know.
fn broken_off(run: &Run) -> String {
    let calls = run.calls().filter(|call| call.status == CallStatus::Interrupted);
    let names: Vec<String> = calls.map(|call| format!("`{}`", call.call.name)).collect();
    match &names[..] {
        [] => String::new(),
        [name] => format!(" Its call of {name} was interrupted: it may or may not have had an effect."),
        names => {
            format!(" Its calls of {} were interrupted: they may or may not have had an effect.", names.join(", "))
        }
    }
}

/// What the run had come to: its last words, else what its last calls came to.
fn found(run: &Run) -> String {
    let asked = run.messages.iter().rposition(|message| message.role == Role::User).map_or(0, |at| at + 1);
    let said = run.messages[asked..].iter().rev().filter(|message| message.role == Role::Assistant);
    let text = said.map(Message::text).find(|text| !text.trim().is_empty());
    let text = text.unwrap_or_else(|| results(run));
    match text.trim() {
        "" => String::new(),
        text => format!("\nWhat it had until then:\n{}", &text[..text.floor_char_boundary(MOST)]),
    }
}

/// What the last calls came to, as far as none of it may be secret.
fn results(run: &Run) -> String {
    let mut all: Vec<String> = Vec::new();
    let mut room = MOST;
    let calls: Vec<_> = run.calls().filter(|call| call.status == CallStatus::Done).collect();
    for call in calls.iter().rev().filter(|call| call.call.shown() == call.call.arguments) {
        let line = format!("{}: {}", call.call.name, call.told.to_text());
        room = match room.checked_sub(line.len() + 1) {
            Some(room) => room,
            None => break,
        };
        all.push(line);
    }
    all.reverse();
    all.join("\n")
}
