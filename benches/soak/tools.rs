//! The tools of the soak: what a tool can do, and what can go wrong in one.

use std::time::Duration;

use fcall::{CallContext, Tool, ToolError, tool, tools};

/// How long a call may take.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(200);
/// What a result may have.
pub(crate) const MOST_BYTES: usize = 8 * 1024;
/// The text of every panic here.
pub(crate) const AS_ASKED: &str = "as asked";

/// What calls change, one at a time.
#[derive(Default)]
pub(crate) struct Counter(u64);

/// Look something up
#[tool(read_only)]
fn look(number: u64) -> String {
    format!("{number} is a number")
}

/// Wait a moment
#[tool(idempotent)]
async fn wait(number: u64, #[context] cx: &CallContext) -> String {
    let moment = Duration::from_millis(number % 60);
    match number % 3 {
        // One that looks at the signal, and one that does not.
        0 => tokio::select! {
            () = cx.cancelled() => "was told to end".to_owned(),
            () = tokio::time::sleep(moment) => "over".to_owned(),
        },
        _ => {
            tokio::time::sleep(moment).await;
            "over".to_owned()
        }
    }
}

/// Count
#[tool]
fn count(number: u64, #[state] counter: &mut Counter) -> u64 {
    counter.0 = counter.0.wrapping_add(number);
    counter.0
}

/// Work beside no other call
#[tool(sequential)]
async fn alone(number: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(number % 10)).await;
    number
}

/// Work on another thread
#[tool(blocking)]
fn block(number: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(number % 3));
    number
}

/// Fail
#[tool]
async fn fail(number: u64) -> Result<u64, ToolError> {
    match number % 2 {
        0 => Err(ToolError::failed("the disk is full")),
        _ => Err(ToolError::retry("not this number")),
    }
}

/// Panic
#[tool]
async fn panics(number: u64) -> u64 {
    if number.is_multiple_of(2) {
        tokio::task::yield_now().await;
    }
    std::panic::panic_any(AS_ASKED)
}

/// Never end
#[tool]
async fn hang(number: u64, #[context] cx: &CallContext) -> u64 {
    if number.is_multiple_of(2) {
        cx.cancelled().await;
    }
    std::future::pending().await
}

/// Say too much
#[tool]
fn large(number: u64) -> String {
    "ä€".repeat(MOST_BYTES / 2 + usize::try_from(number % 1_000).unwrap_or_default())
}

/// Destroy something
#[tool(destructive)]
async fn destroy(number: u64) -> u64 {
    number
}

pub(crate) fn all() -> Vec<Tool> {
    tools![look, wait, count, alone, block, fail, panics, hang, large, destroy].into()
}
