//! A result as it is written for the model: a text as itself, anything else as JSON.

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Error;

use crate::message::Content;

/// Writes a value in one go: some can be written only once.
pub(super) fn written(value: &(impl Serialize + ?Sized)) -> Result<Content, Error> {
    let (mut json, mut text) = (serde_json::Serializer::new(Vec::new()), None);
    value.serialize(Written { json: &mut json, text: &mut text })?;
    match text {
        Some(text) => Ok(Content::Text(text)),
        None => String::from_utf8(json.into_inner()).map(Content::Json).map_err(Error::custom),
    }
}

type Json<'o> = &'o mut serde_json::Serializer<Vec<u8>>;

/// Keeps a text as it is, and hands all else on to the JSON serializer.
struct Written<'o> {
    json: Json<'o>,
    text: &'o mut Option<String>,
}

impl Written<'_> {
    fn text(self, text: impl Into<String>) -> Result<(), Error> {
        *self.text = Some(text.into());
        Ok(())
    }
}

macro_rules! json {
    ($($method:ident($($name:ident: $type:ty),*) -> $written:ty;)*) => { $(
        fn $method(self, $($name: $type),*) -> Result<$written, Error> {
            self.json.$method($($name),*)
        }
    )* };
}

impl<'o> Serializer for Written<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = <Json<'o> as Serializer>::SerializeSeq;
    type SerializeTuple = <Json<'o> as Serializer>::SerializeTuple;
    type SerializeTupleStruct = <Json<'o> as Serializer>::SerializeTupleStruct;
    type SerializeTupleVariant = <Json<'o> as Serializer>::SerializeTupleVariant;
    type SerializeMap = <Json<'o> as Serializer>::SerializeMap;
    type SerializeStruct = <Json<'o> as Serializer>::SerializeStruct;
    type SerializeStructVariant = <Json<'o> as Serializer>::SerializeStructVariant;

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        self.text(text)
    }

    fn serialize_char(self, text: char) -> Result<(), Error> {
        self.text(text)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.text(variant)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        at: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.json.serialize_newtype_variant(name, at, variant, value)
    }

    json! {
        serialize_bool(value: bool) -> ();
        serialize_i8(value: i8) -> ();
        serialize_i16(value: i16) -> ();
        serialize_i32(value: i32) -> ();
        serialize_i64(value: i64) -> ();
        serialize_i128(value: i128) -> ();
        serialize_u8(value: u8) -> ();
        serialize_u16(value: u16) -> ();
        serialize_u32(value: u32) -> ();
        serialize_u64(value: u64) -> ();
        serialize_u128(value: u128) -> ();
        serialize_f32(value: f32) -> ();
        serialize_f64(value: f64) -> ();
        serialize_bytes(value: &[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(name: &'static str) -> ();
        serialize_seq(len: Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(len: usize) -> Self::SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, at: u32, variant: &'static str, len: usize)
            -> Self::SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> Self::SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> Self::SerializeStruct;
        serialize_struct_variant(name: &'static str, at: u32, variant: &'static str, len: usize)
            -> Self::SerializeStructVariant;
    }
}
