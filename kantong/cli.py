"""The command line: one short function a command, each importing what it needs."""

from typing import Any

import click

from kantong.geo.errors import DataError
from kantong.language import LANGUAGES, activate, gettext


class _Door(click.Group):
    """A group that shows faults in data in the user's language and ends with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except DataError as error:
            click.echo(error.describe(gettext), err=True)
            ctx.exit(1)


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(sorted(LANGUAGES)),
    default="id",
    envvar="KANTONG_LANG",
    help="Bahasa / language.",
)
def main(lang: str) -> None:
    """Peta kantong kemiskinan per kelurahan / poverty pockets by kelurahan."""
    activate(lang)
