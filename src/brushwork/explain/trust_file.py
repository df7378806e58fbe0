"""What `brushwork trust` left in a run, read back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brushwork.explain.kept import fingerprints, found_again, number, read_kept
from brushwork.explain.randomisation import NOT_TAUGHT, Sanity
from brushwork.explain.trust import TRUST, MethodTrust, Plan, Trust
from brushwork.explain.trust_table import Measured
from brushwork.run import Run


def read_trust(folder: Path) -> Trust | None:
    """The tests of trust in a run's folder, None where there are none; `UserError` when another version wrote them."""
    return read_kept(folder / TRUST, trust_from, "trust")


def same_again(run: Run, plan: Plan, seed: int, retrain: bool) -> Trust | None:
    """What was found before, if just this was asked of just these models; None otherwise."""

    def asked(found: Trust) -> bool:
        taught = not (retrain and NOT_TAUGHT in found.labels)
        return (found.plan, found.seed, found.models) == (plan, seed, fingerprints(run)) and taught

    return found_again(read_trust, run, asked)


def trust_from(data: Mapping[str, Any]) -> Trust:
    """What `Trust.to_dict` gave, as it was."""
    methods = [
        MethodTrust(
            **dict(one)
            | {
                "measures": {name: Measured.from_dict(value) for name, value in one["measures"].items()},
                "sanity": _sanity(one["sanity"]) if one["sanity"] else None,
            }
        )
        for one in data["methods"]
    ]
    right = number(data["mosaics_right"])
    return Trust(**dict(data) | {"plan": Plan(**data["plan"]), "methods": methods, "mosaics_right": right})


def _sanity(data: Mapping[str, Any]) -> Sanity:
    curves = {
        which: {name: [number(value) for value in curve] for name, curve in data[which].items()}
        for which in ("cascade", "single")
    }
    return Sanity(**dict(data) | curves)
