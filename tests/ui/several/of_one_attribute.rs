#![allow(unused)]
use fcall::{Schema, serde::Deserialize, tool};

/// Books a flight
#[tool(group = 3, sequental, name =, strict(true), timeout = 4, handle = a::b, IDEMPOTENT)]
fn book(
    #[arg(rename = 3, lengt = HashMap<u8, u8>, default =, secret(true), RANGE = 1..)] row: u8,
    #[arg(as =, example = {"a": 1}, range =)] seat: u8,
    #[arg("x")] number: u8,
) {
}

/// Books a seat
#[derive(Deserialize, Schema)]
#[schema(crate = 3, json_schema = true)]
struct Seat {
    #[arg(length =, recursive = true)]
    row: u8,
}

fn main() {}
