#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(city: impl Into<String>) {}

fn main() {}
