#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[serde(rename = "town")] city: String) {}

fn main() {}
