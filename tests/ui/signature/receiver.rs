#![allow(unused)]
use fcall::tool;

struct Desk;

impl Desk {
    /// Books a flight
    #[tool]
    fn book(&self, city: String) {}
}

fn main() {}
