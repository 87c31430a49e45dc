#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(read_only, destructive)]
fn book(city: String) {}

fn main() {}
