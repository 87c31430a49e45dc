//! The loop by hand, without `Agent`: define, decide, call, execute, continue.

use fcall::{
    CallContext, Message, Model, Toolbox,
    message::{Assembler, Request, RequestOptions, ToolChoice, ToolResult},
    testing::Script,
    tool, tools,
};

/// Find flights between two cities
#[tool]
fn find_flights(
    /// City to leave from
    from: &str,
    /// City to fly to
    to: &str,
) -> Vec<String> {
    vec![format!("FC 17 {from}-{to} 09:10"), format!("FC 23 {from}-{to} 17:45")]
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // Any model; scripted here, so that the example runs offline.
    let model = Script::new()
        .calls([("find_flights", r#"{"from":"Oslo","to":"Rome"}"#)])
        .text("There are two: FC 17 at 09:10 and FC 23 at 17:45.");

    // Define.
    let toolbox = Toolbox::new(tools![find_flights])?;
    let options = RequestOptions::default();
    let mut messages = vec![Message::user("Which flights go from Oslo to Rome?")];

    for turn in 1..=8 {
        // Decide: is the model to call a tool, or free to answer?
        let choice = if turn == 1 { ToolChoice::tool::<find_flights>() } else { ToolChoice::Auto };
        let request = Request::new(&messages, toolbox.specs(), &options).tool_choice(&choice);

        // Call the model.
        let mut reply = Assembler::new(turn);
        model.reply(&request, &mut reply).await?;
        let reply = reply.finish().message;

        // Execute what it asks for.
        let mut results = Vec::new();
        for call in reply.tool_calls() {
            println!("turn {turn}: {}({})", call.name, call.arguments);
            results.push(match toolbox.call(&call.name, &call.arguments, &CallContext::default()).await {
                Ok(outcome) => outcome.into_result(call),
                Err(unknown) => ToolResult::error(call, unknown.to_string()),
            });
        }

        // Continue, until there is nothing left to execute.
        messages.push(reply);
        if results.is_empty() {
            break;
        }
        messages.push(Message::tool_results(results));
    }
    println!("{}", messages.last().map(Message::text).unwrap_or_default());
    Ok(())
}
