"""Print at the end of the test output how many public vectors were accepted and refused."""

import pytest

from tests.conformance.vectors import COUNT_LINES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNT_LINES:
        terminalreporter.section("public test vectors", sep="-")
        for line in sorted(COUNT_LINES):
            terminalreporter.write_line(line)
