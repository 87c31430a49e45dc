#!/usr/bin/env python3
"""Recorded conversations as requests, judged from outside.

    FCALL_CORPUS=.. FCALL_ORACLE=.. target/oracle/bin/python scripts/recorded_requests.py target/release/examples/codec

Every accepted conversation is encoded for all four protocols: the vendors' own types must take the body. Every accepted
native body is read and written again: both must mean the same, as the scorer's reader reads them. A model name, and the
limit that Anthropic demands, are made up where the record has none.
"""

import collections
import json
import os
import subprocess
import sys

corpus, oracle = os.environ["FCALL_CORPUS"], os.environ["FCALL_ORACLE"]
sys.path.insert(0, oracle)
import requests_neutral  # noqa: E402  (stands beside the scorer)

PROTOCOLS = ["openai-chat", "openai-responses", "anthropic", "gemini"]
# What the vendors' types do not know, and gateways take.
EXTRA = ["reasoning_content", "messages.*.reasoning_content", "messages.*.tool_calls.*.extra_content"]


def ask(codec, asked):
    lines = "".join(json.dumps(line) + "\n" for line in asked)
    done = subprocess.run([codec], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def judge(bodies):
    lines = "".join(json.dumps(body) + "\n" for body in bodies)
    run = [sys.executable, os.path.join(oracle, "validate.py")]
    done = subprocess.run(run, input=lines, capture_output=True, text=True, check=False)
    return [line.partition("\t") for line in done.stdout.splitlines()]


def main():
    codec = sys.argv[1]
    with open(os.path.join(corpus, "requests.jsonl"), encoding="utf-8") as records:
        cases = [case for case in map(json.loads, records) if case["accepted"]]
    wrong = collections.Counter()
    asked = []
    for case in cases:
        for protocol in PROTOCOLS:
            body = dict(case["body"])
            body["model"] = body.get("model") or "some-model"
            if protocol == "anthropic":
                body["max_tokens"] = body.get("max_tokens") or 1024
            asked.append({"id": f"{case['id']}@{protocol}", "protocol": protocol, "kind": "request", "body": body})
    bodies = []
    for line, got in zip(asked, ask(codec, asked), strict=True):
        if "error" in got:
            wrong["refused by us"] += 1
            print(f"{line['id']}: {got['error']}")
            continue
        kind = {"protocol": line["protocol"].replace("-", "_"), "kind": "request", "id": line["id"], "allow_extra": EXTRA}
        bodies.append(kind | {"body": got["request"], "anthropic_version": "2023-06-01"})
    for body, (verdict, _, detail) in zip(bodies, judge(bodies), strict=True):
        if verdict != "ok":
            wrong["not as the vendor's types"] += 1
            print(f"{body['id']}: {detail[:400]}")
    print(f"{len(asked)} requests written, {len(bodies)} judged by the vendors' types")

    asked = [{"id": case["id"], "protocol": case["protocol"], "kind": "native", "body": case["native"]} for case in cases]
    same = 0
    for case, got in zip(cases, ask(codec, asked), strict=True):
        if "error" in got:
            wrong["native body not read"] += 1
            print(f"{case['id']}: {got['error']}")
            continue
        try:
            want = requests_neutral.decode_request(case["protocol"], case["native"])
            have = requests_neutral.decode_request(case["protocol"], got["request"])
        except requests_neutral.Skip as why:
            wrong["not readable by the scorer"] += 1
            print(f"{case['id']}: {why}")
            continue
        differences = requests_neutral.compare(want, have)
        if differences:
            wrong["means something else"] += 1
            print(f"{case['id']}: {differences}")
        else:
            same += 1
    print(f"{same} of {len(cases)} native bodies mean the same when they are read and written again")
    for what, count in sorted(wrong.items()):
        print(f"{what}: {count}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
