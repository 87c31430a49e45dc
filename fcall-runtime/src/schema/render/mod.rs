//! A shape as plain JSON Schema text.
//!
//! Byte-stable: properties stand as declared, and nothing depends on addresses or hashing. A type that is reached again
//! inside itself is written once, under `$defs`.

mod definitions;
mod flat;
mod text;
mod types;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{Count, Field, Kind, Shape, keys::are_any, problem::expected, rules::Asked};
use flat::Flat;
use text::quote;
use types::Types;

/// Beyond this no double holds every whole number, and as a bound it only tires the model.
const EXACT: i128 = 1 << 53;

/// The schema of a tool's parameters: an object, open, since a model may send more than it was asked for.
pub fn parameters(fields: &'static [Field]) -> String {
    let mut text = Renderer::default();
    text.out.push('{');
    text.word("type", "object");
    text.properties(fields, Nulls::Left);
    text.finish()
}

/// The schema of one type.
pub fn schema_text(shape: &Shape) -> String {
    let mut text = Renderer::default();
    text.out.push('{');
    text.whole(shape, false);
    text.describe(shape, "");
    text.finish()
}

/// How references to types that are shared begin, before their place among them.
pub(super) const SHARED: &str = "fcall:";

/// The schema of one type in which each type with a name of its own, and each that is reached again, is a reference to
/// its place among those behind it.
pub(super) fn shared(shape: &Shape) -> (String, Vec<Shape>) {
    let mut text = Renderer { shared: Some(Vec::new()), is_root: true, ..Renderer::default() };
    text.out.push('{');
    text.members(shape, false);
    text.describe(shape, "");
    let shared = text.shared.take().unwrap_or_default();
    (text.finish(), shared)
}

/// Whether a property that may be left out may also be `null`.
#[derive(Clone, Copy)]
enum Nulls {
    /// It may: serde writes it so.
    Kept,
    /// It need not be said: a model leaves a parameter out.
    Left,
}

#[derive(Default)]
struct Renderer {
    out: String,
    /// The types that are reached again, by the address of their shape, with the name they got.
    recursive: Vec<(*const Shape, String)>,
    /// Shapes that wait to be written under `$defs`.
    pending: Vec<(String, &'static Shape)>,
    /// Definitions that came with foreign schemas.
    foreign: Map<String, Value>,
    /// The description of the foreign schema that was just written.
    brought: Option<String>,
    /// What the places around the value that comes next ask of it.
    asked: Asked,
    /// The object that comes next has other keys beside its own.
    open: bool,
    /// The types that are referred to, if they are not written out.
    shared: Option<Vec<Shape>>,
    /// What comes next is the type itself.
    is_root: bool,
    /// What was just written is a reference, which has a description of its own.
    referred: bool,
    types: Types,
    /// The type that was just marked.
    marked: Option<usize>,
}

impl Renderer {
    /// Ends the root: what was referred to comes last.
    fn finish(mut self) -> String {
        let root = std::mem::take(&mut self.out);
        let mut defs = Vec::new();
        while let Some((name, shape)) = self.pending.pop() {
            self.out.push('{');
            self.whole(shape, false);
            self.describe(shape, "");
            defs.push((name, std::mem::take(&mut self.out).split_off(1)));
        }
        let (root, defs) = self.settle(&root, &defs);
        self.out = root;
        let mut first = true;
        for (name, body) in defs {
            self.key(&mut first, &name);
            let _ = write!(self.out, "{{{body}}}");
        }
        for (name, value) in std::mem::take(&mut self.foreign) {
            self.key(&mut first, &name);
            let _ = write!(self.out, "{value}");
        }
        self.out.push_str(if first { "}" } else { "}}" });
        self.out
    }

    /// A key inside `$defs`, which the first of them opens.
    fn key(&mut self, first: &mut bool, name: &str) {
        if *first {
            self.member("$defs");
            self.out.push('{');
            *first = false;
        } else {
            self.comma();
        }
        quote(&mut self.out, name);
        self.out.push(':');
    }

    /// A whole schema, in braces.
    fn schema(&mut self, shape: &Shape, doc: &str) {
        self.out.push('{');
        self.members(shape, false);
        self.describe(shape, doc);
        self.out.push('}');
    }

    fn schemas(&mut self, key: &str, shapes: &[&Shape], nullable: bool) {
        self.member(key);
        self.out.push('[');
        for shape in shapes {
            self.comma();
            self.schema(shape, "");
        }
        if nullable {
            self.comma();
            self.out.push_str("{\"type\":\"null\"}");
        }
        self.out.push(']');
    }

    /// Everything but description and default; a type is only marked.
    fn members(&mut self, shape: &Shape, nullable: bool) {
        let marks = self.shared.is_none() && !self.open && self.asked.is_nothing();
        if !marks || !self.mark(shape, nullable) {
            self.whole(shape, nullable);
        }
    }

    fn whole(&mut self, shape: &Shape, nullable: bool) {
        let asked = std::mem::take(&mut self.asked).and(shape.rules);
        let open = std::mem::take(&mut self.open);
        let is_root = std::mem::take(&mut self.is_root);
        if !open && !is_root && asked.is_nothing() && self.refers(shape, nullable) {
            return;
        }
        match shape.kind {
            Kind::Any | Kind::Missing(_) => {}
            Kind::Null => self.word("type", "null"),
            Kind::Bool => self.kind("boolean", nullable),
            Kind::Integer { min, max, zero } => {
                self.kind("integer", nullable);
                let (least, greatest) = asked.whole(min, max);
                if least > -EXACT {
                    self.number("minimum", least);
                }
                if greatest < EXACT {
                    self.number("maximum", greatest);
                }
                if !zero && least <= 0 && 0 <= greatest {
                    self.number("not", "{\"const\":0}");
                }
            }
            Kind::Number => {
                self.kind("number", nullable);
                if let Some(bound) = asked.min {
                    self.number(if bound.included { "minimum" } else { "exclusiveMinimum" }, bound);
                }
                if let Some(bound) = asked.max {
                    self.number(if bound.included { "maximum" } else { "exclusiveMaximum" }, bound);
                }
            }
            Kind::String { format, single } => {
                self.kind("string", nullable);
                if let Some(format) = format {
                    self.word("format", format);
                }
                let length = if single { Some(Count::new(1, Some(1))) } else { asked.length };
                self.count(length, "minLength", "maxLength");
                self.patterns(&asked.patterns);
            }
            Kind::Enum(variants) => self.variants(variants, nullable),
            Kind::Const(text) if nullable => {
                self.member("enum");
                self.out.push('[');
                quote(&mut self.out, text);
                self.out.push_str(",null]");
            }
            Kind::Const(text) => {
                self.word("type", "string");
                self.word("const", text);
            }
            Kind::Array { items, min, max, unique } => {
                self.kind("array", nullable);
                self.member("items");
                self.schema(items, "");
                let own = Count::new(min, max);
                self.count(Some(asked.items.map_or(own, |items| items.tightest(own))), "minItems", "maxItems");
                if unique {
                    self.number("uniqueItems", true);
                }
            }
            Kind::Tuple { items, min } => {
                self.kind("array", nullable);
                self.schemas("prefixItems", items, false);
                self.count(Some(Count::new(min, Some(items.len()))), "minItems", "maxItems");
            }
            Kind::Map { keys, values } => {
                self.kind("object", nullable);
                self.keys(keys);
                self.member("additionalProperties");
                self.schema(values, "");
            }
            Kind::Object { fields, closed } => {
                self.kind("object", nullable);
                self.properties(fields, Nulls::Kept);
                if closed && !open {
                    self.number("additionalProperties", false);
                }
            }
            Kind::Nullable(inner) => {
                self.asked = asked;
                return self.members(inner, true);
            }
            Kind::AnyOf(shapes) => self.schemas("anyOf", shapes, nullable),
            Kind::Recursive(_) | Kind::Foreign(_) if nullable => self.schemas("anyOf", &[shape], true),
            Kind::Recursive(later) => {
                let target = self.definition(later());
                self.word("$ref", &target);
            }
            Kind::Foreign(make) => self.foreign(make().schema),
        }
        if !asked.examples.is_empty() {
            self.member("examples");
            self.out.push('[');
            self.out.push_str(&asked.examples.join(","));
            self.out.push(']');
        }
        self.marked = None;
    }

    /// What the keys of a map are, which are texts whatever is read from them.
    fn keys(&mut self, keys: &'static Shape) {
        if are_any(keys) {
            return;
        }
        self.member("propertyNames");
        match keys.kind {
            Kind::Integer { min, zero, .. } => {
                self.out.push('{');
                let sign = if min < 0 { "-?" } else { "" };
                let digits = format!("{sign}[1-9][0-9]*");
                self.word("pattern", &if zero { format!("^(0|{digits})$") } else { format!("^{digits}$") });
                self.word("description", &expected(keys));
                self.out.push('}');
            }
            Kind::Bool => self.out.push_str("{\"enum\":[\"true\",\"false\"]}"),
            _ => self.schema(keys, ""),
        }
    }

    /// A reference in place of the type, if types are shared and this is one of them.
    fn refers(&mut self, shape: &Shape, nullable: bool) -> bool {
        let Some(shared) = &mut self.shared else { return false };
        let target = match shape.kind {
            Kind::Recursive(later) => later(),
            Kind::Object { .. } | Kind::AnyOf(_) | Kind::Enum(_) | Kind::Tuple { .. } if shape.name.is_some() => shape,
            _ => return false,
        };
        if nullable {
            self.schemas("anyOf", &[shape], true);
            return true;
        }
        let place = shared.len();
        shared.push(*target);
        self.word("$ref", &format!("{SHARED}{place}"));
        self.referred = true;
        true
    }

    fn properties(&mut self, fields: &'static [Field], nulls: Nulls) {
        let mut flat = Flat::default();
        flat.add(fields, false);
        self.member("properties");
        self.out.push('{');
        for (field, _) in &flat.fields {
            self.member(field.name);
            self.out.push('{');
            let shape = match (nulls, field.shape.kind) {
                (Nulls::Left, Kind::Nullable(inner)) if field.shape.optional => {
                    self.asked = Asked::of(field.shape.rules);
                    inner
                }
                _ => field.shape,
            };
            self.members(shape, false);
            self.describe(shape, field.description);
            if let Some(default) = field.default {
                self.number("default", default);
            }
            self.out.push('}');
        }
        self.out.push('}');
        let is_required = |(field, optional): &&(&Field, bool)| !optional && field.is_required();
        if flat.fields.iter().any(|field| is_required(&field)) {
            self.member("required");
            self.out.push('[');
            for (field, _) in flat.fields.iter().filter(is_required) {
                self.comma();
                quote(&mut self.out, field.name);
            }
            self.out.push(']');
        }
        self.beside(&flat);
    }

    /// The place's own words win over the type's; what the variants of an enum mean is added to either.
    fn describe(&mut self, shape: &Shape, doc: &str) {
        if std::mem::take(&mut self.referred) {
            if !doc.is_empty() {
                self.word("description", doc);
            }
            return;
        }
        let mut inner = shape;
        let brought = self.brought.take();
        let marked = self.marked.take();
        let mut text = String::from(if doc.is_empty() { inner.description } else { doc });
        while let Kind::Nullable(next) = inner.kind {
            inner = next;
            if text.is_empty() {
                text.push_str(inner.description);
            }
        }
        if let Some(brought) = brought.filter(|_| text.is_empty()) {
            text = brought;
        }
        let words = text;
        let text = with_meanings(words.clone(), &inner.kind);
        match marked {
            _ if text.is_empty() => {}
            Some(id) => self.words(id, &words, &text),
            None => self.word("description", &text),
        }
    }
}

/// A description with what the variants of an enum mean.
fn with_meanings(mut text: String, kind: &Kind) -> String {
    if let Kind::Enum(variants) = kind {
        for variant in variants.iter().filter(|variant| !variant.description.is_empty()) {
            let line = if text.is_empty() { "" } else { "\n" };
            let _ = write!(text, "{line}- {}: {}", variant.name, variant.description);
        }
    }
    text
}
