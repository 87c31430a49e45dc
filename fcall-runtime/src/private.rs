//! What the macros write calls to; exempt from semantic versioning.

pub use inventory;
pub use schemars;

pub use crate::{
    schema::{
        Arg, Arguments, Asked, Bound, Count, Fallback, Field, FieldShape, IfGiven, Kind, Known, Literal, Matcher,
        Missing, Rec, Rules, Schema, Shape, ToolArg, Variant, arg, arg_as, asked, asked_shape, check_argument,
        check_asked, check_default, check_example, check_field, check_flat, check_keys, check_optional, check_rules,
        check_strict_argument, check_tagged, fields_1, fields_2, fields_3, fields_4, fields_5, fields_6, json_schema,
        schema_id, schema_name, shape_of,
    },
    tool::{
        Annotated, Answered, Call, CallContext, CallFuture, Entered, Facts, IntoTools, Lend, Method, MethodCall,
        NO_FACTS, Need, Outcome, Parts, Returned, Tool, ToolDef, Wrap, check_choice, check_return, choice, chosen,
        def_of, held, lacking, lent_option, lent_or, methods, off_thread, read, refused,
    },
    toolbox::Entry,
};

/// The traits whose methods and constants the macros ask by name, brought into scope without names of their own.
pub mod asked {
    pub use crate::{
        schema::Fallback as _,
        tool::{NotEntered as _, PickFallible as _, PickPlain as _, Tell as _, Unanswered as _},
    };
}
