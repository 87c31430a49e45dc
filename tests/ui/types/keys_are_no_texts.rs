#![allow(unused)]
use fcall::{Schema, tool};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize, Schema, Hash, PartialEq, Eq)]
struct Point {
    x: u8,
}

/// Find places
#[tool]
fn find(places: Option<Vec<HashMap<Point, u8>>>) {}

fn main() {}
