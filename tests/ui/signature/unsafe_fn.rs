#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
unsafe fn book(city: String) {}

fn main() {}
