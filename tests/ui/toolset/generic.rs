#![allow(unused)]
use fcall::{tool, toolset};

struct Shelf<T>(T);

#[toolset]
impl<T> Shelf<T> {
    /// Books a slot
    #[tool]
    fn book(&self, day: String) {}
}

fn main() {}
