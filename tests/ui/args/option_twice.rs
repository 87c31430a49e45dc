#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(name = "a", name = "b")]
fn book(city: String) {}

fn main() {}
