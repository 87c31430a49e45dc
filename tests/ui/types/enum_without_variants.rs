#![allow(unused)]
use fcall::{Schema, tool};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
enum Seat {}

/// Books a flight
#[tool]
fn book(seats: Vec<Seat>) {}

fn main() {}
