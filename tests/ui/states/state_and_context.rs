#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;

/// Books a room
#[tool]
fn book(#[state] #[context] cart: &Cart) {}

fn main() {}
