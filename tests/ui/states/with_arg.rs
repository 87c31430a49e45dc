#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;

/// Books a room
#[tool]
fn book(#[state] #[arg(range = 1..)] cart: &Cart) {}

fn main() {}
