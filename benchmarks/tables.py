"""The complete table of Painter by Numbers: read, parsed, normalised, counted.

python benchmarks/tables.py FOLDER      the folder that holds all_data_info.csv or its zip
"""

import sys
import time
from collections import Counter
from pathlib import Path

from brushwork.collection.cleanup import clean
from brushwork.collection.sources import Request, entries_of


def main(folder: Path) -> None:
    """Print how long it takes, and the counts by style."""
    began = time.perf_counter()
    rows = [entry.painting for entry in entries_of("painter-by-numbers", Request(str(folder), ("*",)))]
    read = time.perf_counter() - began
    rows = [row.altered(reason="", artist_given=row.artist) for row in rows]  # as if every picture were there
    began = time.perf_counter() - read
    cleaned, report = clean(rows, {}, folder, ["artist-names", "years", "not-paintings"])
    seconds = time.perf_counter() - began
    print(
        f"{len(rows):,} rows with a style in {seconds:.2f} s: {read:.2f} s reading, {seconds - read:.2f} s the clean-up"
    )
    for done in report.steps:
        if done.on:
            print(f"  {done.count:7,}  {done.step}: {done.what}")
    print(
        f"  {len(report.artists):7,}  artists met under several spellings; {len({r.group for r in cleaned}):,} artist groups"
    )
    for style, count in Counter(row.style for row in rows).most_common(5):
        print(f"  {count:7,}  {style}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
