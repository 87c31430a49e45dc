//! A shape as schemars sees a schema: what `#[schema(json_schema)]` implements `JsonSchema` with.
//!
//! Types that have a name stand once under the generator's definitions, under a name that the generator chooses: it
//! knows which are taken. A type is known by what its schema says, so the same one is found again from wherever it is
//! reached, itself included.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator};
use serde_json::{Map, Value};

use super::{Shape, foreign, render};

/// The name under which the type is defined.
pub fn schema_name(shape: &Shape) -> Cow<'static, str> {
    shape.name.unwrap_or("Type").into()
}

/// What tells the type from others of its name.
pub fn schema_id(shape: &Shape) -> Cow<'static, str> {
    format!("fcall:{}:{}", schema_name(shape), render::schema_text(shape)).into()
}

/// The schema, with references to what the generator has been told of.
pub fn json_schema(shape: &Shape, generator: &mut SchemaGenerator) -> JsonSchemaValue {
    let (text, shared) = render::shared(shape);
    // what the renderer writes is JSON
    let mut schema = serde_json::from_str(&text).unwrap_or(Value::Bool(true));
    let defs = Rc::new(foreign::take_definitions(&mut schema));
    let find = |target: &str| match target.strip_prefix(render::SHARED) {
        Some(place) => Some(Definition::of_shape(shared.get(place.parse::<usize>().ok()?)?)),
        None => Definition::of_foreign(target, &defs),
    };
    resolve(&mut schema, &find, generator);
    schema.try_into().unwrap_or_default()
}

/// A type that is about to be defined.
#[derive(Clone)]
struct Definition {
    name: String,
    id: String,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Shape(Box<Shape>),
    /// One of several definitions that came with a schema of schemars'.
    Foreign(Value, Rc<Map<String, Value>>),
}

impl Definition {
    fn of_shape(shape: &Shape) -> Self {
        Self {
            name: schema_name(shape).into_owned(),
            id: schema_id(shape).into_owned(),
            source: Source::Shape(Box::new(*shape)),
        }
    }

    fn of_foreign(target: &str, defs: &Rc<Map<String, Value>>) -> Option<Self> {
        let name = target.strip_prefix(foreign::DEFS)?;
        let schema = defs.get(name)?.clone();
        let id = format!("fcall:{name}:{}", Value::Object((**defs).clone()));
        Some(Self { name: name.to_owned(), id, source: Source::Foreign(schema, Rc::clone(defs)) })
    }

    fn schema(self, generator: &mut SchemaGenerator) -> JsonSchemaValue {
        match self.source {
            Source::Shape(shape) => json_schema(&shape, generator),
            Source::Foreign(mut schema, defs) => {
                resolve(&mut schema, &|target| Definition::of_foreign(target, &defs), generator);
                schema.try_into().unwrap_or_default()
            }
        }
    }
}

/// Puts the generator's references in place of the renderer's; what stands beside one stays.
fn resolve(schema: &mut Value, find: &dyn Fn(&str) -> Option<Definition>, generator: &mut SchemaGenerator) {
    match schema {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            if let Some(definition) = target.and_then(find) {
                members.remove("$ref");
                if let Value::Object(reference) = define(definition, generator).into() {
                    for (key, value) in reference {
                        members.entry(key).or_insert(value);
                    }
                }
                return;
            }
            // a value that looks like a reference is none
            let schemas =
                members.iter_mut().filter(|(key, _)| !matches!(key.as_str(), "examples" | "default" | "const"));
            schemas.for_each(|(_, value)| resolve(value, find, generator));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, find, generator)),
        _ => {}
    }
}

thread_local! {
    /// The types that are being defined, the innermost last: schemars asks types, and these are values.
    static CURRENT: RefCell<Vec<Definition>> = const { RefCell::new(Vec::new()) };
}

fn define(definition: Definition, generator: &mut SchemaGenerator) -> JsonSchemaValue {
    CURRENT.with_borrow_mut(|all| all.push(definition));
    let reference = generator.subschema_for::<Innermost>();
    CURRENT.with_borrow_mut(Vec::pop);
    reference
}

/// The type that is being defined.
struct Innermost;

impl Innermost {
    fn get<T>(ask: impl FnOnce(&Definition) -> T) -> Option<T> {
        CURRENT.with_borrow(|all| all.last().map(ask))
    }
}

impl JsonSchema for Innermost {
    fn schema_name() -> Cow<'static, str> {
        Self::get(|definition| definition.name.clone()).unwrap_or_default().into()
    }

    fn schema_id() -> Cow<'static, str> {
        Self::get(|definition| definition.id.clone()).unwrap_or_default().into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue {
        Self::get(Definition::clone).map(|definition| definition.schema(generator)).unwrap_or_default()
    }
}
