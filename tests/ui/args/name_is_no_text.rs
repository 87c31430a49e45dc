#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(name = book_flight)]
fn book(city: String) {}

fn main() {}
