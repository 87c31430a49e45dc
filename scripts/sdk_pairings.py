"""The vendors' official Python SDKs as clients of the gateway, in front of a service of each protocol.

    python scripts/sdk_pairings.py GATEWAY

GATEWAY is the built example. One gateway answers with the offline planner; four more ask it, each in another protocol;
each SDK asks these four. So every request and every reply crosses a real socket twice and is translated on the way:
a tool loop with two calls in one turn, whole and streamed; then errors, of the gateway's own and of a service.
Prints a line for each pairing; ends with 1 if one fails. Needs openai, anthropic and google-genai.
"""

import contextlib
import http.server
import json
import os
import secrets
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request

import anthropic
import openai
from google import genai
from google.genai import errors as genai_errors
from google.genai import types as genai_types

KEY = "gateway-" + secrets.token_hex(8)
QUESTION = "What is the weather in Paris and in Tokyo?"
NAME, DESCRIPTION = "get_weather", "Get the weather of a city"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Name of the city"}},
    "required": ["city"],
}
SKIES = {"Paris": "cloudless", "Tokyo": "thundery"}
PROTOCOLS = ["openai-chat", "openai-responses", "anthropic", "gemini"]


def weather(arguments):
    return json.dumps({"sky": SKIES[arguments["city"]]})


def check(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, got {found!r}")


def check_calls(calls):
    """`calls` are pairs of an id and the arguments."""
    check([arguments for _, arguments in calls], [{"city": "Paris"}, {"city": "Tokyo"}], "the calls of the first turn")
    check(len({id for id, _ in calls}), 2, "distinct ids")


def check_answer(text):
    for sky in SKIES.values():
        if sky not in text:
            raise AssertionError(f"the answer does not tell of {sky!r}: {text!r}")


class OpenAiChat:
    """The `openai` SDK, chat.completions."""

    refused = {401: openai.AuthenticationError, 400: openai.BadRequestError, 429: openai.RateLimitError}
    broken = openai.APIError

    def __init__(self, base, key=KEY):
        self.client = openai.OpenAI(base_url=base + "/v1", api_key=key, max_retries=0)
        self.tools = [{"type": "function", "function": {"name": NAME, "description": DESCRIPTION, "parameters": SCHEMA}}]

    def ask(self, messages, stream, **more):
        asked = dict(model="any", messages=messages, tools=self.tools, **more)
        if not stream:
            return self.client.chat.completions.create(**asked).choices[0].message
        with self.client.chat.completions.stream(**asked) as events:
            return events.get_final_completion().choices[0].message

    def loop(self, stream):
        messages = [{"role": "user", "content": QUESTION}]
        reply = self.ask(messages, stream)
        calls = [(call.id, json.loads(call.function.arguments)) for call in reply.tool_calls]
        check_calls(calls)
        messages.append(reply.model_dump(exclude_none=True, include={"role", "content", "tool_calls"}))
        messages += [{"role": "tool", "tool_call_id": id, "content": weather(arguments)} for id, arguments in calls]
        check_answer(self.ask(messages, stream).content)

    def say(self, stream=False):
        self.ask([{"role": "user", "content": QUESTION}], stream)

    def say_wrong(self):
        self.ask([{"role": "user", "content": 7}], False)


class OpenAiResponses(OpenAiChat):
    """The `openai` SDK, responses."""

    def __init__(self, base, key=KEY):
        super().__init__(base, key)
        self.tools = [{"type": "function", "name": NAME, "description": DESCRIPTION, "parameters": SCHEMA, "strict": False}]

    def ask(self, messages, stream, **more):
        asked = dict(model="any", input=messages, tools=self.tools, store=False, **more)
        if not stream:
            return self.client.responses.create(**asked)
        with self.client.responses.stream(**asked) as events:
            return events.get_final_response()

    def loop(self, stream):
        messages = [{"role": "user", "content": QUESTION}]
        reply = self.ask(messages, stream)
        calls = [item for item in reply.output if item.type == "function_call"]
        calls = [(call.call_id, json.loads(call.arguments)) for call in calls]
        check_calls(calls)
        fields = {"type", "call_id", "name", "arguments", "id", "role", "content", "summary", "encrypted_content"}
        messages += [item.model_dump(exclude_none=True, include=fields) for item in reply.output]
        for id, arguments in calls:
            messages.append({"type": "function_call_output", "call_id": id, "output": weather(arguments)})
        check_answer(self.ask(messages, stream).output_text)


class Anthropic:
    """The `anthropic` SDK."""

    refused = {401: anthropic.AuthenticationError, 400: anthropic.BadRequestError, 429: anthropic.RateLimitError}
    broken = anthropic.APIError

    def __init__(self, base, key=KEY):
        self.client = anthropic.Anthropic(base_url=base, api_key=key, max_retries=0)

    def ask(self, messages, stream):
        tools = [{"name": NAME, "description": DESCRIPTION, "input_schema": SCHEMA}]
        asked = dict(model="any", max_tokens=1000, messages=messages, tools=tools)
        if not stream:
            return self.client.messages.create(**asked)
        with self.client.messages.stream(**asked) as events:
            return events.get_final_message()

    def loop(self, stream):
        messages = [{"role": "user", "content": QUESTION}]
        reply = self.ask(messages, stream)
        check(reply.stop_reason, "tool_use", "the stop reason")
        calls = [(block.id, block.input) for block in reply.content if block.type == "tool_use"]
        check_calls(calls)
        results = [{"type": "tool_result", "tool_use_id": id, "content": weather(input)} for id, input in calls]
        messages += [{"role": "assistant", "content": reply.content}, {"role": "user", "content": results}]
        check_answer("".join(block.text for block in self.ask(messages, stream).content if block.type == "text"))

    def say(self, stream=False):
        self.ask([{"role": "user", "content": QUESTION}], stream)

    def say_wrong(self):
        self.ask([{"role": "user", "content": 7}], False)


class Gemini:
    """The `google-genai` SDK."""

    refused = dict.fromkeys([401, 400, 429], genai_errors.ClientError)
    broken = genai_errors.APIError

    def __init__(self, base, key=KEY):
        self.client = genai.Client(api_key=key, vertexai=False, http_options=genai_types.HttpOptions(base_url=base))
        declared = genai_types.FunctionDeclaration(name=NAME, description=DESCRIPTION, parameters_json_schema=SCHEMA)
        self.config = genai_types.GenerateContentConfig(
            tools=[genai_types.Tool(function_declarations=[declared])],
            automatic_function_calling=genai_types.AutomaticFunctionCallingConfig(disable=True),
        )

    def ask(self, contents, stream):
        asked = dict(model="any", contents=contents, config=self.config)
        if not stream:
            return self.client.models.generate_content(**asked).candidates[0].content.parts
        chunks = list(self.client.models.generate_content_stream(**asked))
        contents = [chunk.candidates[0].content for chunk in chunks if chunk.candidates]
        return [part for content in contents if content for part in content.parts or []]

    def loop(self, stream):
        contents = [genai_types.UserContent(QUESTION)]
        parts = self.ask(contents, stream)
        calls = [part.function_call for part in parts if part.function_call]
        check([call.args for call in calls], [{"city": "Paris"}, {"city": "Tokyo"}], "the calls of the first turn")
        contents.append(genai_types.ModelContent(parts))
        contents.append(genai_types.UserContent([
            genai_types.Part(function_response=genai_types.FunctionResponse(
                id=call.id, name=call.name, response=json.loads(weather(call.args))))
            for call in calls
        ]))
        check_answer("".join(part.text or "" for part in self.ask(contents, stream)))

    def say(self, stream=False):
        self.ask([genai_types.UserContent(QUESTION)], stream)

    def say_wrong(self):
        # The SDK itself lets no malformed contents through.
        config = self.config.model_copy(update={"http_options": genai_types.HttpOptions(extra_body={"contents": 7})})
        self.client.models.generate_content(model="any", contents=QUESTION, config=config)


CLIENTS = dict(zip(PROTOCOLS, [OpenAiChat, OpenAiResponses, Anthropic, Gemini]))


@contextlib.contextmanager
def gateway(program, **settings):
    """A gateway on a free port; gives its address."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("FCALL_")}
    address = {"FCALL_GATEWAY_KEY": KEY, "FCALL_GATEWAY_ADDRESS": "127.0.0.1:0"}
    process = subprocess.Popen([program], env=usual | address | settings, stdout=subprocess.PIPE, text=True)
    try:
        base = process.stdout.readline().strip()
        check(base.startswith("http://"), True, "the gateway says where it listens")
        yield base
    finally:
        process.kill()
        process.wait()


def in_front_of(program, base, protocol, key=KEY):
    versioned = {"openai-chat": "/v1", "openai-responses": "/v1"}.get(protocol, "")
    settings = dict(FCALL_MODEL="planner", FCALL_BASE_URL=base + versioned, FCALL_PROTOCOL=protocol, FCALL_API_KEY=key)
    return gateway(program, **settings)


class Failing(http.server.BaseHTTPRequestHandler):
    """A service that refuses whole requests for want of credit, and fails in the middle of a stream.

    Asked to go on, it streams until nobody listens any more, and then sets `left`.
    """

    left = threading.Event()

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "go on" in json.dumps(asked["messages"]):
            return self.go_on()
        error = {"error": {"message": "no credit is left", "type": "insufficient_quota", "code": "insufficient_quota"}}
        if not asked.get("stream"):
            return self.answer(429, "application/json", json.dumps(error))
        self.answer(200, "text/event-stream", f"data: {json.dumps(self.chunk)}\n\ndata: {json.dumps(error)}\n\n")

    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m",
             "choices": [{"index": 0, "delta": {"role": "assistant", "content": "It is"}}]}

    def go_on(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        try:
            for _ in range(1000):
                self.wfile.write(f"data: {json.dumps(self.chunk)}\n\n".encode())
                time.sleep(0.02)
        except OSError:
            self.left.set()

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def failing():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def check_refused(expected, status, words, ask):
    try:
        ask()
    except expected as error:
        found = getattr(error, "status_code", None) or getattr(error, "code", None)
        if status is not None:
            check(found, status, "the status of the error")
        if words not in str(error):
            raise AssertionError(f"the error does not say {words!r}: {error}") from error
        return
    raise AssertionError(f"expected {expected.__name__}, but there was an answer")


def check_status(base, expected, headers, method="GET", path="/v1/models", body=None):
    request = urllib.request.Request(base + path, headers=headers, method=method, data=body)
    try:
        with urllib.request.urlopen(request) as answer:
            found, allowed = answer.status, answer.headers.get("access-control-allow-origin")
    except urllib.error.HTTPError as error:
        found, allowed = error.code, error.headers.get("access-control-allow-origin")
    check(found, expected, f"the status of {method} {path} with {sorted(headers)}")
    check(allowed, None, "what other origins are allowed")


def check_door(base):
    own = {"authorization": "Bearer " + KEY}
    check_status(base, 200, own)
    check_status(base, 200, {"x-api-key": KEY})
    check_status(base, 200, {"x-goog-api-key": KEY})
    check_status(base, 401, {})
    check_status(base, 401, {"authorization": "Bearer " + KEY[:-1]})
    check_status(base, 403, own | {"host": "elsewhere.example"})
    check_status(base, 405, own | {"origin": "http://elsewhere.example"}, method="OPTIONS")
    check_status(base, 404, own, path="/v1/files")
    check_status(base, 400, own, method="POST", path="/v1beta/models/any:streamGenerateContent", body=b"{}")
    check_status(base, 413, own, method="POST", path="/v1/responses", body=b" " * (33 << 20))


def check_unsayable(base):
    choice = {"type": "function", "function": {"name": "get_rich"}}
    ask = lambda: OpenAiChat(base).ask([{"role": "user", "content": QUESTION}], False, tool_choice=choice)
    check_refused(openai.BadRequestError, 400, "get_rich", ask)


def check_left_out(base):
    asked = dict(model="any", messages=[{"role": "user", "content": QUESTION}])
    raw = OpenAiChat(base).client.chat.completions.with_raw_response
    check(raw.create(**asked, store=False).headers.get("x-fcall-left-out"), None, "what is left out")
    left_out = raw.create(**asked, logit_bias={"1": 1}).headers.get("x-fcall-left-out")
    check(left_out, "logit_bias", "what is left out")


def check_cancelled(base):
    messages = [{"role": "user", "content": "go on"}]
    events = OpenAiChat(base).client.chat.completions.create(model="any", messages=messages, stream=True)
    next(iter(events))
    events.close()
    check(Failing.left.wait(10), True, "the service is left once the client is gone")


def main(program):
    failures = 0

    def case(name, run, *arguments):
        nonlocal failures
        try:
            run(*arguments)
            print(f"ok      {name}", flush=True)
        except Exception:
            failures += 1
            print(f"FAILED  {name}\n{traceback.format_exc(limit=-3)}", flush=True)

    with gateway(program, FCALL_MODEL="offline") as planner, failing() as broken:
        case("the gateway's door", check_door, planner)
        case("a key that only its own protocol knows", check_left_out, planner)
        for upstream in PROTOCOLS:
            with in_front_of(program, planner, upstream) as base:
                for name, client in CLIENTS.items():
                    case(f"{name} -> {upstream}, whole", client(base).loop, False)
                    case(f"{name} -> {upstream}, streamed", client(base).loop, True)
        with in_front_of(program, planner, "anthropic", key="wrong") as base:
            ask = OpenAiChat(base).say
            case("a wrong key of the gateway's own", check_refused, openai.InternalServerError, 502, "401", ask)
        with in_front_of(program, broken, "openai-chat") as base:
            case("a forced tool that is not there", check_unsayable, base)
            case("a client that leaves", check_cancelled, base)
            for name, client in CLIENTS.items():
                refused = client.refused
                stranger, known = client(planner, key="wrong"), client(base)
                case(f"{name}: a wrong key", check_refused, refused[401], 401, "key is missing or wrong", stranger.say)
                case(f"{name}: a malformed request", check_refused, refused[400], 400, "", known.say_wrong)
                case(f"{name}: no credit", check_refused, refused[429], 429, "no credit is left", known.say)
                late = lambda: known.say(stream=True)
                case(f"{name}: an error within a stream", check_refused, client.broken, None, "no credit is left", late)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
