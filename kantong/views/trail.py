"""The audit trail as it is read: what was done in words, in times of here, newest first."""

import pandas as pd

from kantong.language import gettext as _
from kantong.language import moment


def readable(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the trail in the user's language: when, who, what, of what, details.

    Parameters
    ----------
    lines
        As :func:`kantong.store.audit.trail` returns them.
    """
    newest = lines.iloc[::-1]
    detail = [
        "; ".join(f"{key}: {value}" for key, value in one.items() if value not in ("", None, {}))
        for one in newest["detail"]
    ]
    return pd.DataFrame(
        {
            _("When"): [moment(one) for one in newest["at"]],
            _("Who"): newest["who"].to_list(),
            _("What"): [action_label(str(one)) for one in newest["action"]],
            _("Of what"): newest["subject"].to_list(),
            _("Details"): detail,
        }
    )


def action_label(action: str) -> str:
    """Return the words for an act of the trail."""
    return {
        "keep": _("data kept"),
        "withdraw": _("data withdrawn"),
        "reinstate": _("data brought back"),
        "remember": _("place decided"),
        "forget": _("decision on a place dropped"),
        "save mapping": _("layout saved"),
        "refuse return": _("entries of a return sheet refused"),
        "save scenario": _("scenario saved"),
        "withdraw scenario": _("scenario withdrawn"),
        "bring back scenario": _("scenario brought back"),
        "enter interventions": _("interventions entered"),
        "correct intervention": _("intervention corrected"),
        "withdraw interventions": _("interventions withdrawn"),
        "bring back interventions": _("interventions brought back"),
        "add person": _("person added"),
        "change person": _("person changed"),
        "forget person": _("person forgotten"),
        "restore": _("backup restored"),
    }.get(action, action)
