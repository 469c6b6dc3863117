"""Logs tell what the program did and never whom it did it for."""

import asyncio
import gc
import json
import logging
import sys
import threading
import warnings

from kantong.serving import logs
from kantong.views import unforeseen

PERSON = "Budi Santoso"
NIK = "3573011203800001"


def line_of(**fields):
    record = logging.makeLogRecord({"levelname": "ERROR", **fields})
    return json.loads(logs.Json().format(record))


def failing(words):
    try:
        try:
            {}[words]
        except KeyError as error:
            raise ValueError(words) from error
    except ValueError:
        return sys.exc_info()


def test_a_line_is_json_with_the_moment_in_utc():
    line = line_of(name="kantong", msg="request", created=0.0)
    assert line["at"] == "1970-01-01T00:00:00.000+00:00"
    assert (line["level"], line["logger"], line["message"]) == ("error", "kantong", "request")


def test_what_a_message_is_filled_with_is_left_out():
    line = line_of(name="streamlit.x", msg="origin=%s host=%s", args=(PERSON, NIK))
    assert line["message"] == "origin=%s host=%s"


def test_the_words_of_a_fault_are_left_out_and_its_kind_and_place_are_kept():
    line = line_of(name="kantong", msg="unforeseen", exc_info=failing(f"{PERSON} {NIK}"))
    assert line["error"] == ["ValueError", "KeyError"]
    assert line["where"][0].startswith("tests/serving/test_logs.py:")
    assert PERSON not in json.dumps(line)
    assert NIK not in json.dumps(line)


def test_long_numbers_are_taken_out_of_words_and_strangers_add_no_fields():
    line = line_of(name="other", msg=f"no row {NIK}", file="dtsen-budi.csv")
    assert line["message"] == "no row …"
    assert "file" not in line
    assert line_of(name="kantong.requests", msg="request", status=404)["status"] == 404


def test_what_a_library_filled_in_itself_is_left_out(caplog):
    """As asyncio tells a task that failed with nobody waiting for it."""

    async def fail():
        raise ValueError(PERSON)

    async def forget():
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(forget())
    (record,) = (one for one in caplog.records if one.name == "asyncio")
    assert PERSON in record.getMessage()
    line = json.loads(logs.Json().format(record))
    assert line["message"] == "Task exception was never retrieved"
    assert line["error"] == ["ValueError"]
    assert PERSON not in json.dumps(line)


def test_a_warning_is_told_by_its_place_and_kind(caplog):
    logging.captureWarnings(capture=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning(UserWarning(PERSON), UserWarning, "/a/b/pandas/io.py", 7)
    finally:
        logging.captureWarnings(capture=False)
    (record,) = caplog.records
    assert PERSON in record.getMessage()
    assert json.loads(logs.Json().format(record))["message"] == "pandas/io.py:7 UserWarning"


def test_a_fault_given_as_the_message_is_told_by_its_kind():
    assert line_of(name="other", msg=ValueError(PERSON))["message"] == "ValueError"


def test_loggers_of_the_server_speak_json_and_no_address(monkeypatch, capsys):
    root = logging.getLogger()
    kept = root.handlers, root.level, sys.excepthook, threading.excepthook
    monkeypatch.setenv(logs.LEVEL, "info")
    try:
        logs.begin()
        logging.getLogger("uvicorn.access").info('"GET /?kelurahan=%s"', PERSON)
        logging.getLogger("kantong.requests").info("request", extra={"status": 200})
    finally:
        root.handlers, root.level = kept[:2]
        sys.excepthook, threading.excepthook = kept[2:]
        logging.captureWarnings(capture=False)
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["logger"] for line in said] == ["kantong.requests"]


def test_no_two_faults_have_the_same_number():
    numbers = {unforeseen.reference() for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(len(one) == 8 and int(one, 16) >= 0 for one in numbers)
