#![allow(unused)]
use fcall::tool;

struct Option;

/// Books a flight
#[tool]
fn book(from: &str, seats: Vec<u32>, seat: Option, bags: u8) {}

fn main() {}
