"""One setting changed by its name, as `--set NAME=VALUE` has it."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

from brushwork.errors import UserError, nearest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Settings = TypeVar("Settings", bound=DataclassInstance)


def changed(settings: "Settings", changes: Sequence[str], what: str, fixed: Sequence[str] = ()) -> "Settings":
    """The settings with some changed, each given as `name=value`, of a thing called `what`; those named `fixed` cannot be.

    Raises `UserError` for what is no setting or no value of it.
    """
    kinds: dict[str, Any] = {f.name: f.type for f in fields(settings) if f.name not in fixed}
    values: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise UserError(f"--set {change} was given; it needs a name and a value, NAME=VALUE.")
        if name in fixed:
            raise UserError(
                f"--set {change} was given, but {name} is {what}'s own or has an option of its own; --help lists these."
            )
        if name not in kinds:
            raise UserError(f"{what} has no setting {name!r}; the nearest are {nearest(name, kinds)}.")
        try:
            values[name] = _read(kinds[name], value)
        except (KeyError, ValueError) as error:
            choices = f"one of {', '.join(get_args(kinds[name]))}" if get_origin(kinds[name]) is Literal else ""
            wanted = choices or f"a value such as {getattr(settings, name)!r}"
            raise UserError(f"{change} was given, but {name} needs {wanted}.") from error
    return replace(settings, **values)


def _read(kind: Any, value: str) -> Any:
    if get_origin(kind) is Literal:
        return {choice: choice for choice in get_args(kind)}[value]
    if get_origin(kind) is tuple:
        parts = value.strip("()").split(",")
        return tuple(one(part) for one, part in zip(get_args(kind), parts, strict=True))
    return {"true": True, "false": False}[value] if kind is bool else kind(value)
