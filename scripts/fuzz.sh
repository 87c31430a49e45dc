#!/usr/bin/env bash
# Feeds all four protocols with inputs that nobody would send, for so many seconds each (60 without a number).
#
#   scripts/fuzz.sh [seconds]
#
# Needs a C++ compiler, and cargo-fuzz (installed under target/ where it is missing). `FCALL_CORPUS` gives recorded
# traffic to begin with. What is found stays in fuzz/artifacts; `cargo fuzz run -s none <target> <file>` shows it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
tools=$PWD/target/tools
export PATH="$tools/bin:$PATH"
cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked --root "$tools" cargo-fuzz
cd fuzz
if [ -n "${FCALL_CORPUS:-}" ]; then
  cargo run --quiet --release --example seeds -- "$FCALL_CORPUS" corpus
else
  echo 'FCALL_CORPUS does not say where recorded traffic is: beginning with nothing'
fi
for protocol in openai-chat openai-responses anthropic gemini; do
  printf '\n-- %s, %s seconds\n' "$protocol" "$seconds"
  mkdir -p "corpus/$protocol"
  words=()
  [ -f "corpus/$protocol.dict" ] && words=("-dict=corpus/$protocol.dict")
  # No sanitizer: the library has no unsafe code, and those need a nightly compiler.
  cargo fuzz run -O -s none "$protocol" -- -max_total_time="$seconds" -max_len=6200 -verbosity=0 -print_funcs=0 \
    -print_final_stats=1 "${words[@]}"
done
