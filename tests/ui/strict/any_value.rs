#![allow(unused)]
use fcall::{serde_json::Value, tool};

/// Books a flight
#[tool(strict)]
fn book(city: String, extra: Option<Value>) {}

fn main() {}
