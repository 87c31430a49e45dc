#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset]
impl Calendar {
    /// Books a slot
    #[tool]
    fn book(&self, calendar: Calendar) {}
}

fn main() {}
