//! The loop as one writes it by hand, with reqwest and `serde_json::Value`; and reqwest alone.
//!
//! It is as short as such loops are: the calls of a turn are tasks of their own, and the rest is left out. One that is
//! careful looks at the status of a reply and waits for none for ever. Neither is held to any limit, can be cancelled,
//! asks again after a fault, or survives a call that is wrong.

use std::time::Duration;

use fcall::{
    serde_json,
    serde_json::{Value, json},
};

use crate::tools::{DESCRIPTION, QUESTION, forecast, names, schema};

pub(crate) struct ByHand {
    client: reqwest::Client,
    url: String,
    tools: Value,
    careful: bool,
}

impl ByHand {
    pub(crate) fn new(base_url: &str, tools: usize) -> Self {
        let tool = |name: String| json!({"type": "function", "function": {"name": name, "description": DESCRIPTION, "parameters": schema()}});
        let tools = std::iter::once("get_weather".to_owned()).chain(names(tools)).map(tool).collect();
        Self { client: client(), url: format!("{base_url}/chat/completions"), tools, careful: false }
    }

    pub(crate) fn careful(base_url: &str, tools: usize) -> Self {
        Self { careful: true, ..Self::new(base_url, tools) }
    }

    /// Runs to the answer; each body is shown before it is sent.
    pub(crate) async fn run(&self, stream: bool, mut sent: impl FnMut(&[u8])) -> String {
        let mut messages = vec![json!({"role": "user", "content": QUESTION})];
        loop {
            let mut body = json!({"model": "bench", "messages": messages, "tools": self.tools});
            if stream {
                body["stream"] = json!(true);
                body["stream_options"] = json!({"include_usage": true});
            }
            let body = serde_json::to_vec(&body).unwrap();
            sent(&body);
            let response = match self.careful {
                true => self.post_carefully(body).await,
                false => post(&self.client, &self.url, body).await,
            };
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

    async fn post_carefully(&self, body: Vec<u8>) -> reqwest::Response {
        let request = self.client.post(&self.url).header("content-type", "application/json");
        request.timeout(Duration::from_secs(120)).body(body).send().await.unwrap().error_for_status().unwrap()
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client without TLS roots")
}

async fn post(client: &reqwest::Client, url: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
    client.post(url).header("content-type", "application/json").body(body).send().await.unwrap()
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

/// The requests of a run and their replies, without anything in between: what reqwest costs whoever uses it.
pub(crate) struct Bare {
    client: reqwest::Client,
    url: String,
    bodies: Vec<bytes::Bytes>,
}

impl Bare {
    pub(crate) async fn new(base_url: &str, tools: usize, stream: bool) -> Self {
        let by_hand = ByHand::new(base_url, tools);
        let mut bodies = Vec::new();
        by_hand.run(stream, |body| bodies.push(body.to_vec().into())).await;
        Self { client: by_hand.client, url: by_hand.url, bodies }
    }

    /// All bodies that are sent in a run.
    pub(crate) fn bytes(&self) -> usize {
        self.bodies.iter().map(bytes::Bytes::len).sum()
    }

    pub(crate) async fn run(&self) {
        for body in &self.bodies {
            let mut response = post(&self.client, &self.url, body.clone()).await;
            while response.chunk().await.unwrap().is_some() {}
        }
    }
}
