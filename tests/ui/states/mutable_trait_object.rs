#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;

/// Books a room
#[tool]
fn book(#[state] shop: &mut dyn std::any::Any) {}

fn main() {}
