"""What the scripts share that made the files in ``code/underhood/data``.

The files depend on neither the clock nor the machine: the same sources give the same bytes, as
long as zlib compresses as it did.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

DATA = Path(__file__).resolve().parent.parent / "code/underhood/data"


def source_from_command_line(usage: str | None) -> Path:
    """Return the one argument of the command; without it, stop and say how to use the script."""
    if len(sys.argv) != 2:
        raise SystemExit(usage)
    return Path(sys.argv[1])


def read_member(wheel: Path, name: str, sha256: str) -> bytes:
    """Return the bytes of one file of a wheel.

    Raises
    ------
    ValueError
        If the wheel holds another file of this name than the one with this checksum.
    """
    with zipfile.ZipFile(wheel) as archive:
        return verify(archive.read(name), name, sha256)


def verify(content: bytes, name: str, sha256: str) -> bytes:
    """Return the content of the file `name`, if it is the one with this checksum.

    Raises
    ------
    ValueError
        If it is not.
    """
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ValueError(f"{name} has the SHA-256 {digest}; expected {sha256}")
    return content


def pack(arrays: dict[str, Array]) -> bytes:
    """Return an npz file; unlike `numpy.savez_compressed`, without the time of its making."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3  # what Unix writes, on Windows too
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            archive.writestr(member, content.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return file.getvalue()


def write(name: str, content: bytes) -> None:
    """Write a file of the package's data and print its line for ``SHA256SUMS``."""
    (DATA / name).write_bytes(content)
    print(f"{hashlib.sha256(content).hexdigest()}  {name}")
