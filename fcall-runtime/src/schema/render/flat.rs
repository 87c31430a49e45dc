//! An object whose fields partly stand in others: serde's `flatten`.

use super::Renderer;
use crate::schema::{Field, Kind, Shape, Variant};

/// The fields of an object, with those that stand beside them.
#[derive(Default)]
pub(super) struct Flat {
    /// The fields, and whether all of their object may be left out.
    pub(super) fields: Vec<(&'static Field, bool)>,
    /// The enums, and whether they may be left out.
    any_of: Vec<(&'static Shape, bool)>,
    /// What stands under any other key.
    values: Option<&'static Shape>,
}

impl Flat {
    pub(super) fn add(&mut self, fields: &'static [Field], optional: bool) {
        for field in fields {
            if !field.flat {
                self.fields.push((field, optional));
                continue;
            }
            let optional = optional || matches!(field.shape.kind, Kind::Nullable(_));
            match field.shape.plain().kind {
                Kind::Object { fields, .. } => self.add(fields, optional),
                Kind::AnyOf(_) | Kind::Enum(_) => self.any_of.push((field.shape.plain(), optional)),
                Kind::Map { values, .. } => self.values = Some(values),
                _ => {}
            }
        }
    }
}

impl Renderer {
    /// What stands beside the fields that have a name.
    pub(super) fn beside(&mut self, flat: &Flat) {
        match flat.values {
            // the keys of an enum are no values of the map
            Some(values) if flat.any_of.is_empty() => {
                self.member("additionalProperties");
                self.schema(values, "");
            }
            _ => {}
        }
        let several = flat.any_of.len() > 1;
        if several {
            self.member("allOf");
            self.out.push('[');
        }
        for (shape, optional) in &flat.any_of {
            if several {
                self.comma();
                self.out.push('{');
            }
            self.member("anyOf");
            self.out.push('[');
            self.alternative(shape);
            if *optional {
                self.comma();
                self.out.push_str("{\"type\":\"object\"}");
            }
            self.out.push(']');
            if several {
                self.out.push('}');
            }
        }
        if several {
            self.out.push(']');
        }
    }

    /// The alternatives of an enum whose keys stand beside others; what is no object can't be among them.
    fn alternative(&mut self, shape: &'static Shape) {
        match shape.plain().kind {
            Kind::AnyOf(shapes) => shapes.iter().for_each(|shape| self.alternative(shape)),
            Kind::Enum(variants) => variants.iter().for_each(|variant| self.name_as_key(variant)),
            Kind::Object { .. } | Kind::Map { .. } | Kind::Any | Kind::Recursive(_) | Kind::Foreign(_) => {
                self.comma();
                self.open = true;
                self.schema(shape.plain(), "");
            }
            _ => {}
        }
    }

    /// Beside others, a variant without content is its name with nothing under it.
    fn name_as_key(&mut self, variant: &Variant) {
        self.comma();
        self.out.push('{');
        self.word("type", "object");
        self.member("properties");
        self.out.push('{');
        self.member(variant.name);
        self.out.push_str("{\"type\":\"null\"}}");
        self.member("required");
        self.out.push('[');
        super::text::quote(&mut self.out, variant.name);
        self.out.push(']');
        if !variant.description.is_empty() {
            self.word("description", variant.description);
        }
        self.out.push('}');
    }
}
