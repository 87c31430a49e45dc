//! A tool whose schema is only known at run time, beside an annotated one.

use fcall::{
    Agent, Tool,
    serde_json::{Value, json},
    testing::Script,
    tool, tools,
};

/// Add two whole numbers
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // A schema as it may come from a file, a database or another program.
    let schema = json!({
        "type": "object",
        "properties": {"table": {"type": "string", "description": "The table to count"}},
        "required": ["table"],
    });
    let count = Tool::new("count_rows", "Count the rows of a table", schema, |arguments: Value| async move {
        match arguments["table"].as_str() {
            Some("users") => Ok(1200),
            other => Err(format!("there is no table {other:?}; the tables are: users")),
        }
    })?;

    let model = Script::new()
        .calls([("count_rows", r#"{"table":"users"}"#), ("add", r#"{"a":2,"b":3}"#)])
        .text("There are 1200 users, and 2 + 3 is 5.");
    let agent = Agent::builder(model).tools(tools![add]).tools([count]).build()?;
    let run = agent.run("How many users are there? And what is 2 + 3?").await?;
    for call in run.calls() {
        println!("{}({}) -> {}", call.call.name, call.call.arguments, call.result.to_text());
    }
    println!("{run}");
    Ok(())
}
