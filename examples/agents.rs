//! An agent as a tool of another: one budget, one trace, and a record of what went on inside.

use std::time::Duration;

use fcall::{
    Agent,
    agent::Limits,
    testing::{Script, Turn},
    tool, tools,
};

/// Look something up in the archive
#[tool(read_only)]
async fn look_up(
    /// What to look for
    subject: &str,
) -> String {
    format!("{subject}: begun in 1248, finished in 1880")
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // Two models, both scripted, so that the example runs offline; their replies cost tokens as real ones do.
    let archivist = Script::new()
        .turn(Turn::new().call("look_up", r#"{"subject":"cathedral"}"#).usage(120, 12))
        .turn(Turn::new().text("It took 632 years, from 1248 to 1880.").usage(160, 14))
        .turn(Turn::new().call("look_up", r#"{"subject":"town hall"}"#).usage(700, 12));
    let guide = Script::new()
        .turn(Turn::new().call("ask_archivist", r#"{"task":"How long was the cathedral built?"}"#).usage(80, 20))
        .turn(Turn::new().call("ask_archivist", r#"{"task":"And the town hall?"}"#).usage(130, 18))
        .turn(Turn::new().text("The cathedral took 632 years; of the town hall I can't say.").usage(180, 16));

    let archivist = Agent::builder(archivist)
        .instructions("Look it up, and give dates.")
        .tools(tools![look_up])
        .name("archivist")
        .limits(Limits::default().wall_time(Duration::from_secs(120)))
        .build()?;
    let guide = Agent::builder(guide)
        .tools([archivist.into_tool("ask_archivist", "Knows the history of the buildings of the town")?])
        // For all of it: what the archivist uses is taken from here.
        .limits(Limits::default().total_tokens(1_200).on_limit(fcall::agent::OnLimit::Answer))
        .build()?;

    let run = guide.run("How long did they build?").await?;
    for call in run.calls() {
        println!("{}: {}", call.call.arguments, call.told.to_text());
        for inside in call.runs {
            let name = inside.agent.as_deref().unwrap_or("an agent");
            let (turns, calls, tokens) = (inside.turns, inside.calls, inside.usage.total());
            println!("    {name}: {turns} replies, {calls} calls, {tokens} tokens, ended as {:?}", inside.stop);
        }
    }
    println!("{run}\n{} tokens in all", run.usage.total());
    assert_eq!(run.usage.total(), 1_462);
    Ok(())
}
