"""In continuous integration a skipped test is a failure: a green run has proved what it says.

A reason for a skip begins in one of three ways, and each has to be true of the machine:

    needs Linux: …             allowed on other systems
    not on Windows: …          allowed on Windows
    missing browser: …   allowed where DL15_ALLOW_MISSING names it (browser,kserve)

Elsewhere a test may be skipped for any reason.
"""

import os
import re
import sys

PLACES = {"needs Linux": lambda: sys.platform != "linux", "not on Windows": lambda: os.name == "nt"}


def in_ci() -> bool:
    """True in continuous integration: hosted runners set CI=true, and .ci/run sets
    DL15_NO_SKIPS=1.
    """
    return (
        os.environ.get("CI", "").lower() in ("true", "1") or os.environ.get("DL15_NO_SKIPS") == "1"
    )


def problem(reason: str) -> str:
    """What is wrong with a skip in continuous integration, in one sentence; "" where it is allowed.

    reason: as pytest reports it, with "Skipped: " before it or not.
    """
    reason = reason.removeprefix("Skipped: ")
    kind, _, what = reason.partition(":")[0].partition("missing ")
    allowed = re.split(r"[,\s]+", os.environ.get("DL15_ALLOW_MISSING", ""))
    if not in_ci() or PLACES.get(kind, bool)() or (not kind and what and what in allowed):
        return ""
    remedy = (
        f"Install it, or allow it with DL15_ALLOW_MISSING={what}."
        if not kind
        else "Let the machine run it."
    )
    return (
        f"A test was skipped, which is a failure in continuous integration: "
        f"{reason.rstrip('.')}. {remedy}"
    )


def judged(report):
    """A report of pytest, of a test or of a collected file, that fails where its skip is not
    allowed."""
    is_skip = report.skipped and not hasattr(report, "wasxfail")
    if is_skip and (sentence := problem(reason_of(report))):
        report.outcome, report.longrepr = "failed", sentence
    return report


def reason_of(report) -> str:
    """A skip is reported as (file, line, reason)."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
