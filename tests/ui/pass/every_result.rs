use fcall::{ToolError, ToolOutput, tool};
use serde::Serialize;

#[derive(Serialize)]
struct Ticket {
    row: u8,
}

type Fallible<T> = Result<T, ToolError>;

/// A value
#[tool]
fn value() -> Ticket {
    Ticket { row: 1 }
}

/// Nothing
#[tool]
async fn nothing() {}

/// An opaque value
#[tool]
async fn opaque(city: &str) -> impl Serialize {
    city.len()
}

/// An opaque value in a result
#[tool]
fn opaque_result() -> Result<impl Serialize, impl std::fmt::Display> {
    Err::<u8, _>("no")
}

/// An alias of a result
#[tool]
async fn alias() -> Fallible<ToolOutput> {
    Err(ToolError::retry("again"))
}

/// A boxed error
#[tool]
async fn boxed() -> Result<Option<Ticket>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(None)
}

/// What was sent
#[tool]
fn borrowed(city: &str) -> &str {
    city
}

/// Output
#[tool]
fn output() -> ToolOutput {
    ToolOutput::text("x")
}

fn main() {}
