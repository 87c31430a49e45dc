#![allow(unused)]
use fcall::{tool, toolset};
struct Shelf<T>(T);

#[toolset]
impl<T> Shelf<T> {
    /// Puts something on it
    #[tool]
    fn put(&self, what: Vec<T>) {}
}

fn main() {}
