"""`python -m tests.faults [CAMPAIGN ...]`: cause faults of every kind, and count what became of the ratings.

Exit code 1 where a rating was lost or doubled, or anything else was not as it must be.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.faults.campaigns import BY_NAME, CAMPAIGNS
from tests.faults.table import heading, line, totals
from tests.faults.trial import Trial, run_apart, run_here

_DEFECTS_TOLD = 10


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; 1 where anything is wrong."""
    options = _options(arguments)
    campaigns = [BY_NAME[name] for name in options.campaigns or BY_NAME]
    if options.here:
        _say(json.dumps(run_here(campaigns[0], options.seed, options.count).plain()))
        return 0
    trials = []
    if not options.json:
        _say(heading())
    for campaign in campaigns:
        count = options.count or (campaign.long if options.scale == "long" else campaign.short)
        trials.append(run_apart(campaign, options.seed, count))
        if not options.json:
            _say(line(trials[-1]))
    _say(json.dumps([trial.plain() for trial in trials], indent=1) if options.json else totals(trials))
    _tell_defects(trials)
    return 0 if all(trial.sound for trial in trials) else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    names = "\n".join(f"  {each.name:<24} {each.tries} ({each.short:,}; long {each.long:,})" for each in CAMPAIGNS)
    parser = argparse.ArgumentParser(
        "python -m tests.faults",
        description=__doc__,
        epilog=f"campaigns:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("campaigns", nargs="*", metavar="CAMPAIGN", choices=[[], *BY_NAME], help="all by default")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same faults (default: 0)")
    parser.add_argument("--scale", choices=("short", "long"), default="short", help="how many tries (default: short)")
    parser.add_argument("--count", type=int, default=0, help="so many tries of each, whatever the scale")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # what the process for one campaign does
    return parser.parse_args(arguments)


def _tell_defects(trials: list[Trial]) -> None:
    for trial in trials:
        for defect in trial.outcomes.defects[:_DEFECTS_TOLD]:
            sys.stderr.write(f"{trial.campaign.name}: {defect}\n")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
