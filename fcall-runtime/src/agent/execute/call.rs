//! Carries out one call: whatever happens to it becomes an end that the model can read.

use std::{
    any::Any,
    borrow::Borrow,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, Instant},
};

use super::{
    Execution,
    ended::{Ended, Happened},
};
use crate::{
    agent::{
        hook::{HookCall, Hooks, OnCall},
        journal::{Log, Record},
        nested::Account,
        trace::Span,
    },
    tool::{CallContext, CancellationToken, Outcome, Tool},
};

/// A call that is to be carried out: its tool and arguments are lent, or its own where it may become a task.
pub(super) struct Begin<T, A> {
    pub(super) at: usize,
    pub(super) tool: T,
    pub(super) cx: CallContext,
    pub(super) arguments: A,
    /// Those that somebody approved instead of its own.
    pub(super) approved: Option<String>,
    pub(super) how: Execution,
    pub(super) watch: Option<Box<Watch>>,
}

/// Who takes note of a call: who traces, a hook or a journal. Of most calls nobody does.
pub(super) struct Watch {
    pub(super) span: Span,
    pub(super) hooks: Hooks,
    pub(super) log: Option<Log>,
    /// The run's own signal.
    pub(super) cancellation: CancellationToken,
    pub(super) asked: Asked,
}

/// Where the reply stands that asks for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is complete, and written down where there is a journal.
    InFull,
    /// It still comes in.
    Early,
}

impl<T: Borrow<Tool>, A: AsRef<str>> Begin<T, A> {
    /// Carries out the call, and says which it was.
    ///
    /// No `async fn`, which would have room for all of this twice: what is given to it, and what it makes of that.
    #[expect(clippy::manual_async_fn, reason = "half the size")]
    pub(super) fn carry_out(self) -> impl Future<Output = (usize, Ended)> {
        async move {
            let (tool, arguments) = (self.tool.borrow(), self.arguments.as_ref());
            if let Some(watch) = self.watch {
                // What is written, shown or listened to takes much more room.
                let call = carry_out_watched(tool, self.cx, arguments, self.approved, (watch, self.how));
                return (self.at, Box::pin(call).await);
            }
            let used = self.approved.as_deref().unwrap_or(arguments);
            let (happened, elapsed) = run(tool, &self.cx, used, &self.how).await;
            let ended = happened.came_of(tool, self.cx, elapsed, (self.approved, None), &self.how);
            (self.at, ended.remarked(tool, [Some(arguments), None]))
        }
    }
}

async fn carry_out_watched(
    tool: &Tool,
    cx: CallContext,
    arguments: &str,
    approved: Option<String>,
    (watch, how): (Box<Watch>, Execution),
) -> Ended {
    let span = watch.span.clone();
    let ended = span.within(carry_out_with(tool, cx, arguments, approved, (*watch, how))).await;
    span.ended(&ended.end, tool, arguments);
    ended
}

/// Carries out a call with its own arguments, or with those that it was approved with; hooks stand around it.
///
/// With a journal it begins once that is written down, and has ended once its end is.
async fn carry_out_with(
    tool: &Tool,
    cx: CallContext,
    arguments: &str,
    approved: Option<String>,
    (watch, how): (Watch, Execution),
) -> Ended {
    if !watch.hooks.is_empty() {
        // Large, and seldom there.
        return Box::pin(carry_out_hooked(tool, cx, arguments, approved, (watch, how))).await;
    }
    let log = watch.log.as_ref();
    let ended = begin(tool, cx, arguments, (approved, None), log, (how, watch.asked)).await;
    ended.remarked(tool, [Some(arguments), None]).written(log).await
}

async fn carry_out_hooked(
    tool: &Tool,
    cx: CallContext,
    arguments: &str,
    approved: Option<String>,
    (watch, how): (Watch, Execution),
) -> Ended {
    let Watch { hooks, log, cancellation, asked, .. } = watch;
    let mut call = HookCall::new(&cx, approved.as_deref().unwrap_or(arguments), tool);
    let said = tokio::select! {
        biased;
        said = hooks.before_call(&mut call) => said,
        () = cx.signal() => {
            return Happened::NotBegun.ended(cx, Duration::ZERO, &how).written(log.as_ref()).await;
        }
    };
    let instead = match said {
        Ok(OnCall::Go) => None,
        Ok(OnCall::Deny(reason)) => Some(Happened::Denied(reason)),
        Ok(OnCall::Answer(output)) => Some(Happened::Returned(Outcome::Done(output))),
        Err(error) => {
            let mut ended = Happened::Unwritten.ended(cx, Duration::ZERO, &how).fatal(error);
            ended.hide_secrets(tool, [Some(arguments), Some(&call.arguments)]);
            ended.hide_secrets(tool, [approved.as_deref(), None]);
            return ended.written(log.as_ref()).await;
        }
    };
    let changed = call.arguments != approved.as_deref().unwrap_or(arguments);
    let hooked = changed.then(|| call.arguments.clone());
    let mut ended = match instead {
        Some(instead) => {
            let mut ended = instead.ended(cx, Duration::ZERO, &how);
            ended.end.arguments = hooked.or(approved);
            ended
        }
        None => begin(tool, cx, arguments, (approved, hooked), log.as_ref(), (how, asked)).await,
    };
    if let Err(error) = ended.pass(&hooks, &call, &cancellation, how).await {
        ended = ended.fatal(error);
    }
    ended.remarked(tool, [Some(arguments), Some(&call.arguments)]).written(log.as_ref()).await
}

/// Carries out a call with other arguments, where somebody approved others or a hook wrote others.
async fn begin(
    tool: &Tool,
    cx: CallContext,
    arguments: &str,
    (approved, hooked): (Option<String>, Option<String>),
    log: Option<&Log>,
    (how, asked): (Execution, Asked),
) -> Ended {
    let used = hooked.as_ref().or(approved.as_ref());
    if let Some(log) = log {
        let (id, name) = (cx.call_id.clone(), cx.tool.clone());
        // What the model wrote is not written down yet.
        let own = (asked == Asked::Early).then(|| arguments.to_owned());
        let began = Record::CallBegan { id, name, arguments: used.cloned().or(own) };
        if let Err(error) = log.append(&began).await {
            return Happened::Unwritten.ended(cx, Duration::ZERO, &how).fatal(error);
        }
    }
    let (happened, elapsed) = run(tool, &cx, used.map_or(arguments, String::as_str), &how).await;
    happened.came_of(tool, cx, elapsed, (approved, hooked), &how)
}

async fn run(tool: &Tool, cx: &CallContext, arguments: &str, how: &Execution) -> (Happened, Duration) {
    let limit = tool.timeout().unwrap_or(how.timeout);
    let needs = tool.needs();
    if !needs.is_empty() {
        // Others may hold what it needs: its time begins when it has all, but it does not wait for ever.
        let began = Instant::now();
        match within(Box::pin(cx.hold(needs, limit)).as_mut(), None, cx).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(Cut::TimedOut) => return (Happened::Waited(limit), began.elapsed()),
            Err(Cut::Cancelled) => return (Happened::NotBegun, Duration::ZERO),
        }
    }
    let began = Instant::now();
    cx.begins(limit);
    let mut call = pin!(caught(tool, cx, arguments));
    let returned = match within(call.as_mut(), Some(limit), cx).await {
        Ok(returned) => Ok(returned),
        // A tool that looks at the signal may have something to end.
        Err(Cut::Cancelled) if cx.is_watched() => {
            Box::pin(tokio::time::timeout(how.grace, call)).await.map_err(|_| Happened::Cancelled)
        }
        Err(Cut::Cancelled) => Err(Happened::Cancelled),
        Err(Cut::TimedOut) => {
            // What can't be dropped, a function on another thread, is told at least.
            cx.expire();
            Err(Happened::TimedOut(limit))
        }
    };
    let happened = match returned {
        // What it says of that does not say that its calls may have had effects.
        Ok(Ok(Outcome::Failed(why))) if cx.is_cancelled() && Account::was_stopped(cx) => Happened::Stopped(why),
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
async fn within<F: Future>(
    mut future: Pin<&mut F>,
    limit: Option<Duration>,
    cx: &CallContext,
) -> Result<F::Output, Cut> {
    // Most wait for nothing, and then it takes neither a timer nor a signal.
    if let Poll::Ready(output) = poll_fn(|task| Poll::Ready(future.as_mut().poll(task))).await {
        return Ok(output);
    }
    // And no room either.
    let waits = async move {
        let time_up = async {
            match limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = cx.signal() => Err(Cut::Cancelled),
            () = time_up => Err(Cut::TimedOut),
        }
    };
    Box::pin(waits).await
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
