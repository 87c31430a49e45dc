#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[arg(range = 1..=14)] nights: u8) {}

fn main() {}
