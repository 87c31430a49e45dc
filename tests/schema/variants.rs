//! Variants: read by a function of the user's, found under other names, for all other tags, skipped; types read from
//! another type.

use std::collections::BTreeMap;

use fcall::serde_json::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Findings;

/// A number that is written as a text.
mod as_text {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &u8, to: S) -> Result<S::Ok, S::Error> {
        number.to_string().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
        // what can't be a number is one all the same: what is compared is the form, not the values
        Ok(String::deserialize(from)?.parse().unwrap_or_default())
    }
}

/// A number that is written as an object.
mod as_object {
    use super::{Deserialize, Deserializer, Number, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &u8, to: S) -> Result<S::Ok, S::Error> {
        Number { number: *number }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
        Number::deserialize(from).map(|object| object.number)
    }
}

mod foreign {
    pub(crate) struct Point {
        pub(crate) x: u8,
    }
}

derived! {
    struct Number { number: u8 }
    #[serde(deny_unknown_fields)]
    struct ClosedNumber { number: u8 }

    enum WithExternal { #[serde(with = "as_text")] #[arg(as = String)] #[schemars(with = "String")] Text(u8), Stay }
    #[serde(tag = "t")]
    enum WithInternal { #[serde(with = "as_object")] #[arg(as = Number)] #[schemars(with = "Number")] Object(u8), Stay }
    #[serde(tag = "t", content = "c")]
    enum WithAdjacent { #[serde(with = "as_text")] #[arg(as = String)] #[schemars(with = "String")] Text(u8), Stay }
    #[serde(untagged)]
    enum WithUntagged { #[serde(with = "as_text")] #[arg(as = String)] #[schemars(with = "String")] Text(u8), Bool(bool) }

    enum AliasExternal { #[serde(alias = "old")] New, #[serde(alias = "former")] Holds(u8) }
    #[serde(tag = "t")]
    enum AliasInternal { #[serde(alias = "old")] New { a: u8 }, Stay }
    #[serde(tag = "t", content = "c")]
    enum AliasAdjacent { #[serde(alias = "old")] New(u8), Stay }
    #[serde(untagged)]
    enum AliasUntagged { #[serde(alias = "old")] New { a: u8 }, Stay }

    enum OtherExternal { Known, #[serde(other)] Unknown }
    #[serde(tag = "t")]
    enum OtherInternal { Known { a: u8 }, #[serde(other)] Unknown }
    #[serde(tag = "t", content = "c")]
    enum OtherAdjacent { Known(u8), #[serde(other)] Unknown }

    #[serde(tag = "t")]
    enum SkippedInternal { A { a: u8 }, #[serde(skip)] #[allow(dead_code)] B }
    #[serde(tag = "t", content = "c")]
    enum SkippedAdjacent { A(u8), #[serde(skip)] #[allow(dead_code)] B(std::time::Instant) }
    #[serde(untagged)]
    enum SkippedUntagged { A(u8), #[serde(skip_deserializing)] #[allow(dead_code)] B(String) }

    #[serde(tag = "t")]
    enum HoldsStruct { Number(Number), Closed(ClosedNumber), Nothing(()), Map(BTreeMap<String, u8>) }
    #[serde(tag = "t", deny_unknown_fields)]
    enum ClosedHoldsOpen { Number(Number) }
    #[serde(tag = "t")]
    enum HoldsOption { #[allow(dead_code)] Number(Option<Number>) }
    #[serde(tag = "t")]
    enum HoldsEnum { External(OnlyData), Inner(Inner) }
    enum OnlyData { Go(u8), Fly { seat: u8 } }
    #[serde(tag = "inner")]
    enum Inner { A { a: u8 }, B }
    #[serde(rename_all = "lowercase")]
    enum PartlyUntagged { Small, Large, #[serde(untagged)] Exact(u32) }
    #[serde(tag = "t")]
    enum PartlyUntaggedInternal { Tagged { a: u8 }, #[serde(untagged)] Plain(bool) }

    #[derive(Clone)]
    #[serde(from = "String", into = "String")]
    struct From { text: String }
    #[derive(Clone)]
    #[serde(try_from = "Option<u8>", into = "Option<u8>")]
    struct TryFrom(Option<u8>);
    #[derive(Clone)]
    #[serde(into = "Number")]
    struct Into { number: u8 }
    /// serde's stand-in for a type of another crate
    #[serde(remote = "foreign::Point")]
    struct PointDef { x: u8 }
    struct HoldsRemote { #[serde(with = "PointDef")] #[arg(as = PointDef)] #[schemars(with = "PointDef")] point: foreign::Point }
    struct HoldsFrom { from: From, optional: TryFrom }
}

impl std::convert::From<String> for From {
    fn from(text: String) -> Self {
        Self { text }
    }
}

impl std::convert::From<From> for String {
    fn from(from: From) -> Self {
        from.text
    }
}

impl std::convert::From<Option<u8>> for TryFrom {
    fn from(inner: Option<u8>) -> Self {
        Self(inner)
    }
}

impl std::convert::From<TryFrom> for Option<u8> {
    fn from(outer: TryFrom) -> Self {
        outer.0
    }
}

impl std::convert::From<Into> for Number {
    fn from(from: Into) -> Self {
        Self { number: from.number }
    }
}

pub(crate) fn compare(findings: &mut Findings) {
    compare! { findings:
        WithExternal = [WithExternal::Text(1), WithExternal::Stay];
        WithInternal = [WithInternal::Object(1), WithInternal::Stay];
        WithAdjacent = [WithAdjacent::Text(1), WithAdjacent::Stay];
        WithUntagged = [WithUntagged::Text(1), WithUntagged::Bool(true)];
        AliasExternal = [AliasExternal::New, AliasExternal::Holds(1)];
        AliasInternal = [AliasInternal::New { a: 1 }, AliasInternal::Stay];
        AliasAdjacent = [AliasAdjacent::New(1), AliasAdjacent::Stay];
        AliasUntagged = [AliasUntagged::New { a: 1 }, AliasUntagged::Stay];
        OtherExternal = [OtherExternal::Known, OtherExternal::Unknown];
        OtherInternal = [OtherInternal::Known { a: 1 }, OtherInternal::Unknown];
        OtherAdjacent = [OtherAdjacent::Known(1), OtherAdjacent::Unknown];
        SkippedInternal = [SkippedInternal::A { a: 1 }];
        SkippedAdjacent = [SkippedAdjacent::A(1)];
        SkippedUntagged = [SkippedUntagged::A(1)];
        HoldsStruct = [
            HoldsStruct::Number(Number { number: 1 }),
            HoldsStruct::Closed(ClosedNumber { number: 1 }),
            HoldsStruct::Nothing(()),
        ];
        ClosedHoldsOpen = [ClosedHoldsOpen::Number(Number { number: 1 })];
        HoldsEnum = [
            HoldsEnum::External(OnlyData::Go(1)),
            HoldsEnum::External(OnlyData::Fly { seat: 1 }),
            HoldsEnum::Inner(Inner::A { a: 1 }),
            HoldsEnum::Inner(Inner::B),
        ];
        PartlyUntagged = [PartlyUntagged::Small, PartlyUntagged::Large, PartlyUntagged::Exact(3)];
        PartlyUntaggedInternal = [PartlyUntaggedInternal::Tagged { a: 1 }, PartlyUntaggedInternal::Plain(true)];
        From = [From { text: "a".to_owned() }];
        TryFrom = [TryFrom(None), TryFrom(Some(1))];
        Into = [Into { number: 1 }];
        HoldsRemote = [HoldsRemote { point: foreign::Point { x: 1 } }];
        HoldsFrom = [HoldsFrom { from: From { text: String::new() }, optional: TryFrom(None) }];
    }
    findings.takes::<HoldsStruct>(&json!({"t": "Map", "a": 1}));
    findings.takes::<HoldsFrom>(&json!({"from": "a"}));
    findings.refuses::<HoldsStruct>(&json!({"t": "Closed", "number": 1, "more": 1}));
    // serde does not write it, but reads it
    findings.takes::<HoldsOption>(&json!({"t": "Number", "number": 1}));
    findings.refuses::<HoldsOption>(&json!({"t": "Number"}));
    findings.refuses::<WithAdjacent>(&json!({"t": "Text"}));
    findings.refuses::<WithExternal>(&json!("Text"));
}
