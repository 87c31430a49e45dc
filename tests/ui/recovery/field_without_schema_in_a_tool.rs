#![allow(unused)]
use fcall::{Schema, tool};
use serde::Deserialize;
#[derive(Deserialize)]
struct Row;

#[derive(Deserialize, Schema)]
struct Seat {
    row: Row,
}

/// Books
#[tool(strict)]
fn book(seat: Seat) {}

fn main() {}
