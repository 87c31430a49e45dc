#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book<T: Into<String>>(city: T) {}

fn main() {}
