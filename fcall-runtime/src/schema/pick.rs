//! Which schema a type has: its own [`Schema`], schemars', or none.
//!
//! The macros ask `Known::<T>` for markers: an inherent constant where `T` has what is asked for, else the constant of
//! [`Fallback`], which every type has. The markers pick one of three implementations of one trait, the last of which
//! every type has as well: a type without a schema compiles up to the checks, and these name the tool and the parameter.

use std::{convert::Infallible, fmt, marker::PhantomData};

use serde::{
    de::{DeserializeOwned, Error as _, Visitor},
    forward_to_deserialize_any,
};

use super::{Kind, Schema, Shape, foreign};

/// The type has a [`Schema`].
#[derive(Clone, Copy, Debug)]
pub struct Checked;

/// The type has none of ours.
#[derive(Clone, Copy, Debug)]
pub struct Unchecked;

/// The type can be asked for its schema, or read, in another way.
#[derive(Clone, Copy, Debug)]
pub struct Foreign;

/// Nothing helps.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

/// Asks what is known of `T`.
#[derive(Debug)]
pub struct Known<T: ?Sized>(PhantomData<T>, Infallible);

impl<T: Schema + ?Sized> Known<T> {
    /// `T` has a schema of ours.
    pub const SHAPE: Checked = Checked;
}

impl<T: schemars::JsonSchema> Known<T> {
    /// `T` has a schema of schemars.
    pub const FOREIGN_SHAPE: Foreign = Foreign;
}

impl<T: Schema + DeserializeOwned> Known<T> {
    /// `T` has a schema of ours, and can be read.
    pub const ARG: Checked = Checked;
}

impl<T: schemars::JsonSchema + DeserializeOwned> Known<T> {
    /// `T` has a schema of schemars, and can be read.
    pub const FOREIGN_ARG: Foreign = Foreign;
}

impl<T: DeserializeOwned> Known<T> {
    /// `T` can be read.
    pub const READ: Foreign = Foreign;
}

/// The answers for every other type.
pub trait Fallback {
    /// No schema of ours.
    const SHAPE: Unchecked = Unchecked;
    /// No schema of schemars.
    const FOREIGN_SHAPE: Missing = Missing;
    /// No schema of ours, or no way to read it.
    const ARG: Unchecked = Unchecked;
    /// No schema of schemars, or no way to read it.
    const FOREIGN_ARG: Missing = Missing;
    /// No way to read it.
    const READ: Missing = Missing;
}

impl<T: ?Sized> Fallback for Known<T> {}

const NO_ARGUMENT: Shape = Shape::new(Kind::Missing(
    "the model sends this as JSON, but the type has no schema or can't be read; derive `serde::Deserialize` and \
     `fcall::Schema` for it and for what is inside, or mark what the program gives with `#[state]` or `#[context]`",
));
const NO_FIELD: Shape = Shape::new(Kind::Missing(
    "the model must be told what to send here, but the type has no schema; derive `fcall::Schema` (or \
     `schemars::JsonSchema`) for it and for what is inside",
));
const UNREADABLE: Shape = Shape::new(Kind::Missing(
    "the model sends this as JSON, but the type can't be read; derive `serde::Deserialize` for it and for what is inside",
));

/// A type in the place of an argument, as far as it can stand there.
pub trait ToolArg<Ours, Other>: Sized {
    /// How it is shown, and how it is read.
    const ARG: Arg<Self>;
}

/// How one argument is shown, and how it is read.
pub struct Arg<T> {
    /// What the model has to write.
    pub shape: &'static Shape,
    pub(super) read: fn(&str) -> Result<T, serde_json::Error>,
    pub(super) absent: fn() -> Option<T>,
}

impl<T> Clone for Arg<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Arg<T> {}

impl<T> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shape.fmt(f)
    }
}

impl<T: DeserializeOwned> Arg<T> {
    const fn new(shape: &'static Shape) -> Self {
        Self { shape, read: read::<T>, absent: absent::<T> }
    }
}

impl<T: DeserializeOwned + Schema, Other> ToolArg<Checked, Other> for T {
    const ARG: Arg<Self> = Arg::new(T::SHAPE);
}

impl<T: DeserializeOwned + schemars::JsonSchema> ToolArg<Unchecked, Foreign> for T {
    const ARG: Arg<Self> = Arg::new(&Shape::new(Kind::Foreign(foreign::schema_of::<T>)));
}

impl<T> ToolArg<Unchecked, Missing> for T {
    const ARG: Arg<Self> = Arg::missing(&NO_ARGUMENT);
}

impl<T> Arg<T> {
    /// Of a program that does not compile.
    const fn missing(shape: &'static Shape) -> Self {
        Self { shape, read: |_| Err(serde_json::Error::custom("the type can't be read")), absent: || None }
    }

    /// Read the same way, shown as this.
    #[must_use]
    pub const fn shown(mut self, shape: &'static Shape) -> Self {
        self.shape = shape;
        self
    }
}

/// A type that is shown as another, as far as it can be read.
pub trait ReadArg<Marker>: Sized {
    /// How it is read.
    const READ: Arg<Self>;
}

impl<T: DeserializeOwned> ReadArg<Foreign> for T {
    const READ: Arg<Self> = Arg::new(&Shape::new(Kind::Any));
}

impl<T> ReadArg<Missing> for T {
    const READ: Arg<Self> = Arg::missing(&UNREADABLE);
}

/// The argument of type `T`, shown as another type.
pub const fn arg_as<T: ReadArg<Marker>, Marker: Copy>(_: Marker, shape: &'static Shape) -> Arg<T> {
    if T::READ.shape.is_known() { T::READ.shown(shape) } else { T::READ }
}

/// The argument of type `T`.
pub const fn arg<T: ToolArg<Ours, Other>, Ours: Copy, Other: Copy>(_: Ours, _: Other) -> Arg<T> {
    T::ARG
}

/// A type in the place of a field of a type that derives [`Schema`], as far as it can stand there.
pub trait FieldShape<Ours, Other> {
    /// What the model has to write.
    const SHAPE: &'static Shape;
}

impl<T: Schema + ?Sized, Other> FieldShape<Checked, Other> for T {
    const SHAPE: &'static Shape = <T as Schema>::SHAPE;
}

impl<T: schemars::JsonSchema> FieldShape<Unchecked, Foreign> for T {
    const SHAPE: &'static Shape = &Shape::new(Kind::Foreign(foreign::schema_of::<T>));
}

impl<T: ?Sized> FieldShape<Unchecked, Missing> for T {
    const SHAPE: &'static Shape = &NO_FIELD;
}

/// The shape of a field of type `T`.
pub const fn shape_of<T: FieldShape<Ours, Other> + ?Sized, Ours: Copy, Other: Copy>(
    _: Ours,
    _: Other,
) -> &'static Shape {
    T::SHAPE
}

/// Stands for `T` inside `T`'s own schema: the constant would else be made of itself.
#[derive(Debug)]
pub struct Rec<T: ?Sized>(PhantomData<T>, Infallible);

impl<T: Schema + ?Sized> Schema for Rec<T> {
    const SHAPE: &'static Shape = &Shape::new(Kind::Recursive(later::<T>));
}

fn later<T: Schema + ?Sized>() -> &'static Shape {
    T::SHAPE
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(json)
}

/// What serde makes of a key that is not there: `None` for an `Option`, else nothing.
fn absent<T: DeserializeOwned>() -> Option<T> {
    T::deserialize(Absent).ok()
}

/// A deserializer for a value that was left out: it answers who asks for an `Option`, as serde's derive does.
#[derive(Debug)]
struct Absent;

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("missing")
    }
}

impl std::error::Error for Absent {}

impl serde::de::Error for Absent {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> serde::Deserializer<'de> for Absent {
    type Error = Self;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self> {
        Err(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
