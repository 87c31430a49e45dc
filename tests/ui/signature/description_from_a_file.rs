#![allow(unused)]
use fcall::tool;

#[doc = include_str!("description_from_a_file.rs")]
#[tool]
fn book() {}

fn main() {}
