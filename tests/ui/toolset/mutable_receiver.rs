#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset]
impl Calendar {
    /// Books a slot
    #[tool]
    fn book(&mut self, day: String) {}
}

fn main() {}
