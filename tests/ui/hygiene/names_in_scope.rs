use fcall::{ToolChoice, tool, tools};

mod travel {
    pub const GATE: u8 = 1;
}

struct Flight;

/// A module has its name
#[tool(handle = Travel)]
fn travel() -> u8 {
    travel::GATE
}

/// A crate has its name
#[tool(handle = Serde)]
fn serde() {}

/// A primitive has its name
#[tool(handle = Number)]
fn u8(of: u8) -> u8 {
    of
}

/// An option has its name
#[tool(name = "handle_it", handle = Handle)]
fn handle(r#type: String) -> String {
    r#type
}

/// A keyword is its name
#[tool]
fn r#match(r#in: bool) -> bool {
    r#in
}

fn main() {
    let _ = Flight;
    let tools = tools![Travel, Serde, Number, Handle, r#match,];
    assert_eq!(tools.map(|tool| tool.name().to_owned()), ["travel", "serde", "u8", "handle_it", "match"]);
    let _ = ToolChoice::tool::<r#match>();
}
