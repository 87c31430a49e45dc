//! What the macros write calls to; exempt from semantic versioning.

pub use inventory;

pub use crate::{
    schema::{
        Arg, Arguments, Fallback, Field, FieldShape, Kind, Known, Literal, Rec, Schema, Shape, ToolArg, Variant, arg,
        check_argument, check_default, check_optional, check_strict_argument, shape_of,
    },
    tool::{
        Annotated, CallContext, CallFuture, Facts, Lend, PickFallible, PickPlain, Place, Tool, ToolDef, Wrap, broken,
        check_distinct, chosen, in_place, lent_or, rejected, settle,
    },
    toolbox::Entry,
};
