#![allow(unused)]
use fcall::tool;

/// Find texts
#[tool]
fn find(#[arg(pattern = r"[]a]")] text: &str) {}

fn main() {}
