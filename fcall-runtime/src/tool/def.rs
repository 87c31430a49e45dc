//! What `#[tool]` makes of a function: a constant.

use std::time::Duration;

use super::{CallContext, CallFuture, Need, Outcome};
use crate::schema::{Arguments, Field};

/// A function that was annotated with `#[tool]`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ToolDef {
    /// The wire name.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// What the model has to send.
    pub parameters: &'static [Field],
    /// What the options of the attribute say.
    pub facts: Facts,
    /// Where the function stands.
    pub place: Place,
    /// The states it is lent.
    pub(crate) needs: &'static [Need],
    /// It sees the context of its call, and may hand on what that holds.
    pub(crate) sees_context: bool,
    /// Equal for equal names, and compared faster while compiling.
    pub(crate) hash: u64,
    pub(crate) call: Call,
}

/// How a function is called: with the arguments, which it reads itself.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// It waits for something.
    Awaited(for<'a> fn(&'a CallContext, Arguments<'a>) -> CallFuture<'a>),
    /// It does not, so it is called on the thread that polls the call.
    InPlace(for<'a> fn(&'a CallContext, Arguments<'a>) -> Outcome),
}

impl Call {
    /// Of a method, which is called with its value; of a function that does not compile, so that one mistake gives one
    /// error.
    pub const BROKEN: Self = Self::InPlace(broken);
}

/// What the macro writes of a tool: the name and its hash, the description, the parameters, the facts, the states,
/// whether it sees the context of its call, the call, and the place (module, file, line).
///
/// No struct, and what is one behind a reference: the compiler looks through a struct in every constant that has one.
pub type Parts = (
    &'static str,
    u64,
    &'static str,
    &'static [Field],
    &'static Facts,
    &'static [Need],
    bool,
    Call,
    &'static str,
    &'static str,
    u32,
);

/// What is known of a tool whose attribute has no options.
pub const NO_FACTS: &Facts = &Facts::NONE;

/// What a tool does to the world, and how it wants to be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// Its own limit of time.
    pub timeout: Option<Duration>,
    /// It only looks.
    pub read_only: bool,
    /// It may undo or delete something.
    pub destructive: bool,
    /// Called twice with the same arguments it does no more than called once.
    pub idempotent: bool,
    /// Never beside another call of the same turn.
    pub sequential: bool,
    /// Must be sent in a strict form where the service has one.
    pub strict: bool,
    /// A label to select by.
    pub group: Option<&'static str>,
}

/// Where a tool was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The path of the module, its crate first.
    pub module: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line in it.
    pub line: u32,
}

impl ToolDef {
    /// A tool, put together.
    pub const fn of(parts: Parts) -> Self {
        let (name, hash, description, parameters, facts, needs, sees_context, call, module, file, line) = parts;
        let place = Place { module, file, line };
        Self { name, description, parameters, facts: *facts, place, needs, sees_context, hash, call }
    }
}

/// Stands in for a function that does not compile, so that one mistake gives one error.
fn broken(_: &CallContext, _: Arguments<'_>) -> Outcome {
    Outcome::Failed("The tool does not compile.".to_owned())
}

impl Facts {
    /// Nothing is known.
    pub const NONE: Self = Self {
        timeout: None,
        read_only: false,
        destructive: false,
        idempotent: false,
        sequential: false,
        strict: false,
        group: None,
    };

    /// With a limit of time.
    #[must_use]
    pub const fn timeout(mut self, milliseconds: u64) -> Self {
        self.timeout = Some(Duration::from_millis(milliseconds));
        self
    }

    /// It only looks.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// It may undo or delete something.
    #[must_use]
    pub const fn destructive(mut self) -> Self {
        self.destructive = true;
        self
    }

    /// May be repeated.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Never beside another call.
    #[must_use]
    pub const fn sequential(mut self) -> Self {
        self.sequential = true;
        self
    }

    /// Held to its schema.
    #[must_use]
    pub const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// With a label.
    #[must_use]
    pub const fn group(mut self, label: &'static str) -> Self {
        self.group = Some(label);
        self
    }
}

impl Place {
    /// The crate it is in, as paths name it.
    pub fn krate(&self) -> &'static str {
        self.module.split("::").next().unwrap_or(self.module)
    }
}

/// The type that stands beside an annotated function and has its name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "no function of this name is annotated with `#[tool]`",
    note = "put `#[tool]` on the function; a tool with `handle = Name` goes by that name"
)]
pub trait Annotated {
    /// What the tool is made of.
    const PARTS: Parts;
    /// The function, as a tool.
    const DEF: &'static ToolDef = &ToolDef::of(Self::PARTS);
}

/// The function beside this type, as a tool.
///
/// The inventory holds this function rather than the constant, which the compiler would else look through once more.
pub fn def_of<T: Annotated>() -> &'static ToolDef {
    T::DEF
}
