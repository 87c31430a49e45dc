#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset]
impl Calendar {
    /// Books a slot
    #[tool]
    fn book(day: String) {}
}

fn main() {}
