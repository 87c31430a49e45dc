#![allow(unused)]
use std::collections::BTreeMap;

use fcall::{Schema, tool};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat { row: u8, labels: BTreeMap<String, String> }

/// Books a flight
#[tool(strict)]
fn book(seats: Vec<Seat>) {}

fn main() {}
