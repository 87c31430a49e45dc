//! The fault matrix: every fault in every way to drive a run, over a real socket in every protocol, each cell a test.
//!
//! After the fault every call is answered once and in order, what had happened is there, the model was told, and the
//! conversation goes on. What each cell sent, and its conversation in every protocol, is left in `target/matrix` for
//! `scripts/matrix.sh`, which asks the types of the vendors and prints the table.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

mod calls;
mod cell;
mod door;
mod early;
mod ends;
mod killed;
mod replies;
mod said;
mod talk;
mod tools;

/// A module for each way.
macro_rules! ways {
    ($rows:tt) => {
        mod run {
            protocols!(Run, $rows);
        }
        mod stream {
            protocols!(Stream, $rows);
        }
        mod chat {
            protocols!(Chat, $rows);
        }
        mod chat_stream {
            protocols!(ChatStream, $rows);
        }
    };
}

/// In it a module for each protocol.
macro_rules! protocols {
    ($way:ident, $rows:tt) => {
        mod openai_chat {
            cells!($way, OpenAiChat, $rows);
        }
        mod openai_responses {
            cells!($way, OpenAiResponses, $rows);
        }
        mod anthropic {
            cells!($way, Anthropic, $rows);
        }
        mod gemini {
            cells!($way, Gemini, $rows);
        }
    };
}

/// In it a test for each row.
macro_rules! cells {
    ($way:ident, $protocol:ident, [$($file:ident::$row:ident),* $(,)?]) => {
        $(
            #[tokio::test]
            async fn $row() {
                let (way, protocol) = (crate::cell::Way::$way, fcall::Protocol::$protocol);
                crate::$file::$row(crate::cell::Cell { row: stringify!($row), way, protocol }).await;
            }
        )*
    };
}

ways!([
    calls::unknown_tool,
    calls::malformed_json,
    calls::wrong_types,
    calls::missing_argument,
    calls::tool_error,
    ends::fatal_error,
    calls::tool_panic,
    calls::time_out,
    ends::cancel_in_the_call,
    ends::cancel_in_the_reply,
    calls::denial,
    ends::denial_of_a_paused_run,
    calls::oversize_result,
    ends::repeated_call,
    replies::malformed_reply,
    replies::cut_before_the_call,
    replies::cut_inside_the_call,
    replies::cut_after_the_call,
    early::cut_inside_the_call_behind_an_early_one,
    early::cut_inside_the_call_behind_an_early_one_once,
    early::cut_after_an_early_call,
    early::cut_after_an_early_call_once,
    replies::status_429,
    replies::status_429_once,
    replies::status_500,
    replies::status_500_once,
    replies::error_in_the_reply,
    replies::connection_refused,
    replies::connection_lost_once,
    killed::process_killed,
]);
