"""Set up ``.venv``: the locked requirements, then this checkout's package.

Run by the Makefile with the machine's own Python, so it uses the standard library alone.
"""

import os
import re
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin") / "python"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def create_environment() -> None:
    """Create ``.venv`` if it is missing, or stop with one line on what the machine lacks."""
    if PYTHON.exists():
        return
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"error: Python lacks its venv module: apt-get install python{version}-venv")
    print(f"Creating .venv with Python {sys.version.split()[0]}", flush=True)
    venv.create(ENVIRONMENT, with_pip=True)


def install_requirements(lock: Path) -> None:
    """Install every package of the lock, counting them as pip names them."""
    expected = len(re.findall(r"^[\w.-]+==", lock.read_text(encoding="utf-8"), flags=re.MULTILINE))
    print(f"Installing {lock.name} into .venv (about 3 minutes the first time)", flush=True)
    seen = 0
    started = time.monotonic()
    output: list[str] = []
    command = [*PIP, "install", "--progress-bar", "off", "-r", str(lock)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            output.append(line)
            if line.startswith("Ignoring "):  # its marker names another platform
                expected -= 1
            elif match := re.match(r"(?:Collecting|Processing|Requirement already.*:) (\S+)", line):
                seen += 1
                if seen % 20 == 0 or seen == expected:
                    report(started, f"{seen} of {expected} downloaded, last {Path(match[1]).name}")
            elif line.startswith("Installing collected packages"):
                report(started, "unpacking, about a minute")
    if pip.returncode:
        sys.exit("".join(output[-30:]) + "error: pip could not install the locked requirements")


def install_package() -> None:
    """Install this checkout's package in place; its requirements are in the lock."""
    subprocess.run(
        [*PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
        check=True,
    )


def report(started: float, message: str) -> None:
    """Print one line of progress with the seconds since `started`."""
    print(f"  {time.monotonic() - started:4.0f} s  {message}", flush=True)


def main() -> None:
    """Install what is missing or outdated, then stamp the environment for make."""
    create_environment()
    install_requirements(ROOT / "requirements.txt")
    install_package()
    (ENVIRONMENT / ".installed").touch()


if __name__ == "__main__":
    main()
