//! What the macros write calls to; exempt from semantic versioning.

pub use inventory;

pub use crate::{
    schema::{
        Arg, Arguments, Bound, Count, Fallback, Field, FieldShape, IfGiven, Kind, Known, Literal, Matcher, Rec, Rules,
        Schema, Shape, ToolArg, Variant, arg, arg_as, check_argument, check_default, check_example, check_flat,
        check_optional, check_rules, check_strict_argument, shape_of,
    },
    tool::{
        Annotated, CallContext, CallFuture, Facts, IntoTools, Lend, Method, Need, PickFallible, PickPlain, Place, Tool,
        ToolDef, Wrap, broken, call, check_distinct, chosen, def_of, held, in_place, lacking, lent_or, methods,
        off_thread,
    },
    toolbox::Entry,
};
