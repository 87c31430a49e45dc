#![allow(unused, non_camel_case_types)]
use fcall::tool;

struct u16;

/// Books a flight
#[tool]
fn book(from: &str, #[arg(range = 1..=9)] seats: u16, bags: u8) {}

fn main() {}
