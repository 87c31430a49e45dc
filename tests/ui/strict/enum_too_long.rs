#![allow(unused)]
use fcall::{Schema, schema::{Kind, Shape, Variant}, tool};

#[derive(serde::Deserialize)]
struct Street;

impl Schema for Street {
    const SHAPE: &'static Shape = &Shape::named(
        "Street", "", Kind::Enum(&[Variant::new("the street of the long names, which has sixty-one letters :-)", ""); 251]),
    );
}

/// Sends a parcel
#[tool(strict)]
fn send(street: Option<Street>) {}

fn main() {}
