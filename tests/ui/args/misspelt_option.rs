#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(destuctive)]
fn book(city: String) {}

fn main() {}
