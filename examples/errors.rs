//! What goes wrong in a tool is told to the model, which can do better; what ends a run keeps the run.

use std::time::Duration;

use fcall::{Agent, Message, ToolChoice, ToolError, testing::Script, tool, tools};

/// Look up the balance of an account
#[tool]
async fn balance(
    /// Account number, eight digits
    account: u32,
) -> Result<f64, ToolError> {
    match account {
        10_000_000.. => Ok(125.5),
        // The author says what the model should do about it.
        1.. => Err(ToolError::retry("an account number has eight digits")),
        0 => Err(ToolError::fatal("the ledger is closed")),
    }
}

/// Print the yearly report
#[tool]
async fn report() {
    tokio::time::sleep(Duration::from_secs(600)).await;
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // A model that makes one mistake after the other; scripted, so that the example runs offline.
    let model = Script::new()
        .calls([("balence", r#"{"account":10000001}"#)])
        .calls([("balance", r#"{"account":"the usual one"}"#)])
        .calls([("balance", r#"{"account":123}"#), ("report", "{}")])
        .calls([("balance", r#"{"account":10000001}"#)])
        .text("There are 125.50 euros left.")
        .calls([("balance", r#"{"account":0}"#)]);
    let agent = Agent::builder(model).tools(tools![balance, report]).tool_timeout(Duration::from_millis(50)).build()?;

    let run = agent.run("What is left on account 10000001?").await?;
    for call in run.calls() {
        println!("{:?}: {}({})\n    -> {}", call.status, call.call.name, call.call.arguments, call.result.to_text());
    }
    println!("{run}\n");

    // An error keeps what was done: the conversation can go on from it.
    let error = agent.request("And on account 0?").history(run.messages).run().await.expect_err("the tool is fatal");
    println!("{error}");
    let saved: Vec<Message> = error.into_run().map(|run| run.messages).unwrap_or_default();
    println!("the conversation has {} messages; every call in it is answered", saved.len());

    // A tool choice that can't be obeyed is told before anything is sent.
    let wrong = Agent::builder(Script::new()).tools(tools![balance]).tool_choice(ToolChoice::named("transfer")).build();
    println!("{}", wrong.expect_err("there is no such tool"));
    Ok(())
}
