//! How a call ended: what happened to it, and what the model and the program are told of that.

use std::time::Duration;

use super::{Execution, cap::capped};
use crate::{
    agent::{
        history::INTERRUPTED,
        hook::{HookCall, Hooks},
        journal::{Log, Record},
        nested::Account,
        next::CallEnd,
        run::CallStatus,
    },
    error::{Error, Kind},
    message::{Content, ToolResult},
    tool::{CallContext, CancellationToken, FATAL, Outcome, Tool},
};

/// How a call ended; and the error, if its tool said that the run must end.
pub(super) struct Ended {
    pub(super) end: CallEnd,
    pub(super) fatal: Option<Error>,
    /// What the model is told behind the result, whatever hooks make of that.
    remark: Option<String>,
}

/// What happened to a call.
pub(super) enum Happened {
    Returned(Outcome),
    Panicked(String),
    TimedOut(Duration),
    /// Another call still held what this one needs, so long after it should have given it back.
    Waited(Duration),
    /// The run was cancelled while the call was carried out.
    Cancelled,
    /// The same, where a run inside the call was stopped by that; what its tool says then.
    Stopped(String),
    /// The run was cancelled while the call waited for what it needs.
    NotBegun,
    /// A hook denied it.
    Denied(String),
    /// That it begins could not be written down.
    Unwritten,
}

impl Ended {
    /// With its remark behind the result, and without the secrets among these arguments.
    pub(super) fn remarked(mut self, tool: &Tool, used: [Option<&str>; 2]) -> Self {
        if let Some(remark) = self.remark.take() {
            self.end.tell(&remark);
        }
        self.hide_secrets(tool, used);
        self
    }

    /// The run must end, unless something before said so already.
    pub(super) fn fatal(mut self, error: Error) -> Self {
        self.fatal.get_or_insert(error);
        self
    }

    /// Written down, where there is a journal.
    pub(super) async fn written(mut self, log: Option<&Log>) -> Self {
        if let Some(log) = log {
            let written = log.append(&Record::CallEnded(self.end.clone())).await;
            self.fatal = self.fatal.or(written.err());
        }
        self
    }

    /// Hands what came of the call to the hooks, and takes back what they make of it.
    ///
    /// A hook may still note how a cancelled call ended, and has as long for it as the call had.
    pub(super) async fn pass(
        &mut self,
        hooks: &Hooks,
        call: &HookCall,
        cancellation: &CancellationToken,
        how: Execution,
    ) -> Result<(), Error> {
        let old = self.end.whole.as_ref().unwrap_or(&self.end.result);
        let mut result = old.clone();
        let over = async {
            cancellation.cancelled().await;
            tokio::time::sleep(how.grace).await;
        };
        let passed = tokio::select! {
            biased;
            passed = hooks.after_call(call, &mut result, self.end.status) => passed,
            () = over => return Ok(()),
        };
        if result != *old {
            (self.end.result, self.end.whole) = (result, None);
            if let Some(told) = capped(&self.end.result.content, how.max_result_bytes) {
                self.end.cut_to(told);
            }
        }
        passed
    }

    /// What the operator is told does not hold the secrets among these arguments.
    pub(super) fn hide_secrets(&mut self, tool: &Tool, used: [Option<&str>; 2]) {
        let secrets = tool.secrets();
        if secrets.is_none() {
            return;
        }
        self.end.hides = true;
        for arguments in used.into_iter().flatten() {
            let scrub = |text: &mut String| {
                if let Some(scrubbed) = secrets.scrub(arguments, text) {
                    *text = scrubbed;
                }
            };
            self.end.detail.iter_mut().for_each(scrub);
            if let Some(Kind::Fatal { message, .. } | Kind::Hook(message)) = self.fatal.as_mut().map(Error::kind_mut) {
                scrub(message);
            }
        }
    }
}

/// What the model is told of arguments that it did not write: it has nothing to correct in them.
fn of_others(tool: &Tool, why: &str, what: &str) -> String {
    let what = what.rfind(&format!("Call `{}` again", tool.name())).map_or(what, |end| &what[..end]);
    format!("not carried out: {why}. {}", what.trim_end())
}

impl Happened {
    /// What came of a call with its own arguments, with those that somebody approved or those that a hook wrote.
    pub(super) fn came_of(
        self,
        tool: &Tool,
        cx: CallContext,
        elapsed: Duration,
        (approved, hooked): (Option<String>, Option<String>),
        how: &Execution,
    ) -> Ended {
        let is_carried_out =
            !matches!(self, Self::Waited(_) | Self::NotBegun | Self::Returned(Outcome::BadArguments(_)));
        let happened = match self {
            Self::Returned(Outcome::BadArguments(what)) if hooked.is_some() => {
                let why = "the program put other arguments in their place, which do not fit";
                Self::Returned(Outcome::BadArguments(of_others(tool, why, &what)))
            }
            Self::Returned(Outcome::BadArguments(what)) if approved.is_some() => {
                let shown = tool.shown(approved.as_deref().unwrap_or_default());
                let why = format!("other arguments were approved instead, which do not fit, {shown}");
                Self::Returned(Outcome::BadArguments(of_others(tool, &why, &what)))
            }
            happened => happened,
        };
        let mut ended = happened.ended(cx, elapsed, how);
        ended.remark = approved.as_deref().filter(|_| is_carried_out).map(|approved| {
            let shown = tool.shown(approved);
            format!("\n(Carried out with other arguments, which were approved instead: {shown})")
        });
        ended.hide_secrets(tool, [approved.as_deref(), None]);
        ended.end.arguments = hooked.or(approved);
        ended
    }

    pub(super) fn ended(self, cx: CallContext, elapsed: Duration, how: &Execution) -> Ended {
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
                let why = format!(
                    "not carried out: another call still held what the tool needs, {limit:?} after it should have given \
                     it back"
                );
                (text(why), CallStatus::TimedOut)
            }
            Self::TimedOut(limit) => (text(format!("the tool did not finish within {limit:?}")), CallStatus::TimedOut),
            Self::Stopped(why) => (text(format!("{INTERRUPTED}\n{why}")), CallStatus::Interrupted),
            Self::Cancelled => (text(INTERRUPTED.to_owned()), CallStatus::Interrupted),
            Self::NotBegun => {
                let why = "not carried out: the run was cancelled before this call began";
                (text(why.to_owned()), CallStatus::NotBegun)
            }
            Self::Denied(reason) => (text(format!("not carried out, denied: {reason}")), CallStatus::Denied),
            Self::Unwritten => (text("not carried out: the run ended".to_owned()), CallStatus::NotBegun),
        };
        let runs = Account::used(&cx).map(|account| account.close()).unwrap_or_default();
        detail = detail.or_else(|| runs.iter().find_map(|run| run.error.clone()));
        let told = capped(&content, how.max_result_bytes);
        let result = ToolResult { call_id: cx.call_id, name: cx.tool, content, is_error: status != CallStatus::Done };
        let mut end = CallEnd { elapsed, detail, runs, ..CallEnd::new(result, status) };
        if let Some(told) = told {
            end.cut_to(told);
        }
        Ended { end, fatal, remark: None }
    }
}
