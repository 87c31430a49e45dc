//! `#[schema(json_schema)]`: schemars' own trait, implemented from the shape, against schemars' own derive.

use std::collections::{BTreeMap, BTreeSet};

use fcall::{
    Schema,
    schemars::{JsonSchema, generate::SchemaSettings, schema_for},
    serde_json::{Value, json},
};
use serde::{Deserialize, Serialize};

use crate::{changes, validator};

/// The same types twice: with schemars' own derive, and with ours.
macro_rules! twins {
    ($($item:item)*) => {
        mod theirs {
            use super::*;
            $(
                #[derive(Serialize, Deserialize, JsonSchema)]
                #[schemars(crate = "fcall::schemars")]
                #[allow(dead_code)]
                $item
            )*
        }
        mod ours {
            use super::*;
            $(
                #[derive(Serialize, Deserialize, Schema)]
                #[schema(json_schema)]
                #[allow(dead_code)]
                $item
            )*
        }
    };
}

twins! {
    /// A journey
    pub(crate) struct Journey {
        /// Where it begins
        pub(crate) from: Place,
        /// Where it ends
        pub(crate) to: Option<Place>,
        pub(crate) over: Vec<Place>,
        pub(crate) by: Vehicle,
        pub(crate) parts: BTreeMap<String, Journey>,
        pub(crate) colour: Colour,
        pub(crate) of: Holds<Colour>,
        pub(crate) and: Holds<u8>,
    }
    /// A place
    pub(crate) struct Place { pub(crate) name: String, pub(crate) inside: Option<Box<Place>> }
    #[serde(tag = "kind")]
    pub(crate) enum Vehicle { Train { seat: u8 }, Ship(Cabin), Foot }
    pub(crate) struct Cabin { pub(crate) number: u8 }
    pub(crate) enum Colour { Red, Green }
    pub(crate) struct Holds<T> { pub(crate) value: T, pub(crate) list: Vec<T> }
    #[serde(transparent)]
    pub(crate) struct Maybe { inner: Option<u8> }
    pub(crate) struct HoldsMaybe { maybe: Maybe, list: Vec<Maybe> }
}

#[allow(dead_code)]
mod foreign {
    use super::{Deserialize, Schema, Serialize, theirs};

    #[derive(Serialize, Deserialize, Schema)]
    #[schema(json_schema)]
    pub(crate) struct HoldsForeign {
        pub(crate) place: theirs::Place,
    }
}

fn journey() -> Value {
    let place = json!({"name": "a", "inside": {"name": "b", "inside": null}});
    let mut journey = json!({
        "from": place, "to": place, "over": [place], "by": {"kind": "Train", "seat": 1}, "parts": {}, "colour": "Red",
        "of": {"value": "Green", "list": ["Red"]}, "and": {"value": 1, "list": [2]},
    });
    let mut inner = journey.clone();
    inner["to"] = Value::Null;
    inner["by"] = json!({"kind": "Ship", "number": 3});
    journey["parts"]["a"] = inner;
    journey
}

#[track_caller]
fn check(ours: &Value, theirs: &Value, value: &Value) {
    let (us, them) = (validator(ours), validator(theirs));
    assert!(us.is_valid(value) && them.is_valid(value), "{value}\n{ours}\n{theirs}");
    for changed in changes::of(value) {
        assert_eq!(us.is_valid(&changed), them.is_valid(&changed), "{changed}\nours {ours}\ntheirs {theirs}");
    }
}

fn definitions(schema: &Value) -> BTreeSet<&str> {
    schema["$defs"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn our_json_schema_means_what_schemars_own_does() {
    let (ours, theirs) = (schema_for!(ours::Journey), schema_for!(theirs::Journey));
    check(ours.as_value(), theirs.as_value(), &journey());
    let (ours, theirs) = (schema_for!(ours::HoldsMaybe), schema_for!(theirs::HoldsMaybe));
    check(ours.as_value(), theirs.as_value(), &json!({"maybe": 1, "list": [null, 2]}));
}

#[test]
fn types_stand_once_under_their_names() {
    let schema = schema_for!(ours::Journey).to_value();
    // what stands beside a tag is no type of its own
    assert_eq!(definitions(&schema), BTreeSet::from(["Colour", "Holds", "Holds2", "Place", "Vehicle"]), "{schema}");
    assert_eq!(schema["properties"]["parts"]["additionalProperties"], json!({"$ref": "#"}));
    assert_eq!(schema["properties"]["from"], json!({"$ref": "#/$defs/Place", "description": "Where it begins"}));
    assert_eq!(schema["$defs"]["Place"]["description"], "A place");
    assert_eq!((&schema["title"], &schema["description"]), (&json!("Journey"), &json!("A journey")));
}

#[derive(JsonSchema)]
#[schemars(crate = "fcall::schemars")]
#[allow(dead_code)]
struct Mixed {
    ours: ours::Journey,
    theirs: theirs::Journey,
    again: ours::Place,
    holds: foreign::HoldsForeign,
}

/// A type of theirs that holds ours, which holds theirs: the generator tells types of one name apart.
#[test]
fn both_stand_side_by_side() {
    let schema = schema_for!(Mixed).to_value();
    let journey = journey();
    let value = json!({"ours": journey, "theirs": journey, "again": {"name": "a", "inside": null},
        "holds": {"place": {"name": "a", "inside": null}}});
    let both = validator(&schema);
    assert!(both.is_valid(&value), "{schema}");
    for key in ["ours", "theirs"] {
        let mut bad = value.clone();
        bad[key]["from"]["inside"]["name"] = json!(1);
        assert!(!both.is_valid(&bad), "{key}: {schema}");
    }
    let mut bad = value.clone();
    bad["holds"]["place"]["name"] = json!(1);
    assert!(!both.is_valid(&bad), "{schema}");
    let ours = &schema["properties"]["ours"]["$ref"];
    let theirs = &schema["properties"]["theirs"]["$ref"];
    assert!(ours != theirs, "{schema}");
}

#[test]
fn other_settings_are_kept() {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<ours::Journey>().to_value();
    assert_eq!(schema["properties"]["colour"]["$ref"], "#/definitions/Colour");
    let inlined = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = inlined.into_generator().into_root_schema_for::<ours::HoldsMaybe>().to_value();
    assert!(schema.get("$defs").is_none(), "{schema}");
}
