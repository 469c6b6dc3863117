"""Jobs that misbehave, for the child process of the tests."""

import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from kantong.geo.errors import Fault, TableError


def echo(task):
    return [dict(task.arguments), task.content.decode(), [path.name for path in task.files]]


def die(task):
    signal.raise_signal(signal.SIGKILL)


def stop_without_answer(task):
    os._exit(0)


def crash(task):
    raise RuntimeError(task.arguments["name"])


def eat_memory(task):
    return len(bytearray(task.arguments["megabytes"] << 20))


def spin(task):
    while True:
        pass


def sleep(task):
    task.progress(os.getpid())
    time.sleep(600)


def count(task):
    for number in range(3):
        task.progress({"done": number})
    return "all"


def chatter(task):
    for out in (1, 2):  # what a library written in C might do
        os.write(out, b"3573010101800001\n")
    return "quiet"


def flood(task):
    return "x" * (task.arguments["megabytes"] << 20)


def talk_without_end(task):
    while True:
        task.progress("x" * 1000)


def fault(task):
    raise TableError(Fault("{file}, line {line}: {reason}", file="a", line=3, reason=Fault("x.")))


def surroundings(task):
    return sorted(os.environ)


def loaded(task):
    readers = importlib.import_module("kantong.intake.readers")
    readers.read(task.content, "a")
    return sorted(sys.modules)


def connect(task):
    """Try every way out and report what stopped each."""
    port = task.arguments["port"]
    ways = {
        "socket": lambda: socket.create_connection(("127.0.0.1", port), timeout=2),
        "name": lambda: socket.getaddrinfo("localhost", port),
        "shell": lambda: os.system("true"),  # noqa: S605, S607 - refused, as the test shows
        "program": lambda: subprocess.run(["/bin/true"], check=False),
        "fork": os.fork,
    }
    return {way: _outcome(attempt) for way, attempt in ways.items()}


def connect_only(task):
    return _outcome(
        lambda: socket.create_connection(("127.0.0.1", task.arguments["port"]), timeout=2)
    )


def write(task):
    path = Path(task.arguments["path"])
    return [
        _outcome(lambda: path.write_text("x", "utf-8")),
        _outcome(lambda: os.open(path, os.O_CREAT | os.O_WRONLY)),
        _outcome(path.mkdir),
    ]


def write_natively(task):
    """Write where the hook cannot see it: to a file that is open already."""
    return _outcome(lambda: os.write(int(task.arguments["fd"]), b"x" * (2 << 20)))


def _outcome(attempt):
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"
