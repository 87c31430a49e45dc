#![allow(unused)]
use fcall::tool;
struct Desk;

trait Books {
    fn book(&self, city: String);
}

impl Books for Desk {
    /// Books
    #[tool]
    fn book(&self, city: String) {}
}

fn main() {}
