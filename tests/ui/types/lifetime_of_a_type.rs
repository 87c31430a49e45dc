#![allow(unused)]
use fcall::{Schema, tool};
use serde::Deserialize;
#[derive(Deserialize, Schema)]
struct Seat<'a> {
    row: &'a str,
}

/// Books
#[tool]
fn book(seat: Seat<'_>) {}

fn main() {}
