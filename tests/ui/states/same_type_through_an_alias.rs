#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;
type Basket = Cart;

/// Books a room
#[tool]
fn book(#[state] cart: &mut Cart, #[state] other: &Basket) {}

fn main() {}
