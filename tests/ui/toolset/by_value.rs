#![allow(unused)]
use fcall::{tool, toolset};
struct Desk;

#[toolset]
impl Desk {
    /// Books
    #[tool]
    fn book(self, day: String) {}
}

fn main() {}
