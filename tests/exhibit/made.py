"""A judged generator of chosen numbers, without any network."""

from dataclasses import replace

from brushwork.classifier.scores import Interval
from brushwork.exhibit.judged import RULES, Apart, Compared, DialJudged, Judged, Shown, StyleJudged


def at(value: float, reach: float = 0.05) -> Interval:
    return Interval(value, value - reach, value + reach)


def compared(generated: float, real: float, reach: float = 0.05) -> Compared:
    return Compared(at(generated, reach), at(real, reach), at(generated - real, 1.4 * reach), at(real))


def apart(times: float, floor: float = 0.1, reach: float = 0.05) -> Apart:
    return Apart(at(times * floor), at(floor), at((times - 1) * floor, reach))


def part(style: str = "Calm", right: float = 0.8, strong: float = 1.1, weak: float = 1.1) -> StyleJudged:
    """Pictures of which that share is called their style (of real ones 0.8), and whose cells are so many floors away."""
    own, other = ("Wild", "Calm") if style == "Wild" else ("Calm", "Wild")
    shown = [Shown(rule, k, "", own, 1.0, [[0.1, -0.2], [0.3, 0.0]]) for k, rule in enumerate(RULES)]
    return StyleJudged(
        style=style,
        asked=own,
        n=100,
        real=40,
        artists=12,
        halves="artists",
        half=20,
        called={own: compared(right, 0.8), other: compared(1 - right, 0.2)},
        others=at(0.1) if style else None,
        unsure=compared(0.2, 0.2),
        means={
            "log_odds": compared(1.0, 1.0),
            "for_it": compared(2.0, 2.0),
            "against_it": compared(-0.5, -0.5),
            "concentration": compared(0.3, 0.3),
        },
        spread={"generated": 1.0, "real": 1.0, "whole": 1.0},
        bias=-0.5,
        distances={"log_odds": apart(1.0), "place": apart(1.0), "strong": apart(strong), "weak": apart(weak)},
        counts_more=at(strong - weak, 0.4),
        every={"generated": [0.0, 1.0], "real": [0.5, 1.5], "whole": [1.0]},
        places={"generated": [[0.1, 0.2]], "real": [[0.2, 0.1]]},
        generated_shown=shown,
        real_shown=[replace(one, place=-1, painting=f"p{k}") for k, one in enumerate(shown)],
    )


def judged(*parts: StyleJudged, at_size: Interval | None = None, dial: DialJudged | None = None) -> Judged:
    """What a classifier of two styles made of a generator, which real paintings as small it tells well."""
    return Judged(
        run="gan",
        preset="stylegan2",
        size=32,
        styles=["Calm", "Wild"],
        generator="0123456789ab",
        classifier="scratch",
        model="ba9876543210",
        knows=["Calm", "Wild"],
        same_collection=True,
        seed=0,
        count=100,
        dials=0,
        paintings=80,
        artists=24,
        at_size=at_size or at(0.8),
        whole=at(0.82),
        parts=list(parts),
        dial=dial,
    )
