#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(handle = flights::Book)]
fn book() {}

fn main() {}
