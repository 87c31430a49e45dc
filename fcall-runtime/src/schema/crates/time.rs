//! `time`: texts in the crate's own forms, which its feature `serde-human-readable` reads; ours brings it along.
//!
//! They are not those of JSON Schema's formats, so the model is shown an example. A date and time in the form of RFC
//! 3339 is read by `#[serde(with = "time::serde::rfc3339")]`, and shown by `#[arg(as = String)]`.

use time::{Date, Month, OffsetDateTime, Time, UtcDateTime, UtcOffset, Weekday};

use crate::schema::{Kind, Rules, Schema, Shape, Variant};

impl Schema for Date {
    const SHAPE: &'static Shape = &Shape::new(Kind::text("date"));
}

macro_rules! texts {
    ($($type:ty: $example:literal;)*) => { $(
        impl Schema for $type {
            const SHAPE: &'static Shape =
                &Shape::refined(&Shape::new(Kind::TEXT), &Rules::NONE.examples(&[concat!("\"", $example, "\"")]));
        }
    )* };
}

texts! {
    Time: "16:30:00.0";
    time::PrimitiveDateTime: "2026-01-31 16:30:00.0";
    UtcDateTime: "2026-01-31 16:30:00.0";
    OffsetDateTime: "2026-01-31 16:30:00.0 +01:00:00";
    UtcOffset: "+01:00:00";
    // seconds
    time::Duration: "90.500000000";
}

macro_rules! names {
    ($($type:ty: $($name:literal)*;)*) => { $(
        impl Schema for $type {
            const SHAPE: &'static Shape = &Shape::new(Kind::Enum(&[$(Variant::new($name, "")),*]));
        }
    )* };
}

names! {
    Weekday: "Monday" "Tuesday" "Wednesday" "Thursday" "Friday" "Saturday" "Sunday";
    Month: "January" "February" "March" "April" "May" "June" "July" "August" "September" "October" "November" "December";
}
