//! Tools made by `#[tool]`: from the constant to something that can be called.

use std::sync::Arc;

use super::{Annotated, Call, CallContext, CallFuture, Callable, Facts, Outcome, Place, Tool, ToolDef};
use crate::{
    message::{ToolChoice, ToolSpec},
    schema::{Arguments, Secrets, Values, parameters},
};

impl Tool {
    /// The tool of an annotated function, by the type that stands beside it.
    pub fn of<T: Annotated>() -> Self {
        Self::from_def(T::DEF)
    }

    /// The tool of an annotated function.
    pub(crate) fn from_def(def: &'static ToolDef) -> Self {
        Self(Arc::new(Function { spec: spec(def), def, secrets: Secrets::of(def.parameters) }))
    }
}

/// The tool as a model is told of it.
pub(super) fn spec(def: &ToolDef) -> ToolSpec {
    let mut spec = ToolSpec::new(def.name, def.description, parameters(def.parameters));
    spec.strict = def.facts.strict;
    spec.strict_if_lossless = true;
    spec
}

impl ToolChoice {
    /// A call of this annotated function: a typo does not compile.
    pub fn tool<T: Annotated>() -> Self {
        Self::named(T::DEF.name)
    }
}

struct Function {
    spec: ToolSpec,
    def: &'static ToolDef,
    secrets: Secrets,
}

impl Callable for Function {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn facts(&self) -> &Facts {
        &self.def.facts
    }

    fn def(&self) -> Option<&'static ToolDef> {
        Some(self.def)
    }

    fn place(&self) -> Option<&Place> {
        Some(&self.def.place)
    }

    fn secrets(&self) -> Secrets {
        self.secrets
    }

    fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        self.call_with(cx, Arguments::new(self.def.parameters, arguments))
    }

    fn try_defaults<'a>(&'a self, cx: &'a CallContext) -> Option<CallFuture<'a>> {
        has_defaults(self.def).then(|| self.call_with(cx, Arguments::on_trial(self.def.parameters)))
    }
}

impl Function {
    fn call_with<'a>(&'a self, cx: &'a CallContext, arguments: Arguments<'a>) -> CallFuture<'a> {
        match self.def.call {
            Call::Awaited(call) => call(cx, arguments),
            // the arguments never leave the thread that polls, so what is read of them need not be `Send`
            Call::InPlace(call) => Box::pin(async move { call(cx, arguments) }),
        }
    }
}

/// Defaults are written as JSON, and it is their type's to say whether it can be read.
pub(super) fn has_defaults(def: &ToolDef) -> bool {
    def.parameters.iter().any(|field| field.default.is_some())
}

/// Runs a function that blocks away from the threads that poll calls.
///
/// # Cancellation
/// A function that has begun goes on to its end; its result is lost.
pub async fn off_thread(call: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return call() };
    match runtime.spawn_blocking(call).await {
        Ok(outcome) => outcome,
        // as if it had panicked here, where it is caught
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Outcome::Failed("The program is shutting down.".to_owned()),
        },
    }
}

/// Reads the arguments; where they can't be used, the outcome that says so.
///
/// The repairs go to the context, what is wrong to the model.
///
/// # Errors
/// What is wrong with the arguments.
pub fn read<V: Values>(
    cx: &CallContext,
    mut arguments: Arguments<'_>,
    tool: &str,
    values: V,
) -> Result<V::Read, Outcome> {
    let read = values.read(&mut arguments, 0);
    match (settle(cx, arguments, tool), read) {
        (Ok(()), Some(values)) => Ok(values),
        (settled, _) => Err(rejected(settled)),
    }
}

/// The future of a call whose arguments can't be used.
pub fn refused<'a>(outcome: Outcome) -> CallFuture<'a> {
    Box::pin(std::future::ready(outcome))
}

fn settle(cx: &CallContext, arguments: Arguments<'_>, tool: &str) -> Result<(), Outcome> {
    match arguments.finish(tool) {
        Ok(repairs) => {
            cx.repaired(repairs);
            Ok(())
        }
        Err(text) => Err(Outcome::BadArguments(text)),
    }
}

fn rejected(settled: Result<(), Outcome>) -> Outcome {
    match settled {
        Err(outcome) => outcome,
        // only reached where the macro numbered the parameters wrongly
        Ok(()) => Outcome::BadArguments("The arguments can't be used.".to_owned()),
    }
}
