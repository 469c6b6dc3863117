# ruff: noqa: SLF001 - a broken child is put behind the public doors
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from kantong.geo.errors import Fault, TableError
from kantong.intake import child, sandbox
from kantong.intake.grid import Grid
from kantong.intake.sandbox import CancelledError, Limits, read, read_in_batch, run
from tests.conftest import ROOT
from tests.intake import hostile, probes

LIMITS = Limits(memory_mb=512, cpu_s=5, wall_s=10, answer_mb=4)
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
PROBES = [name for name, job in vars(probes).items() if callable(job) and not name[0].isupper()]


@pytest.fixture(autouse=True)
def _nothing_stays_on_disk(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture(autouse=True)
def _probes_can_be_called(monkeypatch):
    for name in PROBES:
        monkeypatch.setitem(child.JOBS, name, ("tests.intake.probes", name))
    # Appended to what the child runs before it does its job.
    monkeypatch.setattr(sandbox, "_PROLOGUE", f"{sandbox._PROLOGUE}child.JOBS = {child.JOBS!r}; ")


@pytest.fixture
def listener():
    """Yield a socket that listens, and at the end check that nobody called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def refused_as_dead(job, arguments=None, limits=LIMITS):
    told = {"name": "data.csv"} | (arguments or {})
    with pytest.raises(TableError, match=r"data\.csv: could not be read within.*one table only"):
        run(job, told, limits=limits)


def test_arguments_and_files_reach_the_job(tmp_path):
    files = [tmp_path / "register.csv"]
    assert run("echo", {"a": [1, "é"]}, limits=LIMITS, given=files) == [
        {"a": [1, "é"]},
        "",
        ["register.csv"],
    ]


def test_only_listed_jobs_can_be_called():
    with pytest.raises(KeyError, match=r"os\.system"):
        run("os.system", {}, limits=LIMITS)


def test_the_child_refuses_unlisted_jobs_too(monkeypatch):
    monkeypatch.setitem(child.JOBS, "builtins.repr", ("builtins", "repr"))
    refused_as_dead("builtins.repr")


@pytest.mark.parametrize("job", ["die", "stop_without_answer", "crash"])
def test_a_child_that_dies_is_a_fault_of_the_file(job):
    refused_as_dead(job)


@ONLY_LINUX
def test_memory_is_limited():
    assert run("eat_memory", {"megabytes": 100}, limits=LIMITS) == 100 << 20
    refused_as_dead("eat_memory", {"megabytes": 600})


@ONLY_LINUX
def test_time_of_the_processor_is_limited():
    start = time.monotonic()
    refused_as_dead("spin", limits=dataclasses.replace(LIMITS, cpu_s=1, wall_s=30))
    assert time.monotonic() - start < 15


def test_time_on_the_clock_is_limited():
    refused_as_dead("sleep", limits=dataclasses.replace(LIMITS, wall_s=1))


@pytest.mark.parametrize("job", ["flood", "talk_without_end"])
def test_the_answer_is_limited(job):
    assert len(run("flood", {"megabytes": 3}, limits=LIMITS)) == 3 << 20
    start = time.monotonic()
    refused_as_dead(job, {"megabytes": 5})
    assert time.monotonic() - start < LIMITS.wall_s / 2


def test_what_a_library_prints_is_not_heard(capfd):
    assert run("chatter", {}, limits=LIMITS) == "quiet"
    assert capfd.readouterr() == ("", "")


def test_progress_is_told_in_order():
    heard: list[object] = []
    assert run("count", {}, limits=LIMITS, progress=heard.append) == "all"
    assert heard == [{"done": 0}, {"done": 1}, {"done": 2}]


def test_cancelling_kills_the_child():
    cancelled = threading.Event()
    pids = []

    def progress(pid):
        pids.append(pid)
        cancelled.set()

    with pytest.raises(CancelledError):
        run("sleep", {}, limits=LIMITS, progress=progress, cancelled=cancelled)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_the_child_learns_nothing_of_its_surroundings(monkeypatch):
    monkeypatch.setenv("KANTONG_DATABASE_URL", "postgresql://secret")
    assert set(run("surroundings", {}, limits=LIMITS)) <= {
        "LANG",
        "LC_CTYPE",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PROJ_NETWORK",
        "SYSTEMROOT",
    }


def test_no_way_out_of_the_child(listener):
    port = listener.getsockname()[1]
    assert set(run("connect", {"port": port}, limits=LIMITS).values()) == {"PermissionError"}


def without(function):
    return f"{sandbox._PROLOGUE}child.{function} = lambda **_: None; "


def test_the_hook_alone_stops_connections(listener, monkeypatch):
    monkeypatch.setattr(sandbox, "_PROLOGUE", without("shut_in"))
    port = listener.getsockname()[1]
    assert run("connect_only", {"port": port}, limits=LIMITS) == "PermissionError"


@ONLY_LINUX
def test_the_empty_network_alone_stops_connections(listener, monkeypatch):
    if not _may_leave_the_network():
        pytest.skip("this kernel gives no network of its own to a user")
    monkeypatch.setattr(sandbox, "_PROLOGUE", without("refuse_all_else"))
    port = listener.getsockname()[1]
    assert run("connect_only", {"port": port}, limits=LIMITS) == "OSError"


def _may_leave_the_network():
    code = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x50000000) != 0)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_child_writes_no_file(tmp_path):
    path = tmp_path / "trace"
    assert run("write", {"path": str(path)}, limits=LIMITS) == ["PermissionError"] * 3
    assert not path.exists()


@ONLY_LINUX
def test_not_even_an_open_file_can_be_written():
    # Standard input is the anonymous file that holds the content.
    assert run("write_natively", {"fd": 0}, limits=LIMITS) == "OSError"


def test_faults_travel_as_templates():
    with pytest.raises(TableError) as caught:
        run("fault", {}, limits=LIMITS)
    (fault,) = caught.value.faults
    assert fault.message == "{file}, line {line}: {reason}"
    assert fault.details["line"] == 3
    words = {fault.message: "{file}:{line}:{reason}", "x.": "y."}
    assert fault.describe(words.__getitem__) == "a:3:y."


@pytest.mark.parametrize(
    "packed",
    [
        {"message": "{file.__class__}", "details": {"file": "a"}},
        {"message": "{file:>999999999}", "details": {"file": "a"}},
        {"message": "{other}", "details": {"file": "a"}},
        {"message": "x", "details": []},
        {"message": "x"},
        None,
    ],
)
def test_faults_of_a_broken_child_are_not_trusted(packed):
    with pytest.raises(TableError, match="a: could not be read within the limits"):
        sandbox._understand({"faults": [packed]}, "a")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        7,
        [["", [], [], [], []]],
        [["", [["a"]], [1, 2], [], []]],
        [["", [["a"], ["a", "b"]], [1, 2], [], []]],
        [["", [[{"a": 1}]], [1], [], []]],
        [["", [["a"]], ["1"], [], []]],
        [["", [["a"]], [1], [[1]], []]],
        [["", [["a"]], [1], [], [[1]]]],
        [[7, [["a"]], [1], [], []]],
    ],
)
def test_answers_of_a_broken_child_are_not_trusted(answer):
    with pytest.raises(TableError, match="a: could not be read within the limits"):
        sandbox._grids(answer, "a")


def test_gdal_is_never_loaded():
    for content in (hostile.geojson(), hostile.geopackage()):
        order = sandbox._Order("loaded", {"name": "a"}, content=content)
        modules = sandbox._run(order, LIMITS)
        assert "kantong.intake.layer" in modules
        assert not [name for name in modules if name.split(".")[0] in {"pyogrio", "osgeo"}]


@ONLY_LINUX
def test_killing_the_parent_leaves_neither_child_nor_file(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from kantong.intake import child, sandbox\n"
        "child.JOBS['sleep'] = ('tests.intake.probes', 'sleep')\n"
        "sandbox._PROLOGUE += f'child.JOBS = {child.JOBS!r}; '\n"
        "order = sandbox._Order('sleep', {}, content=b'3573010101800001')\n"
        "sandbox._run(order, sandbox.Limits(), lambda pid: print(pid, flush=True))\n"
    )
    told = os.environ | {"TMPDIR": str(tmp_path / "temporary")}
    command = [sys.executable, "-c", code, str(ROOT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=told) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not _is_alive(pid))


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_file_is_read_within_a_second():
    start = time.monotonic()
    (grid,) = read(hostile.text_table(";"), "data.csv")
    assert time.monotonic() - start < 1
    assert grid.rows[1] == ("99.01.01.1001", "Anggrek", "12")


def test_a_large_file_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(sandbox, "_run", None)
    with pytest.raises(TableError, match=r"besar\.csv: is larger than 50 MB"):
        read(bytes(sandbox.MOST_MB * (1 << 20) + 1), "besar.csv")


def test_a_batch_reads_as_one_by_one_does(monkeypatch):
    files = [
        (hostile.text_table(";"), "a.csv"),
        (b"", "empty.csv"),
        (hostile.far_cell(), "far.xlsx"),
        (hostile.xlsx(), "a.xlsx"),
        (hostile.geopackage(), "a.gpkg"),
        (bytes(sandbox.MOST_MB * (1 << 20) + 1), "large.csv"),
        (hostile.ods(), "a.ods"),
    ]
    for (content, name), outcome in zip(files, read_in_batch(files), strict=True):
        if isinstance(outcome, TableError):
            with pytest.raises(TableError) as caught:
                read(content, name)
            assert str(outcome) == str(caught.value)
        else:
            assert outcome == read(content, name)


@ONLY_LINUX
def test_a_batch_outlives_the_death_of_a_file(monkeypatch):
    killing = (
        "from kantong.intake import readers, textfile; import os; "
        "sound = textfile.read_text; textfile.read_text = lambda content, name: "
        "os._exit(3) if name == 'die.csv' else sound(content, name); "
    )
    monkeypatch.setattr(sandbox, "_PROLOGUE", sandbox._PROLOGUE + killing)
    files = [(b"a,b\n1,2\n", name) for name in ("a.csv", "die.csv", "b.csv")]
    first, second, third = read_in_batch(files)
    assert first == third == (Grid("", (("a", "b"), ("1", "2")), (1, 2)),)
    assert "die.csv: could not be read within the limits" in str(second)


@ONLY_LINUX
def test_a_batch_reads_fifty_files_a_second():
    files = [(hostile.text_table(","), "a.csv")] * 100
    start = time.monotonic()
    assert len(set(read_in_batch(files))) == 1
    assert time.monotonic() - start < 2 + 2  # two for a busy machine


def test_every_fault_of_ours_is_a_fault(tmp_path):
    with pytest.raises(TableError) as caught:
        read(b"%PDF-1.7", "laporan.xlsx")
    assert all(isinstance(fault, Fault) for fault in caught.value.faults)
