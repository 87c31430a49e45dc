//! Whether a call that may destroy something is carried out.

use std::{fmt, future::Future};

use serde::{Deserialize, Serialize};

use super::{
    execute::{panic_text, unpanicked},
    next::CallEnd,
    run::CallStatus,
};
use crate::{
    message::{ToolCall, ToolResult},
    model::BoxFuture,
    tool::Tool,
};

/// A call that waits for somebody's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingCall {
    /// The call's id.
    pub id: String,
    /// The tool's wire name.
    pub name: String,
    /// The arguments, as the model wrote them.
    pub arguments: String,
}

/// Somebody's word on a [`PendingCall`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Approval {
    /// Carry it out.
    Allow,
    /// Don't; the model is told why.
    Deny(
        /// The reason.
        String,
    ),
}

impl PendingCall {
    pub(super) fn of(call: &ToolCall) -> Self {
        Self { id: call.id.clone(), name: call.name.clone(), arguments: call.arguments.clone() }
    }
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

    /// How the call ends without being carried out, if it may not be.
    pub(super) async fn refused(&self, tool: &Tool, call: &ToolCall) -> Option<CallEnd> {
        if !tool.is_destructive() {
            return None;
        }
        let (why, status, detail) = match &self.0 {
            None => ("not carried out: it needs an approval first".to_owned(), CallStatus::Unapproved, None),
            Some(ask) => match unpanicked(&mut Box::pin(async { ask(PendingCall::of(call)).await })).await {
                Ok(Approval::Allow) => return None,
                Ok(Approval::Deny(reason)) => (format!("not carried out, denied: {reason}"), CallStatus::Denied, None),
                // Who can't answer has not allowed it.
                Err(panic) => {
                    let why = "not carried out: it could not be approved".to_owned();
                    (why, CallStatus::Denied, Some(panic_text(panic.as_ref())))
                }
            },
        };
        Some(CallEnd { detail, ..CallEnd::new(ToolResult::error(call, why), status) })
    }
}

impl fmt::Debug for Approvals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "somebody is asked" } else { "nobody is asked" })
    }
}
