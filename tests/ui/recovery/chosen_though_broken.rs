use fcall::{ToolChoice, tool, tools};

/// Books
#[tool(stict)]
fn book(city: &str) -> usize {
    city.len()
}

fn main() {
    let _ = (tools![book], ToolChoice::tool::<book>(), book("Rome") + 1);
}
