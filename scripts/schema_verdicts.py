"""Compares what is told of generated schemas with the verdicts of a validator of the vendors' own types.

schema_verdicts.py VERDICTS.jsonl VALIDATE.py: the first is written by the ignored test `second_opinion` of tests/dialects.

Every schema is judged twice: as it stands, and as it is sent. What is sent must be taken by the validator. As it stands it must
be taken where it is sent so, and refused where it has no form here or something of it is lost; else the two disagree, which must
have a name in KNOWN. Of what is said otherwise and loses nothing no verdict is asked: that is what saying it otherwise is for.
"""

import collections
import json
import subprocess
import sys

# What is told here and taken by the validator: the name, why it is told, and which cases it is.
KNOWN = [
    (
        "a reference outwards",
        "no service fetches it, so the model never sees what stands there",
        lambda case: "https://example.com/x.json" in json.dumps(case["schema"]) and case["told"] == ["$ref"],
    ),
    (
        "a root that is no object",
        "arguments are an object; the types of Gemini's SDK say nothing of the root",
        lambda case: case["protocol"] == "gemini" and case["schema"].get("type") == "string",
    ),
    (
        "alternatives at the root for OpenAI",
        "OpenAI answers 400 to `anyOf`, `oneOf` and `allOf` there; the validator knows it of Anthropic only",
        lambda case: case["form"] == "OpenAI" and case["schema"].keys() & {"anyOf", "oneOf", "allOf"},
    ),
]
SCHEMA_KEYS = ("parameters", "input_schema", "parametersJsonSchema")
RISKY = ("is risky in strict mode", "is not in the documented strict list")


def judge(validator: str, bodies: list[dict]) -> dict[str, dict]:
    lines = "".join(json.dumps(body) + "\n" for body in bodies)
    run = subprocess.run([sys.executable, validator], input=lines, capture_output=True, text=True, check=False)
    verdicts = {}
    for line in run.stdout.splitlines():
        word, _, detail = line.partition("\t")
        detail = json.loads(detail)
        verdicts[detail["id"]] = {"ok": word == "ok", **detail}
    if len(verdicts) != len(bodies):
        sys.exit(f"{len(verdicts)} verdicts on {len(bodies)} bodies\n{run.stderr}")
    return verdicts


def main() -> None:
    cases = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    bodies = []
    for case in cases:
        for kind in ("raw", "sent"):
            if kind in case:
                line = {"protocol": case["protocol"], "kind": "request", "id": f"{case['id']} {kind}", "body": case[kind]}
                bodies.append({**line, "anthropic_version": "2023-06-01"})
    verdicts = judge(sys.argv[2], bodies)
    counts, wrong, seen = collections.Counter(), [], collections.Counter()
    for case in cases:
        raw = verdicts[f"{case['id']} raw"]
        theirs = raw.get("errors", []) + [text for text in raw.get("warnings", []) if any(words in text for words in RISKY)]
        tool = case["raw"]["tools"][0]
        tool = tool.get("functionDeclarations", [tool])[0]
        tool = tool.get("function", tool)
        case["schema"] = next(tool[key] for key in SCHEMA_KEYS if key in tool)
        case["told"] = [case["refused"]] if "refused" in case else case["lost"]
        if "sent" in case and not verdicts[f"{case['id']} sent"]["ok"]:
            wrong.append(("sent, and refused", case, verdicts[f"{case['id']} sent"].get("errors", [])))
        ours = "told" if case["told"] else "as it stands" if case["same"] else "said otherwise"
        counts[ours, not theirs] += 1
        if ours == "said otherwise" or (ours == "told") != (not theirs):
            continue
        name = next((name for name, _, fits in KNOWN if fits(case)), None) if case["told"] else None
        if name is None:
            wrong.append((f"{ours} here, {'refused' if theirs else 'taken'} there", case, theirs))
        else:
            seen[name] += 1
    print(f"{len(cases)} schemas, {len(bodies)} bodies")
    for (ours, taken), count in sorted(counts.items()):
        print(f"  {count} {ours} here, {'taken' if taken else 'refused'} there")
    for name, why, _ in KNOWN:
        print(f"  {seen[name]} differ by name: {name}: {why}")
    for what, case, theirs in wrong[:40]:
        print(f"\n{what}: {case['form']} {case['id']}\n  here: {case['told']}\n  there: {theirs[:4]}\n  {json.dumps(case['raw']['tools'])[:700]}")
    if wrong:
        sys.exit(f"{len(wrong)} disagreements")


main()
