"""The pages of the app, in the order of the navigation; the server knows their addresses too."""

from collections.abc import Iterable

import streamlit as st

from kantong.language import gettext as _

# File in kantong/views and its icon; the name of the file is the address.
LOOKING = {
    "beranda": "home",
    "peta": "map",
    "hotspot": "whatshot",
    "banding": "compare",
    "profil": "location_on",
}
DECIDING = {
    "prioritas": "format_list_numbered",
    "program": "handshake",
    "anggaran": "payments",
    "pelatihan": "school",
    "target": "flag",
    "mitra": "volunteer_activism",
}
CARRYING = {
    "cetak": "print",
    "impor": "upload_file",
    "metode": "functions",
}
FILES = LOOKING | DECIDING | CARRYING
# For whoever looks after the tool; not among those that all may be shown.
ADMINISTERING = {"pengelola": "admin_panel_settings"}
_ICONS = FILES | ADMINISTERING


def title(name: str) -> str:
    """Return the name of a page in the user's language."""
    return {
        "beranda": _("Start"),
        "peta": _("Map"),
        "hotspot": _("Hotspots"),
        "banding": _("Compare"),
        "profil": _("Profile"),
        "prioritas": _("Priorities"),
        "program": _("Programmes"),
        "anggaran": _("Budget"),
        "pelatihan": _("Training"),
        "target": _("Targets"),
        "mitra": _("Partners"),
        "cetak": _("Print"),
        "impor": _("Data"),
        "metode": _("Method"),
        "pengelola": _("Administration"),
    }[name]


def path(name: str) -> str:
    """Return the file of a page, as links within the app name it."""
    return f"kantong/views/{name}.py"


def pages(names: Iterable[str]) -> list[st.Page]:
    """Return the pages of these names; the start is the one of the root.

    Without sections: on a phone Streamlit draws these as a list that screen readers cannot follow.
    """
    return [
        st.Page(
            path(name), title=title(name), icon=f":material/{_ICONS[name]}:",
            default=name == "beranda",
        )
        for name in names
    ]  # fmt: skip
