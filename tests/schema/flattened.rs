//! Keys that stand beside others.

use std::collections::{BTreeMap, HashMap};

use fcall::serde_json::{Value, json};

use crate::Findings;

derived! {
    struct Page { size: u8, #[serde(default)] from: u8 }
    struct Nested { #[serde(flatten)] page: Page, deep: bool }
    struct OneStruct { id: u8, #[serde(flatten)] page: Page }
    struct TwoStructs { #[serde(flatten)] nested: Nested, #[serde(flatten)] name: Name }
    struct Name { name: String }
    struct Boxed { id: u8, #[serde(flatten)] page: Box<Page> }
    struct Newtype(Page);
    struct OfNewtype { id: u8, #[serde(flatten)] page: Newtype }
    struct Optional { id: u8, #[serde(flatten)] page: Option<Page> }
    struct Defaulted { id: u8, #[serde(flatten, default)] page: PageWithDefault }
    #[derive(Default)]
    struct PageWithDefault { size: u8 }
    struct AMap { id: u8, #[serde(flatten)] rest: BTreeMap<String, u8> }
    struct AnyMap { id: u8, #[serde(flatten)] rest: HashMap<String, Value> }
    struct StructAndMap { #[serde(flatten)] page: Page, #[serde(flatten)] rest: BTreeMap<String, bool> }
    struct OfInternal { id: u8, #[serde(flatten)] kind: Internal }
    #[serde(tag = "kind")]
    enum Internal { Stay, Fly { seat: u8 } }
    struct OfAdjacent { id: u8, #[serde(flatten)] kind: Adjacent }
    #[serde(tag = "t", content = "c")]
    enum Adjacent { Stay, Go(u8) }
    struct OfExternal { id: u8, #[serde(flatten)] kind: External }
    enum External { Stay, Go(u8), Fly { seat: u8 } }
    struct OfTexts { id: u8, #[serde(flatten)] colour: Colour }
    enum Colour { Red, Green }
    struct OfUntagged { id: u8, #[serde(flatten)] kind: Untagged }
    #[serde(untagged)]
    enum Untagged { A { a: u8 }, B { b: bool }, Number(u8) }
    struct OfOptionalEnum { id: u8, #[serde(flatten)] kind: Option<Internal> }
    struct OfTwoEnums { #[serde(flatten)] internal: Internal, #[serde(flatten)] external: External }
    struct OfNothing { id: u8, #[serde(flatten)] nothing: () }
    enum InVariant { Fly { id: u8, #[serde(flatten)] page: Page } }
    #[serde(tag = "t")]
    enum InTagged { Fly { id: u8, #[serde(flatten)] page: Page } }
}

fn page() -> Page {
    Page { size: 1, from: 2 }
}

pub(crate) fn compare(findings: &mut Findings) {
    compare! { findings:
        OneStruct = [OneStruct { id: 1, page: page() }];
        Nested = [Nested { page: page(), deep: true }];
        TwoStructs = [TwoStructs { nested: Nested { page: page(), deep: true }, name: Name { name: "a".to_owned() } }];
        Boxed = [Boxed { id: 1, page: Box::new(page()) }];
        OfNewtype = [OfNewtype { id: 1, page: Newtype(page()) }];
        Optional = [Optional { id: 1, page: Some(page()) }, Optional { id: 1, page: None }];
        Defaulted = [Defaulted { id: 1, page: PageWithDefault { size: 1 } }];
        AMap = [AMap { id: 1, rest: [("a".to_owned(), 1)].into() }];
        AnyMap = [AnyMap { id: 1, rest: [("a".to_owned(), json!([]))].into() }];
        StructAndMap = [StructAndMap { page: page(), rest: [("a".to_owned(), true)].into() }];
        OfInternal = [OfInternal { id: 1, kind: Internal::Stay }, OfInternal { id: 1, kind: Internal::Fly { seat: 1 } }];
        OfAdjacent = [OfAdjacent { id: 1, kind: Adjacent::Stay }, OfAdjacent { id: 1, kind: Adjacent::Go(1) }];
        OfExternal = [
            OfExternal { id: 1, kind: External::Stay },
            OfExternal { id: 1, kind: External::Go(1) },
            OfExternal { id: 1, kind: External::Fly { seat: 1 } },
        ];
        OfTexts = [OfTexts { id: 1, colour: Colour::Red }, OfTexts { id: 1, colour: Colour::Green }];
        OfUntagged = [OfUntagged { id: 1, kind: Untagged::A { a: 1 } }, OfUntagged { id: 1, kind: Untagged::B { b: true } }];
        OfOptionalEnum = [
            OfOptionalEnum { id: 1, kind: Some(Internal::Fly { seat: 1 }) },
            OfOptionalEnum { id: 1, kind: None },
        ];
        OfTwoEnums = [OfTwoEnums { internal: Internal::Fly { seat: 1 }, external: External::Go(1) }];
        OfNothing = [OfNothing { id: 1, nothing: () }];
        InVariant = [InVariant::Fly { id: 1, page: page() }];
        InTagged = [InTagged::Fly { id: 1, page: page() }];
    }
    findings.refuses::<Defaulted>(&json!({"id": 1}));
    findings.refuses::<OfUntagged>(&json!({"id": 1}));
    findings.takes::<Optional>(&json!({"id": 1}));
    let _ = Untagged::Number(0);
}
