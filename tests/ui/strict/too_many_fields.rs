#![allow(unused)]
use fcall::{Schema, schema::{Field, Kind, Shape}, tool};

#[derive(serde::Deserialize)]
struct Sheet;

impl Schema for Sheet {
    const SHAPE: &'static Shape = &Shape::named(
        "Sheet", "", Kind::object(&[Field::new("cell", "", <bool as Schema>::SHAPE); 5001], true),
    );
}

/// Fills a sheet
#[tool(strict)]
fn fill(sheet: Sheet) {}

fn main() {}
