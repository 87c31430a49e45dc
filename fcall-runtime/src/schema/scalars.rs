//! `Schema` for the values of the standard library that hold no others.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{
        NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8, NonZeroU16, NonZeroU32,
        NonZeroU64, NonZeroU128, NonZeroUsize,
    },
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{Field, Kind, Schema, Shape};

macro_rules! schema {
    ($($type:ty => $kind:expr;)*) => { $(
        impl Schema for $type {
            const SHAPE: &'static Shape = &Shape::new($kind);
        }
    )* };
}

macro_rules! integers {
    ($zero:literal: $($type:ty: $least:expr, $greatest:expr;)*) => {
        schema! { $($type => Kind::Integer { min: $least as i128, max: $greatest as i128, zero: $zero };)* }
    };
}

integers! { true:
    i8: i8::MIN, i8::MAX;
    i16: i16::MIN, i16::MAX;
    i32: i32::MIN, i32::MAX;
    i64: i64::MIN, i64::MAX;
    i128: i128::MIN, i128::MAX;
    isize: isize::MIN, isize::MAX;
    u8: 0, u8::MAX;
    u16: 0, u16::MAX;
    u32: 0, u32::MAX;
    u64: 0, u64::MAX;
    // what is above i128 no model writes; serde's own reader takes it all the same
    u128: 0, i128::MAX;
    usize: 0, usize::MAX;
}

integers! { false:
    NonZeroI8: i8::MIN, i8::MAX;
    NonZeroI16: i16::MIN, i16::MAX;
    NonZeroI32: i32::MIN, i32::MAX;
    NonZeroI64: i64::MIN, i64::MAX;
    NonZeroI128: i128::MIN, i128::MAX;
    NonZeroIsize: isize::MIN, isize::MAX;
    NonZeroU8: 1, u8::MAX;
    NonZeroU16: 1, u16::MAX;
    NonZeroU32: 1, u32::MAX;
    NonZeroU64: 1, u64::MAX;
    NonZeroU128: 1, i128::MAX;
    NonZeroUsize: 1, usize::MAX;
}

schema! {
    bool => Kind::Bool;
    f32 => Kind::Number;
    f64 => Kind::Number;
    char => Kind::String { format: None, single: true };
    str => Kind::TEXT;
    String => Kind::TEXT;
    Path => Kind::TEXT;
    PathBuf => Kind::TEXT;
    // an address may carry a zone or a port, and "ip" is no format of JSON Schema
    IpAddr => Kind::TEXT;
    Ipv4Addr => Kind::text("ipv4");
    Ipv6Addr => Kind::text("ipv6");
    SocketAddr => Kind::TEXT;
    SocketAddrV4 => Kind::TEXT;
    SocketAddrV6 => Kind::TEXT;
    () => Kind::Null;
    serde_json::Value => Kind::Any;
    serde_json::Number => Kind::Number;
    serde_json::value::RawValue => Kind::Any;
    serde_json::Map<String, serde_json::Value> => Kind::map(str::SHAPE, &Shape::new(Kind::Any));
}

impl Schema for Duration {
    const SHAPE: &'static Shape = &Shape::named("Duration", "", Kind::object(CLOCK, false));
}

const CLOCK: &[Field] = &[
    Field::new("secs", "Whole seconds", u64::SHAPE),
    Field::new("nanos", "Nanoseconds beyond the whole seconds", u32::SHAPE),
];

impl Schema for SystemTime {
    const SHAPE: &'static Shape = &Shape::named("SystemTime", "", Kind::object(SINCE_EPOCH, false));
}

const SINCE_EPOCH: &[Field] = &[
    Field::new("secs_since_epoch", "Whole seconds since 1970 (UTC)", u64::SHAPE),
    Field::new("nanos_since_epoch", "Nanoseconds beyond the whole seconds", u32::SHAPE),
];

impl<T: Schema + ToOwned + ?Sized> Schema for Cow<'_, T> {
    const SHAPE: &'static Shape = T::SHAPE;
}
