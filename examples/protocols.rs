//! One tool, every protocol: the same program talks to OpenAI, Anthropic and Gemini services over a real socket.
//!
//! The services are a loopback server with a scripted model behind it; with another base URL and key this is a program
//! for the real ones.

use fcall::{
    Agent, Protocol, Service, Toolbox,
    testing::{Script, Server},
    tool, tools,
};

/// Convert an amount of money from one currency to another
#[tool]
fn convert(
    /// The amount
    amount: f64,
    /// Currency code to convert from, e.g. EUR
    from: &str,
    /// Currency code to convert to, e.g. JPY
    to: &str,
) -> String {
    format!("{amount} {from} = {} {to}", amount * 2.0)
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    let arguments = r#"{"amount":12.5,"from":"EUR","to":"AUD"}"#;
    for protocol in Protocol::ALL {
        let script = Script::new().calls([("convert", arguments)]).text("12.5 EUR are 25 AUD.");
        let server = Server::start(script).await?;
        let model = Service::new(protocol, server.base_url(protocol)).key("not a secret").model("demo");

        let agent = Agent::builder(model).tools(tools![convert]).max_tokens(500).build()?;
        let run = agent.run("How much is 12.50 euros in Australian dollars?").await?;

        println!("{protocol}: {run}");
        for call in run.calls() {
            println!("  {} {} -> {}", call.call.name, call.call.arguments, call.result.to_text());
        }
        println!("  tools as sent: {}", Toolbox::new(tools![convert])?.wire(protocol)?.json);
    }
    Ok(())
}
