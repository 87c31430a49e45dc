//! Whether a call that may destroy something is carried out: who is asked, and what they may say.

use std::{collections::HashMap, fmt, future::Future};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    execute::{panic_text, unpanicked},
    next::CallEnd,
    open::Slot,
    repeat::same_arguments,
    run::CallStatus,
};
use crate::{
    error::{Error, Kind, Result},
    message::ToolCall,
    model::BoxFuture,
    schema::Secrets,
};

/// A call that waits for somebody's word.
///
/// `Debug` shows the arguments as they may be [shown](Self::shown).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingCall {
    /// The call's id.
    pub id: String,
    /// The tool's wire name.
    pub name: String,
    /// The arguments, as the model wrote them.
    pub arguments: String,
    /// The arguments without their secrets, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
}

/// Somebody's word on a [`PendingCall`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Approval {
    /// Carry it out.
    #[serde(alias = "Allow")]
    Allow,
    /// Don't; the model is told why.
    #[serde(alias = "Deny")]
    Deny(
        /// The reason.
        String,
    ),
    /// Carry it out with these arguments instead; the model is told. If they don't fit it is not carried out, and that does not
    /// count as the model's mistake.
    AllowWith(
        /// The arguments, as the model should have written them.
        Value,
    ),
}

/// Somebody's word, bound to the call that it is about: its id, its tool and its arguments.
///
/// Made by [`PendingCall::decide`] and its like; can be saved and sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// The call as it was shown.
    pub call: PendingCall,
    /// What was said.
    pub approval: Approval,
}

impl PendingCall {
    pub(super) fn of(call: &ToolCall) -> Self {
        let ToolCall { id, name, arguments, shown, .. } = call.clone();
        Self { id, name, arguments, shown }
    }

    /// The arguments as they may be shown to anybody: without what `#[arg(secret)]` marks.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.arguments)
    }

    /// The word on this call.
    pub fn decide(&self, approval: Approval) -> Decision {
        Decision { call: self.clone(), approval }
    }

    /// Carry it out.
    pub fn allow(&self) -> Decision {
        self.decide(Approval::Allow)
    }

    /// Carry it out with these arguments instead.
    pub fn allow_with(&self, arguments: impl Into<Value>) -> Decision {
        self.decide(Approval::AllowWith(arguments.into()))
    }

    /// Don't carry it out; the model is told why.
    pub fn deny(&self, reason: impl Into<String>) -> Decision {
        self.decide(Approval::Deny(reason.into()))
    }
}

impl fmt::Debug for PendingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, .. } = self;
        f.debug_struct("PendingCall").field("id", id).field("name", name).field("arguments", &self.shown()).finish()
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut decision = f.debug_struct("Decision");
        decision.field("call", &self.call);
        match (&self.approval, &self.call.shown) {
            (Approval::AllowWith(_), Some(_)) => decision.finish_non_exhaustive(),
            (approval, _) => decision.field("approval", approval).finish(),
        }
    }
}

/// Where each decided call stands now, by its place; `undecided` are the calls that wait.
///
/// # Errors
/// A decision that was not made for one of them.
pub(super) fn fit(
    decisions: impl IntoIterator<Item = Decision>,
    undecided: impl Iterator<Item = (usize, ToolCall)>,
) -> Result<Vec<(usize, Slot)>> {
    let mut waiting: HashMap<String, (usize, ToolCall)> =
        undecided.map(|(at, call)| (call.id.clone(), (at, call))).collect();
    let mut slots = Vec::new();
    for Decision { call: shown, approval } in decisions {
        let refuse = |why: &str| {
            let (id, name) = (&shown.id, &shown.name);
            let detail = format!(
                "the decision on call `{id}` of `{name}` is refused: {why}; decide upon the calls that this run shows as \
                 waiting"
            );
            Err(Error::new(Kind::Decision(detail)))
        };
        let Some((at, call)) = waiting.remove(&shown.id) else {
            return refuse("no call with this id waits for a decision, or there are two decisions on it");
        };
        if call.name != shown.name {
            return refuse("the call with this id is of another tool");
        }
        if !same_arguments(&call.arguments, &shown.arguments) {
            return refuse("it was made for other arguments than the call has");
        }
        slots.push((at, approval.slot(&call)));
    }
    Ok(slots)
}

impl Approval {
    fn slot(self, call: &ToolCall) -> Slot {
        match self {
            Self::Allow => Slot::Allowed(None),
            Self::AllowWith(arguments) => Slot::Allowed(Some(arguments.to_string())),
            Self::Deny(reason) => Slot::Ended(denied(call, &reason)),
        }
    }
}

fn denied(call: &ToolCall, reason: &str) -> CallEnd {
    CallEnd::refused(call, format!("not carried out, denied: {reason}"), CallStatus::Denied)
}

type Ask = Box<dyn Fn(PendingCall) -> BoxFuture<'static, Approval> + Send + Sync>;

/// Who is asked; nobody, at first.
#[derive(Default)]
pub(super) struct Approvals(Option<Ask>);

impl Approvals {
    pub(super) fn new<F, Fut>(ask: F) -> Self
    where
        F: Fn(PendingCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Approval> + Send + 'static,
    {
        Self(Some(Box::new(move |call| Box::pin(ask(call)))))
    }

    /// There is somebody to ask while the run goes on.
    pub(super) fn is_asked(&self) -> bool {
        self.0.is_some()
    }

    /// Where the call stands once somebody has answered.
    pub(super) async fn ask(&self, call: &ToolCall, secrets: Secrets) -> Slot {
        let Some(ask) = &self.0 else { return Slot::Undecided };
        match unpanicked(&mut Box::pin(async { ask(PendingCall::of(call)).await })).await {
            Ok(approval) => approval.slot(call),
            // Who can't answer has not allowed it.
            Err(panic) => {
                let end = CallEnd::refused(call, "not carried out: it could not be approved", CallStatus::Denied);
                let why = panic_text(panic.as_ref());
                let why = secrets.scrub(&call.arguments, &why).unwrap_or(why);
                Slot::Ended(CallEnd { detail: Some(why), ..end })
            }
        }
    }
}

impl fmt::Debug for Approvals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "somebody is asked" } else { "nobody is asked" })
    }
}
