//! The schema of a type, as a compile-time constant, and everything that is done with it.
//!
//! [`Shape`] is the constant; `check` refuses an illegal one while the program is compiled; `render` writes it as JSON
//! Schema, `dialect` turns that into the form each wire takes; `decode` reads a model's arguments by it, `repair` and
//! `diagnose` where they don't fit (`choose` finds the alternative that is meant); `judge` does all of this by JSON Schema itself, where there is no shape; `json_schema`
//! hands the shape to schemars; `rules` are what a place asks beyond the type (`asked` puts those of a parameter to its type), which `enforce` sees to; `hide` takes out what must not be shown.

mod asked;
mod check;
mod choose;
mod containers;
mod crates;
mod decode;
mod diagnose;
mod dialect;
mod enforce;
mod foreign;
mod hide;
mod json_schema;
mod judge;
mod keep;
mod keys;
mod leaves;
mod loss;
mod pick;
mod problem;
mod render;
mod repair;
mod rules;
mod scalars;
mod secret;
mod several;
mod shape;
mod summary;
mod twice;

pub use asked::{Asked, asked, asked_shape, check_asked};
pub use check::{
    Literal, check_argument, check_default, check_example, check_field, check_flat, check_keys, check_optional,
    check_rules, check_strict_argument, check_tagged,
};
pub(crate) use check::{Message, check_answer};
pub(crate) use decode::{Alone, VALUE};
pub use decode::{Arguments, IfGiven, Values};
pub use dialect::{Fitted, Form, Illegal};
pub(crate) use dialect::{MOST_OPTIONAL, MOST_UNIONS, Nulls, Totals};
pub(crate) use hide::Secrets;
pub use json_schema::{json_schema, schema_id, schema_name};
pub(crate) use judge::Judge;
pub use loss::Loss;
pub use pick::{
    Arg, Checked, Fallback, FieldShape, Foreign, Known, Missing, ReadArg, Rec, ToolArg, Unchecked, arg, arg_as,
    shape_of,
};
pub use render::{parameters, schema_text};
pub use repair::Repair;
pub use rules::{Bound, Count, Matcher, Pattern, Range, Rules};
pub use several::{fields_1, fields_2, fields_3, fields_4, fields_5, fields_6};
pub use shape::{Field, ForeignSchema, Kind, Shape, Variant};
pub(crate) use twice::twice;

/// A type that a model can write as JSON, with its schema as a constant.
///
/// Implemented by `#[derive(Schema)]`, and here for the types of the standard library that serde reads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    label = "the model must be told what to write here",
    note = "derive `fcall::Schema` (or `schemars::JsonSchema`) for the type"
)]
pub trait Schema {
    /// What the model has to write.
    const SHAPE: &'static Shape;
}
