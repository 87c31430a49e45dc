#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(colour = "red")]
fn book(city: String) {}

fn main() {}
