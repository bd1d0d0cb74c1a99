"""How pytest runs the course: notebooks compared without stderr, the network off, failures explained."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tests"))
import network  # noqa: E402

REFUSED = pytest.StashKey[int]()


def pytest_configure(config):
    network.close_network()
    config.stash[REFUSED] = 0


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
