"""Where the store is: a file in the data folder, or the database that an address names.

Kept apart from ``kantong.store.database`` so that an app without a store need not load SQLAlchemy,
which takes half a second.
"""

import os
from pathlib import Path

from kantong.store.library import data_folder

NAME = "kantong.db"
_ADDRESS = "KANTONG_DATABASE_URL"


def address() -> str:
    """Return the address of the database server, or an empty text where the store is a file."""
    return os.environ.get(_ADDRESS, "").strip()


def file() -> Path:
    """Return the file of the store where no database server is named."""
    return data_folder() / NAME


def marker() -> Path:
    """Return the file that says that the data folder once held a store.

    A file of the store that was cut to nothing, or is gone, looks like one that never was; beside
    this mark it does not.
    """
    return file().with_name(f"{NAME}-dipakai")


def may_hold_something() -> bool:
    """Tell whether there is a store to read; for a server that only its answer tells."""
    return bool(address()) or file().is_file() or marker().is_file()


def belongs_to_store(path: Path) -> bool:
    """Tell whether a file is the store itself or its journal, which change without any figure."""
    return path.name.startswith(NAME)
