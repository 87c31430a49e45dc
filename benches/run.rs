//! What the loop costs: runs of 4 turns with 4 parallel calls each and an answer, 32 at once, against the loop that
//! one would write by hand with reqwest and `serde_json::Value`; whole and streamed, with 1 and with 1,000 tools.
//!
//! `cargo bench --bench run`. Both sides ask one loopback server in a process of its own. Figures are ratios of CPU time
//! in one run (fcall / by hand), the median of several alternating rounds, and allocations for each run.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

#[path = "support/measure.rs"]
mod measure;
#[path = "support/server.rs"]
mod server;

use fcall::{
    Agent, Protocol, Service, Tool, serde_json,
    serde_json::{Value, json},
    tool,
};
use measure::{allocations, cpu_seconds};
use server::{CALLS, Server, TURNS};

#[global_allocator]
static COUNTING: measure::Counting = measure::Counting;

const AT_ONCE: usize = 32;
const ROUNDS: usize = 9;

/// Get the weather forecast for a given city
#[tool]
async fn get_weather(
    /// City name, e.g. New York, London
    city: &str,
    /// Temperature unit
    unit: &str,
    /// How many days to look ahead
    days: u32,
    /// Whether to tell the details
    detailed: bool,
) -> String {
    forecast(city, unit, days.into(), detailed)
}

fn forecast(city: &str, unit: &str, days: u64, detailed: bool) -> String {
    format!("{city}: 18 degrees {unit} for {days} days, sunny{}", if detailed { ", no wind" } else { "" })
}

fn schema() -> Value {
    json!({"type": "object", "properties": {
        "city": {"type": "string", "description": "City name, e.g. New York, London"},
        "unit": {"type": "string", "description": "Temperature unit"},
        "days": {"type": "integer", "description": "How many days to look ahead"},
        "detailed": {"type": "boolean", "description": "Whether to tell the details"},
    }, "required": ["city", "unit", "days", "detailed"]})
}

const DESCRIPTION: &str = "Get the weather forecast for a given city";

fn names(tools: usize) -> impl Iterator<Item = String> {
    (1..tools).map(|n| format!("get_weather_of_planet_{n}"))
}

fn agent(base_url: &str, tools: usize) -> Agent {
    let others = names(tools)
        .map(|name| Tool::new(name, DESCRIPTION, schema(), |_: Value| async { "none" }).expect("a valid tool"));
    let model = Service::new(Protocol::OpenAiChat, base_url).model("bench");
    Agent::builder(model).tools([Tool::of::<get_weather>()]).tools(others).build().expect("different names")
}

/// The loop as one writes it by hand.
struct ByHand {
    client: reqwest::Client,
    url: String,
    tools: Value,
}

impl ByHand {
    fn new(base_url: &str, tools: usize) -> Self {
        let tool = |name: String| json!({"type": "function", "function": {"name": name, "description": DESCRIPTION, "parameters": schema()}});
        let tools = std::iter::once("get_weather".to_owned()).chain(names(tools)).map(tool).collect();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client without TLS roots");
        Self { client, url: format!("{base_url}/chat/completions"), tools }
    }

    async fn run(&self, stream: bool) -> String {
        let mut messages = vec![json!({"role": "user", "content": "How is the weather?"})];
        loop {
            let mut body = json!({"model": "bench", "messages": messages, "tools": self.tools});
            if stream {
                body["stream"] = json!(true);
                body["stream_options"] = json!({"include_usage": true});
            }
            let request = self.client.post(&self.url).header("content-type", "application/json");
            let response = request.body(serde_json::to_vec(&body).unwrap()).send().await.unwrap();
            let message = if stream { assemble(response).await } else { whole(response).await };
            let Some(calls) = message["tool_calls"].as_array().cloned() else {
                return message["content"].as_str().unwrap_or_default().to_owned();
            };
            messages.push(message);
            let tasks: Vec<_> = calls.into_iter().map(|call| tokio::spawn(answer(call))).collect();
            for task in tasks {
                messages.push(task.await.unwrap());
            }
        }
    }
}

async fn answer(call: Value) -> Value {
    let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
    let content = forecast(
        arguments["city"].as_str().unwrap(),
        arguments["unit"].as_str().unwrap(),
        arguments["days"].as_u64().unwrap(),
        arguments["detailed"].as_bool().unwrap(),
    );
    json!({"role": "tool", "tool_call_id": call["id"], "content": content})
}

async fn whole(response: reqwest::Response) -> Value {
    let mut reply: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    reply["choices"][0]["message"].take()
}

async fn assemble(mut response: reqwest::Response) -> Value {
    let (mut buffer, mut content, mut calls) = (Vec::new(), String::new(), Vec::<Value>::new());
    while let Some(bytes) = response.chunk().await.unwrap() {
        buffer.extend_from_slice(&bytes);
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            let Some(data) = line.strip_prefix(b"data: ").filter(|data| !data.starts_with(b"[DONE]")) else { continue };
            let event: Value = serde_json::from_slice(data).unwrap();
            let delta = &event["choices"][0]["delta"];
            content += delta["content"].as_str().unwrap_or_default();
            for piece in delta["tool_calls"].as_array().into_iter().flatten() {
                let at = piece["index"].as_u64().unwrap() as usize;
                if at == calls.len() {
                    calls.push(piece.clone());
                } else {
                    let old = calls[at]["function"]["arguments"].as_str().unwrap_or_default();
                    let text = old.to_owned() + piece["function"]["arguments"].as_str().unwrap_or_default();
                    calls[at]["function"]["arguments"] = json!(text);
                }
            }
        }
    }
    match calls.is_empty() {
        true => json!({"role": "assistant", "content": content}),
        false => json!({"role": "assistant", "content": content, "tool_calls": calls}),
    }
}

/// CPU seconds and allocations of one run, on average over `runs`, 32 of them at a time.
async fn measure<F: Future<Output = ()> + Send + 'static>(runs: usize, one: impl Fn() -> F) -> (f64, f64) {
    let (cpu, allocated) = (cpu_seconds(), allocations());
    for _ in 0..runs / AT_ONCE {
        let tasks: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(one())).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
    ((cpu_seconds() - cpu) / runs as f64, (allocations() - allocated) as f64 / runs as f64)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn compare(base_url: &str, tools: usize, stream: bool) {
    let runs = if tools == 1 { 640 } else { 64 };
    let agent = agent(base_url, tools);
    let by_hand = std::sync::Arc::new(ByHand::new(base_url, tools));
    let ours = || {
        let agent = agent.clone();
        async move {
            let run = match stream {
                true => agent.stream("How is the weather?").finish().await.unwrap().unwrap(),
                false => agent.run("How is the weather?").await.unwrap(),
            };
            assert_eq!((run.text.as_str(), run.calls().count()), ("It is sunny everywhere.", TURNS * CALLS));
        }
    };
    let theirs = || {
        let by_hand = std::sync::Arc::clone(&by_hand);
        async move { assert_eq!(by_hand.run(stream).await, "It is sunny everywhere.") }
    };
    // Warm: connections are open, tools are encoded.
    measure(AT_ONCE, ours).await;
    measure(AT_ONCE, theirs).await;
    let (mut ratios, mut cpu, mut counts) = (Vec::new(), (Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        let (a, allocated_a) = measure(runs, ours).await;
        let (b, allocated_b) = measure(runs, theirs).await;
        ratios.push(a / b);
        cpu.0.push(a * 1e6);
        cpu.1.push(b * 1e6);
        counts.0.push(allocated_a);
        counts.1.push(allocated_b);
    }
    println!(
        "{:>5} tools, {:8}: CPU {:.2} of by hand ({:.0} / {:.0} us a run), allocations {:.0} / {:.0}",
        tools,
        if stream { "streamed" } else { "whole" },
        median(ratios),
        median(cpu.0),
        median(cpu.1),
        median(counts.0),
        median(counts.1),
    );
}

/// Runs of ours alone.
async fn profile(base_url: &str, stream: bool) {
    let agent = agent(base_url, 1);
    for _ in 0..20 {
        match stream {
            true => drop(agent.stream("How is the weather?").finish().await.unwrap()),
            false => drop(agent.run("How is the weather?").await.unwrap()),
        }
    }
}

fn main() {
    if std::env::args().any(|argument| argument == "--serve") {
        server::serve();
    }
    // The hand-written client wants one, though it never speaks TLS here.
    rustls::crypto::ring::default_provider().install_default().expect("none was installed before");
    let server = Server::start();
    let only = std::env::args().find_map(|argument| argument.strip_prefix("--only=").map(str::to_owned));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        if let Some(what) = only {
            // For a profiler: `valgrind --tool=callgrind target/release/deps/run-* --only=whole`.
            return profile(&server.base_url, what == "streamed").await;
        }
        for tools in [1, 1000] {
            for stream in [false, true] {
                compare(&server.base_url, tools, stream).await;
            }
        }
    });
}
