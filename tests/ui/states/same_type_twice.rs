#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;

/// Books a room
#[tool]
fn book(#[state] cart: &mut Cart, #[state] other: &Cart) {}

fn main() {}
