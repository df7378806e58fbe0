"""Messages name what comes nearest to what was asked for."""

from brushwork.errors import nearest


def test_the_nearest_are_the_most_alike_close_or_not() -> None:
    names = ["augmentation", "betas", "width", "loss", "lossy"]
    assert nearest("los", names) == "'loss', 'lossy'"
    assert nearest("hxxxxxxxxxxxx", names, 1) == "'width'"  # the only one with an h
    assert nearest("loss", []) == ""
