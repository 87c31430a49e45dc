//! An object whose fields partly stand in others: serde's `flatten`.

use crate::schema::{Field, Kind, Shape};

/// The fields of an object, with those that stand beside them.
#[derive(Default)]
pub(super) struct Flat {
    /// The fields, and whether all of their object may be left out.
    pub(super) fields: Vec<(&'static Field, bool)>,
    pub(super) any_of: Vec<&'static [&'static Shape]>,
    /// What stands under any other key.
    pub(super) values: Option<&'static Shape>,
}

impl Flat {
    pub(super) fn add(&mut self, fields: &'static [Field], optional: bool) {
        for field in fields {
            if !field.flat {
                self.fields.push((field, optional));
                continue;
            }
            let optional = optional || field.defaulted || matches!(field.shape.kind, Kind::Nullable(_));
            match field.shape.plain().kind {
                Kind::Object { fields, .. } => self.add(fields, optional),
                Kind::AnyOf(shapes) if !optional => self.any_of.push(shapes),
                Kind::Map(values) => self.values = Some(values),
                _ => {}
            }
        }
    }
}
