#!/usr/bin/env bash
# The fault matrix: every fault in every way to drive a run, in every protocol. Runs its tests, has the types of the
# vendors judge every request and conversation of every cell, and prints one table.
#
# FCALL_ORACLE names the folder with validate.py, PYTHON an interpreter that has the vendors' SDKs.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${FCALL_ORACLE:?names no folder with validate.py}"
target=${CARGO_TARGET_DIR:-target}
rm -rf "$target/matrix"
mkdir -p "$target/matrix"
cargo test --test matrix --no-run
# Cells that fail are told in the table.
RUST_BACKTRACE=0 cargo test --test matrix >"$target/matrix/tests.out" 2>&1 || true
"${PYTHON:-target/oracle/bin/python}" scripts/matrix.py "$target/matrix" "$FCALL_ORACLE/validate.py"
