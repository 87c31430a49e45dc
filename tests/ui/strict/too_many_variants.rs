#![allow(unused)]
use fcall::{Schema, schema::{Kind, Shape, Variant}, tool};

#[derive(serde::Deserialize)]
struct Airport;

impl Schema for Airport {
    const SHAPE: &'static Shape = &Shape::named("Airport", "", Kind::Enum(&[Variant::new("AAA", ""); 1001]));
}

/// Books a flight
#[tool(strict)]
fn book(from: Vec<Airport>) {}

fn main() {}
