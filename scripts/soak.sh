#!/usr/bin/env bash
# A thousand runs at a time with every fault, for so many seconds (600 without a number): nothing leaks, nothing is stuck,
# every conversation is valid.
#
#   scripts/soak.sh [seconds] [runs at once] [seed]
#
# Needs Linux, and some 2,500 file descriptors in each of two processes.
set -euo pipefail
cd "$(dirname "$0")/.."
ulimit -n 8192 2>/dev/null || true
exec cargo bench --quiet --bench soak -- "${@:-600}"
