#!/usr/bin/env bash
# Reads every recorded reply and encodes every recorded conversation of the corpus with the codec example, and has the
# scorer beside the corpus judge the result: whole, and with streams cut into pieces of 1, 3 and 17 bytes.
#
# Needs FCALL_CORPUS and FCALL_ORACLE (the folder of score.py).
set -euo pipefail
cd "$(dirname "$0")/.."
: "${FCALL_CORPUS:?the folder of the corpus}" "${FCALL_ORACLE:?the folder of the scorer}"
out=target/score
mkdir -p "$out"
cargo build --quiet --release --example codec
failed=0
for protocol in "${@:-openai-chat openai-responses anthropic gemini}"; do
  for protocol in $protocol; do
    for chop in '' 1 3 17; do
      python3 "$FCALL_ORACLE/score.py" inputs --cases "$FCALL_CORPUS" --cross --protocol "$protocol" ${chop:+--chop "$chop"} \
        --out "$out/in.jsonl" >/dev/null
      target/release/examples/codec <"$out/in.jsonl" >"$out/out.jsonl"
      printf '%s, pieces of %s: ' "$protocol" "${chop:-any size}"
      python3 "$FCALL_ORACLE/score.py" responses --cases "$FCALL_CORPUS/traffic/$protocol.jsonl" --got "$out/out.jsonl" >"$out/report" || failed=1
      head -1 "$out/report"
      grep -E '^(usage|reasoning_text) ' "$out/report"
    done
    python3 "$FCALL_ORACLE/score.py" requests --cases "$FCALL_CORPUS/requests.jsonl" --got "$out/out.jsonl" --cross \
      --protocol "$protocol" >"$out/report" || failed=1
    head -1 "$out/report"
  done
done
exit $failed
