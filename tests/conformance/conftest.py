"""Says at the end of the test output how many public vectors were accepted and refused."""

import pytest

from tests.conformance.vectors import COUNTS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTS:
        terminalreporter.section("public test vectors", sep="-")
        for line in sorted(COUNTS):
            terminalreporter.write_line(line)
