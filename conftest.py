"""How pytest runs the course: notebooks compared without stderr, the network off, failures explained."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tests"))
import network  # noqa: E402

REFUSED = pytest.StashKey[int]()


def pytest_configure(config):
    network.close_network()
    share_cores()
    config.stash[REFUSED] = 0


def share_cores():
    """Give each xdist worker's kernels its share of the cores.

    Two kernels that each start as many threads as there are cores wait for one another: an SVD of a
    second takes twenty.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        threads = str(max(1, (os.cpu_count() or 1) // workers))
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
            os.environ.setdefault(name, threads)


def pytest_report_header():
    return f"network: {network.description()}"


def pytest_collectstart(collector):
    """TensorFlow logs to stderr when it is imported; saved notebooks hold no stderr, so do not compare it."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    attempts = network.new_attempts()
    is_cell = item.nodeid.partition("::")[0].endswith(".ipynb")
    if attempts and not item.get_closest_marker("may_try_network"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} tried to reach the network, which is off: " + "; ".join(attempts)
    elif report.failed and is_cell:
        folder = item.path.parent.name
        report.sections.append(("What to do", (
            f"{folder}/{item.path.name}, {item.name} (code cells are counted from 0).\n"
            f"If the change is intended: make refresh DAY={folder}\n"
            f"(without make: python tests/refresh.py {folder}), and look at the difference before you commit.")))
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """What native code or another program sent is not seen by the audit hook, but the kernel counts it."""
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and (refused := network.packets_without_route()):
        session.config.stash[REFUSED] = refused
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    network.forget()


def pytest_terminal_summary(terminalreporter, config):
    if refused := config.stash[REFUSED]:
        terminalreporter.section("network", red=True)
        terminalreporter.line(f"{refused} packets were sent to the network, which is off. The run fails.")
