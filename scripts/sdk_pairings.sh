#!/usr/bin/env bash
# The vendors' official Python SDKs as clients of the gateway, in every pairing of client protocol and upstream protocol.
#
#   scripts/sdk_pairings.sh
#
# Needs python3 with venv; installs the SDKs from PyPI into target/oracle, once. Asks no provider: the offline planner
# answers. PYTHON names an interpreter that has the SDKs already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
  [ -x target/oracle/bin/python ] || python3 -m venv target/oracle
  target/oracle/bin/pip install --quiet openai==3.54.0 anthropic==2.12.0 google-genai==3.4.0
  PYTHON=target/oracle/bin/python
fi
cargo build --quiet --example gateway
# Nothing here goes through a proxy.
env -u http_proxy -u https_proxy -u all_proxy -u HTTP_PROXY -u HTTPS_PROXY -u ALL_PROXY \
  "$PYTHON" scripts/sdk_pairings.py "${CARGO_TARGET_DIR:-target}/debug/examples/gateway"
