"""What is no number is refused wherever a number is asked for."""

import click
import pytest

from brushwork.cli.options import Number


@pytest.mark.parametrize("given", ["nan", "-nan", "inf", "-inf"])
@pytest.mark.parametrize("allowed", [Number(0, 2), Number(0), Number(), Number(0, min_open=True)])
def test_nan_lies_in_no_range(allowed: Number, given: str) -> None:
    with pytest.raises(click.BadParameter):
        allowed.convert(given, None, None)


def test_a_range_is_as_click_has_it() -> None:
    assert Number(0, 2).convert("1.5", None, None) == 1.5
    for given in ("2.1", "-0.1", "much"):
        with pytest.raises(click.BadParameter):
            Number(0, 2).convert(given, None, None)
