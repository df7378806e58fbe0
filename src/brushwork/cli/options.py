"""Options that several commands share."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(path_type=Path)


class Number(click.FloatRange):
    """A number in a range; `nan`, which lies in every range, and infinity are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or a sentence that says which there may be."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


Command = Callable[..., None]


def places(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[int, ...]:
    """The callback of an option whose value is numbers of pictures, such as `1,5,9`."""
    parts = value.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise click.BadParameter(f"{value!r} is not a list of picture numbers such as 1,5,9.")
    return tuple(map(int, parts))


def places_in_turn(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """The callback of such an option that may be given several times: its numbers of each time."""
    return tuple(places(ctx, param, one) for one in value)


def json_option(function: Command) -> Command:
    """`--json`: one JSON object per result on standard output, in place of words."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON in place of words, a line for each result."
    )(function)


def seed_option(function: Command) -> Command:
    """`--seed`: everything random follows from it."""
    return click.option("--seed", default=0, show_default=True, help="All randomness follows from this number.")(
        function
    )


def device_option(function: Command) -> Command:
    """`--device`: where to compute."""
    choice = click.Choice(["auto", "cpu", "cuda", "mps"])
    return click.option("--device", type=choice, default="auto", show_default=True, help="Where to compute.")(function)


def truncation_option(function: Command) -> Command:
    """`--truncation`: how far from the mean of its style a picture may be."""
    told = "Below 1 nearer to the mean look of the style, in each picture's own layout: less various (stylegan2)."
    kind = Number(0, 2)
    return click.option("--truncation", default=1.0, show_default=True, type=kind, help=told)(function)


def shown_options(scale: int) -> Callable[[Command], Command]:
    """What all commands share that show generated pictures, by default `scale` times as large."""
    larger = click.option("--scale", default=scale, show_default=True, type=click.IntRange(1, 16),
                          help="Enlarge what is shown, unsmoothed.")  # fmt: skip
    return lambda function: larger(seed_option(device_option(json_option(function))))


def painted_style_option(function: Command) -> Command:
    """`--style`: which style is painted."""
    return click.option("--style", help="Paint this style; default all in turn (stylegan2).")(function)


def kept_options(function: Command) -> Command:
    """What all commands share that test or read a run's explanations and keep what they find in it."""
    again = click.option("--again", is_flag=True, help="Do it anew, also if just the same was done before.")
    collection = click.option("--collection", type=FOLDER, help="Where the run's collection is, if it was moved.")
    return again(collection(seed_option(device_option(json_option(function)))))


def answer(value: dict[str, Any], words: str, as_json: bool) -> None:
    """Print a result, in words or as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False) if as_json else words)
