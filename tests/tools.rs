//! Annotated functions and run-time tools, through the public face.

// a tool takes its arguments as the model's are to be shown, not as its body would need them
#![allow(clippy::needless_pass_by_value)]

#[path = "tools/arguments.rs"]
mod arguments;
#[path = "tools/diagnoses.rs"]
mod diagnoses;
#[path = "tools/judged.rs"]
mod judged;
#[path = "tools/keys.rs"]
mod keys;
#[path = "tools/lenient.rs"]
mod lenient;
#[path = "tools/malformed.rs"]
mod malformed;
#[path = "tools/options.rs"]
mod options;
#[path = "tools/results.rs"]
mod results;
#[path = "tools/rules.rs"]
mod rules;
#[path = "tools/schemas.rs"]
mod schemas;
#[path = "tools/serde_forms.rs"]
mod serde_forms;
#[path = "tools/strict.rs"]
mod strict;
#[path = "tools/toolboxes.rs"]
mod toolboxes;
#[path = "tools/toolsets.rs"]
mod toolsets;
#[path = "tools/totals.rs"]
mod totals;

use fcall::{CallContext, Outcome, Tool};

/// The outcome of a call outside a conversation.
async fn call(tool: &Tool, arguments: &str) -> Outcome {
    tool.call(&CallContext::new(), arguments).await
}

/// What the model reads of a call that did what was asked.
#[track_caller]
fn text(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Done(output) => match output.content() {
            [only] => only.as_text().unwrap_or_else(|| panic!("no text: {only:?}")),
            other => panic!("expected one piece, got {other:?}"),
        },
        other => panic!("expected an output, got {other:?}"),
    }
}

/// What the model reads of a call that could not begin.
#[track_caller]
fn refusal(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::BadArguments(text) => text,
        other => panic!("expected bad arguments, got {other:?}"),
    }
}
