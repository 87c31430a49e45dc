#!/usr/bin/env bash
# What a minimal program costs: crates beside its own, CPU seconds of a clean debug build, size of the binary; beside the same program
# written by hand with reqwest and serde_json.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=target/build-cost
mkdir -p "$out/fcall/src" "$out/by_hand/src"

cat >"$out/fcall/Cargo.toml" <<TOML
[package]
name = "minimal"
version = "0.0.0"
edition = "2024"
[dependencies]
fcall = { path = "$root" }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
[workspace]
TOML
cat >"$out/fcall/src/main.rs" <<'RUST'
/// Add two numbers
#[fcall::tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    println!("{}", fcall::Agent::new(fcall::model_from_env()?).run("2 + 3?").await?);
    Ok(())
}
RUST
cat >"$out/by_hand/Cargo.toml" <<'TOML'
[package]
name = "minimal"
version = "0.0.0"
edition = "2024"
[dependencies]
reqwest = { version = "0.13", default-features = false, features = ["rustls", "json"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
[workspace]
TOML
cat >"$out/by_hand/src/main.rs" <<'RUST'
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tools = json!([{"type": "function", "function": {"name": "add", "description": "Add two numbers", "parameters":
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}}}]);
    let mut messages = vec![json!({"role": "user", "content": "2 + 3?"})];
    loop {
        let body = json!({"model": "gpt-4o", "messages": messages, "tools": tools});
        let request = reqwest::Client::new().post("https://api.openai.com/v1/chat/completions");
        let reply: Value = request.bearer_auth(std::env::var("OPENAI_API_KEY")?).json(&body).send().await?.json().await?;
        let message = reply["choices"][0]["message"].clone();
        messages.push(message.clone());
        let Some(calls) = message["tool_calls"].as_array() else {
            println!("{}", message["content"]);
            return Ok(());
        };
        for call in calls {
            let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap_or("{}"))?;
            let sum = arguments["a"].as_i64().unwrap_or(0) + arguments["b"].as_i64().unwrap_or(0);
            messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": sum.to_string()}));
        }
    }
}
RUST
for what in fcall by_hand; do
  cd "$root/$out/$what"
  cargo fetch --quiet
  rm -rf target
  crates=$(cargo tree --edges normal,build --prefix none --no-dedupe | sed 's/ (.*//' | sort -u | grep -vc '^minimal ')
  cpu=$( { TIMEFORMAT='%U %S'; time cargo build --quiet --offline; } 2>&1 | tail -1 | awk '{print $1 + $2}')
  debug=$(stat -c %s target/debug/minimal)
  cargo build --quiet --offline --release
  release=$(stat -c %s target/release/minimal)
  printf '%-8s %4s crates, %6s s CPU for a clean debug build, %5.1f MB debug, %4.1f MB release\n' \
    "$what" "$crates" "$cpu" "$(awk "BEGIN{print $debug / 1e6}")" "$(awk "BEGIN{print $release / 1e6}")"
done
