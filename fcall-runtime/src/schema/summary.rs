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
    /// An enum without variants: there is no value.
    pub(super) impossible: bool,
    /// Any value at all, or an object with any keys.
    pub(super) free: bool,
    /// How many shapes stand inside each other below this one.
    pub(super) height: u16,
    /// How many objects stand inside each other.
    pub(super) levels: u16,
    /// How many shapes there are, written out.
    pub(super) size: u32,
}

impl Summary {
    const LEAF: Self = Self { ruled: false, impossible: false, free: false, height: 0, levels: 0, size: 1 };

    pub(super) const fn of(kind: &Kind) -> Self {
        let mut summary = Self::LEAF;
        match *kind {
            Kind::Any => summary.free = true,
            Kind::Enum([]) | Kind::AnyOf([]) => summary.impossible = true,
            // what is behind it can't be seen while compiling
            Kind::Recursive(_) => summary.ruled = true,
            Kind::Array { items: inner, .. } | Kind::Nullable(inner) => summary = summary.around(inner),
            Kind::Map(inner) => {
                summary = summary.around(inner);
                summary.free = true;
            }
            Kind::Tuple { items: shapes, .. } | Kind::AnyOf(shapes) => {
                let mut at = 0;
                while at < shapes.len() {
                    summary = summary.around(shapes[at]);
                    at += 1;
                }
            }
            Kind::Object { fields, .. } => {
                let mut at = 0;
                while at < fields.len() {
                    summary = match fields[at].flat {
                        true => summary.beside(fields[at].shape),
                        false => summary.around(fields[at].shape),
                    };
                    at += 1;
                }
                summary.levels = summary.levels.saturating_add(1);
            }
            _ => {}
        }
        summary
    }

    const fn around(self, inner: &Shape) -> Self {
        self.with(inner.holds)
    }

    /// With what is flattened: its keys stand on the same level.
    const fn beside(self, inner: &Shape) -> Self {
        self.with(Self { levels: inner.holds.levels.saturating_sub(1), ..inner.holds })
    }

    const fn with(self, inner: Self) -> Self {
        let height = inner.height.saturating_add(1);
        Self {
            ruled: self.ruled || inner.ruled,
            impossible: self.impossible || inner.impossible,
            free: self.free || inner.free,
            height: if height > self.height { height } else { self.height },
            levels: if inner.levels > self.levels { inner.levels } else { self.levels },
            size: self.size.saturating_add(inner.size),
        }
    }
}
