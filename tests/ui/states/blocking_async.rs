#![allow(unused)]
use fcall::tool;

struct Db;
struct Cart;

/// Books a room
#[tool(blocking)]
async fn book(city: String) {}

fn main() {}
