//! What can be given as tools: sets of them, and values whose methods are tools.

use std::{fmt, sync::Arc};

use super::{CallContext, CallFuture, Callable, Facts, Outcome, Place, Tool, ToolDef, annotated};
use crate::{
    message::ToolSpec,
    schema::{Arguments, Secrets},
};

/// What can be given as tools: arrays, `Vec`s and iterators of [`Tool`]s, a [`Toolbox`](crate::toolbox::Toolbox), and
/// values of types whose `impl` block is annotated with `#[toolset]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no tools",
    label = "this can't be given as tools",
    note = "put `#[toolset]` on the type's `impl` block, or give an array, a `Vec` or an iterator of `Tool`s"
)]
pub trait IntoTools {
    /// The tools, in any order.
    fn into_tools(self) -> Vec<Tool>;
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item = Tool>> IntoTools for I {
    fn into_tools(self) -> Vec<Tool> {
        self.into_iter().collect()
    }
}

/// A method that was annotated with `#[tool]`.
pub struct Method<T> {
    def: &'static ToolDef,
    call: MethodCall<T>,
}

/// How a method is called; see [`Call`](super::def::Call).
#[derive(Debug)]
pub enum MethodCall<T> {
    /// It waits for something.
    Awaited(for<'a> fn(&'a Arc<T>, &'a CallContext, Arguments<'a>) -> CallFuture<'a>),
    /// It does not.
    InPlace(for<'a> fn(&'a Arc<T>, &'a CallContext, Arguments<'a>) -> Outcome),
}

impl<T> fmt::Debug for Method<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.def.fmt(f)
    }
}

impl<T> Method<T> {
    /// A method from all that the macro knows of it.
    pub const fn new(def: &'static ToolDef, call: MethodCall<T>) -> Self {
        Self { def, call }
    }
}

/// The methods of one value, which they share.
pub fn methods<T: Send + Sync + 'static>(value: T, methods: &'static [Method<T>]) -> Vec<Tool> {
    let value = Arc::new(value);
    let bind = |method: &'static Method<T>| {
        let def = method.def;
        let secrets = Secrets::of(def.parameters);
        Tool::from_callable(Bound { value: Arc::clone(&value), spec: annotated::spec(def), secrets, method })
    };
    methods.iter().map(bind).collect()
}

struct Bound<T: 'static> {
    value: Arc<T>,
    spec: ToolSpec,
    secrets: Secrets,
    method: &'static Method<T>,
}

impl<T: Send + Sync> Callable for Bound<T> {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn facts(&self) -> &Facts {
        &self.method.def.facts
    }

    fn def(&self) -> Option<&'static ToolDef> {
        Some(self.method.def)
    }

    fn place(&self) -> Option<&Place> {
        Some(&self.method.def.place)
    }

    fn secrets(&self) -> Secrets {
        self.secrets
    }

    fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        self.call_with(cx, Arguments::new(self.method.def.parameters, arguments))
    }

    fn try_defaults<'a>(&'a self, cx: &'a CallContext) -> Option<CallFuture<'a>> {
        let def = self.method.def;
        annotated::has_defaults(def).then(|| self.call_with(cx, Arguments::on_trial(def.parameters)))
    }
}

impl<T: Send + Sync> Bound<T> {
    fn call_with<'a>(&'a self, cx: &'a CallContext, arguments: Arguments<'a>) -> CallFuture<'a> {
        match self.method.call {
            MethodCall::Awaited(call) => call(&self.value, cx, arguments),
            MethodCall::InPlace(call) => Box::pin(async move { call(&self.value, cx, arguments) }),
        }
    }
}
