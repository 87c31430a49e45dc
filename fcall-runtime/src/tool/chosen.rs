//! `tools![..]`: annotated functions, chosen by the types beside them.
//!
//! The macro asks each type by value-less markers, as `schema` does for arguments, so that what is wrong with an entry is
//! said in one error on that entry.

use std::{convert::Infallible, marker::PhantomData};

use super::{Annotated, Call, NO_FACTS, Tool, ToolDef};
use crate::schema::Message;

/// Asks whether the type `T` stands beside an annotated function.
#[derive(Debug)]
pub struct Entered<T: ?Sized>(PhantomData<T>, Infallible);

/// It does.
#[derive(Clone, Copy, Debug)]
pub struct Found;

/// It does not.
#[derive(Clone, Copy, Debug)]
pub struct NotFound;

impl<T: Annotated> Entered<T> {
    /// A tool.
    pub const TOOL: Found = Found;
}

/// The answer for every other type.
pub trait NotEntered {
    /// No tool.
    const TOOL: NotFound = NotFound;
}

impl<T: ?Sized> NotEntered for Entered<T> {}

/// An entry of the list, as far as it is a tool.
pub trait Choice<Marker> {
    /// The tool.
    const DEF: &'static ToolDef;
}

impl<T: Annotated> Choice<Found> for T {
    const DEF: &'static ToolDef = <T as Annotated>::DEF;
}

impl<T: ?Sized> Choice<NotFound> for T {
    const DEF: &'static ToolDef = &ToolDef::of(("", 0, "", &[], NO_FACTS, &[], false, Call::BROKEN, "", "", 0));
}

/// The tool of an entry.
pub const fn choice<T: Choice<Marker> + ?Sized, Marker>(_: &Marker) -> &'static ToolDef {
    T::DEF
}

/// Refuses an entry that is no tool, or that has the name of an earlier one.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_choice(tools: &[&'static ToolDef], at: usize, written: &'static str) {
    if tools[at].name.is_empty() {
        let message = Message::EMPTY.and("`").and(written).and("` is not a tool; put `#[tool]` on the function, ");
        panic!("{}", message.and("and where it has a `handle = Name`, write that name").as_str())
    }
    let mut earlier = 0;
    while earlier < at {
        // equal names have equal hashes, and numbers are compared faster
        if tools[earlier].hash == tools[at].hash {
            let message = Message::EMPTY.and("`").and(written).and("`: an earlier tool of this list is named `");
            let message = message.and(tools[at].name).and("` too; leave one out, or give it another name: ");
            panic!("{}", message.and("`#[tool(name = \"..\")]`").as_str())
        }
        earlier += 1;
    }
}

/// The tools of a list that was checked.
pub fn chosen<const N: usize>(defs: [&'static ToolDef; N]) -> [Tool; N] {
    defs.map(Tool::from_def)
}
