//! A large set of tools: told by name when the model looks for them, and by a filter from turn to turn.

use fcall::{
    Agent,
    agent::Asking,
    serde_json::{Value, json},
    testing::Script,
    tool::Tool,
};

/// Hundreds of tools, as a catalogue of services might bring them.
fn catalogue() -> fcall::Result<Vec<Tool>> {
    let mut tools = Vec::new();
    for subject in ["invoice", "parcel", "flight", "hotel", "song", "ticket", "contract", "backup"] {
        for verb in ["create", "cancel", "list", "export", "archive", "share", "rate", "lock"] {
            let id = format!("{subject}_id");
            let schema = json!({"type": "object", "properties": {&id: {"type": "string"}}, "required": [id]});
            let done = move |arguments: Value| async move { format!("{verb} {subject}: done, {arguments}") };
            let description = format!("{verb} a {subject} of the company");
            tools.push(Tool::new(format!("{verb}_{subject}"), description, schema, done)?);
        }
    }
    Ok(tools)
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // The model is told of two small tools: one searches, one calls what was found. Scripted, so it runs offline.
    let model = Script::new()
        .calls([("search_tools", r#"{"query":"cancel my flight"}"#)])
        .calls([("use_tool", r#"{"name":"cancel_flight","arguments":{"flight_id":"LH 400"}}"#)])
        .text("The flight is cancelled.");
    let agent = Agent::builder(model.clone()).tools(Vec::<Tool>::new()).defer(catalogue()?).build()?;
    let run = agent.run("Cancel my flight, please").await?;
    for (asked, call) in model.requests().iter().zip(run.calls()) {
        let told: String = call.told.to_text().chars().take(100).collect();
        println!("told of {:?}; {} {}\n    {told}...", asked.tools, call.call.name, call.call.arguments);
    }
    println!("{run}");
    run.assert_called("cancel_flight").times(1);

    // Or the program knows what is needed: here what can be undone first, and all the rest afterwards.
    let model = Script::new().calls([("list_flight", r#"{"flight_id":"all"}"#)]).text("There is one flight.");
    let harmless = |tool: &Tool, asking: &Asking<'_>| asking.turn > 1 || tool.name().starts_with("list_");
    let agent = Agent::builder(model.clone()).tools(catalogue()?).select(harmless).build()?;
    let run = agent.run("Which flights are there?").await?;
    let told: Vec<usize> = model.requests().iter().map(|asked| asked.tools.len()).collect();
    println!("\ntools told in each turn: {told:?}; {run}");
    assert_eq!(told, [8, 64]);
    Ok(())
}
