"""Make ``code/underhood/data/japanese_vowels.npz`` from the Japanese vowels that aeon ships.

Usage::

    pip download --no-deps --dest . aeon==1.6.0
    python tools/extract_japanese_vowels.py aeon-1.6.0-py3-none-any.whl
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from extraction import Array, pack, read_member, source_from_command_line, write

SOURCE = "aeon/datasets/data/JapaneseVowels/JapaneseVowels_{}.ts"
SOURCE_SHA256 = {
    "TRAIN": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "TEST": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}


def read_part(wheel: Path, part: str) -> bytes:
    """Return the text of the part "TRAIN" or "TEST", as aeon has it."""
    return read_member(wheel, SOURCE.format(part), SOURCE_SHA256[part])


def parse(text: bytes) -> dict[str, Array]:
    """Return the frames of all utterances, one after the other, their lengths and speakers.

    A line of the text is one utterance: 12 lists of numbers, one for each coefficient, and the
    speaker, 1 to 9, separated by colons. The numbers have six decimals, so they are integers as
    millionths: smaller than float32 when packed, and exact.
    """
    frames, lengths, speakers = [], [], []
    for line in text.decode("ascii").splitlines():
        if line and line[0] not in "#@":
            *coefficients, speaker = line.split(":")
            values = np.array([row.split(",") for row in coefficients], dtype=np.float64).T
            frames.append(values * 1e6)
            lengths.append(len(values))
            speakers.append(int(speaker) - 1)
    exact = np.concatenate(frames)
    millionths = np.rint(exact).astype(np.int32)
    if np.abs(exact - millionths).max() > 1e-6:
        raise ValueError("a coefficient has more than six decimals")
    return {
        "millionths": millionths,
        "lengths": np.array(lengths, dtype=np.uint8),
        "speaker": np.array(speakers, dtype=np.uint8),
    }


def convert(wheel: Path) -> bytes:
    """Return the npz file with both parts, utterances in the order of the source."""
    return pack(
        {
            f"{part.lower()}_{name}": array
            for part in SOURCE_SHA256
            for name, array in parse(read_part(wheel, part)).items()
        }
    )


if __name__ == "__main__":
    write("japanese_vowels.npz", convert(source_from_command_line(__doc__)))
