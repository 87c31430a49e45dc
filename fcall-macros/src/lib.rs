//! The macros of [`fcall`](https://docs.rs/fcall): `#[tool]` and `#[derive(Schema)]`.
//!
//! Programs depend on `fcall`, which re-exports them.
//!
//! Parse, model, expand: `item` and `args` read tokens, `model` holds all the rules, `expand` decides nothing; the
//! derive is built the same way in `schema`.

mod args;
mod description;
mod errors;
mod expand;
mod half_typed;
mod item;
mod json;
mod model;
mod nearest;
mod option;
mod parameter;
mod pattern;
mod rules;
mod schema;
mod sizes;
mod spans;
mod tools;
mod toolset;

use proc_macro::TokenStream;

/// Makes a function something a model can call.
///
/// The function stays as it is: callable, testable. Its doc comment is what the model reads, its parameters are what
/// the model sends. Beside it stands a type of the same name, by which `tools![name]` and
/// `ToolChoice::tool::<name>()` choose it.
///
/// ```ignore
/// /// Get real-time weather information for a given city
/// #[tool]
/// async fn get_weather(
///     /// City name, e.g. New York, London
///     city: &str,
///     /// Temperature unit
///     unit: Option<Unit>,
/// ) -> Result<Weather, WeatherError> { .. }
/// ```
///
/// On the function: `name = ".."`, `timeout = "10s"`, `read_only`, `destructive`, `idempotent`, `sequential`,
/// `documented`, `strict`, `blocking`, `group = ".."`, `handle = Name`, `crate = "path"`. On a parameter: a doc comment,
/// `#[arg(default = ..)]`, `#[arg(rename = "..")]`, `#[context]`, `#[state]`.
///
/// `#[state] db: &Db` and `#[state] cart: &mut Cart` are lent by the agent and never part of the schema; calls that
/// change a state run one at a time.
///
/// On a parameter or a field: `#[arg(range = 1..=14)]`, `#[arg(length = 1..=20)]`, `#[arg(items = 1..=5)]`,
/// `#[arg(pattern = "..")]`, which stand in the schema and are enforced before the call; `#[arg(example = ..)]`,
/// several times or as `example(.., ..)`;
/// `#[arg(secret)]`, never shown in events, errors, traces and `Debug`; `#[arg(as = T)]`, the type whose schema is
/// shown. A constraint that does not fit its type does not compile.
///
/// A plain `fn` runs in place, on the thread that polls the call: one that blocks is marked `blocking`, and runs on a
/// thread of its own. Only there, and in an `async fn`, does a `timeout` have an effect.
///
/// A module or a type of the function's name in the same scope can't stand beside that type (rustc's E0428): then
/// `#[tool(handle = Name)]` gives it another name, by which `tools![Name]` chooses the tool.
///
/// A crate that says `#![forbid(non_camel_case_types)]` or `#![forbid(dead_code)]` needs `handle = Name`, or can't
/// have tools: the type beside the function allows both.
#[proc_macro_attribute]
pub fn tool(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::tool(args.into(), &item.into()).into()
}

/// Makes the marked methods of a value something a model can call.
///
/// ```ignore
/// #[toolset]
/// impl Calendar {
///     /// Lists the free slots of a day
///     #[tool(read_only)]
///     async fn free_slots(&self, day: &str) -> Vec<String> { .. }
/// }
///
/// let agent = Agent::builder(model).tools(Calendar::new()).build()?;
/// ```
///
/// Methods take `&self`, since calls share the value; all else is as for a function. Two tools of one name do not
/// compile. The block may be generic, as long as no parameter of a tool depends on what it is generic over.
/// `#[toolset(crate = "path")]` says where `fcall` is, if renamed.
#[proc_macro_attribute]
pub fn toolset(args: TokenStream, item: TokenStream) -> TokenStream {
    toolset::toolset(args.into(), &item.into()).into()
}

/// What `fcall::tools!` hands on, with the path of `fcall` before it.
#[doc(hidden)]
#[proc_macro]
pub fn __tools(list: TokenStream) -> TokenStream {
    tools::tools(list.into()).into()
}

/// Makes a type something a model can write: its schema, as a compile-time constant.
///
/// Reads serde's own attributes, so the schema is what serde accepts. Doc comments of the type, its fields and its
/// variants become descriptions. `#[schema(crate = "path")]` says where `fcall` is, if renamed.
///
/// A type that names itself is found, also through `Box`, `Vec`, `Option` or a map. Types that reach each other need
/// `#[arg(recursive)]` on one field of the circle; without it rustc reports a cycle (E0391) of constants, whose name
/// says so.
///
/// `#[schema(json_schema)]` implements `schemars::JsonSchema` too, from the same schema.
///
/// A generic type asks for a schema of those parameters whose values are read; `#[schema(bound = "T: Trait")]` says
/// otherwise. Where a function of yours reads a field or a variant (`with`), `#[arg(as = T)]` says what it reads; a type
/// marked `remote` can stand there too.
#[proc_macro_derive(Schema, attributes(schema, arg, serde))]
pub fn derive_schema(item: TokenStream) -> TokenStream {
    schema::derive(item.into()).into()
}
