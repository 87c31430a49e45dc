//! Types over the whole of serde's model as it is supported, with values of each.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    num::{NonZeroI8, NonZeroI32, NonZeroU8, NonZeroU32, Wrapping},
    ops::{Range, RangeInclusive},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use fcall::serde_json::{Value, json};

use super::Findings;

macro_rules! derived {
    ($($item:item)*) => { $(
        #[derive(serde::Serialize, serde::Deserialize, fcall::Schema, fcall::schemars::JsonSchema)]
        #[schemars(crate = "fcall::schemars")]
        $item
    )* };
}

macro_rules! compare {
    ($findings:ident: $($type:ty = [$($value:expr),* $(,)?];)*) => { $(
        $findings.compare::<$type>(stringify!($type), vec![$($value),*]);
    )* };
}

#[path = "crates.rs"]
mod crates;
#[path = "flattened.rs"]
mod flattened;
#[path = "generics.rs"]
mod generics;
#[path = "tuples.rs"]
mod tuples;
#[path = "variants.rs"]
mod variants;

derived! {
    /// Named fields
    struct Named { text: String, count: u8 }
    struct Empty {}
    struct Unit;
    struct Newtype(u16);
    struct Pair(u8, String);
    #[serde(transparent)]
    struct Transparent { inner: Option<u8> }
    struct Optional { must: bool, may: Option<String>, nested: Option<Option<u8>> }
    struct Defaulted { #[serde(default)] list: Vec<u8>, #[serde(default = "seven")] seven: u8 }
    #[serde(default)]
    struct AllDefaulted { a: u8, b: String }
    #[serde(deny_unknown_fields)]
    struct Closed { a: u8 }
    #[serde(rename_all = "camelCase")]
    struct Renamed { first_name: String, #[serde(rename = "type")] kind: u8 }
    #[serde(rename_all = "SCREAMING-KEBAB-CASE")]
    struct Shouting { first_name: String }
    struct Skipped { a: u8, #[serde(skip)] #[allow(dead_code)] hidden: u8 }
    struct SkippedIfEmpty { #[serde(default, skip_serializing_if = "Vec::is_empty")] list: Vec<u8> }
    struct Aliased { #[serde(alias = "old")] new: u8 }
    struct Generic<T> { value: T, more: Vec<T> }
    struct Lists { list: Vec<Vec<u8>>, array: [u8; 3], tuple: (u8, bool) }
    struct Maps { map: BTreeMap<String, u8>, nested: BTreeMap<String, Vec<bool>> }
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Key { A, #[serde(alias = "b", rename = "x-b")] B }
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    #[serde(transparent)]
    struct Id(String);
    struct Keyed { by_key: BTreeMap<Key, u8>, by_number: BTreeMap<i16, bool> }
    struct Holds { named: Named, option: Option<Named>, list: Vec<Named>, boxed: Box<Named> }
    struct Tree { value: u8, below: Vec<Tree> }
    struct Chain { next: Option<Box<Chain>> }
    struct HoldsEnums { colour: Colour, external: External, internal: Option<Internal> }
    struct Raw { r#type: u8, r#in: bool }

    enum Colour { Red, Green }
    #[serde(rename_all = "kebab-case")]
    enum Kebab { DarkRed, #[serde(rename = "g")] Green }
    enum External { Stay, Go(String), Two(u8, bool), Fly { seat: u8 } }
    enum OnlyData { Go(u8), Fly { seat: Option<u8> } }
    #[serde(tag = "kind")]
    enum Internal { Stay, Fly { seat: u8, #[serde(default)] meal: String } }
    #[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
    enum InternalRenamed { StayHere, FlyTo { the_seat: u8 } }
    #[serde(tag = "kind", deny_unknown_fields)]
    enum InternalClosed { Stay, Fly { seat: u8 } }
    #[serde(tag = "t", content = "c")]
    enum Adjacent { Stay, Go(u8), Two(u8, bool), Fly { seat: u8 } }
    #[serde(tag = "t", content = "c", deny_unknown_fields)]
    enum AdjacentClosed { Stay, Go(u8) }
    #[serde(untagged)]
    enum Untagged { Number(u8), Text(String), Object { a: bool } }
    enum SkippedVariant { A, #[serde(skip)] #[allow(dead_code)] B }
    enum Single { Only }
    enum GenericEnum<T> { None, Some(T) }
}

impl Default for AllDefaulted {
    fn default() -> Self {
        Self { a: 1, b: String::new() }
    }
}

fn seven() -> u8 {
    7
}

fn named() -> Named {
    Named { text: "a".to_owned(), count: 1 }
}

pub(crate) fn compare_all(findings: &mut Findings) {
    scalars(findings);
    containers(findings);
    structs(findings);
    enums(findings);
    tuples::compare(findings);
    variants::compare(findings);
    flattened::compare(findings);
    generics::compare(findings);
    crates::compare(findings);
}

fn scalars(findings: &mut Findings) {
    compare! { findings:
        bool = [true];
        u8 = [0, 255];
        u16 = [65_535];
        u32 = [7];
        u64 = [7];
        u128 = [7];
        usize = [7];
        i8 = [-128];
        i16 = [-7];
        i32 = [-7];
        i64 = [-7, 1 << 60];
        i128 = [-7];
        isize = [-7];
        f32 = [0.5];
        f64 = [-0.5];
        char = ['c', 'ß'];
        String = ["a".to_owned()];
        () = [()];
        NonZeroU8 = [NonZeroU8::MIN];
        NonZeroU32 = [NonZeroU32::MIN];
        NonZeroI8 = [NonZeroI8::MIN, NonZeroI8::MAX];
        NonZeroI32 = [NonZeroI32::MIN];
        Option<NonZeroI8> = [None, Some(NonZeroI8::MIN)];
        PathBuf = [PathBuf::from("a/b")];
        Duration = [Duration::from_millis(1500)];
        SystemTime = [SystemTime::UNIX_EPOCH];
        Value = [json!({"a": [1]})];
        Cow<'static, str> = ["a".into()];
    }
}

fn containers(findings: &mut Findings) {
    compare! { findings:
        Option<u8> = [Some(1), None];
        Vec<u8> = [vec![1, 2], vec![]];
        VecDeque<bool> = [[true].into()];
        LinkedList<u8> = [[1].into()];
        BinaryHeap<u8> = [[1].into()];
        BTreeSet<u8> = [[1, 2].into()];
        HashSet<String> = [["a".to_owned()].into()];
        HashMap<String, u8> = [[("a".to_owned(), 1)].into()];
        BTreeMap<String, Option<bool>> = [[("a".to_owned(), None), ("b".to_owned(), Some(true))].into()];
        BTreeMap<u16, bool> = [[(0, true), (700, false)].into()];
        BTreeMap<bool, u8> = [[(true, 1)].into()];
        BTreeMap<char, u8> = [[('x', 1)].into()];
        BTreeMap<Id, u8> = [[(Id("a".to_owned()), 1)].into()];
        BTreeMap<Key, u8> = [[(Key::A, 1)].into(), [(Key::B, 1)].into()];
        [u8; 2] = [[1, 2]];
        (u8, String, Option<bool>) = [(1, "a".to_owned(), None)];
        Range<u8> = [1..2];
        RangeInclusive<i32> = [1..=2];
        Box<str> = ["a".into()];
        Box<Named> = [Box::new(named())];
        Wrapping<u8> = [Wrapping(1)];
        Vec<Option<Vec<u8>>> = [vec![None, Some(vec![1])]];
    }
}

fn structs(findings: &mut Findings) {
    compare! { findings:
        Named = [named()];
        Empty = [Empty {}];
        Unit = [Unit];
        Newtype = [Newtype(1)];
        Pair = [Pair(1, "a".to_owned())];
        Transparent = [Transparent { inner: Some(1) }, Transparent { inner: None }];
        Optional = [Optional { must: true, may: Some("a".to_owned()), nested: Some(Some(1)) }];
        Defaulted = [Defaulted { list: vec![1], seven: 7 }];
        AllDefaulted = [AllDefaulted::default()];
        Closed = [Closed { a: 1 }];
        Renamed = [Renamed { first_name: "a".to_owned(), kind: 1 }];
        Shouting = [Shouting { first_name: "a".to_owned() }];
        Skipped = [Skipped { a: 1, hidden: 0 }];
        SkippedIfEmpty = [SkippedIfEmpty { list: vec![] }, SkippedIfEmpty { list: vec![1] }];
        Aliased = [Aliased { new: 1 }];
        Generic<bool> = [Generic { value: true, more: vec![false] }];
        Generic<Named> = [Generic { value: named(), more: vec![named()] }];
        Lists = [Lists { list: vec![vec![1]], array: [1, 2, 3], tuple: (1, true) }];
        Maps = [Maps { map: [("a".to_owned(), 1)].into(), nested: [("b".to_owned(), vec![true])].into() }];
        Keyed = [Keyed { by_key: [(Key::B, 1)].into(), by_number: [(-7, true)].into() }];
        Holds = [Holds { named: named(), option: Some(named()), list: vec![named()], boxed: Box::new(named()) }];
        Tree = [Tree { value: 1, below: vec![Tree { value: 2, below: vec![] }] }];
        Chain = [Chain { next: Some(Box::new(Chain { next: None })) }];
        HoldsEnums = [HoldsEnums { colour: Colour::Red, external: External::Go("a".to_owned()), internal: None }];
        Raw = [Raw { r#type: 1, r#in: true }];
    }
}

fn enums(findings: &mut Findings) {
    compare! { findings:
        Colour = [Colour::Red, Colour::Green];
        Kebab = [Kebab::DarkRed, Kebab::Green];
        External = [External::Stay, External::Go("a".to_owned()), External::Two(1, true), External::Fly { seat: 1 }];
        OnlyData = [OnlyData::Go(1), OnlyData::Fly { seat: None }];
        Internal = [Internal::Stay, Internal::Fly { seat: 1, meal: "a".to_owned() }];
        InternalRenamed = [InternalRenamed::StayHere, InternalRenamed::FlyTo { the_seat: 1 }];
        InternalClosed = [InternalClosed::Stay, InternalClosed::Fly { seat: 1 }];
        Adjacent = [Adjacent::Stay, Adjacent::Go(1), Adjacent::Two(1, true), Adjacent::Fly { seat: 1 }];
        AdjacentClosed = [AdjacentClosed::Stay, AdjacentClosed::Go(1)];
        Untagged = [Untagged::Number(1), Untagged::Text("a".to_owned()), Untagged::Object { a: true }];
        SkippedVariant = [SkippedVariant::A];
        Single = [Single::Only];
        GenericEnum<u8> = [GenericEnum::None, GenericEnum::Some(1)];
    }
}
