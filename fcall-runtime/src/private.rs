//! What the macros write calls to; exempt from semantic versioning.

pub use inventory;
pub use schemars;

pub use crate::{
    schema::{
        Arg, Arguments, Bound, Count, Fallback, Field, FieldShape, Kind, Known, Literal, Matcher, Rec, Rules, Schema,
        Shape, ToolArg, Variant, arg, arg_as, check_argument, check_default, check_example, check_flat, check_keys,
        check_optional, check_rules, check_strict_argument, check_tagged, json_schema, schema_id, schema_name,
        shape_of,
    },
    tool::{
        Annotated, CallContext, CallFuture, Facts, IntoTools, Lend, Method, Need, PickFallible, PickPlain, Place, Tool,
        ToolDef, Wrap, broken, check_distinct, chosen, held, in_place, lacking, lent_or, methods, off_thread, rejected,
        settle,
    },
    toolbox::Entry,
};
