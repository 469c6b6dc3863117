"""Files come from sessions that may bring them."""

import pytest

from kantong.serving.uploads import Uploads
from tests.serving.asked import ask, behind


def status(path, method="PUT"):
    app = Uploads(behind, lambda session: session == "perencana")
    return ask(app, path, method=method)[0].get("status")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "GET"])
def test_a_file_of_a_session_that_may_bring_none_is_refused(method):
    assert status("/_stcore/upload_file/dprd/berkas", method) == 403
    assert status("/_stcore/upload_file/perencana/berkas", method) == 200
    assert status("/_stcore/upload_file/", method) == 403
    assert status("/_stcore/upload_file//perencana", method) == 403


def test_other_addresses_and_the_question_of_a_browser_pass():
    assert status("/peta", "GET") == 200
    assert status("/_stcore/upload_file/dprd/berkas", "OPTIONS") == 200
