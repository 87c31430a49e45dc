#!/bin/sh
# Builds a program whose tools all live in another crate, in release with fat LTO, one codegen unit and stripped
# symbols, and checks that it still finds them.
set -eu
cd "$(dirname "$0")/.."

export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_STRIP=symbols
found=$(cargo run --quiet --release --package collector | tr '\n' ' ')
if [ "$found" = "book_hotel find_flights " ]; then
    echo "found in release with fat LTO: $found"
else
    echo "expected book_hotel and find_flights, found: $found" >&2
    exit 1
fi
