"""The command line: one file per command, loaded when it is called."""

import importlib
import signal
import sys

import click

from brushwork.errors import UserError

COMMANDS = {  # in the order of the work
    "demo": "Everything below, on the built-in collection; ends with the exhibit.",
    "collect": "Make a collection: pictures checked, split by artist, ready.",
    "show": "Say what is in a collection or run.",
    "train": "Train a classifier or a generator.",
    "evaluate": "Print what a run reached.",
    "predict": "Ask a classifier for verdicts on pictures.",
    "explain": "Draw where on the canvas a verdict comes from.",
    "trust": "Test whether the maps can be believed.",
    "interventions": "Ask again, had it been painted otherwise.",
    "concepts": "Show what recurs in what the network sees, and what it is worth.",
    "sample": "Paint pictures with a trained generator.",
    "walk": "Move from one generated picture to the next, or turn one from style to style.",
    "judge": "Show a classifier what generators paint, beside real paintings.",
    "mix": "Mix large forms of one generated picture with small ones of another.",
    "project": "Search for the generated picture nearest to a painting.",
    "arithmetic": "Calculate with generated pictures, as in the DCGAN paper.",
    "export": "Write a generator as ONNX, to paint without PyTorch.",
    "publish": "Copy a run to be given away, with a model card.",
    "discriminator": "Ask what a discriminator learned of style.",
    "exhibit": "Make the static site that shows collections and runs.",
}


class Commands(click.Group):
    """Lists commands without importing them, and says users' errors in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"brushwork.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a user's error is one sentence and exit status 2, Ctrl-C is 130."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"brushwork: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            ctx.exit(130)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="brushwork")
def cli() -> None:
    """A painting collection goes in; out come a style classifier with an honest score, its evidence drawn on the
    canvas, and generators that learned to paint in each style.

    Try `brushwork demo`: it needs no data, no GPU and no network.
    """


def main() -> None:
    """The `brushwork` program."""
    # Ended from outside, a command ends the processes it began; by default Python would leave them running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        cli()
    except KeyboardInterrupt:  # before there is a command
        sys.exit(130)
