#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

trait Books {
    fn book(&self, day: String);
}

#[toolset]
impl Books for Calendar {
    /// Books a slot
    #[tool]
    fn book(&self, day: String) {}
}

fn main() {}
