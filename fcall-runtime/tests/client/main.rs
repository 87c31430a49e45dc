//! The client against a real server on the loopback, through the public face.

mod addresses;
mod environment;
mod faults;
mod process;
mod replies;
mod retries;
mod secrets;
mod services;

use fcall_runtime::{
    Result,
    client::{Retry, Service},
    message::{Assembler, Message, Request, RequestOptions, Response, ToolSpec, ToolSpecs},
    model::Model,
    protocol::Protocol,
    testing::{Script, Server},
};

const PROTOCOLS: [Protocol; 4] = Protocol::ALL;

/// Whether a reply comes whole or in pieces.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reply {
    Whole,
    Streamed,
}

const REPLIES: [Reply; 2] = [Reply::Whole, Reply::Streamed];

/// Asks one question, with one tool at hand; the response as far as it came, and how it ended.
async fn ask(model: &impl Model, reply: Reply) -> (Response, Result<()>) {
    ask_with(model, reply, &RequestOptions::default()).await
}

async fn ask_with(model: &impl Model, reply: Reply, options: &RequestOptions) -> (Response, Result<()>) {
    let messages = [Message::user("What's the weather like in Paris?")];
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let tools = ToolSpecs::new(vec![ToolSpec::new("get_weather", "Current weather", schema)]);
    let request = Request::new(&messages, &tools, options).stream(reply == Reply::Streamed);
    let mut turn = Assembler::new(1);
    let ended = model.reply(&request, &mut turn).await;
    (turn.finish(), ended)
}

async fn serve(script: &Script) -> Server {
    Server::start(script.clone()).await.expect("a port of the loopback")
}

/// The server as a service with a key, which repeats nothing.
fn impatient(server: &Server, protocol: Protocol) -> Service {
    server.service(protocol).key("sk-secret").retry(Retry::never())
}
