"""What the audit says of pip-audit's report; the report itself needs a network."""

from __future__ import annotations

from tests.packaging.audit import KNOWN, NOT_AUDITED, verdict

CLEAN = {"name": "rich", "version": "15.0.0", "vulns": []}
WEAK = {"name": "jinja2", "version": "3.1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.1.2"]}]}
UNKNOWN = {"name": "jax", "skip_reason": "could not be audited"}


def test_packages_without_a_known_weakness_pass() -> None:
    assert verdict({"dependencies": [CLEAN]}) == (0, ["audit: no known weakness in 1 packages"])


def test_a_known_weakness_is_named_with_its_remedy() -> None:
    code, lines = verdict({"dependencies": [CLEAN, WEAK, UNKNOWN]})
    assert code == KNOWN
    assert lines == ["jinja2 3.1.0: CVE-1; mended in 3.1.2", "audit: 1 known weaknesses in constraints.txt"]


def test_packages_that_could_not_be_looked_up_never_pass() -> None:
    said = (NOT_AUDITED, ["audit skipped: no database answered for 1 of 2 packages"])
    assert verdict({"dependencies": [CLEAN, UNKNOWN]}) == said
    assert verdict({"dependencies": []})[0] == NOT_AUDITED


def test_no_report_is_skipped_with_the_reason() -> None:
    assert verdict("pip-audit gave no report") == (NOT_AUDITED, ["audit skipped: pip-audit gave no report"])
