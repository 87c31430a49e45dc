#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(name = )]
fn book() {}

fn main() {}
