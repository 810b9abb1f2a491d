"""Make ``code/underhood/data/sunspots.csv`` from the yearly sunspot numbers in statsmodels.

Usage::

    pip download --no-deps --dest . statsmodels==0.15.0
    python tools/extract_sunspots.py statsmodels-0.15.0-*.whl
"""

from __future__ import annotations

from extraction import read_member, source_from_command_line, write

SOURCE = "statsmodels/datasets/sunspots/sunspots.csv"
SOURCE_SHA256 = "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b"


def rename_columns(table: bytes) -> bytes:
    """Return the table with the columns' names of the book; the numbers stay as they are."""
    lines = table.decode("ascii").split()
    if lines[0] != '"YEAR","SUNACTIVITY"':
        raise ValueError(f"the columns are {lines[0]}; expected YEAR and SUNACTIVITY")
    return "\n".join(["year,number", *lines[1:], ""]).encode("ascii")


if __name__ == "__main__":
    wheel = source_from_command_line(__doc__)
    write("sunspots.csv", rename_columns(read_member(wheel, SOURCE, SOURCE_SHA256)))
