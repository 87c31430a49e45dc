//! Which schema a type has: its own [`Schema`], or schemars'.
//!
//! The macros ask `Known::<T>::PICK`. Where `T: Schema` that is the inherent constant, else the trait's; the marker it
//! yields picks one of two implementations of one trait, so a type with neither gives exactly one error.

use std::{convert::Infallible, fmt, marker::PhantomData};

use serde::{
    de::{DeserializeOwned, Visitor},
    forward_to_deserialize_any,
};

use super::{Kind, Schema, Shape, foreign};

/// The type has a [`Schema`].
#[derive(Clone, Copy, Debug)]
pub struct Checked;

/// The type has none, so schemars is asked when the program starts.
#[derive(Clone, Copy, Debug)]
pub struct Foreign;

/// Asks what is known of `T`.
#[derive(Debug)]
pub struct Known<T: ?Sized>(PhantomData<T>, Infallible);

impl<T: Schema + ?Sized> Known<T> {
    /// `T` has a schema of ours.
    pub const PICK: Checked = Checked;
}

/// The answer for every type that has no [`Schema`].
pub trait Fallback {
    /// `T` has none of ours.
    const PICK: Foreign = Foreign;
}

impl<T: ?Sized> Fallback for Known<T> {}

/// A type that can stand as an argument of a tool.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument",
    label = "the model sends this as JSON",
    note = "derive `serde::Deserialize` and `fcall::Schema` for the type"
)]
pub trait ToolArg<Pick>: Sized {
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

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Schema> ToolArg<Checked> for T {
    const ARG: Arg<Self> = Arg::new(T::SHAPE);
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + schemars::JsonSchema> ToolArg<Foreign> for T {
    const ARG: Arg<Self> = Arg::new(&Shape::new(Kind::Foreign(foreign::schema_of::<T>)));
}

impl<T> Arg<T> {
    /// Read the same way, shown as this.
    #[must_use]
    pub const fn shown(mut self, shape: &'static Shape) -> Self {
        self.shape = shape;
        self
    }
}

/// The argument of type `T`, shown as another type.
pub const fn arg_as<T: DeserializeOwned>(shape: &'static Shape) -> Arg<T> {
    Arg::new(shape)
}

/// The argument of type `T`.
pub const fn arg<T: ToolArg<Pick>, Pick: Copy>(_: Pick) -> Arg<T> {
    T::ARG
}

/// A type that can stand in a field of a type that derives [`Schema`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    label = "the model must be told what to write here",
    note = "derive `fcall::Schema` (or `schemars::JsonSchema`) for the type"
)]
pub trait FieldShape<Pick> {
    /// What the model has to write.
    const SHAPE: &'static Shape;
}

#[diagnostic::do_not_recommend]
impl<T: Schema + ?Sized> FieldShape<Checked> for T {
    const SHAPE: &'static Shape = <T as Schema>::SHAPE;
}

#[diagnostic::do_not_recommend]
impl<T: schemars::JsonSchema> FieldShape<Foreign> for T {
    const SHAPE: &'static Shape = &Shape::new(Kind::Foreign(foreign::schema_of::<T>));
}

/// The shape of a field of type `T`.
pub const fn shape_of<T: FieldShape<Pick> + ?Sized, Pick>(_: &Pick) -> &'static Shape {
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
