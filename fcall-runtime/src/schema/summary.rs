//! What a shape holds, told from the inside out.
//!
//! A type may stand in many places of others: asking each shape once keeps the work of the compiler linear, where
//! walking through all places would double with every pair.

use super::{Kind, Shape};

/// What is known of a shape without looking inside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    /// Here or somewhere inside something is asked beyond the type.
    pub(super) ruled: bool,
    /// What is to be said of a type without schema that stands here, or in a list, a map or an `Option` here; of
    /// fields and variants their own type says it.
    pub(super) missing: Option<&'static str>,
    /// An enum without variants: there is no value.
    pub(super) impossible: bool,
    /// A schema of schemars stands somewhere inside, which nobody has looked at.
    pub(super) foreign: bool,
    /// Any value at all, or an object with any keys.
    pub(super) free: bool,
    /// How many shapes stand inside each other below this one.
    pub(super) height: u16,
    /// How many objects stand inside each other.
    pub(super) levels: u16,
    /// How much there is of what services count.
    pub(super) counts: Counts,
}

/// What services limit, of all places together: no less than is sent, since a type that stands in many may be sent once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    /// Properties of objects.
    pub(super) properties: u32,
    /// Texts that enums list.
    pub(super) values: u32,
    /// Bytes of names and listed texts.
    pub(super) bytes: u32,
}

impl Counts {
    const NONE: Self = Self { properties: 0, values: 0, bytes: 0 };

    const fn and(self, more: Self) -> Self {
        Self {
            properties: self.properties.saturating_add(more.properties),
            values: self.values.saturating_add(more.values),
            bytes: self.bytes.saturating_add(more.bytes),
        }
    }

    const fn named(self, name: &str) -> Self {
        let len = name.len();
        let bytes = if len > u32::MAX as usize { u32::MAX } else { len as u32 };
        self.and(Self { bytes, ..Self::NONE })
    }
}

impl Summary {
    const LEAF: Self = Self {
        ruled: false,
        missing: None,
        foreign: false,
        impossible: false,
        free: false,
        height: 0,
        levels: 0,
        counts: Counts::NONE,
    };

    pub(super) const fn of(kind: &Kind) -> Self {
        let mut summary = Self::LEAF;
        match *kind {
            Kind::Any => summary.free = true,
            Kind::Missing(why) if !why.is_empty() => summary.missing = Some(why),
            Kind::Const(text) => summary.counts = summary.counts.named(text),
            Kind::Enum([]) | Kind::AnyOf([]) => summary.impossible = true,
            Kind::Enum(variants) => {
                let mut at = 0;
                while at < variants.len() {
                    let one = Counts { values: 1, ..Counts::NONE };
                    summary.counts = summary.counts.and(one.named(variants[at].name));
                    at += 1;
                }
            }
            Kind::Foreign(_) => summary.foreign = true,
            // what is behind it can't be seen while compiling
            Kind::Recursive(_) => summary.ruled = true,
            Kind::Array { items: inner, .. } | Kind::Nullable(inner) => summary = summary.around(inner),
            Kind::Map { keys, values } => {
                summary = summary.around(values);
                summary.free = true;
                summary.ruled |= keys.holds.ruled;
                summary.impossible |= keys.holds.impossible;
            }
            Kind::Tuple { items, .. } => {
                let mut at = 0;
                while at < items.len() {
                    summary = summary.around(items[at]);
                    at += 1;
                }
            }
            Kind::AnyOf(shapes) => {
                let mut at = 0;
                while at < shapes.len() {
                    summary = summary.with(shapes[at].holds);
                    at += 1;
                }
            }
            Kind::Object { fields, .. } => {
                let mut at = 0;
                while at < fields.len() {
                    summary = match fields[at].flat {
                        true => summary.beside(fields[at].shape),
                        false => summary.with(fields[at].shape.holds),
                    };
                    let one = Counts { properties: !fields[at].flat as u32, ..Counts::NONE };
                    summary.counts = summary.counts.and(one.named(fields[at].name));
                    at += 1;
                }
                summary.levels = summary.levels.saturating_add(1);
            }
            _ => {}
        }
        summary
    }

    const fn around(self, inner: &Shape) -> Self {
        let missing = if self.missing.is_some() { self.missing } else { inner.holds.missing };
        Self { missing, ..self.with(inner.holds) }
    }

    /// With what is flattened: its keys stand on the same level.
    const fn beside(self, inner: &Shape) -> Self {
        self.with(Self { levels: inner.holds.levels.saturating_sub(1), ..inner.holds })
    }

    const fn with(self, inner: Self) -> Self {
        let height = inner.height.saturating_add(1);
        Self {
            ruled: self.ruled || inner.ruled,
            missing: self.missing,
            foreign: self.foreign || inner.foreign,
            impossible: self.impossible || inner.impossible,
            free: self.free || inner.free,
            height: if height > self.height { height } else { self.height },
            levels: if inner.levels > self.levels { inner.levels } else { self.levels },
            counts: self.counts.and(inner.counts),
        }
    }
}
