"""
The process that runs a local model: llama.cpp's own server on a loopback port, for the process that started it.

    python -m bowerbird.models.local_server PATH CONTEXT_TOKENS

It reads the key that callers must show from standard input, says its address on standard output, and ends when standard
input does: so it never outlives its parent, however that dies. A process of its own, because it keeps all cores busy
and a fault in native code must not take the web process with it.
"""

import importlib
import os
import sys
from typing import Any

SLOTS = 2  # texts written at a time; the rest waits in the server's queue


def main(path: str, context_tokens: int) -> None:
    """Serve until standard input ends."""
    key = sys.stdin.readline().strip()
    try:
        server = _serve(path, context_tokens, key)
    except Exception as error:  # noqa: BLE001  whatever it is, the parent is told
        sys.stdout.write(f"error {' '.join(str(error).split())[:300]}\n")
        sys.stdout.flush()
        return
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)  # answers under way are nobody's any more


def _serve(path: str, context_tokens: int, key: str) -> Any:
    xllamacpp: Any = importlib.import_module("xllamacpp")  # it has no types

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = context_tokens * SLOTS
    params.n_parallel = SLOTS
    params.n_predict = context_tokens
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.endpoint_slots = False
    params.ui = False
    params.verbosity = 1
    # Threads that wait for each other sleep: spinning ones would take the cores from the web process and from crawls.
    params.cpuparams.poll = 0
    params.cpuparams_batch.poll = 0
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
