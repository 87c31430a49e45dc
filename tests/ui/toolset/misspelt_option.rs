#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset(crat = "fcall")]
impl Calendar {
    /// Books a slot
    #[tool]
    fn book(&self, day: String) {}
}

fn main() {}
