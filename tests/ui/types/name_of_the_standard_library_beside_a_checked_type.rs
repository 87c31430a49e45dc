#![allow(unused)]
use std::collections::HashMap;

use fcall::tool;

struct Option;

/// Books a flight
#[tool]
fn book(
    from: &str,
    #[arg(range = 1..=9)] seats: u8,
    seat: Option,
    wishes: HashMap<String, String>,
    #[arg(default = 1)] bags: u8,
) {
}

fn main() {}
