"""Figures for Prometheus: right, and for those only who may see them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.routing import Route

from kantong.serving import metrics
from kantong.views import work
from tests.serving.asked import ask, behind

app = Starlette(routes=[Route("/metrics", metrics.answer)])


def figure(name, **labels):
    text = ask(app, "/metrics")[2]
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_requests_are_counted_by_kind_and_nothing_typed_is_kept():
    asked = {"kind": "page", "status": "200"}
    before = figure("kantong_requests_total", **asked)
    ask(metrics.Counted(behind), "/Budi-3573011203800001", query=b"nama=Budi")
    assert figure("kantong_requests_total", **asked) == before + 1
    assert "Budi" not in ask(app, "/metrics")[2]


def test_work_that_is_done_is_counted():
    before = figure("kantong_work_done_total")
    with work.LINE.turn(lambda _before: None):
        assert figure("kantong_work_running") == 1
    assert figure("kantong_work_running") == 0
    assert figure("kantong_work_done_total") == before + 1


def test_memory_of_the_process_is_told():
    assert figure("process_resident_memory_bytes") > 1e6


@pytest.mark.parametrize(
    ("address", "networks", "status"),
    [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("192.168.1.7", "", 404),
        ("192.168.1.7", "192.168.1.0/24", 200),
        ("127.0.0.1", "192.168.1.0/24", 404),
        ("192.168.1.7", "nonsense", 404),
        ("nonsense", "", 404),
    ],
)
def test_figures_are_answered_to_those_only_who_may_see_them(
    monkeypatch, address, networks, status
):
    monkeypatch.setenv(metrics.FROM, networks)
    assert ask(app, "/metrics", client=address)[0]["status"] == status
