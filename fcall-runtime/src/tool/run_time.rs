//! Tools made at run time: a closure and a schema.

use std::{future::Future, marker::PhantomData};

use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

use super::{Answer, CallContext, CallFuture, Callable, Facts, Outcome, Tool};
use crate::{
    error::{Error, Kind, Result},
    message::ToolSpec,
    schema::{Form, Judge, Schema, Secrets, schema_text, twice},
};

/// What a schema of one's own may be given as: a JSON value, or JSON text.
pub trait SchemaSource {
    /// The schema as a value.
    ///
    /// # Errors
    /// Where the text is no JSON, or says something twice.
    fn into_schema(self) -> serde_json::Result<Value>;
}

impl SchemaSource for Value {
    fn into_schema(self) -> serde_json::Result<Value> {
        Ok(self)
    }
}

impl SchemaSource for &Value {
    fn into_schema(self) -> serde_json::Result<Value> {
        Ok(self.clone())
    }
}

impl SchemaSource for &str {
    fn into_schema(self) -> serde_json::Result<Value> {
        match twice(self, "").first() {
            Some(path) => Err(serde_json::Error::custom(format!("`{path}` stands twice; keep one of them"))),
            None => serde_json::from_str(self),
        }
    }
}

impl SchemaSource for String {
    fn into_schema(self) -> serde_json::Result<Value> {
        self.as_str().into_schema()
    }
}

impl SchemaSource for schemars::Schema {
    fn into_schema(self) -> serde_json::Result<Value> {
        Ok(self.into())
    }
}

impl Tool {
    /// A tool made at run time: its parameters as JSON Schema (an object), and a closure to call.
    ///
    /// The closure takes one value that all arguments are read into: a struct, or a `serde_json::Value`. Arguments are
    /// checked against the schema first, and read with the same liberties as those of annotated tools; what a keyword
    /// says that is not known here (`format`, `not`, `if`) is left to the closure.
    ///
    /// Alternatives at the root (`anyOf`, `oneOf`, `allOf`) are said in the form that each service takes; what is lost
    /// is told by [`Toolbox::check`](crate::toolbox::Toolbox::check).
    ///
    /// # Errors
    /// A name or a schema that providers refuse.
    ///
    /// # Examples
    /// ```
    /// # use fcall_runtime::tool::{Tool, ToolError};
    /// let schema = r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#;
    /// let tool = Tool::new("double", "Doubles a number", schema, |arguments: serde_json::Value| async move {
    ///     arguments["n"].as_i64().map(|n| n * 2).ok_or_else(|| ToolError::retry("`n` must be a whole number"))
    /// })?;
    /// assert_eq!(tool.name(), "double");
    /// # Ok::<_, fcall_runtime::Error>(())
    /// ```
    pub fn new<T, F, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: impl SchemaSource,
        run: F,
    ) -> Result<Self>
    where
        T: DeserializeOwned + Send + 'static,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        Fut::Output: Answer,
    {
        Self::closure(name.into(), description.into(), schema, Secrets::None, run)
    }

    fn closure<T, F, Fut>(
        name: String,
        description: String,
        schema: impl SchemaSource,
        secrets: Secrets,
        run: F,
    ) -> Result<Self>
    where
        T: DeserializeOwned + Send + 'static,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        Fut::Output: Answer,
    {
        let (spec, judge) = checked(name, description, schema)?;
        Ok(Self::from_callable(Closure { spec, facts: Facts::NONE, judge, secrets, run, takes: PhantomData }))
    }

    /// A tool made at run time whose parameters are the fields of a type with a [`Schema`].
    ///
    /// # Errors
    /// A name that providers refuse, or a type that is not an object.
    pub fn typed<T, F, Fut>(name: impl Into<String>, description: impl Into<String>, run: F) -> Result<Self>
    where
        T: Schema + DeserializeOwned + Send + 'static,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        Fut::Output: Answer,
    {
        let secrets = Secrets::of_type(T::SHAPE);
        Self::closure(name.into(), description.into(), schema_text(T::SHAPE), secrets, run)
    }
}

/// A tool made at run time as a model is told of it, and what its arguments are held to.
///
/// # Errors
/// A name or a schema that providers refuse.
pub(crate) fn checked(name: String, description: String, schema: impl SchemaSource) -> Result<(ToolSpec, Judge)> {
    let illegal = |detail: &str| Error::new(Kind::Tools(format!("tool `{name}`: {detail}")));
    if !name_is_legal(&name) {
        return Err(illegal("a name is 1 to 64 letters, digits, `_` or `-`, and begins with a letter or `_`"));
    }
    let schema = schema.into_schema().map_err(|error| illegal("the schema can't be read").with_source(error))?;
    check_root(&schema).map_err(|detail| illegal(&detail))?;
    let text = schema.to_string();
    for form in [Form::OpenAi, Form::Anthropic, Form::GeminiJson] {
        form.fit(&text).map_err(|fault| illegal(&format!("the schema: {fault}")))?;
    }
    let mut spec = ToolSpec::new(name, description, text);
    // alternatives at the root lose something on most wires, which is to be told
    spec.strict_if_lossless = !combined(&schema);
    Ok((spec, Judge::new(schema)))
}

/// The root is put together of several schemas.
fn combined(schema: &Value) -> bool {
    ["anyOf", "oneOf", "allOf"].into_iter().any(|key| schema.get(key).is_some())
}

fn check_root(schema: &Value) -> Result<(), String> {
    let Value::Object(root) = schema else {
        return Err("the schema must be a JSON object that describes an object".to_owned());
    };
    match root.get("type") {
        Some(Value::String(kind)) if kind == "object" => {}
        Some(other) => return Err(format!("the schema's root must be `\"type\": \"object\"`, not {other}")),
        None if combined(schema) => {}
        None => return Err("the schema's root has no type; write `\"type\": \"object\"`".to_owned()),
    }
    Ok(())
}

/// `^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$`: what every provider takes.
pub(crate) fn name_is_legal(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|next| next.is_ascii_alphanumeric() || next == '_' || next == '-')
}

struct Closure<T, F> {
    spec: ToolSpec,
    facts: Facts,
    judge: Judge,
    secrets: Secrets,
    run: F,
    takes: PhantomData<fn(T)>,
}

impl<T, F, Fut> Callable for Closure<T, F>
where
    T: DeserializeOwned + Send + 'static,
    F: Fn(T) -> Fut + Send + Sync + 'static,
    Fut: Future + Send + 'static,
    Fut::Output: Answer,
{
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn secrets(&self) -> Secrets {
        self.secrets
    }

    fn call<'a>(&'a self, cx: &'a CallContext, arguments: &'a str) -> CallFuture<'a> {
        Box::pin(async move {
            match self.judge.read(&self.spec.name, arguments) {
                Ok(read) => {
                    cx.repaired(read.repairs);
                    (self.run)(read.value).await.into_outcome()
                }
                Err(refusal) => {
                    let told = self.secrets.refusal(&self.spec.name, arguments);
                    Outcome::BadArguments(told.unwrap_or(refusal))
                }
            }
        })
    }
}
