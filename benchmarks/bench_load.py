"""Thirty people at once: each changes the indicator, opens a profile, goes to the next page.

Sessions speak the app's own protocol over sockets, as the browser does, so that one machine can
hold thirty; what a browser draws is not in the figures (bench_map.py has that). A step is over
when the app says that its run has ended, with all it sent in between received.

    python benchmarks/bench_load.py [--sessions 30] [--minutes 0] [--think 5] [--processes 2]
"""

import argparse
import asyncio
import itertools
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Origin, Subprotocol
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[1]
AIM_S = 1.0
_PATIENCE_S = 60.0
_ROUND, _LONG = 7, 20
_KELURAHAN = ("35.73.05.1004", "35.73.04.1009", "35.73.02.1007", "35.73.01.1001")
_LABEL = "Indikator"
_LARGEST = 64 * 2**20


@dataclass
class Tally:
    """What was measured: seconds by kind of step, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    received: int = 0


@dataclass
class Visitor:
    """One browser: its socket, and the pages it was told of."""

    socket: ClientConnection
    tally: Tally
    pages: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    async def go(self, step: str, page: str, query: str = "", option: int | None = None) -> None:
        """Ask for a page, or for another indicator on it, and wait until it has been sent whole."""
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = page
        if option is not None:
            identity, options = self.boxes[_LABEL]
            chosen = asked.rerun_script.widget_states.widgets.add(id=identity)
            chosen.string_value = options[option % len(options)]
        if page in self.pages:
            asked.rerun_script.page_script_hash = self.pages[page]
        began = time.perf_counter()
        await self.socket.send(asked.SerializeToString())
        await asyncio.wait_for(self._hear(step), _PATIENCE_S)
        self.tally.seconds.setdefault(step, []).append(time.perf_counter() - began)

    async def _hear(self, step: str) -> None:
        while True:
            message = await self.socket.recv()
            self.tally.received += len(message)
            if isinstance(message, str):
                continue
            said = ForwardMsg.FromString(message)
            kind = said.WhichOneof("type")
            if kind == "navigation":
                pages = said.navigation.app_pages
                self.pages = {one.url_pathname: one.page_script_hash for one in pages}
            elif kind == "delta" and said.delta.new_element.HasField("selectbox"):
                box = said.delta.new_element.selectbox
                self.boxes[box.label] = box.id, list(box.options)
            elif kind == "delta" and _is_fault(said):
                self.tally.faults.append(f"{step}: {_words(said)}")
            elif kind == "script_finished":
                return


def _is_fault(said: ForwardMsg) -> bool:
    element = said.delta.new_element
    return element.WhichOneof("type") == "exception" or (
        element.WhichOneof("type") == "alert" and element.alert.format == element.alert.ERROR
    )


def _words(said: ForwardMsg) -> str:
    element = said.delta.new_element
    return element.alert.body[:80] if element.HasField("alert") else element.exception.type


def steps(drawn: random.Random) -> Iterator[tuple[str, str, str, int | None]]:
    """Yield what one person does, over and over: step, page, address, place in the list."""
    while True:
        yield "page", "peta", "", None
        for option in drawn.sample(range(20), 3):
            yield "indicator", "peta", "", option
        yield "profile", "profil", f"kelurahan={drawn.choice(_KELURAHAN)}", None
        yield "page", "prioritas", "", None
        yield "page", "metode", "", None


async def visit(address: str, number: int, until: float, think_s: float, tally: Tally) -> None:
    """Do as one person until a moment, and at least one round."""
    url = f"{address.replace('http', 'ws')}/_stcore/stream"
    async with connect(
        url, subprotocols=[Subprotocol("streamlit")], max_size=_LARGEST, origin=Origin(address)
    ) as opened:
        visitor = Visitor(opened, tally)
        drawn = random.Random(number)  # noqa: S311 - no secret
        await asyncio.sleep(drawn.random() * think_s)
        await visitor.go("first page", "")
        for done, (step, page, query, option) in enumerate(steps(drawn)):
            if done >= _ROUND and time.monotonic() > until:
                return
            await asyncio.sleep(think_s * (0.5 + drawn.random()))
            await visitor.go(step, page, query, option)


async def crowd(
    servers: list[tuple[str, int]], sessions: int, minutes: float, think_s: float
) -> tuple[Tally, list[float]]:
    """Return what all measured, and the memory of the app in MB every five seconds."""
    for address, _pid in servers:  # someone was there before, as on any other day
        await visit(address, -1, 0.0, 0.0, Tally())
    tally, memory = Tally(), [memory_mb(servers)]
    until = time.monotonic() + minutes * 60

    async def watch() -> None:
        while True:
            await asyncio.sleep(5)
            memory.append(memory_mb(servers))

    watching = asyncio.create_task(watch())
    visits = (
        visit(servers[number % len(servers)][0], number, until, think_s, tally)
        for number in range(sessions)
    )
    for outcome in await asyncio.gather(*visits, return_exceptions=True):
        if outcome is not None:
            tally.faults.append(repr(outcome))
    memory.append(memory_mb(servers))
    watching.cancel()
    return tally, memory


def memory_mb(servers: list[tuple[str, int]]) -> float:
    """Return what the processes hold in memory by themselves."""
    files = (Path(f"/proc/{pid}/smaps_rollup") for _address, pid in servers)
    rows = (row for file in files for row in file.read_text("ascii").splitlines())
    return sum(int(row.split()[1]) for row in rows if row.startswith("Private")) / 1024


@contextmanager
def app(cores: int) -> Iterator[tuple[str, int]]:
    """Start the app as a user does, on so many cores; yield its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "kantong", "serve", "--port", str(port)]
    told = os.environ | {"KANTONG_DATA": str(ROOT / "data")}
    with subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.DEVNULL) as server:
        try:
            os.sched_setaffinity(server.pid, set(itertools.islice(os.sched_getaffinity(0), cores)))
            _wait(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.terminate()


def _wait(address: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def report(tally: Tally, memory: list[float], sessions: int) -> None:
    """Print what was measured beside what is aimed at."""
    print(f"{sessions} sessions; load of the machine now {os.getloadavg()[0]:.1f}")
    every = [second for values in tally.seconds.values() for second in values]
    for step, values in [*tally.seconds.items(), ("all", every)]:
        if len(values) > 1:
            print(
                f"{step:12} n {len(values):6}  p50 {percentile(values, 0.5):6.3f} s  "
                f"p95 {percentile(values, 0.95):6.3f} s  worst {max(values):6.3f} s"
            )
    print(f"{'errors':12} {len(tally.faults)}  {sorted(set(tally.faults))[:3]}")
    print(f"{'memory':12} {memory[0]:.0f} MB before, {max(memory):.0f} MB most, "
          f"{(max(memory) - memory[0]) / sessions:.1f} MB a session")  # fmt: skip
    if len(memory) > _LONG:
        part = len(memory) // 4
        means = (statistics.mean(memory[first * part : (first + 1) * part]) for first in range(4))
        print(f"{'':12} by quarter of the time: {', '.join(f'{mean:.0f}' for mean in means)} MB")
    met = percentile(every, 0.95) <= AIM_S and not tally.faults
    print(f"aim: p95 of all at most {AIM_S} s, no error: {'met' if met else 'missed'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=0.0, help="soak; one round without")
    parser.add_argument("--think", type=float, default=5.0, help="seconds between two steps")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2, help="of the app, as behind nginx")
    given = parser.parse_args()
    with ExitStack() as stack:
        servers = [stack.enter_context(app(given.cores)) for _ in range(given.processes)]
        tally, memory = asyncio.run(crowd(servers, given.sessions, given.minutes, given.think))
    report(tally, memory, given.sessions)


if __name__ == "__main__":
    main()
