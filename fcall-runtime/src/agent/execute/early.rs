//! Calls that begin while the reply that asks for them still comes in.
//!
//! Only what does no harm where the reply then fails: calls of `read_only` tools that neither an approval nor a hook could
//! have stopped. What one came to is the end of the call that stands in the reply at last, if that asks for the same; a
//! reply that starts over and asks for it again has it as well. Of a call that nobody asks for in the end nobody hears.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::{AbortHandle, JoinSet},
};

use super::{
    Ended, Execution, Means,
    call::{Asked, Begin},
};
use crate::{
    agent::{
        event::Event,
        next::CallEnd,
        repeat::same_arguments,
        select::{Asking, Selection},
    },
    error::Error,
    message::{Assembler, ToolCall, ToolChoice},
    tool::Tool,
    toolbox::Toolbox,
};

/// What is heard of a reply.
enum Heard {
    /// This call of it is complete.
    Complete(ToolCall),
    /// It starts over.
    Restarted,
}

/// Hears a reply, and says which of its calls may begin.
pub(in crate::agent) struct Herald<'a> {
    tools: &'a Toolbox,
    choice: &'a ToolChoice,
    /// Says which tools may be called, where a filter does.
    select: Option<(&'a Selection, Asking<'a>)>,
    /// How many calls the run may still make.
    left: usize,
    /// The calls that were told of: the key of the part, and how long the arguments were.
    told: Vec<(usize, usize)>,
    /// The ids of calls that were told of before the reply started over: they may still be carried out.
    before: Vec<String>,
    ids: Vec<String>,
    said: UnboundedSender<Heard>,
}

impl Herald<'_> {
    /// The call with this key is complete, as far as can be told.
    pub(in crate::agent) fn complete(&mut self, part: usize, reply: &Assembler) {
        let Some(call) = reply.call(part) else { return };
        let told = (part, call.arguments.len());
        let is_offered = |tool: &&Tool| self.select.is_none_or(|(select, asking)| select.allows(tool, &asking));
        let tool = self.tools.get(&call.name).filter(|tool| can_be_early(tool)).filter(is_offered);
        if tool.is_none() || !self.choice.allows(&call.name) || self.told.contains(&told) {
            return;
        }
        let Some((_, call)) = reply.complete_call(part).filter(|(at, _)| *at < self.left) else { return };
        self.told.push(told);
        self.ids.push(call.id.clone());
        // Nobody listens any more where the run is over.
        let _ = self.said.send(Heard::Complete(call));
    }

    /// The reply starts over.
    pub(in crate::agent) fn restarted(&mut self) {
        self.told.clear();
        self.before.append(&mut self.ids);
        let _ = self.said.send(Heard::Restarted);
    }

    /// A call before the reply started over had this id.
    pub(in crate::agent) fn knows(&self, id: &str) -> bool {
        self.before.iter().any(|other| other == id)
    }
}

/// Whether a call of this tool may begin before it is sure that it is asked for.
pub(in crate::agent) fn can_be_early(tool: &Tool) -> bool {
    tool.is_read_only() && !tool.is_destructive() && !tool.is_sequential()
}

/// The calls of a reply that began before its end.
pub(in crate::agent) struct Early<'a> {
    how: Execution,
    means: Means<'a>,
    turn: u32,
    heard: UnboundedReceiver<Heard>,
    calls: Vec<Begun>,
    /// Aborts what is left when it is dropped.
    running: JoinSet<(usize, Ended)>,
}

/// A call that may have begun.
struct Begun {
    call: ToolCall,
    stands: Stands,
    task: Option<AbortHandle>,
    ended: Option<Ended>,
    /// That it ended was told, under the id that it has now.
    told: bool,
    /// The id that it began under, where it has another one now.
    began_as: Option<String>,
}

/// What is known of a call that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// The reply that comes in asks for it.
    Asked,
    /// A reply that started over asked for it.
    Void,
    /// It is the call at this place of the turn.
    Taken(usize),
    /// Its end was handed on.
    Over,
}

impl<'a> Early<'a> {
    /// For the reply to this request, of which so many calls may be carried out; `void` are those of a reply before it that
    /// was of no use.
    pub(in crate::agent) fn new<'r>(
        how: Execution,
        means: Means<'a>,
        choice: &'r ToolChoice,
        (asking, left): (Asking<'r>, usize),
        void: Option<Self>,
    ) -> (Self, Herald<'r>)
    where
        'a: 'r,
    {
        let (said, heard) = unbounded_channel();
        let (turn, select) = (asking.turn, means.select.map(|select| (select, asking)));
        let early = match void {
            Some(mut early) => {
                early.hear(Heard::Restarted);
                Self { turn, heard, ..early }
            }
            None => Self { how, means, turn, heard, calls: Vec::new(), running: JoinSet::new() },
        };
        let ids = |call: &Begun| call.began_as.iter().chain([&call.call.id]).cloned().collect::<Vec<_>>();
        let before = early.calls.iter().flat_map(ids).collect();
        let (tools, told, ids) = (means.tools, Vec::new(), Vec::new());
        let herald = Herald { tools, choice, select, left, told, before, ids, said };
        (early, herald)
    }

    /// Begins calls as they are heard of and tells of those that end, for as long as it is polled.
    pub(in crate::agent) async fn go_on(&mut self) -> Infallible {
        loop {
            tokio::select! {
                biased;
                Some(heard) = self.heard.recv() => self.hear(heard),
                Some(joined) = self.running.join_next() => {
                    if let Ok((at, ended)) = joined {
                        self.ended(at, ended);
                    }
                    self.begin_next();
                }
                else => std::future::pending::<()>().await,
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Complete(call) => {
                self.supersede(&call.id);
                match self.calls.iter().position(|old| old.is(Stands::Void, &call)) {
                    Some(at) => self.bind(at, Stands::Asked, &call.id),
                    None => {
                        self.calls.push(Begun::asked(call));
                        self.begin_next();
                    }
                }
            }
            Heard::Restarted => {
                self.forget_waiting();
                self.calls.iter_mut().for_each(|call| call.stands = Stands::Void);
            }
        }
    }

    /// The call with this id went on after it had looked complete.
    fn supersede(&mut self, id: &str) {
        self.calls.retain(|call| call.has_begun() || call.call.id != id);
        let is_old = |call: &&mut Begun| call.stands == Stands::Asked && call.call.id == id;
        self.calls.iter_mut().filter(is_old).for_each(|call| call.stands = Stands::Void);
    }

    /// Calls begin in the order in which they are heard of, so that those which wait are the last.
    fn forget_waiting(&mut self) {
        let begun = self.calls.iter().take_while(|call| call.has_begun()).count();
        self.calls.truncate(begun);
    }

    /// Begins the calls that there is room for.
    fn begin_next(&mut self) {
        let room = self.how.max_parallel.max(1).saturating_sub(self.running.len());
        let (means, turn, how) = (self.means, self.turn, self.how);
        let waiting = self.calls.iter_mut().enumerate().filter(|(_, call)| !call.has_begun()).take(room);
        for (at, begun) in waiting {
            // The herald tells of no other.
            let Some(tool) = means.tools.get(&begun.call.name).cloned() else { return };
            let call = &begun.call;
            let (cx, arguments) = (means.context(&tool, call, turn), call.arguments.clone());
            let watch = means.watch(&tool, &call.id, &arguments, Asked::Early);
            let call = Begin { at, tool, cx, arguments, approved: None, how, watch };
            begun.task = Some(self.running.spawn(call.carry_out()));
        }
    }

    fn ended(&mut self, at: usize, ended: Ended) {
        let Some(call) = self.calls.get_mut(at) else { return };
        call.ended = Some(ended);
        call.tell(self.means);
    }

    /// The call at this place is asked for under this id.
    fn bind(&mut self, at: usize, stands: Stands, id: &str) {
        let Some(call) = self.calls.get_mut(at) else { return };
        if call.call.id != id {
            let old = std::mem::replace(&mut call.call.id, id.to_owned());
            call.began_as.get_or_insert(old);
            call.told = false;
        }
        call.stands = stands;
        call.tell(self.means);
    }

    /// The reply is complete: begins nothing more, and tells of what has ended.
    pub(in crate::agent) fn close(&mut self) {
        while let Ok(heard) = self.heard.try_recv() {
            match heard {
                Heard::Restarted => self.hear(heard),
                Heard::Complete(call) => {
                    if let Some(at) = self.calls.iter().position(|old| old.is(Stands::Void, &call)) {
                        self.bind(at, Stands::Asked, &call.id);
                    }
                }
            }
        }
        self.forget_waiting();
        while let Some(joined) = self.running.try_join_next() {
            if let Ok((at, ended)) = joined {
                self.ended(at, ended);
            }
        }
    }

    /// Waits for the calls that run to see that the run was cancelled.
    pub(in crate::agent) async fn wind_down(mut self) {
        while self.running.join_next().await.is_some() {}
    }

    /// The call at this place of the turn began, where it did.
    pub(super) fn take(&mut self, at: usize, call: &ToolCall) -> bool {
        let same = |stands| self.calls.iter().position(|begun| begun.call.id == call.id && begun.is(stands, call));
        let other = || self.calls.iter().position(|begun| begun.is(Stands::Void, call));
        let Some(begun) = same(Stands::Asked).or_else(other) else { return false };
        self.bind(begun, Stands::Taken(at), &call.id);
        true
    }

    /// All calls of the turn are known: nobody asked for the rest.
    pub(super) fn drop_rest(&mut self) {
        for call in self.calls.iter_mut().filter(|call| !matches!(call.stands, Stands::Taken(_))) {
            call.stands = Stands::Void;
            call.task.take().iter().for_each(AbortHandle::abort);
        }
    }

    /// How this call ended, where that was told already, and the error that the run must end with; for a reply whose calls
    /// are not carried out.
    pub(in crate::agent) fn told_end(&mut self, call: &ToolCall) -> Option<(CallEnd, Option<Error>)> {
        let is_it = |begun: &&mut Begun| begun.told && begun.call.id == call.id && begun.is(Stands::Asked, call);
        let begun = self.calls.iter_mut().find(is_it)?;
        let Ended { end, fatal, .. } = begun.ended.take()?;
        begun.stands = Stands::Over;
        Some((end, fatal))
    }

    /// The end of the call with this id was told and handed on.
    pub(in crate::agent) fn is_over(&self, id: &str) -> bool {
        self.calls.iter().any(|call| call.stands == Stands::Over && call.call.id == id)
    }

    /// How many calls of the turn still run.
    pub(super) fn running(&self) -> usize {
        let runs = |call: &&Begun| matches!(call.stands, Stands::Taken(_)) && call.ended.is_none();
        self.calls.iter().filter(runs).count()
    }

    /// The ends that have come, with the place of each, and whether it began under another id; all of them were told.
    pub(super) fn ends(&mut self) -> Vec<(usize, Ended, bool)> {
        let end = |call: &mut Begun| {
            let Stands::Taken(at) = call.stands else { return None };
            let ended = call.ended.take()?;
            call.stands = Stands::Over;
            Some((at, ended, call.began_as.is_some()))
        };
        self.calls.iter_mut().filter_map(end).collect()
    }

    /// Waits until one more call of the turn has ended; ready where none runs.
    pub(super) fn poll_ended(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while self.running() > 0 {
            match self.running.poll_join_next(task) {
                Poll::Ready(Some(Ok((at, ended)))) => {
                    self.ended(at, ended);
                    return Poll::Ready(());
                }
                // Its task was lost or is of no use.
                Poll::Ready(Some(Err(_))) => {}
                Poll::Ready(None) => self.calls.clear(),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}

impl Begun {
    fn asked(call: ToolCall) -> Self {
        Self { call, stands: Stands::Asked, task: None, ended: None, told: false, began_as: None }
    }

    fn has_begun(&self) -> bool {
        self.task.is_some()
    }

    /// It stands so, and asks for the same as this call.
    fn is(&self, stands: Stands, call: &ToolCall) -> bool {
        self.stands == stands && self.call.name == call.name && same_arguments(&self.call.arguments, &call.arguments)
    }

    /// Tells that it ended, unless that was told or nobody asks for it.
    fn tell(&mut self, means: Means<'_>) {
        let Some(Ended { end, .. }) = self.ended.as_mut().filter(|_| !self.told && self.stands != Stands::Void) else {
            return;
        };
        let results = std::iter::once(&mut end.result).chain(end.whole.as_mut());
        results.for_each(|result| result.call_id.clone_from(&self.call.id));
        means.events.emit(|| Event::finished(end, Some(&self.call), means.tools));
        self.told = true;
    }
}
