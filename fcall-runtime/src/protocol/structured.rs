//! The form of an answer, as far as a service knows one: which schema goes out, and what is told of the rest.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    Dialect, Protocol, Structured,
    decoder::parse,
    ids,
    text::{Members, Str},
};
use crate::{
    error::{Error, Result},
    message::{Request, RequestOptions, ResponseFormat, ResponseSchema, ToolSpecs},
    schema::{Fitted, Form, Illegal, Loss},
};

impl Protocol {
    /// The form of an answer as a service of this dialect holds its model to it beside these tools; none where it can't.
    ///
    /// It is strict where that can be said of the schema.
    pub fn holds_to(self, dialect: &Dialect, schema: &ResponseSchema, tools: &ToolSpecs) -> Option<ResponseSchema> {
        let options = RequestOptions::default();
        [true, false].into_iter().map(|strict| schema.clone().strict(strict)).find(|schema| {
            let (format, mut losses) = (ResponseFormat::Schema(schema.clone()), Vec::new());
            let request = Request::new(&[], tools, &options).format(&format);
            matches!(Answer::of(self, dialect, &request, &mut losses), Ok(Answer::Schema { .. }))
        })
    }
}

/// Where losses and errors say that they belong.
const PATH: &str = "response_format";
/// The key under which a value stands that is no object, while its schema is looked at.
const VALUE: &str = "value";

/// What of an answer's form can be asked for.
#[derive(Debug)]
pub(super) enum Answer<'a> {
    /// Nothing.
    Free,
    /// That it is JSON.
    Json,
    /// Its schema.
    Schema {
        of: &'a ResponseSchema,
        json: String,
        strict: bool,
        /// How many properties may be left out in it, and how many values are of several types.
        counted: (usize, usize),
    },
}

impl<'a> Answer<'a> {
    /// # Errors
    /// A schema that is none; one that must be kept to, and can't be said in the form that is kept to.
    pub(super) fn of(
        protocol: Protocol,
        dialect: &Dialect,
        request: &Request<'a>,
        losses: &mut Vec<Loss>,
    ) -> Result<Self> {
        let Some(format) = request.format else { return Ok(Self::Free) };
        let known = match dialect.structured {
            Structured::No => {
                losses.push(lost("the service holds its model to no form of answer, as far as known; left out"));
                return Ok(Self::Free);
            }
            _ if !(dialect.structured_with_tools || request.tools.is_empty()) => {
                losses.push(lost("the model takes it only where there are no tools; left out"));
                return Ok(Self::Free);
            }
            known => known,
        };
        let schema = match format {
            ResponseFormat::Json if protocol == Protocol::Anthropic => {
                losses.push(lost("the protocol has no JSON without a schema; left out"));
                return Ok(Self::Free);
            }
            ResponseFormat::Json => return Ok(Self::Json),
            ResponseFormat::Schema(_) if known == Structured::Json => {
                losses.push(Loss::new(
                    PATH,
                    "schema",
                    "the service knows JSON, but no schema of it; only JSON was asked for",
                ));
                return Ok(Self::Json);
            }
            ResponseFormat::Schema(schema) => schema,
        };
        let (fitted, strict) = match fit(protocol, dialect, schema, losses) {
            Ok(fitted) => fitted,
            Err(fault) if schema.strict || serde_json::from_str::<Map<_, _>>(&schema.schema).is_err() => {
                return Err(Error::encode(protocol.name(), format!("the schema of the answer: {fault}")));
            }
            Err(fault) => {
                losses.push(Loss::new(PATH, "schema", format!("{fault}; left out")));
                return Ok(Self::Free);
            }
        };
        losses.extend(fitted.losses.into_iter().map(|loss| {
            let dot = if loss.path.is_empty() { "" } else { "." };
            Loss { path: format!("{PATH}{dot}{}", loss.path), ..loss }
        }));
        let counted = (fitted.totals.optional, fitted.totals.unions);
        Ok(Self::Schema { of: schema, json: fitted.json, strict, counted })
    }
}

/// The form of an answer as OpenAI's wires have it, in an object of its own or flat.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    json_schema: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    description: Option<Str<'a>>,
    #[serde(borrow)]
    schema: Option<&'a RawValue>,
    strict: Option<bool>,
}

/// What a server reads of a form.
#[derive(Debug)]
pub(super) enum Asked {
    /// Free text.
    Free,
    Form(ResponseFormat),
    /// One that has no neutral form.
    Unknown,
}

impl Asked {
    /// Reads the form of an answer as OpenAI's and Anthropic's wires write it.
    pub(super) fn read(raw: &RawValue) -> Self {
        let Ok(wire) = serde_json::from_str::<Wire<'_>>(raw.get()) else { return Self::Unknown };
        let inner = wire.json_schema.and_then(|raw| serde_json::from_str::<Wire<'_>>(raw.get()).ok());
        match (wire.kind.as_deref(), inner.unwrap_or(Wire { kind: None, json_schema: None, ..wire })) {
            (Some("text"), _) => Self::Free,
            (Some("json_object"), _) => Self::Form(ResponseFormat::Json),
            (Some("json_schema"), Wire { schema: Some(schema), name, description, strict, .. }) => {
                let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
                let schema = ResponseSchema::new(text(name), schema.get()).description(text(description));
                Self::Form(schema.strict(strict.unwrap_or(false)).into())
            }
            _ => Self::Unknown,
        }
    }
}

/// Reads an object that holds the form of the answer under `format`; whatever else is in it goes on as it came.
pub(super) fn read(
    protocol: &'static str,
    key: &str,
    raw: &RawValue,
    extra: &mut Map<String, Value>,
) -> Result<Option<ResponseFormat>> {
    let members: Members<'_> = parse(protocol, raw.get())?;
    let (mut format, mut others) = (None, Map::new());
    for (inner, value) in members.0.iter().filter(|(_, value)| value.get() != "null") {
        match Asked::read(value) {
            Asked::Free if &**inner == "format" => {}
            Asked::Form(form) if &**inner == "format" => format = Some(form),
            _ => drop(others.insert(inner.to_string(), parse(protocol, value.get())?)),
        }
    }
    if !others.is_empty() {
        extra.insert(key.to_owned(), Value::Object(others));
    }
    Ok(format)
}

/// The name of a form as OpenAI's wires take it: they demand one, and it means nothing to the model.
pub(super) fn name(schema: &ResponseSchema) -> Cow<'_, str> {
    if schema.name.is_empty() { Cow::Borrowed("answer") } else { ids::called(&schema.name) }
}

fn lost(why: &str) -> Loss {
    Loss::new(PATH, PATH, why)
}

/// The schema in the form that takes it, and whether the model is held to it.
fn fit(
    protocol: Protocol,
    dialect: &Dialect,
    schema: &ResponseSchema,
    losses: &mut Vec<Loss>,
) -> std::result::Result<(Fitted, bool), Illegal> {
    let text = &schema.schema;
    match protocol {
        // Whatever is sent there is kept to.
        Protocol::Anthropic => Ok((Form::AnthropicStrict.fit(text)?, true)),
        Protocol::Gemini => Ok((gemini(dialect, text)?, true)),
        _ if !schema.strict => Ok((Form::OpenAi.fit(text)?, false)),
        _ => match Form::OpenAiStrict.fit(text).and_then(|fit| dialect.strict_size.holds(Form::OpenAiStrict, fit)) {
            // The strict form is OpenAI's own; another service may do with less.
            Err(fault) if !dialect.strict => {
                let fitted = Form::OpenAi.fit(text)?;
                losses.push(Loss::new(PATH, "strict", format!("{fault}; sent as an ordinary one")));
                Ok((fitted, false))
            }
            fitted => Ok((fitted?, true)),
        },
    }
}

/// An answer there may be any value, where the parameters of a tool are always an object.
fn gemini(dialect: &Dialect, text: &str) -> std::result::Result<Fitted, Illegal> {
    let form = if dialect.json_schema { Form::GeminiJson } else { Form::Gemini };
    let fault = match form.fit(text) {
        Ok(fitted) => return Ok(fitted),
        Err(fault) => fault,
    };
    let Ok(mut root) = serde_json::from_str::<Map<String, Value>>(text) else { return Err(fault) };
    let mut outer = Map::new();
    for key in ["$defs", "definitions"] {
        outer.extend(root.shift_remove(key).map(|all| (key.to_owned(), all)));
    }
    outer.insert("type".to_owned(), "object".into());
    outer.insert("properties".to_owned(), Value::Object(Map::from_iter([(VALUE.to_owned(), Value::Object(root))])));
    let mut fitted = form.fit(&Value::Object(outer).to_string()).map_err(|inner| {
        // What the root alone is to blame for is said of the root.
        let path = inner.path.strip_prefix(VALUE).unwrap_or_default().trim_start_matches('.').to_owned();
        Illegal { path, why: inner.why }
    })?;
    fitted.json = match form {
        Form::GeminiJson => text.to_owned(),
        _ => {
            let mut fit: Map<String, Value> = serde_json::from_str(&fitted.json).unwrap_or_default();
            let value = fit.get_mut("properties").and_then(|all| all.get_mut(VALUE)).map(Value::take);
            value.ok_or(fault)?.to_string()
        }
    };
    for loss in &mut fitted.losses {
        loss.path = loss.path.strip_prefix(VALUE).unwrap_or(&loss.path).trim_start_matches('.').to_owned();
    }
    Ok(fitted)
}
