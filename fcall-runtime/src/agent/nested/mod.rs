//! Agents as tools: a call is a run of its own, inside the run that makes it.

mod account;
mod apart;
mod budget;
mod told;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

pub(super) use self::{
    account::{Account, Seat},
    apart::apart,
    budget::{HandsOn, Left},
};
use super::{
    Agent,
    builder::check_states,
    run::{Run, Stop},
};
use crate::{
    error::Result,
    message::{ToolSpec, Usage},
    schema::{Judge, Secrets},
    tool::{CallContext, CallFuture, Callable, Facts, Outcome, Tool, checked},
};

/// A run of an agent inside a call of another, as that call's record keeps it; from [`Call::runs`](super::Call::runs).
///
/// Whole conversations are not kept here: an agent's own hooks and journal see them, and a tool that runs it
/// [`within`](super::RunRequest::within) a call has its [`Run`](super::Run).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InnerRun {
    /// What the agent is called: [`AgentBuilder::name`](super::AgentBuilder::name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The id under which the agent's own journal has the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How many replies its model gave, or began.
    pub turns: u32,
    /// How many calls it made, those of the runs inside them included.
    pub calls: u32,
    /// The tokens it used, those of the runs inside it included.
    pub usage: Usage,
    /// Why it ended; none where it ended in an error, or with its call. Of one that would have had to wait for an
    /// approval the calls are kept that it waited for, and not what it would take to resume it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The error that ended it, with its causes; for the operator, not for a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl InnerRun {
    fn begin(agent: Option<&str>) -> Self {
        let (agent, usage) = (agent.map(ToOwned::to_owned), Usage::default());
        Self { agent, id: None, turns: 0, calls: 0, usage, stop: None, error: None }
    }
}

/// What is kept of a run, for a loop by hand that makes one inside a call: [`CallEnd::runs`](super::CallEnd::runs).
impl From<&Run> for InnerRun {
    fn from(run: &Run) -> Self {
        let inside = run.calls().flat_map(|call| call.runs).map(|run| run.calls as usize).sum::<usize>();
        let calls = run.calls().count().saturating_add(inside);
        Self {
            id: run.id.clone(),
            turns: run.turns,
            calls: u32::try_from(calls).unwrap_or(u32::MAX),
            usage: run.usage,
            stop: run.stop.as_ref().map(kept),
            ..Self::begin(None)
        }
    }
}

/// Why a run ended, without all that it would take to resume it.
fn kept(stop: &Stop) -> Stop {
    match stop {
        Stop::Approval(paused) => Stop::Approval(paused.without_state()),
        stop => stop.clone(),
    }
}

impl Agent {
    /// The agent as a tool of another: a call is a run of its own, asked what the model writes as `task`.
    ///
    /// `name` and `description` are what the other agent's model reads. The answer is the call's result. A run that ends
    /// without one, at a limit or in an error, is a result flagged as error that says why, with what had been found until
    /// then; the cause of an error is for the operator, in [`Call::detail`](super::Call::detail).
    ///
    /// What the two runs share:
    ///
    /// | | |
    /// | --- | --- |
    /// | tokens | the inner run's count for the outer's [`usage`](super::Run::usage) and [`total_tokens`](super::Limits::total_tokens), in whatever way the call ends; it may use no more than the outer has left, and several at once share that. As ever a limit of tokens is known to be reached once a reply has come |
    /// | calls | the same, for [`calls`](super::Limits::calls): those over it are answered as not carried out |
    /// | time | the inner run ends with the outer's [`wall_time`](super::Limits::wall_time), with the agent's own if it has one, and else a little before the outer agent's [`tool_timeout`](super::AgentBuilder::tool_timeout) is up |
    /// | depth | counted down from the outermost run's [`depth`](super::Limits::depth) |
    /// | end | cancelling or dropping the outer run ends the inner |
    /// | trace | the inner run's spans stand below the call's |
    ///
    /// All else is the agent's own: turns and its other limits (which hold beside what is left), model, instructions, tools,
    /// states, hooks, approvals and journal. Nothing of the outer conversation is seen by it, and no state is lent to it.
    ///
    /// A run that has to wait for an approval can't do so inside a call: the call is answered as one that needs approval,
    /// and what would have needed it is not carried out. Give the agent somebody to ask
    /// ([`approve`](super::AgentBuilder::approve)).
    ///
    /// The other agent takes such a call for one that may have effects: where it is cancelled it is
    /// [interrupted](super::CallStatus::Interrupted), with what the inner run had found, and wherever calls of the inner run
    /// broke off its model is told which. [`Call::runs`](super::Call::runs) tells what the
    /// run inside it did. For other parameters, or to have the whole [`Run`], write a tool that runs the agent
    /// [`within`](super::RunRequest::within) its call.
    ///
    /// # Errors
    /// A name that providers refuse; an agent whose tools can't be used, or need states that only a run could bring
    /// ([`state_per_run`](super::AgentBuilder::state_per_run)).
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{agent::Agent, testing::Script, tool::Tool};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> fcall_runtime::Result<()> {
    /// let historian = Script::new().text("In 1648.");
    /// let historian = Agent::builder(historian).tools(Vec::<Tool>::new()).name("historian").build()?;
    ///
    /// let host = Script::new().calls([("ask_historian", r#"{"task":"When did the war end?"}"#)]).text("It ended in 1648.");
    /// let host = Agent::builder(host).tools([historian.into_tool("ask_historian", "Answers questions of history")?]).build()?;
    ///
    /// let run = host.run("How long ago is that?").await?;
    /// let call = run.calls().next().expect("one call");
    /// assert_eq!(call.told.to_text(), "In 1648.");
    /// assert_eq!((call.runs[0].agent.as_deref(), call.runs[0].turns), (Some("historian"), 1));
    /// # Ok(()) }
    /// ```
    pub fn into_tool(self, name: impl Into<String>, description: impl Into<String>) -> Result<Tool> {
        let schema = json!({
            "type": "object",
            "properties": {"task": {
                "type": "string",
                "description": "What to do, with all that it takes to know: nothing else of this conversation is seen",
            }},
            "required": ["task"],
            "additionalProperties": false,
        });
        let (spec, judge) = checked(name.into(), description.into(), schema)?;
        check_states(&self.0.states, self.0.tools()?)?;
        // So that the run can use up its time, and say what it found.
        let timeout = self.0.limits.max_time().map(|time| time.saturating_add(Duration::from_secs(1)));
        Ok(Tool::from_callable(AgentTool { spec, judge, facts: Facts { timeout, ..Facts::NONE }, agent: self }))
    }
}

struct AgentTool {
    spec: ToolSpec,
    judge: Judge,
    facts: Facts,
    agent: Agent,
}

#[derive(Deserialize)]
struct Task {
    task: String,
}

impl Callable for AgentTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn hands_on(&self) -> bool {
        true
    }

    fn secrets(&self) -> Secrets {
        Secrets::None
    }

    fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        Box::pin(async move {
            let task = match self.judge.read::<Task>(&self.spec.name, arguments) {
                Ok(read) => {
                    cx.repaired(read.repairs);
                    read.value.task
                }
                Err(refusal) => return Outcome::BadArguments(refusal),
            };
            if task.trim().is_empty() {
                return Outcome::BadArguments("`task` is empty: say what to do".to_owned());
            }
            told::outcome(&self.agent.request(task).within(cx).run().await)
        })
    }
}
