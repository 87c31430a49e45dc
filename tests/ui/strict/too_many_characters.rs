#![allow(unused)]
use fcall::{Schema, schema::{Field, Kind, Shape}, tool};

#[derive(serde::Deserialize)]
struct Sheet;

impl Schema for Sheet {
    const SHAPE: &'static Shape = &Shape::named("Sheet", "", Kind::object(
        &[Field::new("a_cell_whose_name_is_longer_than_most", "", <bool as Schema>::SHAPE); 4000], true,
    ));
}

/// Fills a sheet
#[tool(strict)]
fn fill(sheet: Sheet) {}

fn main() {}
