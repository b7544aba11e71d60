"""Look up the constraints in a database of known weaknesses: `python -m tests.packaging.audit`.

pip-audit gets an environment of its own, since its dependencies are none of Matinée's. Exit code 1 where a weakness is
known, 2 where the versions could not be looked up; with `--where-possible` that is said, and is no error.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KNOWN, NOT_AUDITED = 1, 2
_HOME = Path(sys.prefix) / "audit"
_SECONDS = 120
_OPTIONS = ("--no-deps", "--disable-pip", "--timeout", "5", "--progress-spinner", "off", "--format", "json")


def main(arguments: list[str]) -> int:
    """Audit, and say in one line how it went, with a line for each weakness."""
    code, lines = verdict(_report())
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0 if code == NOT_AUDITED and "--where-possible" in arguments else code


def verdict(report: dict[str, Any] | str) -> tuple[int, list[str]]:
    """The exit code and what to say of pip-audit's report, or of why there is none."""
    if isinstance(report, str):
        return NOT_AUDITED, [f"audit skipped: {report}"]
    packages = report["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {weakness['id']}; mended in {_listed(weakness['fix_versions'])}"
        for package in packages
        for weakness in package.get("vulns", ())
    ]
    unknown = sum("skip_reason" in package for package in packages)
    if found:
        return KNOWN, [*found, f"audit: {len(found)} known weaknesses in constraints.txt"]
    if unknown or not packages:
        return NOT_AUDITED, [f"audit skipped: no database answered for {unknown} of {len(packages)} packages"]
    return 0, [f"audit: no known weakness in {len(packages)} packages"]


def _listed(versions: list[str]) -> str:
    return ", ".join(versions) or "no version yet"


def _report() -> dict[str, Any] | str:
    try:
        if not _program().exists():
            _install()
        command = [str(_program()), "--requirement", str(ROOT / "constraints.txt"), *_OPTIONS]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.CalledProcessError:
        return "pip-audit could not be installed"
    except (json.JSONDecodeError, subprocess.TimeoutExpired):
        return "pip-audit gave no report"
    return report


def _program() -> Path:
    return _HOME / "bin" / "pip-audit"


def _install() -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(_HOME)], check=True, capture_output=True)
    pip = [sys.executable, "-m", "pip", "--python", str(_HOME / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--group", "audit"], cwd=ROOT, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
