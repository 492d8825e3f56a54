"""Mutation testing of the modules that decide outcomes; writes docs/results/mutants.md.

    make mutants                                    what has no valid result yet
    make mutants MODULES="gates.engine law.seal"    these modules
    python -m tools.mutation --report               only writes the page

The operators are those of mutmut 3.8.1, in an environment of its own (requirements/mutants.txt). The loop is ours:
mutmut's took 1.3 seconds of CPU for each mutant of this repository, because it collects the tests again each time, and
it passes over decorated functions and over code outside functions. The page is written after each module.
Start at `main`; `module_plan.load_plans` says which tests decide for which module.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from tools.mutation.module_plan import load_plans
from tools.mutation.report import write_report
from tools.mutation.runner import load_result, run_module


def main(names: list[str]) -> None:
    """Run the named modules, or those without a result if none is named, and write the report."""
    plans = load_plans()
    if names == ["--report"]:
        write_report()
        return
    unknown = [name for name in names if name not in plans]
    if unknown:
        sys.exit(f"No such module in tools/mutation/modules: {', '.join(unknown)}. There are: {', '.join(plans)}.")
    for name in names or [name for name, plan in plans.items() if not load_result(plan)]:
        child = os.fork()  # a process for each, in which nothing of the project is imported yet
        if child == 0:
            if plans[name].without_jit:
                os.environ["NUMBA_DISABLE_JIT"] = "1"
            os._exit(run_module(plans[name]))
        os.waitpid(child, 0)
        write_report()


if __name__ == "__main__":
    main(sys.argv[1:])
