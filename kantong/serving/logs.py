"""Logs as lines of JSON in which nobody's name, question or file should stand.

What a message was filled in with is left out, since it may come from data: only the words of the
program stand there, the kind of a fault and where in the program it arose. What is to be known of
an event is given by name in ``extra``, by our own code. A library may have filled in its message
before; of that, what comes before the first colon or line is kept, which is words in all that we
know of.
"""

import datetime as dt
import json
import logging
import os
import re
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from kantong.serving import metrics

LEVEL = "KANTONG_LOG"
UNFORESEEN = "unforeseen"
_OURS = "kantong"
# Both quote what was asked for; kantong.requests says how it went.
_TALKATIVE = ("uvicorn.access", "websockets.server")
_ROOT = Path(__file__).resolve().parents[2]
_FRAMES = 12
_LONGEST = 300
_NUMBER = re.compile(r"\d{6,}")
_WARNING = re.compile(r"(\S+):(\d+): (\w+Warning):")
_FILLED_IN = re.compile(r"[:\n]")
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Json(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:  # noqa: D102 - as the class says
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line: dict[str, Any] = {
            "at": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _NUMBER.sub("…", _words(record))[:_LONGEST],
        }
        if _is_ours(record):
            line |= {key: value for key, value in vars(record).items() if key not in _KNOWN}
        if record.exc_info and record.exc_info[1] is not None:
            line |= told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] == _OURS


def _words(record: logging.LogRecord) -> str:
    """Return a message as the program wrote it, without what was filled in."""
    if not isinstance(record.msg, str):  # a fault, say, whose words may come from data
        return type(record.msg).__name__
    if warned := _WARNING.match(record.msg):
        return f"{_short(warned[1])}:{warned[2]} {warned[3]}"
    return record.msg if record.args or _is_ours(record) else _FILLED_IN.split(record.msg, 1)[0]


def told(error: BaseException) -> dict[str, Any]:
    """Return the kind of a fault, those it came from, and where it arose; never its words."""
    kinds, seen = [], set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {
        "error": kinds,
        "where": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _short(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return path.relative_to(_ROOT).as_posix()
    return "/".join(path.parts[-2:])


def begin() -> None:
    """Send all logs of this process to standard error as JSON, from ``KANTONG_LOG`` upwards.

    Loggers of Streamlit and uvicorn that have handlers of their own lose them.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json())
    level = os.environ.get(LEVEL, "warning").upper()
    root = logging.getLogger()
    root.handlers = [handler]
    known = logging.getLevelNamesMapping()
    root.setLevel(known.get(level, logging.WARNING))
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in {"streamlit", "uvicorn", "websockets"}:
            leave_to_us(logging.getLogger(name))
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.captureWarnings(capture=True)
    sys.excepthook = _unforeseen
    threading.excepthook = _unforeseen_in_thread


def leave_to_us(logger: logging.Logger) -> None:
    """Take the handlers of a logger away, so that what it says goes through ours."""
    logger.handlers, logger.propagate = [], True
    logger.setLevel(logging.NOTSET)


def _unforeseen(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("kantong").critical(UNFORESEEN, exc_info=(kind, error, trace))


def _unforeseen_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        metrics.UNFORESEEN.inc()
        logging.getLogger("kantong").error(UNFORESEEN, exc_info=given.exc_value)
