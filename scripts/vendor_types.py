"""Writes the request bodies of tests/wire as JSON lines for a validator of the vendors' own types: vendor_types.py > cases.jsonl

Left out are bodies for servers that deviate from the vendor's types on purpose: those cases name a `base_url`."""

import json
import pathlib

for folder in sorted(pathlib.Path("tests/wire").iterdir()):
    for path in sorted(folder.glob("request_*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        if "base_url" in case or "body" not in case:
            continue
        line = {"protocol": folder.name.replace("-", "_"), "kind": "request", "id": f"{folder.name}/{path.stem}", "body": case["body"]}
        if folder.name == "anthropic":
            line["anthropic_version"] = "2023-06-01"
        print(json.dumps(line))
