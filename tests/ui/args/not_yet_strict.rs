#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(strict)]
fn book(city: String) {}

fn main() {}
