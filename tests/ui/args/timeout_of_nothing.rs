#![allow(unused)]
use fcall::tool;
/// Books
#[tool(timeout = "0s")]
async fn book(city: String) {}

fn main() {}
