#![allow(unused)]
use fcall::tool;

/// Find texts
#[tool]
fn find(#[arg(pattern = r"\<foo")] text: &str) {}

fn main() {}
