#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(timeout = "soon")]
fn book(city: String) {}

fn main() {}
