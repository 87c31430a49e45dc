//! Carries out one call: whatever happens to it becomes an end that the model can read.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, Instant},
};

use super::{Execution, cap::capped};
use crate::{
    agent::{
        history::INTERRUPTED,
        journal::{Log, Record},
        next::CallEnd,
        run::CallStatus,
    },
    error::{Error, Kind},
    message::{Content, ToolResult},
    tool::{CallContext, FATAL, Outcome, Tool},
};

/// How a call ended; and the error, if its tool said that the run must end.
pub(super) struct Ended {
    pub(super) end: CallEnd,
    pub(super) fatal: Option<Error>,
}

/// Carries out a call with its own arguments, or with those that it was approved with.
///
/// With a journal it begins once that is written down, and has ended once its end is.
pub(super) async fn carry_out(
    tool: &Tool,
    cx: CallContext,
    arguments: &str,
    changed: Option<String>,
    log: Option<Log>,
    how: Execution,
) -> Ended {
    if let Some(log) = &log {
        let (id, name) = (cx.call_id.clone(), cx.tool.clone());
        let began = Record::CallBegan { id, name, arguments: changed.clone() };
        if let Err(error) = log.append(&began).await {
            return Ended { fatal: Some(error), ..Happened::Unwritten.ended(cx, Duration::ZERO, None, how) };
        }
    }
    let (happened, elapsed) = run(tool, &cx, changed.as_deref().unwrap_or(arguments), how).await;
    let mut ended = happened.ended(cx, elapsed, changed.as_deref().map(|changed| (tool, changed)), how);
    ended.hide_secrets(tool, [Some(arguments), changed.as_deref()]);
    ended.end.arguments = changed;
    if let Some(log) = &log {
        let written = log.append(&Record::CallEnded(ended.end.clone())).await;
        ended.fatal = ended.fatal.or(written.err());
    }
    ended
}

impl Ended {
    /// What the operator is told does not hold the secrets among these arguments.
    fn hide_secrets(&mut self, tool: &Tool, used: [Option<&str>; 2]) {
        let secrets = tool.secrets();
        if secrets.is_none() {
            return;
        }
        for arguments in used.into_iter().flatten() {
            let scrub = |text: &mut String| {
                if let Some(scrubbed) = secrets.scrub(arguments, text) {
                    *text = scrubbed;
                }
            };
            self.end.detail.iter_mut().for_each(scrub);
            if let Some(Kind::Fatal { message, .. }) = self.fatal.as_mut().map(Error::kind_mut) {
                scrub(message);
            }
        }
    }
}

enum Happened {
    Returned(Outcome),
    Panicked(String),
    TimedOut(Duration),
    /// Another call held for all this time what this one needs.
    Waited(Duration),
    /// The run was cancelled while the call was carried out.
    Cancelled,
    /// The run was cancelled while the call waited for what it needs.
    NotBegun,
    /// That it begins could not be written down.
    Unwritten,
}

async fn run(tool: &Tool, cx: &CallContext, arguments: &str, how: Execution) -> (Happened, Duration) {
    let limit = tool.timeout().unwrap_or(how.timeout);
    let needs = tool.needs();
    if !needs.is_empty() {
        // Others may hold what it needs: its time begins when it has all, but it does not wait for ever.
        match within(pin!(cx.hold(needs)).as_mut(), limit, cx).await {
            Ok(()) => {}
            Err(Cut::TimedOut) => return (Happened::Waited(limit), limit),
            Err(Cut::Cancelled) => return (Happened::NotBegun, Duration::ZERO),
        }
    }
    let began = Instant::now();
    let mut call = pin!(caught(tool, cx, arguments));
    let returned = match within(call.as_mut(), limit, cx).await {
        Ok(returned) => Ok(returned),
        // A tool that looks at the signal may have something to end.
        Err(Cut::Cancelled) if cx.is_watched() => {
            tokio::time::timeout(how.grace, call).await.map_err(|_| Happened::Cancelled)
        }
        Err(Cut::Cancelled) => Err(Happened::Cancelled),
        Err(Cut::TimedOut) => {
            // What can't be dropped, a function on another thread, is told at least.
            cx.expire();
            Err(Happened::TimedOut(limit))
        }
    };
    let happened = match returned {
        Ok(Ok(outcome)) => Happened::Returned(outcome),
        Ok(Err(panic)) => Happened::Panicked(panic_text(panic.as_ref())),
        Err(happened) => happened,
    };
    (happened, began.elapsed())
}

enum Cut {
    TimedOut,
    Cancelled,
}

/// What the future yields, unless its time is up or the call is cancelled before.
async fn within<F: Future>(mut future: Pin<&mut F>, limit: Duration, cx: &CallContext) -> Result<F::Output, Cut> {
    // Most wait for nothing, and then it takes neither a timer nor a signal.
    if let Poll::Ready(output) = poll_fn(|task| Poll::Ready(future.as_mut().poll(task))).await {
        return Ok(output);
    }
    tokio::select! {
        biased;
        output = future => Ok(output),
        () = cx.signal() => Err(Cut::Cancelled),
        () = tokio::time::sleep(limit) => Err(Cut::TimedOut),
    }
}

/// A tool that panics is never polled again, so what it left behind is not seen by anybody.
async fn caught(tool: &Tool, cx: &CallContext, arguments: &str) -> Result<Outcome, Box<dyn Any + Send>> {
    let mut call = catch_unwind(AssertUnwindSafe(|| tool.call(cx, arguments)))?;
    unpanicked(&mut call).await
}

/// What a future yields, or what it panicked with.
pub(in crate::agent) async fn unpanicked<F: Future + Unpin>(future: &mut F) -> Result<F::Output, Box<dyn Any + Send>> {
    poll_fn(|task| match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut *future).poll(task))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

pub(in crate::agent) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a text").to_owned()
}

impl Happened {
    fn ended(self, cx: CallContext, elapsed: Duration, changed: Option<(&Tool, &str)>, how: Execution) -> Ended {
        let (mut detail, mut fatal) = (None, None);
        let text = |text: String| vec![Content::Text(text)];
        let (content, status) = match self {
            Self::Returned(Outcome::Done(output)) => (output.content, CallStatus::Done),
            Self::Returned(Outcome::Failed(message)) => (text(message), CallStatus::Failed),
            Self::Returned(Outcome::BadArguments(message)) => (text(message), CallStatus::BadArguments),
            Self::Returned(Outcome::Fatal(message)) => {
                detail = Some(message.clone());
                fatal = Some(Error::new(Kind::Fatal { tool: cx.tool.clone(), message }));
                (text(FATAL.to_owned()), CallStatus::Failed)
            }
            Self::Panicked(why) => {
                // A panic's text is for the operator: it may hold anything.
                detail = Some(why);
                (text("the tool failed unexpectedly".to_owned()), CallStatus::Panicked)
            }
            Self::Waited(limit) => {
                let why = format!("not carried out: another call still held what the tool needs, after {limit:?}");
                (text(why), CallStatus::TimedOut)
            }
            Self::TimedOut(limit) => (text(format!("the tool did not finish within {limit:?}")), CallStatus::TimedOut),
            Self::Cancelled => (text(INTERRUPTED.to_owned()), CallStatus::Interrupted),
            Self::NotBegun => {
                let why = "not carried out: the run was cancelled before this call began";
                (text(why.to_owned()), CallStatus::NotBegun)
            }
            Self::Unwritten => (text("not carried out: the run ended".to_owned()), CallStatus::NotBegun),
        };
        let told = capped(&content, how.max_result_bytes);
        let result = ToolResult { call_id: cx.call_id, name: cx.tool, content, is_error: status != CallStatus::Done };
        let mut end = CallEnd { elapsed, detail, ..CallEnd::new(result, status) };
        if let Some(told) = told {
            end.cut_to(told);
        }
        if let Some((tool, changed)) = changed {
            let changed = tool.shown(changed);
            end.tell(&format!("\n(Carried out with other arguments, which were approved instead: {changed})"));
        }
        Ended { end, fatal }
    }
}
