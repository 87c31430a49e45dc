//! Generic types: bounds, lifetimes, numbers as parameters, and types that reach themselves.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    marker::PhantomData,
};

use fcall::{Schema, schema::schema_text, serde_json::json};
use serde::{Serialize, de::DeserializeOwned};

use crate::Findings;

/// Something that hangs on a type.
trait Holds {
    type Item;
}

struct Bytes;

impl Holds for Bytes {
    type Item = u8;
}

derived! {
    #[serde(bound(deserialize = "T: DeserializeOwned"))]
    struct Bounded<T: Serialize> { value: T }
    struct Defaulted<T = u8> { value: T }
    struct Where<T> where T: Clone { value: T, list: Vec<Option<T>> }
    /// What is skipped needs no schema
    #[schemars(bound = "")]
    struct Marked<T> { value: u8, #[serde(skip)] marker: PhantomData<T> }
    #[serde(bound(serialize = "H::Item: Serialize", deserialize = "H::Item: DeserializeOwned"))]
    #[schemars(bound = "H::Item: fcall::schemars::JsonSchema")]
    struct Associated<H: Holds> { item: H::Item, list: Vec<H::Item> }
    #[serde(bound = "")]
    #[schemars(bound = "")]
    #[schema(bound = "")]
    struct NeedsNothing<T> { marker: PhantomData<T> }
    enum Either<A, B> { A(A), B { b: B } }
    struct GenericTree<T> { value: T, below: Vec<GenericTree<T>> }

    struct Boxed { next: Option<Box<Boxed>> }
    struct Mapped { by_name: BTreeMap<String, Mapped>, hashed: HashMap<String, Box<Mapped>> }
    struct Selfish { list: Vec<Option<Box<Self>>> }
    #[serde(tag = "op")]
    enum Expression { Number { value: u8 }, Add { left: Box<Expression>, right: Box<Expression> } }

    struct Department { name: String, #[arg(recursive)] staff: Vec<Person> }
    struct Person { name: String, leads: Option<Box<Department>> }
    struct First { second: Option<Box<Second>> }
    struct Second { third: Vec<Third> }
    struct Third { #[arg(recursive)] first: BTreeMap<String, First> }
}

/// schemars has no array of any length, so it is compared with serde alone.
#[derive(serde::Deserialize, Schema)]
struct Fixed<const N: usize> {
    #[serde(deserialize_with = "array::deserialize")]
    #[arg(as = [u8; N])]
    #[allow(dead_code)]
    of: [u8; N],
}

/// serde reads arrays of the lengths that were written out only.
mod array {
    use serde::{Deserialize, Deserializer, de::Error};

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
        Vec::deserialize(from)?.try_into().map_err(|_| D::Error::custom("of another length"))
    }
}

pub(crate) fn compare(findings: &mut Findings) {
    let person = |leads| Person { name: "p".to_owned(), leads };
    let department = |staff| Department { name: "d".to_owned(), staff };
    let first = |second| First { second };
    compare! { findings:
        Bounded<u8> = [Bounded { value: 1 }];
        Defaulted = [Defaulted { value: 1 }];
        Where<bool> = [Where { value: true, list: vec![None, Some(false)] }];
        Marked<std::time::Instant> = [Marked { value: 1, marker: PhantomData }];
        Associated<Bytes> = [Associated { item: 1, list: vec![2] }];
        NeedsNothing<std::time::Instant> = [NeedsNothing { marker: PhantomData }];
        Either<u8, String> = [Either::A(1), Either::B { b: "b".to_owned() }];
        GenericTree<bool> = [GenericTree { value: true, below: vec![GenericTree { value: false, below: vec![] }] }];
        Boxed = [Boxed { next: Some(Box::new(Boxed { next: None })) }];
        Mapped = [Mapped {
            by_name: [("a".to_owned(), Mapped { by_name: BTreeMap::new(), hashed: HashMap::new() })].into(),
            hashed: HashMap::new(),
        }];
        Selfish = [Selfish { list: vec![None, Some(Box::new(Selfish { list: vec![] }))] }];
        Expression = [Expression::Add {
            left: Box::new(Expression::Number { value: 1 }),
            right: Box::new(Expression::Number { value: 2 }),
        }];
        Department = [department(vec![person(Some(Box::new(department(vec![person(None)]))))])];
        Person = [person(Some(Box::new(department(vec![person(None)]))))];
        First = [first(Some(Box::new(Second { third: vec![Third { first: [("a".to_owned(), first(None))].into() }] })))];
        Third = [Third { first: [("a".to_owned(), first(None))].into() }];
    }
    findings.takes::<Fixed<40>>(&json!({"of": vec![1; 40]}));
    findings.refuses::<Fixed<2>>(&json!({"of": [1, 2, 3]}));
}

#[derive(serde::Deserialize, Schema)]
#[allow(dead_code)]
struct Borrowed<'a, T> {
    name: &'a str,
    #[serde(borrow)]
    cow: Cow<'a, str>,
    /// From a text
    #[serde(borrow)]
    some: Option<&'a [u8]>,
    #[serde(borrow)]
    bytes: Cow<'a, [u8]>,
    list: Vec<T>,
    of: PhantomData<&'a T>,
}

/// What borrows can't be read from a value, so it is compared as text.
#[test]
fn what_borrows_has_a_schema() {
    assert_eq!(
        schema_text(Borrowed::<u8>::SHAPE),
        r#"{"type":"object","properties":{"name":{"type":"string"},"cow":{"type":"string"},"some":{"type":["string","null"],"description":"From a text"},"bytes":{"type":"string"},"list":{"type":"array","items":{"type":"integer","minimum":0,"maximum":255}},"of":{"type":"null"}},"required":["name","cow","bytes","list","of"]}"#
    );
    let read: Borrowed<'_, u8> =
        fcall::serde_json::from_str(r#"{"name":"n","cow":"c","some":"s","bytes":"b","list":[1],"of":null}"#)
            .expect("serde reads it");
    assert_eq!((read.name, &*read.cow, read.some, &*read.bytes), ("n", "c", Some(&b"s"[..]), &b"b"[..]));
}
