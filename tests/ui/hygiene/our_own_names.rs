use fcall::{CallContext, Schema, tool, tools};
use serde::Deserialize;

struct State;
const METHODS: u8 = 3;

#[derive(Deserialize, Schema)]
struct Known {
    shape: u8,
    __fcall: u8,
    rules: Option<Box<Known>>,
}

/// Books
#[tool]
#[allow(clippy::too_many_arguments, non_snake_case)]
async fn book(
    args: u8,
    #[context] cx: &CallContext,
    self_: String,
    result: Option<&str>,
    __fcall: u8,
    __fcall_cx: u8,
    __fcall_0: u8,
    value: &str,
    #[state] state: &State,
    raw: Vec<u8>,
    out: Known,
    #[arg(default = METHODS)] tool: u8,
    call: u8,
    arg: &[String],
    #[arg(default = "x")] default: &str,
    #[arg(range = 0..=METHODS)] checked: u8,
) -> String {
    format!("{args}{self_}{result:?}{__fcall}{__fcall_cx}{__fcall_0}{value}{raw:?}{tool}{call}{arg:?}{default}{checked}")
}

fn main() {
    assert_eq!(tools![book].len(), 1);
}
