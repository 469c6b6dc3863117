"""Whether the process lives and whether it can serve."""

import asyncio
import json

import pytest

from kantong.serving import health


def answer_of(endpoint):
    answer = asyncio.run(endpoint(None))
    return answer.status_code, json.loads(answer.body)


def test_a_process_that_answers_is_alive():
    assert answer_of(health.alive) == (200, {"alive": True})


@pytest.mark.parametrize(
    ("store", "status"), [(lambda: True, 200), (lambda: False, 503), (lambda: 1 // 0 > 0, 503)]
)
def test_a_process_is_ready_where_every_check_holds(store, status):
    ready = health.Ready(("store", store), ("data", lambda: True))
    assert answer_of(ready.answer) == (status, {"store": status == 200, "data": True})


def test_what_was_found_a_moment_ago_is_not_asked_again(monkeypatch):
    now, asked = [0.0], []
    monkeypatch.setattr("kantong.serving.health.time.monotonic", lambda: now[0])

    def ask():
        asked.append(1)
        return True

    ready = health.Ready(("store", ask))
    for moment, times in ((0.0, 1), (0.9, 1), (1.1, 2), (1.9, 2)):
        now[0] = moment
        ready.look()
        assert len(asked) == times
