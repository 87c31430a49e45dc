//! Carries out the calls of one turn.
//!
//! Whatever happens to a call becomes an end that the model can read, kept as it comes. Only a tool that asks for it
//! ends the run.

mod call;
mod cap;
mod early;
mod ended;
mod refusal;

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use self::{
    call::{Asked, Begin, Watch},
    ended::Ended,
    refusal::{cancelled, not_allowed, run_ended, unknown},
};
pub(super) use self::{
    call::{panic_text, unpanicked},
    early::{Early, Herald, can_be_early},
};
use super::{
    approval::Approvals,
    event::{Event, Events},
    hook::Hooks,
    journal::{Log, Record},
    nested::HandsOn,
    next::{CallEnd, Turn},
    open::Slot,
    select::{Asking, Selection},
    trace::{self, Span},
};
use crate::{
    error::Error,
    message::ToolCall,
    tool::{CallContext, CancellationToken, States, Tool},
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
    /// How long a cancelled call that looks at the signal may take to end.
    pub(super) grace: Duration,
}

/// What calls are carried out with.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) tools: &'a Toolbox,
    pub(super) approvals: &'a Approvals,
    pub(super) hooks: &'a Hooks,
    pub(super) trace_content: bool,
    pub(super) states: &'a Arc<States>,
    pub(super) cancellation: &'a CancellationToken,
    pub(super) events: &'a Events,
    pub(super) log: Option<&'a Log>,
    /// What the run leaves to agents inside the calls.
    pub(super) hands_on: &'a HandsOn<'a>,
    pub(super) select: Option<&'a Selection>,
}

impl Means<'_> {
    fn context(&self, tool: &Tool, call: &ToolCall, turn: u32) -> CallContext {
        let cx = CallContext::for_call(call, turn).with_states(self.states).cancel(self.cancellation.clone());
        self.hands_on.to(tool, cx)
    }

    fn watch(&self, tool: &Tool, id: &str, arguments: &str, asked: Asked) -> Option<Box<Watch>> {
        let Self { hooks, log, cancellation, trace_content, .. } = *self;
        let span = Span::tool(tool, id, arguments, trace_content);
        let is_watched = span.is_heard() || !hooks.is_empty() || log.is_some();
        let watch =
            || Watch { span, hooks: hooks.clone(), log: log.cloned(), cancellation: cancellation.clone(), asked };
        is_watched.then(|| Box::new(watch()))
    }
}

/// A call whose tool is there.
struct Job<'a> {
    at: usize,
    call: &'a ToolCall,
    tool: &'a Tool,
    changed: Option<String>,
}

/// What the turn waits for.
enum Came {
    /// Somebody has said where this call stands.
    Decided(Slot),
    /// A call ended; where its task was lost, the state answers for it.
    Ended(Option<(usize, Ended)>),
    /// A call that began early ended.
    Early,
    /// The run was cancelled.
    Cancelled,
    /// There is nothing to wait for.
    Nothing,
}

impl Execution {
    /// Carries out all calls that can be, and answers with the error if a tool said that the run must end.
    ///
    /// Calls run at the same time, up to the bound; a sequential tool's call runs alone. Calls that wait for nothing
    /// are not spawned, and neither is a single one. Who approves is asked about one call after the other, while the
    /// calls that need no approval go on.
    ///
    /// Calls that began `early` go on.
    ///
    /// # Cancellation
    /// Dropping the future aborts the calls that still run; the ends of the others are kept in the turn.
    pub(super) async fn execute<'a>(
        &self,
        means: &'a Means<'a>,
        turn: Turn<'a>,
        early: Option<Early<'a>>,
    ) -> Option<Error> {
        let mut work = Work::new(*self, means, turn, early);
        work.sort();
        match (work.ready.len(), work.ask.is_empty() && work.early_running() == 0) {
            (1, true) => work.single().await,
            _ => work.all().await,
        }
        work.write_rest().await;
        work.fatal
    }
}

/// A turn whose calls are carried out.
struct Work<'a> {
    how: Execution,
    means: &'a Means<'a>,
    turn: Turn<'a>,
    /// May begin, in the order asked.
    ready: VecDeque<Job<'a>>,
    /// Somebody is to be asked about them.
    ask: VecDeque<Job<'a>>,
    /// The one that somebody is asked about.
    asking: Option<(Job<'a>, Answer<'a>)>,
    /// Aborts what is left when it is dropped.
    running: JoinSet<(usize, Ended)>,
    early: Option<Early<'a>>,
    /// What runs must run alone.
    alone: bool,
    /// Ends still to be written down: of calls that did not begin, or began under another id.
    unwritten: Vec<CallEnd>,
    fatal: Option<Error>,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Slot> + Send + 'a>>;

impl<'a> Work<'a> {
    fn new(how: Execution, means: &'a Means<'a>, turn: Turn<'a>, early: Option<Early<'a>>) -> Self {
        let (ready, ask, running, unwritten) = (VecDeque::new(), VecDeque::new(), JoinSet::new(), Vec::new());
        Self { how, means, turn, ready, ask, asking: None, running, early, alone: false, unwritten, fatal: None }
    }

    /// Says of each open call whether it may begin.
    fn sort(&mut self) {
        let (message, means) = (self.turn.message, self.means);
        let asking = Asking { messages: self.turn.before, turn: self.turn.number };
        for (at, call) in message.tool_calls().enumerate() {
            let changed = match self.turn.open.slot(at) {
                Slot::Ended(_) | Slot::Undecided => continue,
                Slot::Allowed(changed) => Some(changed.clone()),
                Slot::Open | Slot::Queued => None,
            };
            let Some(tool) = means.tools.get(&call.name) else {
                self.refuse(at, unknown(call, means.tools));
                continue;
            };
            let is_offered = means.select.is_none_or(|select| select.allows(tool, &asking));
            if !is_offered || !self.turn.choice.allows(call.said_name()) {
                self.refuse(at, not_allowed(call));
                continue;
            }
            if changed.is_none() && self.early.as_mut().is_some_and(|early| early.take(at, call)) {
                self.turn.open.set(at, Slot::Open);
                continue;
            }
            self.turn.open.set(at, Slot::Queued);
            let must_ask = tool.is_destructive() && changed.is_none();
            let job = Job { at, call, tool, changed: changed.flatten() };
            match (must_ask, means.approvals.is_asked()) {
                (false, _) => self.ready.push_back(job),
                (true, true) => self.ask.push_back(job),
                (true, false) => self.turn.open.set(at, Slot::Undecided),
            }
        }
        if let Some(early) = &mut self.early {
            early.drop_rest();
        }
        self.take_early_ends();
    }

    /// How many calls still run that began early.
    fn early_running(&self) -> usize {
        self.early.as_ref().map_or(0, Early::running)
    }

    /// Keeps the ends of calls that began early, which were told of.
    fn take_early_ends(&mut self) {
        for (at, Ended { end, fatal, .. }, renamed) in self.early.as_mut().map(Early::ends).unwrap_or_default() {
            if renamed && self.means.log.is_some() {
                self.unwritten.push(end.clone());
            }
            self.turn.open.set(at, Slot::Ended(end));
            self.fatal = self.fatal.take().or(fatal);
        }
    }

    async fn single(&mut self) {
        if self.fatal.is_some() || self.means.cancellation.is_cancelled() {
            return self.give_up();
        }
        let Some(job) = self.ready.pop_front() else { return };
        let (tool, arguments) = (job.tool, job.call.arguments.as_str());
        let (at, ended) = self.begin(job, tool, arguments).carry_out().await;
        self.ended(at, ended);
    }

    async fn all(&mut self) {
        let means = self.means;
        let began = Instant::now();
        let mut signal = pin!(means.cancellation.cancelled());
        loop {
            if self.fatal.is_some() || means.cancellation.is_cancelled() {
                self.give_up();
            }
            if self.asking.is_none() {
                let ask =
                    |job: Job<'a>| (Box::pin(means.approvals.ask(job.call, job.tool.secrets())) as Answer<'a>, job);
                self.asking = self.ask.pop_front().map(ask).map(|(answer, job)| (job, answer));
            }
            self.begin_ready(began).await;
            match poll_fn(|task| self.poll_came(task, signal.as_mut())).await {
                Came::Decided(slot) => self.decided(slot).await,
                Came::Ended(ended) => {
                    self.alone = false;
                    if let Some((at, ended)) = ended {
                        self.ended(at, ended);
                    }
                }
                Came::Early => {
                    self.take_early_ends();
                    self.write_rest().await;
                }
                // Seen above; the signal is not polled again, since nobody is asked any more.
                Came::Cancelled => {}
                Came::Nothing if self.ready.is_empty() => return,
                Came::Nothing => {}
            }
        }
    }

    /// Begins the calls that may begin now.
    async fn begin_ready(&mut self, turn_began: Instant) {
        while let Some(job) = self.ready.front() {
            let sequential = job.tool.is_sequential();
            let running = self.running.len() + self.early_running();
            let is_free = !self.alone && running < self.how.max_parallel.max(1);
            if !is_free || (sequential && running > 0) {
                return;
            }
            let Some(job) = self.ready.pop_front() else { return };
            let (tool, arguments) = (job.tool.clone(), job.call.arguments.clone());
            let mut call = Box::pin(self.begin(job, tool, arguments).carry_out());
            let ended = match turn_began.elapsed() < AT_ONCE {
                true => poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await,
                false => Poll::Pending,
            };
            match ended {
                Poll::Ready((at, ended)) => self.ended(at, ended),
                Poll::Pending => {
                    self.alone = sequential;
                    drop(self.running.spawn(call));
                }
            }
            if self.fatal.is_some() {
                self.give_up();
            }
        }
    }

    fn poll_came(&mut self, task: &mut Context<'_>, signal: Pin<&mut impl Future<Output = ()>>) -> Poll<Came> {
        if let Some((_, answer)) = &mut self.asking {
            if let Poll::Ready(slot) = answer.as_mut().poll(task) {
                return Poll::Ready(Came::Decided(slot));
            }
            // Calls that run see the signal themselves.
            if signal.poll(task).is_ready() {
                return Poll::Ready(Came::Cancelled);
            }
        }
        let has_early = self.early_running() > 0;
        if let Some(early) = self.early.as_mut().filter(|_| has_early)
            && early.poll_ended(task).is_ready()
        {
            return Poll::Ready(Came::Early);
        }
        match self.running.poll_join_next(task) {
            Poll::Ready(Some(ended)) => Poll::Ready(Came::Ended(ended.ok())),
            Poll::Ready(None) if self.asking.is_none() && !has_early => Poll::Ready(Came::Nothing),
            _ => Poll::Pending,
        }
    }

    fn begin<T, A>(&mut self, job: Job<'_>, tool: T, arguments: A) -> Begin<T, A> {
        let Job { at, call, changed: approved, .. } = job;
        self.turn.open.set(at, Slot::Open);
        let cx = self.means.context(job.tool, call, self.turn.number);
        let used = approved.as_deref().unwrap_or(&call.arguments);
        let watch = self.means.watch(job.tool, &call.id, used, Asked::InFull);
        Begin { at, tool, cx, arguments, approved, how: self.how, watch }
    }

    fn ended(&mut self, at: usize, Ended { end, fatal, .. }: Ended) {
        self.end(at, end);
        self.fatal = self.fatal.take().or(fatal);
    }

    fn end(&mut self, at: usize, end: CallEnd) {
        let (message, tools) = (self.turn.message, self.means.tools);
        let call = || tools.has_secrets().then(|| message.tool_calls().nth(at)).flatten();
        self.means.events.emit(|| Event::finished(&end, call(), tools));
        self.turn.open.set(at, Slot::Ended(end));
    }

    /// The call ended without having begun.
    fn refuse(&mut self, at: usize, end: CallEnd) {
        trace::refused(&end.result.call_id, &end.result.name, end.status, self.means.tools);
        if self.means.log.is_some() {
            self.unwritten.push(end.clone());
        }
        self.end(at, end);
    }

    async fn write_rest(&mut self) {
        let Some(log) = self.means.log else { return };
        for end in std::mem::take(&mut self.unwritten) {
            let written = log.append(&Record::CallEnded(end)).await;
            self.fatal = self.fatal.take().or(written.err());
        }
    }

    async fn decided(&mut self, slot: Slot) {
        let Some((job, _)) = self.asking.take() else { return };
        match slot {
            Slot::Ended(end) => {
                self.refuse(job.at, end);
                // What somebody said is not to be asked again.
                self.write_rest().await;
            }
            Slot::Allowed(changed) => {
                let place = self.ready.partition_point(|other| other.at < job.at);
                self.ready.insert(place, Job { changed, ..job });
            }
            slot => self.turn.open.set(job.at, slot),
        }
    }

    /// Begins nothing more: answers all that has not begun. What runs may end.
    fn give_up(&mut self) {
        let why = if self.fatal.is_some() { run_ended } else { cancelled };
        let asked = self.asking.take().map(|(job, _)| job);
        let rest: Vec<Job<'_>> = self.ready.drain(..).chain(self.ask.drain(..)).chain(asked).collect();
        for Job { at, call, .. } in rest {
            self.refuse(at, why(call));
        }
    }
}
