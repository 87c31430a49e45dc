#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(city: String)
where
    String: Clone,
{
}

fn main() {}
