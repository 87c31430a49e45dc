#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset]
impl Calendar {
    /// Books a slot
    #[tool(handle = Book)]
    fn book(&self, day: String) {}
}

fn main() {}
