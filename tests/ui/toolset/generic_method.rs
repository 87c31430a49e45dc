#![allow(unused)]
use fcall::{tool, toolset};
struct Desk;

#[toolset]
impl Desk {
    /// Books
    #[tool]
    fn book<T>(&self, day: T) {}
}

fn main() {}
