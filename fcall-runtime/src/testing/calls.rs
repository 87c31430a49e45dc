//! Assertions on the calls of a run.

use std::fmt::Write;

use serde_json::Value;

use super::difference::{Differences, cut};
use crate::agent::{Call, CallStatus, Run};

/// How much of a value is shown.
const SHOWN: usize = 300;

/// The calls of one tool in a run, narrowed down by what is said of them; from [`Run::assert_called`].
///
/// # Examples
/// ```
/// use fcall_runtime::{agent::{Agent, CallStatus}, serde_json::{self, json}, testing::Script, tool::Tool};
///
/// # fn main() -> fcall_runtime::Result<()> {
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// # let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
/// # let get_weather = Tool::new("get_weather", "Current weather", schema, |_: serde_json::Value| async { "sunny" })?;
/// let script = Script::new().calls([("get_weather", json!({"city": "Paris"}))]).text("It is sunny.");
/// let run = Agent::builder(script).tools([get_weather]).build()?.run("How is the weather in Paris?").await?;
/// run.assert_called("get_weather").with(json!({"city": "Paris"})).returned("sunny").times(1);
/// # Ok(())
/// # }) }
/// ```
#[derive(Clone, Debug)]
pub struct Called<'a> {
    run: &'a Run,
    tool: String,
    /// What has been said of the calls.
    said: String,
    calls: Vec<Call<'a>>,
}

impl Run {
    /// Asserts that the model asked for this tool, however the call ended; what is said next narrows the calls down.
    ///
    /// # Panics
    /// Where it did not, with the calls that it made.
    #[track_caller]
    pub fn assert_called(&self, tool: &str) -> Called<'_> {
        let calls: Vec<_> = self.calls().filter(|call| call.call.name == tool).collect();
        assert!(!calls.is_empty(), "`{tool}` was not called\n{}", made(self));
        Called { run: self, tool: tool.to_owned(), said: String::new(), calls }
    }

    /// Asserts that the model never asked for this tool.
    ///
    /// # Panics
    /// Where it did.
    #[track_caller]
    pub fn assert_not_called(&self, tool: &str) {
        let called = self.calls().filter(|call| call.call.name == tool).count();
        assert!(called == 0, "`{tool}` was called {}\n{}", times(called), made(self));
    }

    /// Asserts that the calls of this run were these, in this order, and no others.
    ///
    /// # Panics
    /// Where they were others, or in another order.
    #[track_caller]
    pub fn assert_calls<'t>(&self, tools: impl IntoIterator<Item = &'t str>) {
        let expected: Vec<_> = tools.into_iter().collect();
        let got: Vec<_> = self.calls().map(|call| call.call.name.as_str()).collect();
        let at = expected.iter().zip(&got).take_while(|(a, b)| a == b).count();
        let shown =
            |names: &[&str]| names.get(at).map_or_else(|| "no more calls".to_owned(), |name| format!("`{name}`"));
        assert!(expected == got, "call {}: expected {}, got {}\n{}", at + 1, shown(&expected), shown(&got), made(self));
    }

    /// Asserts that the model asked for these tools in this order; other calls may stand between.
    ///
    /// # Panics
    /// Where it did not.
    #[track_caller]
    pub fn assert_call_order<'t>(&self, tools: impl IntoIterator<Item = &'t str>) {
        let mut calls = self.calls();
        let mut before = None;
        for tool in tools {
            let found = calls.any(|call| call.call.name == tool);
            let after = before.map_or_else(String::new, |before| format!(" after `{before}`"));
            assert!(found, "`{tool}` was not called{after}\n{}", made(self));
            before = Some(tool);
        }
    }
}

impl<'a> Called<'a> {
    /// With exactly these arguments, by what the JSON means.
    ///
    /// # Panics
    /// Where no call had them, with what sets each apart.
    #[track_caller]
    pub fn with(self, arguments: impl Into<Value>) -> Self {
        let expected = arguments.into();
        let said = format!(" with {}", cut(&expected, SHOWN));
        self.narrow(&said, |call| Differences::between(&expected, &json(&call.call.arguments)))
    }

    /// With at least these arguments; an object may have more members, at any depth.
    ///
    /// # Panics
    /// Where no call had them, with what sets each apart.
    #[track_caller]
    pub fn with_at_least(self, arguments: impl Into<Value>) -> Self {
        let expected = arguments.into();
        let said = format!(" with at least {}", cut(&expected, SHOWN));
        self.narrow(&said, |call| Differences::lacking(&expected, &json(&call.call.arguments)))
    }

    /// With this result: JSON by what it means, a text as it is.
    ///
    /// # Panics
    /// Where no call had it, with what sets each apart.
    #[track_caller]
    pub fn returned(self, result: impl Into<Value>) -> Self {
        let expected = result.into();
        let said = format!(" that returned {}", cut(&expected, SHOWN));
        self.narrow(&said, |call| {
            let text = call.result.to_text();
            let as_text = Differences::between(&expected, &Value::String(text.clone()));
            if as_text.is_empty() { as_text } else { Differences::between(&expected, &json(&text)) }
        })
    }

    /// That ended like this.
    ///
    /// # Panics
    /// Where no call did.
    #[track_caller]
    pub fn ended(self, status: CallStatus) -> Self {
        let said = format!(" that ended as {status:?}");
        let word = |status: CallStatus| Value::String(format!("{status:?}"));
        self.narrow(&said, |call| Differences::between(&word(status), &word(call.status)))
    }

    /// So often, no more and no less.
    ///
    /// # Panics
    /// Where it was another number of calls.
    #[track_caller]
    pub fn times(self, number: usize) -> Self {
        let Self { run, tool, said, calls } = &self;
        let got = calls.len();
        assert!(got == number, "`{tool}` was called{said} {}, expected {}\n{}", times(got), times(number), made(run));
        self
    }

    /// The calls that are left.
    pub fn calls(&self) -> &[Call<'a>] {
        &self.calls
    }

    /// Keeps the calls that differ in nothing.
    #[track_caller]
    fn narrow(mut self, said: &str, differences: impl Fn(&Call<'_>) -> Differences) -> Self {
        let tool = &self.tool;
        let compared: Vec<_> = self.calls.iter().map(|call| (*call, differences(call))).collect();
        self.calls = compared.iter().filter(|(_, apart)| apart.is_empty()).map(|(call, _)| *call).collect();
        if self.calls.is_empty() {
            let mut told = format!("`{tool}` was not called{}{said}", self.said);
            for (call, apart) in &compared {
                // Nothing is lost where a text can't be written to.
                let _ = write!(told, "\ncall `{}`\n{apart}", call.call.id);
            }
            panic!("{told}\n{}", made(self.run));
        }
        self.said.push_str(said);
        self
    }
}

/// A text as JSON; one that is none as a text.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn times(number: usize) -> String {
    match number {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// The calls of a run, one a line.
fn made(run: &Run) -> String {
    let mut told = "the run made no calls".to_owned();
    for (nth, call) in run.calls().enumerate() {
        if nth == 0 {
            told = "the calls of the run:".to_owned();
        }
        let arguments = cut(&json(&call.call.arguments), SHOWN);
        let _ = write!(told, "\n  {} {}({arguments}): {:?}", nth + 1, call.call.name, call.status);
    }
    told
}
