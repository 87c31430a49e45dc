//! `Schema` for types of other crates, each behind the feature of its name.

use super::{Kind, Schema, Shape};

macro_rules! texts {
    ($($(#[$feature:meta])* $type:ty => $kind:expr;)*) => { $(
        $(#[$feature])*
        impl Schema for $type {
            const SHAPE: &'static Shape = &Shape::new($kind);
        }
    )* };
}

texts! {
    #[cfg(feature = "chrono")]
    chrono::NaiveDate => Kind::text("date");
    // JSON Schema's own times and date-times have a zone, these have none
    #[cfg(feature = "chrono")]
    chrono::NaiveTime => Kind::TEXT;
    #[cfg(feature = "chrono")]
    chrono::NaiveDateTime => Kind::TEXT;
    #[cfg(feature = "uuid")]
    uuid::Uuid => Kind::text("uuid");
    #[cfg(feature = "url")]
    url::Url => Kind::text("uri");
}

#[cfg(feature = "chrono")]
impl<Tz: chrono::TimeZone> Schema for chrono::DateTime<Tz> {
    const SHAPE: &'static Shape = &Shape::new(Kind::text("date-time"));
}
