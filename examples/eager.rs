//! A call of a tool that only looks begins while the model still writes the next one; any other waits for the end of the
//! reply. Behind each protocol, over a real socket.

use std::time::{Duration, Instant};

use fcall::{
    Agent, Event, Protocol,
    serde_json::json,
    testing::{Script, Server, Turn},
    tool, tools,
};

/// Read the meter of a house
#[tool(read_only)]
async fn read_meter(
    /// The number of the house
    house: u32,
) -> String {
    tokio::time::sleep(Duration::from_millis(200)).await; // a slow line
    format!("house {house}: {} kWh", house * 11)
}

/// Turn the heating of a house off
#[tool]
async fn heating_off(
    /// The number of the house
    house: u32,
) -> String {
    tokio::time::sleep(Duration::from_millis(200)).await;
    format!("house {house} is cold")
}

/// How long the turn took, in milliseconds, where its last call is of this tool.
async fn turn(protocol: Protocol, last: &str) -> fcall::Result<u128> {
    // A model that writes for some 700 ms: a piece of a few letters every 50 ms.
    let house = |number: u32| json!({ "house": number });
    let calls = (1..4).fold(Turn::new(), |turn, number| turn.call("read_meter", house(number)));
    let reply =
        calls.call(last, house(4)).text("These are all the meters that I ask for.").pace(Duration::from_millis(50));
    let server = Server::start(Script::new().turn(reply).text("Done.")).await?;
    let agent =
        Agent::builder(server.service(protocol).model("demo")).tools(tools![read_meter, heating_off]).build()?;

    let (began, mut took) = (Instant::now(), 0);
    let mut events = agent.stream("Read the meters.");
    while let Some(event) = events.next().await {
        let at = began.elapsed().as_millis();
        match event? {
            Event::CallStarted { name, .. } => println!("  {at:>4} ms  asked for {name}"),
            Event::CallFinished { result, .. } => {
                println!("  {at:>4} ms  {}", result.to_text());
                took = at;
            }
            Event::TurnFinished { turn: 1, .. } => println!("  {at:>4} ms  the reply is complete"),
            _ => {}
        }
    }
    Ok(took)
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    for protocol in Protocol::ALL {
        println!("{protocol}, all calls look:");
        let early = turn(protocol, "read_meter").await?;
        println!("{protocol}, the last call changes something:");
        let late = turn(protocol, "heating_off").await?;
        println!("  {} ms later", late.saturating_sub(early));
        assert!(late >= early + 100, "a call that may change something waits for the reply: {early} and {late} ms");
    }
    Ok(())
}
