"""Print sizes to look at, never to fail on: files, functions, parameters, classes, docstrings.

    make stats

Start at `main`.
"""

import ast
from pathlib import Path
from statistics import median

import style_report

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "comity"
REVIEW_LIMITS = {"file": 400, "function": 50, "parameters": 5, "class": 250}


def main() -> None:
    """Measure every module below src/comity."""
    files, functions, classes, parameters = [], [], [], []
    public = documented = headers = 0
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        name = path.relative_to(ROOT).as_posix()
        files.append((text.count("\n"), name))
        headers += ast.get_docstring(tree) is not None
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            length = (node.end_lineno or 0) - node.lineno + 1
            position = f"{name}:{node.lineno} {node.name}"
            if not node.name.startswith("_"):
                public += 1
                documented += ast.get_docstring(node) is not None
            if isinstance(node, ast.ClassDef):
                classes.append((length, position))
                continue
            functions.append((length, position))
            parameters.append((len(style_report.parameters(node)), position))
    print(f"files {len(files)}, lines {sum(n for n, _ in files):,}, functions {len(functions)}")
    _print_sizes("file", files, REVIEW_LIMITS["file"])
    _print_sizes("function", functions, REVIEW_LIMITS["function"])
    _print_sizes("parameters (positional)", parameters, REVIEW_LIMITS["parameters"])
    _print_sizes("class", classes, REVIEW_LIMITS["class"])
    print(f"module headers {headers} of {len(files)}; public docstrings {documented} of {public}")


def _print_sizes(measure: str, sizes: list[tuple[int, str]], limit: int) -> None:
    values = [size for size, _ in sizes] or [0]
    print(f"{measure}: median {median(values):.0f}, largest {max(values)}")
    for size, position in sorted(sizes, reverse=True)[:5]:
        if size > limit:
            print(f"    look again: {size:>5}  {position}")


if __name__ == "__main__":
    main()
