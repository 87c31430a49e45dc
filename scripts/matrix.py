#!/usr/bin/env python3
"""The table of the fault matrix, from what its tests left: matrix.py FOLDER VALIDATE.PY

A cell is ok where its test passed and every request and conversation that it left is as the vendors' types want it.
Exits with an error where one is not.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

WAYS = ["run", "stream", "chat", "chat_stream"]
PROTOCOLS = ["openai_chat", "openai_responses", "anthropic", "gemini"]


def judge(validator, bodies):
    """By body: what is wrong with it."""
    lines = "".join(json.dumps(body) + "\n" for body in bodies.values())
    done = subprocess.run([sys.executable, validator], input=lines, capture_output=True, text=True, check=False)
    verdicts = done.stdout.splitlines()
    if len(verdicts) != len(bodies):
        sys.exit(f"{len(bodies)} bodies, {len(verdicts)} verdicts: {done.stderr}")
    return {key: None if line.startswith("ok") else line for key, line in zip(bodies, verdicts)}


def main():
    folder, validator = pathlib.Path(sys.argv[1]), sys.argv[2]
    out = (folder / "tests.out").read_text(encoding="utf-8", errors="replace")
    tests = re.findall(r"^test (\w+)::(\w+)::(\w+) \.\.\. (\w+)", out, re.MULTILINE)
    cells = {(row, way, protocol): passed == "ok" for way, protocol, row, passed in tests if way in WAYS}
    if not cells:
        sys.exit(f"no test ran:\n{out}")

    left, bodies, reasons = collections.defaultdict(list), {}, {}
    for row, way, protocol in cells:
        path = folder / f"{way}.{protocol}.{row}.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            line = json.loads(line)
            if "cannot_exist" in line:
                reasons[row, way, protocol] = line["cannot_exist"]
                continue
            key = json.dumps([line["protocol"], line["body"]], sort_keys=True)
            bodies.setdefault(key, line)
            left[row, way, protocol].append(key)
    verdicts = judge(validator, bodies)

    table = pathlib.Path("tests/matrix/main.rs").read_text(encoding="utf-8")
    rows = re.findall(r"^    \w+::(\w+),$", table, re.MULTILINE)
    notes, faults, counts = [], [], collections.Counter()

    def verdict(row, way, protocol):
        cell = (row, way, protocol)
        name = f"{way}::{protocol}::{row}"
        if cell not in cells:
            faults.append(f"{name}: no test ran")
        elif not cells[cell]:
            faults.append(f"{name}: the test failed")
        elif cell in reasons:
            counts["not possible"] += 1
            if reasons[cell] not in notes:
                notes.append(reasons[cell])
            return f"({notes.index(reasons[cell]) + 1})"
        elif not left[cell]:
            faults.append(f"{name}: it left nothing to be judged")
        elif wrong := [verdicts[key] for key in left[cell] if verdicts[key]]:
            faults.append(f"{name}: {wrong[0][:600]}")
        else:
            counts["ok"] += 1
            return "ok"
        counts["FAILED"] += 1
        return "FAILED"

    widest = max(map(len, rows))
    columns = [(way, protocol) for way in WAYS for protocol in PROTOCOLS]
    short = {"openai_chat": "chat", "openai_responses": "resp", "anthropic": "anth", "gemini": "gem"}
    print(" " * widest, *(f"|{way:^27}" for way in WAYS), sep="")
    print(" " * widest, *((" |" if p == PROTOCOLS[0] else "") + f"{short[p]:>6}" for _, p in columns), sep="")
    for row in rows:
        marks = ((" |" if p == PROTOCOLS[0] else "") + f"{verdict(row, way, p):>6}" for way, p in columns)
        print(f"{row:{widest}}", *marks, sep="")
    for number, why in enumerate(notes, 1):
        print(f"({number}) can't exist: {why}")
    for fault in faults:
        print(fault)
    total = sum(map(len, left.values()))
    print(f"{sum(counts.values())} cells:", ", ".join(f"{count} {what}" for what, count in counts.items()))
    print(f"{total} requests and conversations were judged, {len(bodies)} of them different")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
