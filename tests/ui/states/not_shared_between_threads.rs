#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;

/// Books a room
#[tool]
fn book(#[state] count: &std::cell::Cell<u8>) {}

fn main() {}
