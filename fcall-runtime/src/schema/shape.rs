//! `Shape`: what a JSON value has to look like, as a constant.

use super::{Rules, summary::Summary};

/// What a JSON value has to look like.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Shape {
    /// The Rust name of the type, where it has one of its own; several types may share it.
    pub name: Option<&'static str>,
    /// The type's doc comment; empty where it has none.
    pub description: &'static str,
    /// The value may be left out.
    pub optional: bool,
    /// What it is.
    pub kind: Kind,
    /// What is asked beyond that.
    pub rules: Option<&'static Rules>,
    /// What is inside.
    pub(super) holds: Summary,
}

/// The kinds of [`Shape`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Any JSON at all.
    Any,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number, within bounds that are both included.
    Integer {
        /// The least.
        min: i128,
        /// The greatest.
        max: i128,
        /// 0 is among them, as far as it is within the bounds.
        zero: bool,
    },
    /// Any number.
    Number,
    /// A text.
    String {
        /// A `format` of JSON Schema, such as `date-time`.
        format: Option<&'static str>,
        /// Exactly one character.
        single: bool,
    },
    /// One of these texts.
    Enum(&'static [Variant]),
    /// A list.
    Array {
        /// What is in it.
        items: &'static Shape,
        /// The least number of items.
        min: usize,
        /// The greatest number of items.
        max: Option<usize>,
        /// No item twice.
        unique: bool,
    },
    /// A list of these, in this order.
    Tuple {
        /// What stands at each place.
        items: &'static [&'static Shape],
        /// So many must be there; the others may be left out from the end.
        min: usize,
    },
    /// An object with any keys.
    Map {
        /// What the keys are, each written as a text.
        keys: &'static Shape,
        /// What stands under each.
        values: &'static Shape,
    },
    /// An object with these keys.
    Object {
        /// The keys, as declared.
        fields: &'static [Field],
        /// No other key is allowed.
        closed: bool,
    },
    /// This, or `null`.
    Nullable(&'static Shape),
    /// One of these.
    AnyOf(&'static [&'static Shape]),
    /// Exactly this text (the tag of an enum).
    Const(&'static str),
    /// A type of its own that is reached again: called when the schema is made.
    Recursive(fn() -> &'static Shape),
    /// A JSON schema that only exists at run time (schemars').
    Foreign(fn() -> ForeignSchema),
    /// Nobody knows, and a program with it does not compile: the text says what to do; an empty one, that it
    /// was said elsewhere.
    #[doc(hidden)]
    Missing(&'static str),
}

/// What schemars says of a type.
#[derive(Clone, Debug)]
pub struct ForeignSchema {
    /// The schema; other types it refers to stand under its `$defs`.
    pub schema: serde_json::Value,
    /// The value may be left out.
    pub optional: bool,
}

/// One key of an object: a parameter of a tool, a field of a struct.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Field {
    /// The wire name.
    pub name: &'static str,
    /// Other names under which serde finds it; not shown to the model.
    pub aliases: &'static [&'static str],
    /// The doc comment; empty where it has none.
    pub description: &'static str,
    /// What it has to look like.
    pub shape: &'static Shape,
    /// It has a default, so it may be left out whatever its shape says.
    pub defaulted: bool,
    /// The default as JSON text, where it was written as a literal.
    pub default: Option<&'static str>,
    /// It is no key: its own keys stand beside the others (serde's `flatten`).
    pub flat: bool,
}

/// One text of an [`Kind::Enum`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variant {
    /// The text.
    pub name: &'static str,
    /// Other spellings that serde takes; not shown to the model.
    pub aliases: &'static [&'static str],
    /// The doc comment; empty where it has none.
    pub description: &'static str,
}

impl Shape {
    /// `null`.
    const NULL: Self = Self::new(Kind::Null);

    /// A shape without name or description.
    pub const fn new(kind: Kind) -> Self {
        Self { name: None, description: "", optional: false, kind, rules: None, holds: Summary::of(&kind) }
    }

    /// The shape of a type that has a name of its own, and its doc comment.
    pub const fn named(name: &'static str, description: &'static str, kind: Kind) -> Self {
        Self { name: Some(name), description, ..Self::new(kind) }
    }

    /// The shape of a type that is written as `inner` is, but may not be left out.
    pub const fn newtype(name: &'static str, description: &'static str, inner: &Self) -> Self {
        let description = if description.is_empty() { inner.description } else { description };
        Self { name: Some(name), description, optional: false, ..*inner }
    }

    /// The shape of a type that serde reads exactly as it reads `inner`.
    pub const fn transparent(name: &'static str, description: &'static str, inner: &Self) -> Self {
        Self { optional: inner.optional, ..Self::newtype(name, description, inner) }
    }

    /// The same shape in another place, with that place's own doc comment.
    pub const fn described(description: &'static str, inner: &Self) -> Self {
        let description = if description.is_empty() { inner.description } else { description };
        Self { description, ..*inner }
    }

    /// The same shape where it may not be left out.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.optional = false;
        self
    }

    /// The shape whose keys stand beside the tag of an enum: what stands there is never `null`.
    pub const fn of_keys(inner: &'static Self) -> &'static Self {
        inner.plain()
    }

    /// It is an object that has no other keys than its own.
    pub const fn is_closed(&self) -> bool {
        matches!(self.plain().kind, Kind::Object { closed: true, .. })
    }

    /// With a doc comment.
    #[must_use]
    pub const fn doc(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// The value, or nothing at all.
    pub const fn option(inner: &'static Self) -> Self {
        Self { optional: true, ..Self::new(Kind::Nullable(inner)) }
    }

    /// Whether something inside is only known at run time, beyond recursions.
    pub(crate) const fn has_foreign(&self) -> bool {
        self.holds.foreign
    }

    /// Whether there is a schema; a program with a type that has none does not compile.
    pub(super) const fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Missing(_))
    }

    /// What it is where it is not `null`.
    pub(super) const fn plain(&self) -> &Self {
        match self.kind {
            Kind::Nullable(inner) => inner.plain(),
            _ => self,
        }
    }

    /// The same shape in a place that asks for more; `rules` lead to those of the shape itself.
    pub const fn refined(inner: &Self, rules: &'static Rules) -> Self {
        Self { rules: Some(rules), holds: Summary { ruled: true, ..inner.holds }, ..*inner }
    }
}

impl Kind {
    /// Any text.
    pub const TEXT: Self = Self::String { format: None, single: false };

    /// A text in a `format` of JSON Schema.
    pub const fn text(format: &'static str) -> Self {
        Self::String { format: Some(format), single: false }
    }

    /// An object; a `closed` one has no other keys.
    pub const fn object(fields: &'static [Field], closed: bool) -> Self {
        Self::Object { fields, closed }
    }

    /// A list of these, of which the first `min` must be there.
    pub const fn tuple(items: &'static [&'static Shape], min: usize) -> Self {
        if items.is_empty() {
            // JSON Schema has no list of nothing
            const NOTHING: &Shape = &Shape::new(Kind::Null);
            return Self::Array { items: NOTHING, min: 0, max: Some(0), unique: false };
        }
        Self::Tuple { items, min }
    }

    /// A list of any length.
    pub const fn list(items: &'static Shape, unique: bool) -> Self {
        Self::Array { items, min: 0, max: None, unique }
    }
}

impl Field {
    /// A key that must be there unless its shape says otherwise.
    pub const fn new(name: &'static str, description: &'static str, shape: &'static Shape) -> Self {
        Self { name, aliases: &[], description, shape, defaulted: false, default: None, flat: false }
    }

    /// Keys by name, doc comment and shape.
    ///
    /// All in one call, since each call costs a program compile time.
    pub const fn list<const N: usize>(of: [(&'static str, &'static str, &'static Shape); N]) -> [Self; N] {
        let none = Self::new("", "", &Shape::NULL);
        let (mut list, mut at) = ([none; N], 0);
        while at < N {
            let (name, description, shape) = of[at];
            list[at] = Self { name, description, shape, ..none };
            at += 1;
        }
        list
    }

    /// The same keys, of which the one at this place has a default: JSON text.
    #[must_use]
    pub const fn with_default<const N: usize>(mut list: [Self; N], at: usize, json: &'static str) -> [Self; N] {
        list[at] = list[at].default(json);
        list
    }

    /// The same keys, of which the one at this place has a default that is not shown.
    #[must_use]
    pub const fn with_defaulted<const N: usize>(mut list: [Self; N], at: usize) -> [Self; N] {
        list[at] = list[at].defaulted();
        list
    }

    /// The keys of this shape, beside those of the others.
    pub const fn flat(shape: &'static Shape) -> Self {
        Self { flat: true, ..Self::new("", "", shape) }
    }

    /// The field of a key, also among those that stand beside the others.
    pub(super) fn find<'f>(fields: &'f [Self], key: &str) -> Option<&'f Self> {
        fields.iter().find(|field| field.answers_to(key)).or_else(|| {
            fields.iter().filter(|field| field.flat).find_map(|field| match field.shape.plain().kind {
                Kind::Object { fields, .. } => Self::find(fields, key),
                _ => None,
            })
        })
    }

    /// The names of all keys, those of flattened objects among them.
    pub(super) fn names(fields: &[Self]) -> Vec<String> {
        let mut names = Vec::new();
        for field in fields {
            match field.shape.plain().kind {
                Kind::Object { fields, .. } if field.flat => names.extend(Self::names(fields)),
                _ if field.flat => {}
                _ => names.push(format!("`{}`", field.name)),
            }
        }
        names
    }

    /// Found under these names too.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// May be left out.
    #[must_use]
    pub const fn defaulted(mut self) -> Self {
        self.defaulted = true;
        self
    }

    /// May be left out, and is this JSON text then.
    #[must_use]
    pub const fn default(mut self, json: &'static str) -> Self {
        self.defaulted = true;
        self.default = Some(json);
        self
    }

    /// Whether it must be there.
    pub fn is_required(&self) -> bool {
        match self.shape.kind {
            _ if self.defaulted || self.flat || self.shape.optional => false,
            Kind::Foreign(make) => !make().optional,
            _ => true,
        }
    }

    /// Whether serde finds it under `key`.
    pub fn answers_to(&self, key: &str) -> bool {
        !self.flat && (self.name == key || self.aliases.contains(&key))
    }
}

impl Variant {
    /// A text with its doc comment.
    pub const fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, aliases: &[], description }
    }

    /// Read from these spellings too.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Whether serde reads `text` as it.
    pub fn answers_to(&self, text: &str) -> bool {
        self.name == text || self.aliases.contains(&text)
    }
}
