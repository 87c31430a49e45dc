#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;

/// Books a room
#[tool]
fn book(#[state(shared)] cart: &Cart) {}

fn main() {}
