//! Our schema, serde and schemars mean the same: what serde writes fits our schema, what our schema refuses serde
//! refuses, and our schema takes what schemars' own derive takes. Where they differ is listed, with the reason.

#[path = "schema/changes.rs"]
mod changes;
#[path = "schema/defaults.rs"]
mod defaults;
#[path = "schema/json_schema.rs"]
mod json_schema;
#[path = "schema/known.rs"]
mod known;
#[path = "schema/types.rs"]
mod types;

use std::collections::{BTreeMap, BTreeSet};

use fcall::{
    Schema,
    schema::schema_text,
    schemars::JsonSchema,
    serde::{Serialize, de::DeserializeOwned},
    serde_json::{self, Value},
};
use jsonschema::Validator;
use known::KNOWN;

/// Who disagrees with our schema about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Other {
    /// serde reads it, our schema refuses it.
    SerdeTakes,
    /// schemars' schema takes it, our schema refuses it.
    SchemarsTakes,
    /// schemars' schema refuses it, our schema takes it.
    SchemarsRefuses,
}
use Other::{SchemarsRefuses, SchemarsTakes, SerdeTakes};

/// What the comparison has found so far.
#[derive(Default)]
struct Findings {
    types: usize,
    values: usize,
    disagreements: BTreeMap<(String, Other), String>,
}

impl Findings {
    fn compare<T>(&mut self, name: &str, values: Vec<T>)
    where
        T: Schema + JsonSchema + Serialize + DeserializeOwned,
    {
        let text = schema_text(T::SHAPE);
        let ours = validator(&serde_json::from_str(&text).expect("our schema is JSON"));
        let theirs = validator(fcall::schemars::schema_for!(T).as_value());
        self.types += 1;
        for value in values {
            let written = serde_json::to_value(&value).expect("serde writes it");
            assert!(ours.is_valid(&written), "{name}: serde writes {written}, and our schema refuses it: {text}");
            read::<T>(&written).unwrap_or_else(|error| panic!("{name}: {written}: {error}"));
            for changed in changes::of(&written).into_iter().chain([written]) {
                self.values += 1;
                let (us, them) = (ours.is_valid(&changed), theirs.is_valid(&changed));
                let serde = read::<T>(&changed).is_ok();
                let others = [(!us && serde, SerdeTakes), (!us && them, SchemarsTakes), (us && !them, SchemarsRefuses)];
                for (_, other) in others.into_iter().filter(|(differs, _)| *differs) {
                    let found = || {
                        format!("{changed}\n    ours {text}\n    theirs {}", fcall::schemars::schema_for!(T).as_value())
                    };
                    self.disagreements.entry((name.to_owned(), other)).or_insert_with(found);
                }
            }
        }
    }
}

impl Findings {
    /// Our schema and serde both take it.
    #[track_caller]
    fn takes<T: Schema + DeserializeOwned>(&self, value: &Value) {
        assert_eq!(self.verdicts::<T>(value), (true, true), "(our schema, serde) on {value}");
    }

    /// Our schema and serde both refuse it.
    #[track_caller]
    fn refuses<T: Schema + DeserializeOwned>(&self, value: &Value) {
        assert_eq!(self.verdicts::<T>(value), (false, false), "(our schema, serde) on {value}");
    }

    fn verdicts<T: Schema + DeserializeOwned>(&self, value: &Value) -> (bool, bool) {
        let ours = validator(&serde_json::from_str(&schema_text(T::SHAPE)).expect("our schema is JSON"));
        (ours.is_valid(value), read::<T>(value).is_ok())
    }
}

/// As a call's arguments are read: from the text. From a `Value`, serde_json knows no empty tuple variant.
fn read<T: DeserializeOwned>(value: &Value) -> serde_json::Result<T> {
    serde_json::from_str(&value.to_string())
}

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{schema}: {error}"))
}

#[test]
fn schema_equals_serde_equals_schemars() {
    let mut findings = Findings::default();
    types::compare_all(&mut findings);
    assert!(findings.types >= 60, "{} types", findings.types);
    let found: BTreeSet<_> = findings.disagreements.keys().cloned().collect();
    let known: BTreeSet<_> = KNOWN.iter().map(|(name, other, _)| ((*name).to_owned(), *other)).collect();
    let mut open = String::new();
    for key in found.difference(&known) {
        open.push_str(&format!("\n{} {:?}: {}", key.0, key.1, findings.disagreements[key]));
    }
    assert!(open.is_empty(), "not explained:{open}");
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "explained, and no longer so: {gone:?}");
    println!("{} types, {} values, {} disagreements explained", findings.types, findings.values, found.len());
}
