#![allow(unused)]
use fcall::{Schema, tool};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Code(#[arg(length = 3)] String);

/// Books a room
#[tool]
fn book(#[arg(length = 5)] code: Code) {}

fn main() {}
