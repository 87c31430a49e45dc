//! `Shape`: what a JSON value has to look like, as a constant.

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
    Tuple(&'static [&'static Shape]),
    /// An object with any keys.
    Map(&'static Shape),
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
    Foreign(fn() -> serde_json::Value),
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
}

/// One text of an [`Kind::Enum`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variant {
    /// The text.
    pub name: &'static str,
    /// The doc comment; empty where it has none.
    pub description: &'static str,
}
