//! Types of other crates, each as its own serde feature reads it.

use bytes::{Bytes, BytesMut};
use fcall::{
    Schema,
    schema::schema_text,
    serde_json::{self, Value, json},
};
use indexmap::{IndexMap, IndexSet};
use rust_decimal::Decimal;
use semver::{Comparator, Version, VersionReq};
use serde::{Serialize, de::DeserializeOwned};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset, Weekday};

use crate::Findings;

derived! {
    struct Release { version: Version, price: Decimal, parts: IndexMap<String, Bytes>, tags: IndexSet<String> }
}

pub(crate) fn compare(findings: &mut Findings) {
    let version = || Version::new(1, 2, 3);
    compare! { findings:
        Bytes = [Bytes::from_static(b"ab")];
        BytesMut = [BytesMut::from(&b"ab"[..])];
        IndexMap<String, u8> = [[("b".to_owned(), 1), ("a".to_owned(), 2)].into()];
        IndexSet<u8> = [[2, 1].into()];
        Version = [version(), "1.2.3-beta.1+7".parse().expect("a version")];
        Decimal = [Decimal::new(1250, 2), Decimal::new(-3, 0)];
        Release = [Release {
            version: version(),
            price: Decimal::new(1, 1),
            parts: [("a".to_owned(), Bytes::new())].into(),
            tags: IndexSet::new(),
        }];
        chrono::NaiveDate = [chrono::NaiveDate::MIN.max(chrono::NaiveDate::default())];
        chrono::DateTime<chrono::Utc> = [chrono::DateTime::UNIX_EPOCH];
        uuid::Uuid = [uuid::Uuid::from_u128(7)];
        url::Url = [url::Url::parse("https://example.com/a").expect("an address")];
    }
    findings.takes::<Decimal>(&json!("1e3"));
    findings.takes::<Decimal>(&json!(".5"));
    findings.takes::<Decimal>(&json!(-2.5));
    findings.refuses::<Decimal>(&json!("two"));
    findings.refuses::<Decimal>(&json!(""));
    findings.refuses::<Version>(&json!("1.2"));
    findings.refuses::<Version>(&json!("01.2.3"));
    findings.takes::<Bytes>(&json!("text"));
    findings.refuses::<Bytes>(&json!([256]));
}

/// What serde writes fits our schema, and serde reads the example that the schema gives.
#[track_caller]
fn is_as_shown<T: Schema + Serialize + DeserializeOwned>(value: &T) {
    let schema: Value = serde_json::from_str(&schema_text(T::SHAPE)).expect("our schema is JSON");
    let ours = super::super::validator(&schema);
    let written = serde_json::to_value(value).expect("serde writes it");
    assert!(ours.is_valid(&written), "{written} does not fit {schema}");
    let examples = schema["examples"].as_array().cloned().unwrap_or_default();
    for example in examples.iter().chain(schema["enum"].as_array().into_iter().flatten()).chain([&written]) {
        assert!(ours.is_valid(example), "{example} does not fit {schema}");
        super::super::read::<T>(example).unwrap_or_else(|error| panic!("{example}: {error}"));
    }
    assert!(schema["type"] == "string" && !ours.is_valid(&json!(1)), "{schema}");
}

/// schemars has nothing for these.
#[test]
fn what_schemars_does_not_know_is_as_serde_reads_it() {
    let date = Date::from_calendar_date(2026, Month::January, 31).expect("a date");
    let time = Time::from_hms_milli(16, 30, 0, 5).expect("a time");
    is_as_shown(&date);
    is_as_shown(&time);
    is_as_shown(&PrimitiveDateTime::new(date, time));
    is_as_shown(&UtcDateTime::new(date, time));
    is_as_shown(&OffsetDateTime::new_utc(date, time));
    is_as_shown(&UtcOffset::from_hms(1, 0, 0).expect("an offset"));
    is_as_shown(&time::Duration::milliseconds(90_500));
    is_as_shown(&Weekday::Monday);
    is_as_shown(&Month::January);
    is_as_shown(&"^1.2".parse::<VersionReq>().expect("a requirement"));
    is_as_shown(&">=1.2.3".parse::<Comparator>().expect("a comparator"));
}
