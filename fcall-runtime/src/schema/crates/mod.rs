//! `Schema` for types of other crates, each behind the feature of its name, in the form that the crate's own serde
//! feature reads.
//!
//! schemars has implementations of its own for most of them, behind features of its own. Where the two say different
//! things the comparison in `tests/schema` lists it. It has none for `time`, which a type of one's own can fill with
//! `#[schemars(with = "String")]`.

#[cfg(feature = "rust_decimal")]
mod decimal;
#[cfg(feature = "semver")]
mod semver;
#[cfg(feature = "time")]
mod time;

#[cfg(any(feature = "chrono", feature = "uuid", feature = "url", feature = "bytes", feature = "indexmap",))]
use super::{Kind, Schema, Shape};

#[cfg(feature = "chrono")]
macro_rules! texts {
    ($($type:ty => $kind:expr;)*) => { $(
        impl Schema for $type {
            const SHAPE: &'static Shape = &Shape::new($kind);
        }
    )* };
}

#[cfg(feature = "chrono")]
texts! {
    chrono::NaiveDate => Kind::text("date");
    // JSON Schema's own times and date-times have a zone, these have none
    chrono::NaiveTime => Kind::TEXT;
    chrono::NaiveDateTime => Kind::TEXT;
}

#[cfg(feature = "chrono")]
impl<Tz: chrono::TimeZone> Schema for chrono::DateTime<Tz> {
    const SHAPE: &'static Shape = &Shape::new(Kind::text("date-time"));
}

#[cfg(feature = "uuid")]
impl Schema for uuid::Uuid {
    const SHAPE: &'static Shape = &Shape::new(Kind::text("uuid"));
}

#[cfg(feature = "url")]
impl Schema for url::Url {
    const SHAPE: &'static Shape = &Shape::new(Kind::text("uri"));
}

/// The bytes of a text, or the bytes themselves.
#[cfg(feature = "bytes")]
const BYTES: &Shape = &Shape::new(Kind::AnyOf(&[str::SHAPE, <[u8]>::SHAPE]));

#[cfg(feature = "bytes")]
impl Schema for bytes::Bytes {
    const SHAPE: &'static Shape = BYTES;
}

#[cfg(feature = "bytes")]
impl Schema for bytes::BytesMut {
    const SHAPE: &'static Shape = BYTES;
}

#[cfg(feature = "indexmap")]
impl<K: Schema, V: Schema, S> Schema for indexmap::IndexMap<K, V, S> {
    const SHAPE: &'static Shape = &Shape::new(Kind::map(K::SHAPE, V::SHAPE));
}

#[cfg(feature = "indexmap")]
impl<T: Schema, S> Schema for indexmap::IndexSet<T, S> {
    const SHAPE: &'static Shape = &Shape::new(Kind::list(T::SHAPE, true));
}
