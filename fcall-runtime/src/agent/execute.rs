//! Carries out the calls of one turn.
//!
//! Whatever happens to a call becomes an end that the model can read: no tool, no arguments, a failure, a panic, a
//! time-out. Only a tool that asks for it ends the run.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{
    approval::Approvals,
    event::{Event, Events},
    next::{CallEnd, Pending},
    run::CallStatus,
};
use crate::{
    error::{Error, Kind},
    message::{Content, ToolCall, ToolResult},
    tool::{CallContext, FATAL, Outcome, States, Tool},
    toolbox::Toolbox,
};

/// How long the calls of a turn may take before the rest are given to other threads unseen: most wait for nothing, and
/// then a task costs more than the call.
const AT_ONCE: Duration = Duration::from_micros(100);

/// How calls are carried out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    pub(super) max_parallel: usize,
    pub(super) timeout: Duration,
    pub(super) max_result_bytes: usize,
}

/// What calls are carried out with.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) tools: &'a Toolbox,
    pub(super) approvals: &'a Approvals,
    pub(super) states: &'a Arc<States>,
}

/// The ends of a turn's calls, in the order asked; and the error, if a tool said that the run must end.
pub(super) struct Executed {
    pub(super) ends: Vec<CallEnd>,
    pub(super) fatal: Option<Error>,
}

impl Execution {
    /// Carries out all calls and returns their ends in the order the model asked.
    ///
    /// Calls run at the same time, up to the bound; a sequential tool's call runs alone. Calls that wait for nothing
    /// are not spawned, and neither is a single one.
    ///
    /// # Cancellation
    /// Dropping the future aborts the calls that still run; the ends of the others are lost with it.
    pub(super) async fn execute(&self, means: &Means<'_>, pending: &Pending<'_>, events: &Events) -> Executed {
        let calls: Vec<&ToolCall> = pending.calls().collect();
        let mut turn = Turn { ends: Vec::with_capacity(calls.len()), fatal: None, events };
        turn.ends.resize_with(calls.len(), || None);
        let mut batch: Vec<Job<'_>> = Vec::with_capacity(calls.len());
        for (at, &call) in calls.iter().enumerate() {
            let Some(tool) = means.tools.get(&call.name).filter(|_| pending.allows(call)) else {
                let is_known = means.tools.get(&call.name).is_some();
                turn.end(at, if is_known { not_allowed(call) } else { unknown(call, means.tools) });
                continue;
            };
            let job = Job { at, call, tool, states: means.states, turn: pending.turn() };
            if tool.is_sequential() {
                self.run_batch(std::mem::take(&mut batch), &mut turn).await;
            }
            if turn.fatal.is_some() {
                turn.end(at, run_ended(call));
            } else if let Some(end) = means.approvals.refused(tool, call).await {
                turn.end(at, end);
            } else if tool.is_sequential() {
                self.run_batch(vec![job], &mut turn).await;
            } else {
                batch.push(job);
            }
        }
        self.run_batch(batch, &mut turn).await;
        Executed { ends: turn.ends.into_iter().flatten().collect(), fatal: turn.fatal }
    }

    async fn run_batch(&self, batch: Vec<Job<'_>>, turn: &mut Turn<'_>) {
        let mut finish = |at: usize, ended: Ended| {
            let (end, error) = self.end(ended);
            turn.end(at, end);
            turn.fatal = turn.fatal.take().or(error);
            turn.fatal.is_some()
        };
        if let [job] = batch.as_slice() {
            finish(job.at, run(job.tool, job.context(), &job.call.arguments, self.timeout).await);
            return;
        }
        // Once a tool has ended the run nothing more is begun.
        let mut over = false;
        // Aborts what is left when it is dropped.
        let mut running = JoinSet::new();
        let mut waiting = batch.into_iter();
        let began = Instant::now();
        loop {
            while !over && running.len() < self.max_parallel.max(1) {
                let Some(job) = waiting.next() else { break };
                let (at, tool, timeout) = (job.at, job.tool.clone(), self.timeout);
                let (cx, arguments) = (job.context(), job.call.arguments.clone());
                let mut call = Box::pin(async move { (at, run(&tool, cx, &arguments, timeout).await) });
                let ended = match began.elapsed() < AT_ONCE {
                    true => poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await,
                    false => Poll::Pending,
                };
                match ended {
                    Poll::Ready((at, ended)) => over |= finish(at, ended),
                    Poll::Pending => drop(running.spawn(call)),
                }
            }
            match running.join_next().await {
                Some(Ok((at, ended))) => over |= finish(at, ended),
                // Panics are caught inside and nobody else can abort: only a runtime that shuts down comes here, and
                // calls without an end are answered as such by the state.
                Some(Err(_)) => {}
                None => break,
            }
        }
        for job in waiting {
            turn.end(job.at, run_ended(job.call));
        }
    }

    fn end(&self, Ended { cx, outcome, elapsed }: Ended) -> (CallEnd, Option<Error>) {
        let (content, status, detail, fatal) = match outcome {
            Happened::Returned(Outcome::Done(output)) => {
                return (self.capped(cx, output.content, CallStatus::Done, elapsed, None), None);
            }
            Happened::Returned(Outcome::Failed(message)) => (message, CallStatus::Failed, None, None),
            Happened::Returned(Outcome::BadArguments(message)) => (message, CallStatus::BadArguments, None, None),
            Happened::Returned(Outcome::Fatal(message)) => {
                let error = Error::new(Kind::Fatal { tool: cx.tool.clone(), message: message.clone() });
                (FATAL.to_owned(), CallStatus::Failed, Some(message), Some(error))
            }
            // A panic's text is for the operator: it may hold anything.
            Happened::Panicked(text) => {
                ("the tool failed unexpectedly".to_owned(), CallStatus::Panicked, Some(text), None)
            }
            Happened::Waited(limit) => {
                let why = format!("not carried out: another call still held what the tool needs, after {limit:?}");
                (why, CallStatus::TimedOut, None, None)
            }
            Happened::TimedOut(limit) => {
                (format!("the tool did not finish within {limit:?}"), CallStatus::TimedOut, None, None)
            }
        };
        (self.capped(cx, vec![Content::Text(content)], status, elapsed, detail), fatal)
    }

    fn capped(
        &self,
        cx: CallContext,
        mut content: Vec<Content>,
        status: CallStatus,
        elapsed: Duration,
        detail: Option<String>,
    ) -> CallEnd {
        cap(&mut content, self.max_result_bytes);
        let result = ToolResult { call_id: cx.call_id, name: cx.tool, content, is_error: status != CallStatus::Done };
        CallEnd { elapsed, detail, ..CallEnd::new(result, status) }
    }
}

/// A turn whose calls are carried out.
struct Turn<'a> {
    ends: Vec<Option<CallEnd>>,
    fatal: Option<Error>,
    events: &'a Events,
}

impl Turn<'_> {
    fn end(&mut self, at: usize, end: CallEnd) {
        self.events.emit(|| Event::finished(&end));
        self.ends[at] = Some(end);
    }
}

struct Job<'a> {
    at: usize,
    call: &'a ToolCall,
    tool: &'a Tool,
    states: &'a Arc<States>,
    turn: u32,
}

impl Job<'_> {
    fn context(&self) -> CallContext {
        CallContext::for_call(self.call, self.turn).with_states(self.states)
    }
}

struct Ended {
    cx: CallContext,
    outcome: Happened,
    elapsed: Duration,
}

enum Happened {
    Returned(Outcome),
    Panicked(String),
    TimedOut(Duration),
    /// Another call held for all this time what this one needs.
    Waited(Duration),
}

async fn run(tool: &Tool, cx: CallContext, arguments: &str, timeout: Duration) -> Ended {
    let limit = tool.timeout().unwrap_or(timeout);
    let needs = tool.needs();
    // others may hold what it needs: its time begins when it has all, but it does not wait for ever
    if !needs.is_empty() && tokio::time::timeout(limit, cx.hold(needs)).await.is_err() {
        return Ended { cx, outcome: Happened::Waited(limit), elapsed: limit };
    }
    let began = Instant::now();
    let outcome = match tokio::time::timeout(limit, caught(tool, &cx, arguments)).await {
        Ok(Ok(outcome)) => Happened::Returned(outcome),
        Ok(Err(panic)) => Happened::Panicked(panic_text(panic.as_ref())),
        Err(_) => Happened::TimedOut(limit),
    };
    Ended { cx, outcome, elapsed: began.elapsed() }
}

/// A tool that panics is never polled again, so what it left behind is not seen by anybody.
async fn caught(tool: &Tool, cx: &CallContext, arguments: &str) -> Result<Outcome, Box<dyn Any + Send>> {
    let mut call = catch_unwind(AssertUnwindSafe(|| tool.call(cx, arguments)))?;
    unpanicked(&mut call).await
}

/// What a future yields, or what it panicked with.
pub(super) async fn unpanicked<F: Future + Unpin>(future: &mut F) -> Result<F::Output, Box<dyn Any + Send>> {
    poll_fn(|task| match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut *future).poll(task))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a text").to_owned()
}

fn run_ended(call: &ToolCall) -> CallEnd {
    CallEnd::new(ToolResult::error(call, "not carried out: another tool ended the run"), CallStatus::NotAllowed)
}

fn not_allowed(call: &ToolCall) -> CallEnd {
    let why = format!("`{}` may not be called in this turn", call.name);
    CallEnd::new(ToolResult::error(call, why), CallStatus::NotAllowed)
}

fn unknown(call: &ToolCall, tools: &Toolbox) -> CallEnd {
    const SHOWN: usize = 64;
    let names: Vec<&str> = tools.iter().map(Tool::name).take(SHOWN).collect();
    // No tool's name is longer, and a model can write anything.
    let called = &call.name[..call.name.floor_char_boundary(64)];
    let distance = |name: &&&str| strsim::damerau_levenshtein(name, called);
    let near = names.iter().min_by_key(distance).filter(|name| distance(name) <= name.len() / 2);
    let hint = near.map(|name| format!(" Did you mean `{name}`?")).unwrap_or_default();
    let more = if tools.len() > SHOWN { ", ..." } else { "" };
    let text = match names.is_empty() {
        true => format!("There is no tool `{called}`: there are no tools."),
        false => format!("There is no tool `{called}`.{hint} The tools are: {}{more}", names.join(", ")),
    };
    CallEnd::new(ToolResult::error(call, text), CallStatus::UnknownTool)
}

/// Cuts what is over the limit out of the middle of the text pieces, and says so; media are left alone.
fn cap(content: &mut [Content], limit: usize) {
    let mut left = limit;
    for piece in content {
        let (Content::Text(text) | Content::Json(text)) = piece else { continue };
        if text.len() <= left {
            left -= text.len();
            continue;
        }
        let head = text.floor_char_boundary(left / 4 * 3);
        let tail = text.ceil_char_boundary(text.len() - left / 4);
        let cut = format!("{}\n[... {} bytes left out ...]\n{}", &text[..head], tail - head, &text[tail..]);
        // JSON with a hole is no JSON.
        *piece = Content::Text(cut);
        left = 0;
    }
}
