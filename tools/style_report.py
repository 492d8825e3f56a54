"""Count what makes code hard to read, at two commits, and write docs/results/style.md.

Counts modules named with a gerund, file and class names used more than once, public docstrings that do not start with
a verb, vague local names, `fmt: skip`, lines over the limit, `noqa` by rule, and functions of more than five
parameters. Reads files from git, so that an earlier commit is counted in the same way as the working tree.

Start at `main`: `make style BEFORE=<commit>`; without BEFORE only the working tree is counted and printed.
"""

import argparse
import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS_PAGE = ROOT / "docs" / "results" / "style.md"
VERBS = frozenset((ROOT / "tools" / "docstring_verbs.txt").read_text(encoding="ascii").split())
LINE_LIMIT = 120
MAX_PARAMETERS = 5
VAGUE_NAMES = frozenset(
    {
        *("at", "found", "kind", "words", "one", "other", "others", "part", "known", "note", "rest", "made", "said"),
        *("named", "where", "asked", "place", "held", "kept", "told", "met", "mine", "theirs", "shown", "stands"),
        *("everything", "everybody", "nobody", "thing", "things"),
    }
)
GERUND_NOUNS = frozenset(
    {
        *("string", "strings", "finding", "findings", "filing", "filings", "training", "scoring", "signing"),
        *("accounting", "blocking", "dwelling", "matching", "outstanding", "parsing", "probing", "screening"),
    }
)
"""Words in -ing that the field uses as they are: a finding, an accounting of disclosures, a blocking rule."""


def main() -> None:
    """Print the counts of the working tree, or write both columns to the results page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", help="the commit to compare with")
    arguments = parser.parse_args()
    after = count_style(read_working_tree())
    if not arguments.before:
        print("\n".join(f"{name}: {value}" for name, value in after.items()))
        return
    before = count_style(read_commit(arguments.before))
    rows = [f"| {name} | {before.get(name, 0):,} | {after.get(name, 0):,} |" for name in {**before, **after}]
    lines = [
        "# Names and sentences, counted",
        "",
        f"Written by `make style BEFORE={arguments.before}` over src/ (tests, bench and tools included where the row",
        "says so). A docstring counts as starting with a verb when its first word is in tools/docstring_verbs.txt.",
        "",
        f"| measure | {arguments.before} | now |",
        "|---|---|---|",
        *rows,
    ]
    RESULTS_PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def read_working_tree() -> dict[str, str]:
    """Return the text of every Python file that git tracks, by path."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in listed.split() if (ROOT / name).is_file()}


def read_commit(commit: str) -> dict[str, str]:
    """Return the text of every Python file at a commit, by path."""
    command = ["git", "ls-tree", "-r", "--name-only", commit]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.splitlines() if name.endswith(".py")]
    return {
        name: subprocess.run(
            ["git", "show", f"{commit}:{name}"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for name in names
    }


def count_style(files: Mapping[str, str]) -> dict[str, int]:
    """Return each measure and its count over the files given."""
    source = {name: text for name, text in files.items() if name.startswith("src/")}
    trees = {name: ast.parse(text) for name, text in source.items()}
    docstrings = [doc for tree in trees.values() for _, doc in public_docstrings(tree)]
    counts = {
        "modules named with a gerund": len(gerund_modules(source)),
        "file names used more than once": len(repeated_file_names(source)),
        "class names used more than once": len(repeated_class_names(trees)),
        "public functions with a docstring": len(docstrings),
        "of these, not starting with a verb": sum(not starts_with_verb(doc) for doc in docstrings),
        "bindings of vague names": sum(name in VAGUE_NAMES for tree in trees.values() for name in bound_names(tree)),
        f"functions of more than {MAX_PARAMETERS} parameters": sum(
            len(parameters(node)) > MAX_PARAMETERS for tree in trees.values() for node in functions(tree)
        ),
        "`fmt: skip` (all Python files)": sum(text.count("# fmt: skip") for text in files.values()),
        f"lines over {LINE_LIMIT} columns (src)": sum(
            len(line) > LINE_LIMIT for text in source.values() for line in text.splitlines()
        ),
        f"lines over {LINE_LIMIT} columns (all Python files)": sum(
            len(line) > LINE_LIMIT for text in files.values() for line in text.splitlines()
        ),
    }
    noqa = Counter(
        rule
        for text in source.values()
        for rules in re.findall(r"# noqa: ([A-Z0-9, ]+)", text)
        for rule in re.findall(r"[A-Z]+\d+", rules)
    )
    return counts | {"`noqa` in src, all": noqa.total()} | {f"`noqa: {rule}`": n for rule, n in sorted(noqa.items())}


def gerund_modules(files: Mapping[str, str]) -> list[str]:
    """Return the modules whose name contains a gerund that is no noun of the field."""
    return [
        name
        for name in files
        if any(word.endswith("ing") and word not in GERUND_NOUNS for word in Path(name).stem.split("_"))
    ]


def repeated_file_names(files: Mapping[str, str]) -> dict[str, int]:
    """Return the base names that two or more modules share, command modules and package files left out."""
    names = Counter(
        Path(name).name
        for name in files
        if not name.endswith("__init__.py") and "/app/cli/" not in name and "/migrations/" not in name
    )
    return {name: count for name, count in names.items() if count > 1}


def repeated_class_names(trees: Mapping[str, ast.Module]) -> dict[str, int]:
    """Return the public class names that two or more modules define."""
    names = Counter(
        node.name
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    return {name: count for name, count in names.items() if count > 1}


def public_docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield name and docstring of every public function, method and property that has one."""
    for node in functions(tree):
        doc = ast.get_docstring(node)
        if doc and not node.name.startswith("_"):
            yield node.name, doc


def starts_with_verb(doc: str) -> bool:
    """Return whether the first word is an imperative verb of the list."""
    first = re.match(r"[A-Za-z]+(?:-[a-z]+)?", doc)
    return first is not None and first.group(0).lower() in VERBS


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def parameters(node: ast.FunctionDef) -> list[str]:
    """Return the names of a function's positional parameters, `self` and `cls` left out."""
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return [name for name in names if name not in {"self", "cls"}]


def bound_names(tree: ast.Module) -> Iterator[str]:
    """Yield every local, parameter and loop variable that a function binds, once per binding."""
    for function in functions(tree):
        yield from (argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg))
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


if __name__ == "__main__":
    main()
