"""How pytest runs the course: notebooks compared without stderr, in a learner's environment, the
network off."""

import os
import tempfile
from pathlib import Path

import pytest

import dirty
import environment
import network
import skips

REFUSED = pytest.StashKey[int]()
DIRTY = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_configure(config):
    environment.isolate_this_process()  # of whoever runs the tests
    network.close_network()
    share_cores()
    if (
        getattr(config.option, "nbval_sanitize_with", "no nbval") is None
    ):  # a whole path: runs begin in any folder
        config.option.nbval_sanitize_with = str(Path(__file__).parent / "tools" / "sanitize.cfg")
    config.stash[REFUSED] = 0
    config.stash[DIRTY] = tempfile.TemporaryDirectory(prefix="dl15-learner-")


def share_cores():
    """Give each xdist worker's kernels its share of the cores.

    Two kernels that each start as many threads as there are cores wait for one another: an SVD of a
    second takes twenty.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        threads = str(max(1, (os.cpu_count() or 1) // workers))
        for name in (
            "OPENBLAS_NUM_THREADS",
            "OMP_NUM_THREADS",
            "MKL_NUM_THREADS",
            "TF_NUM_INTRAOP_THREADS",
        ):
            os.environ.setdefault(name, threads)


def pytest_report_header():
    return f"network: {network.description()}"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """A whole file may be skipped while it is collected."""
    return skips.judged((yield))


def pytest_collectstart(collector):
    """TensorFlow logs to stderr when it is imported; saved notebooks hold no stderr, so do not
    compare it."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """A notebook's kernel starts with its first cell: among all that learners have configured for
    other work."""
    if getattr(item.parent, "kernel", "no notebook") is not None:
        return (yield)
    kept = dict(os.environ)
    settings = dirty.settings(Path(item.config.stash[DIRTY].name))
    if (
        item.path.parent.name != "day15_deployment"
    ):  # a download that goes to a dead proxy would not be seen
        settings = {
            name: value for name, value in settings.items() if not name.lower().endswith("_proxy")
        }
    os.environ.update(settings)
    try:
        return (yield)
    finally:
        os.environ.clear()
        os.environ.update(kept)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = skips.judged((yield))
    attempts = network.new_attempts()
    is_cell = item.nodeid.partition("::")[0].endswith(".ipynb")
    if attempts and not item.get_closest_marker("may_try_network"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} tried to reach the network, which is off: " + "; ".join(
            attempts
        )
    elif report.failed and is_cell:
        folder = item.path.parent.name
        report.sections.append(
            (
                "What to do",
                (
                    f"{folder}/{item.path.name}, {item.name} (code cells are counted from 0).\n"
                    f"If the change is intended: make refresh DAY={folder}\n"
                    f"(without make: python tools/refresh.py {folder}), and look at the "
                    f"difference before you commit."
                ),
            )
        )
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """What native code or another program sent is not seen by the audit hook, but the kernel counts
    it."""
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and (refused := network.packets_without_route()):
        session.config.stash[REFUSED] = refused
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    network.forget()
    session.config.stash[DIRTY].cleanup()


def pytest_terminal_summary(terminalreporter, config):
    if refused := config.stash[REFUSED]:
        terminalreporter.section("network", red=True)
        terminalreporter.line(
            f"{refused} packets were sent to the network, which is off. The run fails."
        )
