#!/usr/bin/env bash
# Asks a validator of the vendors' own types for a second opinion on 2,000 generated schemas, as they stand and as they
# are sent. FCALL_ORACLE names the folder with validate.py, PYTHON an interpreter that has the vendors' SDKs.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${FCALL_ORACLE:?names no folder with validate.py}"
verdicts=$PWD/target/schema_verdicts.jsonl
FCALL_VERDICTS=$verdicts cargo test --quiet --test dialects -- --ignored generated_schemas_for_a_second_opinion
"${PYTHON:-target/oracle/bin/python}" scripts/schema_verdicts.py "$verdicts" "$FCALL_ORACLE/validate.py"
