"""How a store of any earlier version of Kantong becomes one of this version."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from kantong.geo.errors import Fault, StoreError


def upgrade(connection: Connection, found: str) -> None:
    """Bring the tables to this version, inside the transaction of the connection.

    Parameters
    ----------
    connection
        Of the only writer.
    found
        Version of the tables; empty where there are none.

    Raises
    ------
    StoreError
        The version is not one of ours.
    """
    scripts = ScriptDirectory(str(Path(__file__).parent))
    if found and found not in {one.revision for one in scripts.walk_revisions()}:
        message = "The store was made by a newer version of Kantong. Install that version."
        raise StoreError(Fault(message))
    context = MigrationContext.configure(connection)
    missing = list(scripts.iterate_revisions("head", found or None))
    with Operations.context(context):
        for script in reversed(missing):
            script.module.upgrade()
            context.stamp(scripts, script.revision)
