//! Calls of one turn run at the same time, and are answered in the order the model asked.

use std::time::{Duration, Instant};

use fcall::{Agent, Event, testing::Script, tool, tools};

/// Look up the price of a share
#[tool]
async fn share_price(
    /// Ticker symbol, e.g. ACME
    symbol: &str,
) -> String {
    tokio::time::sleep(Duration::from_millis(300)).await; // somewhere, a slow service
    format!("{symbol}: {}.00 EUR", 10 * symbol.len())
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // A model that asks for two prices at once, then answers; scripted, so that the example runs offline.
    let model = Script::new()
        .calls([("share_price", r#"{"symbol":"ACME"}"#), ("share_price", r#"{"symbol":"ZYX"}"#)])
        .text("ACME is at 40 EUR, ZYX at 30 EUR.");
    let agent = Agent::builder(model).tools(tools![share_price]).build()?;

    let began = Instant::now();
    let mut events = agent.stream("What do ACME and ZYX cost?");
    while let Some(event) = events.next().await {
        match event? {
            Event::CallStarted { name, .. } => {
                println!("{:>4} ms  the model asks for {name}", began.elapsed().as_millis());
            }
            Event::CallFinished { result, .. } => {
                println!("{:>4} ms  {}", began.elapsed().as_millis(), result.to_text());
            }
            Event::Done(run) => println!("{:>4} ms  {run}", began.elapsed().as_millis()),
            _ => {}
        }
    }
    assert!(began.elapsed() < Duration::from_millis(550), "two calls of 300 ms ran one after the other");
    Ok(())
}
