#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset]
impl Calendar {
    /// Books a slot
    #[tool]
    fn book(&self) {}

    /// Books a table
    #[tool(name = "book")]
    fn book_table(&self) {}
}

fn main() {}
