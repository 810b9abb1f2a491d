"""Remember results from one build to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path


class Memory:
    """Results in a folder, found again by what they were made from and the code that did."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        here = Path(__file__).parent
        self._code = b"".join(path.read_bytes() for path in sorted(here.glob("*.[pm]*")))
        self._touched: set[Path] = set()

    def recall(self, make: Callable[[], bytes], *origin: str | bytes) -> bytes:
        """Return what `make` makes, from memory if it was made from the same before."""
        file = self._folder / hashlib.sha256(repr((self._code, origin)).encode()).hexdigest()
        if not file.exists():
            file.write_bytes(make())
        self._touched.add(file)
        return file.read_bytes()

    def forget(self) -> None:
        """Forget what was not asked for."""
        for file in self._folder.iterdir():
            if file not in self._touched:
                file.unlink()
