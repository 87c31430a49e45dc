//! Schemas in the forms that wires take: nothing that a schema accepts is refused by its form, no form has what its
//! service refuses, and what providers took is sendable.

// a tool takes its arguments as the model's are to be shown, and `json!` takes values
#![allow(clippy::needless_pass_by_value, clippy::boxed_local)]

#[path = "dialects/corpus.rs"]
mod corpus;
#[path = "dialects/diamonds.rs"]
mod diamonds;
#[path = "dialects/forms.rs"]
mod forms;
#[path = "dialects/generated.rs"]
mod generated;
#[path = "dialects/rows.rs"]
mod rows;
#[path = "dialects/rules.rs"]
mod rules;
#[path = "dialects/verdicts.rs"]
mod verdicts;
