//! How large a type may be in OpenAI's strict form, counted while the program is compiled.
//!
//! A type that stands in many places is sent once: what is counted here is sure, and what is not is left to the same
//! limits at start-up, in `dialect::limits`.

use super::{Kind, Shape, Variant, equal, rules::chars};
use crate::schema::Field;

const PROPERTIES: usize = 5_000;
const VALUES: usize = 1_000;
const CHARACTERS: usize = 120_000;
/// An enum of more texts is limited in its characters.
const LONG_ENUM: usize = 250;
const LONG_ENUM_CHARACTERS: usize = 15_000;

/// So many types are told apart; what is inside of those beyond is not counted.
const TYPES: usize = 256;
/// So many shapes are looked at.
const FUEL: usize = 20_000;

/// Something that there is too much of.
pub(super) struct Excess {
    pub(super) most: usize,
    pub(super) what: &'static str,
    pub(super) count: usize,
    pub(super) remedy: &'static str,
}

/// What a type has too much of, for certain.
pub(super) const fn excess(shape: &Shape) -> Option<Excess> {
    let most = shape.holds.counts;
    let small = most.properties as usize <= PROPERTIES && most.values as usize <= VALUES;
    if small && most.bytes as usize <= LONG_ENUM_CHARACTERS {
        return None;
    }
    let mut count = Count { types: [("", 0); TYPES], len: 0, fuel: FUEL, sums: Sums::NONE };
    count.add(shape);
    count.sums.excess()
}

struct Sums {
    properties: usize,
    values: usize,
    characters: usize,
    long_enum: usize,
}

impl Sums {
    const NONE: Self = Self { properties: 0, values: 0, characters: 0, long_enum: 0 };

    const fn excess(&self) -> Option<Excess> {
        const SMALLER: &str = "make the type smaller, or split the tool";
        const TEXT: &str = "take a text instead";
        let all = [
            (LONG_ENUM_CHARACTERS, "characters in an enum of more than 250 variants", self.long_enum, TEXT),
            (VALUES, "variants of enums", self.values, TEXT),
            (PROPERTIES, "fields", self.properties, SMALLER),
            (CHARACTERS, "characters of names of fields and variants", self.characters, SMALLER),
        ];
        let mut at = 0;
        while at < all.len() {
            let (most, what, count, remedy) = all[at];
            if count > most {
                return Some(Excess { most, what, count, remedy });
            }
            at += 1;
        }
        None
    }
}

/// The types seen so far, and the sums of what each adds once.
struct Count {
    types: [(&'static str, usize); TYPES],
    len: usize,
    fuel: usize,
    sums: Sums,
}

impl Count {
    const fn add(&mut self, shape: &Shape) {
        if self.fuel == 0 {
            return;
        }
        self.fuel -= 1;
        match shape.kind {
            _ if self.is_known(shape) => {}
            Kind::Enum(variants) => self.variants(variants),
            Kind::Const(text) => self.sums.characters += chars(text),
            Kind::Array { items: inner, .. } | Kind::Nullable(inner) => self.add(inner),
            Kind::Tuple { items: shapes, .. } | Kind::AnyOf(shapes) => self.all(shapes),
            Kind::Object { fields, .. } => self.fields(fields),
            _ => {}
        }
    }

    /// Whether the type was counted before; types of one name and size are taken for one, so none is counted twice.
    const fn is_known(&mut self, shape: &Shape) -> bool {
        let (name, size) = match (shape.name, shape.kind) {
            (Some(name), Kind::Enum(variants)) => (name, variants.len()),
            (None, Kind::Enum(variants)) => ("", variants.len()),
            (Some(name), Kind::AnyOf(shapes)) => (name, shapes.len()),
            (Some(name), Kind::Object { fields, .. }) => (name, fields.len()),
            _ => return false,
        };
        let mut at = 0;
        while at < self.len {
            if self.types[at].1 == size && equal(self.types[at].0, name) {
                return true;
            }
            at += 1;
        }
        if self.len == TYPES {
            return true;
        }
        self.types[self.len] = (name, size);
        self.len += 1;
        false
    }

    const fn variants(&mut self, variants: &[Variant]) {
        let (mut at, mut characters) = (0, 0);
        while at < variants.len() {
            characters += chars(variants[at].name);
            at += 1;
        }
        self.sums.values += variants.len();
        self.sums.characters += characters;
        if variants.len() > LONG_ENUM && characters > self.sums.long_enum {
            self.sums.long_enum = characters;
        }
    }

    const fn fields(&mut self, fields: &[Field]) {
        let mut at = 0;
        while at < fields.len() {
            let Field { name, shape, flat, .. } = &fields[at];
            if !*flat {
                self.sums.properties += 1;
                self.sums.characters += chars(name);
                self.add(shape);
            } else if let Kind::Object { .. } = shape.kind {
                // the keys of alternatives may fall into one
                self.add(shape);
            }
            at += 1;
        }
    }

    const fn all(&mut self, shapes: &[&Shape]) {
        let mut at = 0;
        while at < shapes.len() {
            self.add(shapes[at]);
            at += 1;
        }
    }
}
