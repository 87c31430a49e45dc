//! Which of several alternatives a value is meant as: told by its tag, or by the keys that it has.

use serde_json::{Map, Value};

use super::{Field, Kind, Shape};

/// What a value says of the alternative it is meant as.
pub(super) enum Meant<'s> {
    /// This one.
    One(&'s Shape),
    /// Its tag should stand under this key and be one of these, and is not.
    Tag { key: &'s str, names: Vec<&'s str> },
    /// It may be any of them.
    Unclear,
}

/// An alternative that is an object.
type Object<'s> = (&'s Shape, &'s [Field]);

/// The alternative that a value is meant as.
pub(super) fn meant<'s>(shapes: &[&'s Shape], value: &Value) -> Meant<'s> {
    match value {
        Value::Object(members) => among(shapes, members),
        Value::Array(_) => {
            let mut all = Vec::new();
            each(shapes, &mut all, DEEPEST);
            only(all.iter().copied().filter(|shape| matches!(shape.kind, Kind::Array { .. } | Kind::Tuple { .. })))
        }
        _ => Meant::Unclear,
    }
}

/// The alternative whose keys are meant to stand among these members.
pub(super) fn among<'s>(shapes: &[&'s Shape], members: &Map<String, Value>) -> Meant<'s> {
    let mut all = Vec::new();
    each(shapes, &mut all, DEEPEST);
    let objects: Vec<Object<'s>> = all
        .iter()
        .filter_map(|shape| match shape.kind {
            Kind::Object { fields, .. } => Some((*shape, fields)),
            _ => None,
        })
        .collect();
    let others = all.iter().any(|shape| matches!(shape.kind, Kind::Map { .. } | Kind::Any | Kind::Foreign(_)));
    match by_tag(&objects, members) {
        Meant::Unclear if !others => by_keys(&objects, members),
        Meant::Tag { .. } if others => Meant::Unclear,
        meant => meant,
    }
}

/// Alternatives inside alternatives are followed so deep.
const DEEPEST: u32 = 8;

/// All of them, those inside others too, as they are where they are not `null`.
fn each<'s>(shapes: &[&'s Shape], all: &mut Vec<&'s Shape>, deepest: u32) {
    for shape in shapes {
        let mut shape = *shape;
        // a type that only leads back to itself has no value
        for _ in 0..DEEPEST {
            match shape.kind {
                Kind::Nullable(inner) => shape = inner,
                Kind::Recursive(later) => shape = later(),
                _ => break,
            }
        }
        match shape.kind {
            Kind::AnyOf(shapes) if deepest > 0 => each(shapes, all, deepest - 1),
            _ => all.push(shape),
        }
    }
}

fn by_tag<'s>(objects: &[Object<'s>], members: &Map<String, Value>) -> Meant<'s> {
    let Some(key) = objects.iter().find_map(|(_, fields)| tag(fields).and_then(|(key, name)| name.map(|_| key))) else {
        return Meant::Unclear;
    };
    let tagged: Vec<_> = objects
        .iter()
        .filter_map(|(shape, fields)| Some((*shape, tag(fields).filter(|(other, _)| *other == key)?.1)))
        .collect();
    let given = members.get(key).and_then(Value::as_str);
    let takes = |name: &Option<Name<'_>>| given.is_some_and(|given| name.as_ref().is_none_or(|name| name.is(given)));
    match tagged.iter().find(|(_, name)| takes(name)) {
        Some((shape, _)) => Meant::One(shape),
        None if tagged.len() == objects.len() => {
            Meant::Tag { key, names: tagged.iter().filter_map(|(_, name)| name.as_ref().map(Name::shown)).collect() }
        }
        None => Meant::Unclear,
    }
}

/// The text that a tag has to be.
enum Name<'s> {
    Only(&'s str),
    Of(&'s super::Variant),
}

impl<'s> Name<'s> {
    fn is(&self, text: &str) -> bool {
        match self {
            Self::Only(name) => *name == text,
            Self::Of(variant) => variant.answers_to(text),
        }
    }

    fn shown(&self) -> &'s str {
        match self {
            Self::Only(name) => name,
            Self::Of(variant) => variant.name,
        }
    }
}

/// The tag of an alternative, which stands first, and its text; none where all other texts lead to it.
fn tag<'s>(fields: &'s [Field]) -> Option<(&'s str, Option<Name<'s>>)> {
    let first = fields.first().filter(|field| !field.flat)?;
    match first.shape.kind {
        Kind::Const(name) => Some((first.name, Some(Name::Only(name)))),
        Kind::Enum([only]) => Some((first.name, Some(Name::Of(only)))),
        Kind::String { format: None, single: false } => Some((first.name, None)),
        _ => None,
    }
}

/// The one that shares more keys with the value than every other.
fn by_keys<'s>(objects: &[Object<'s>], members: &Map<String, Value>) -> Meant<'s> {
    let shared = |fields: &[Field]| members.keys().filter(|key| Field::find(fields, key).is_some()).count();
    let counts: Vec<usize> = objects.iter().map(|(_, fields)| shared(fields)).collect();
    let Some(most) = counts.iter().copied().max().filter(|most| *most > 0) else { return Meant::Unclear };
    only(objects.iter().zip(counts).filter(|(_, count)| *count == most).map(|((shape, _), _)| *shape))
}

fn only<'s>(mut shapes: impl Iterator<Item = &'s Shape>) -> Meant<'s> {
    match (shapes.next(), shapes.next()) {
        (Some(shape), None) => Meant::One(shape),
        _ => Meant::Unclear,
    }
}
