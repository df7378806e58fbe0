"""How hard a JPEG was pressed, from the tables in its header alone."""

import numpy as np

# The luminance table of ITU-T T.81, K.1, in rows; libjpeg scales it by the quality that it is given.
_LUMINANCE = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
])  # fmt: skip
_SCALES = [5000 // quality if quality < 50 else 200 - 2 * quality for quality in range(1, 101)]
_SUMS = np.array([np.clip((_LUMINANCE * scale + 50) // 100, 1, 255).sum() for scale in _SCALES])


def jpeg_quality(data: bytes) -> int:
    """The quality 1..100 at which the IJG's libjpeg would have written a JPEG; 0 when `data` is none.

    It is the quality whose luminance table has the nearest sum, so that programs with tables of their own get the
    quality that loses about as much. Nothing is decoded, and nothing is raised for damaged data.
    """
    total = _luminance_sum(data)
    return 0 if total is None else int(np.abs(_SUMS - total).argmin()) + 1


def _luminance_sum(data: bytes) -> int | None:
    """The sum of the quantisation table of a JPEG's first component; None when there is none to be found."""
    if data[:2] != b"\xff\xd8":
        return None
    sums: dict[int, int] = {}
    wanted, at = 0, 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # any number of these may stand before a marker
            at += 1
            continue
        if marker == 0xDA:  # the picture itself begins
            break
        segment = data[at + 4 : at + 2 + length]
        if marker == 0xDB:
            sums |= _table_sums(segment)
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(segment) >= 9:
            wanted = segment[8]
        at += 2 + length
    return sums.get(wanted)


def _table_sums(segment: bytes) -> dict[int, int]:
    """The sums of the tables in one segment, by the number under which components name them."""
    sums, at = {}, 0
    while at < len(segment):
        size = 2 if segment[at] >> 4 else 1  # bytes an entry
        entries = segment[at + 1 : at + 1 + 64 * size]
        if len(entries) == 64 * size:
            sums[segment[at] & 15] = int(np.frombuffer(entries, ">u2" if size == 2 else np.uint8).sum())
        at += 1 + 64 * size
    return sums
