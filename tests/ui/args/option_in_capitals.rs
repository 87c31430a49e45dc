#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(NAME = "book_flight")]
fn book() {}

fn main() {}
