#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool("book")]
fn book() {}

fn main() {}
