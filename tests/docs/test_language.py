"""Names, sentences and citations: plain words, one for one thing, and nothing named that does not exist."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tools import style_report

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
STALE_PHRASES = re.compile(
    r"\b(anew|dearer|told apart|lets? go of|letting go of|goes on its way|what stands|in the place of|all the same)\b",
    re.IGNORECASE,
)
OUTSIDE_NOTES = re.compile(
    r"(?<![\w/-])(law|product|stack|field|architecture|house|attacks|law-findings|calibration|scale-out|anchors)\.md"
)
PATH = re.compile(r"(?<![\w./<*{-])((?:[\w.-]+/)*[\w.-]+\.(?:md|py|yaml|yml|j2|csv|parquet|svg|toml))(?![\w*{])")
ADR = re.compile(r"\bADR (\d{4})\b")
WRITTEN_BY_USERS = re.compile(
    r"(findings|cases|corrected)\.csv|to-correct\.csv|columns\.csv|answer(s|ed)\.csv|fields\.md|letter\.(md|json)|(map|service)\.toml|flagged\.csv|rows-to-fill\.csv|requests\.(csv|parquet)"
    r"|(batch|answers|index|report|statement|notice|model)\.json|affected\.csv"
    r"|docs/results/|(truth|bank|determinations|errors)\.parquet|(document|order|stay|part|error|NEW)\.yaml|(record|reasons|notices)\.csv"
    r"|entries\.(csv|parquet)"
)
"""Files that a command writes or a user brings."""
WRITTEN_ON_DISK = frozenset({"rests_on", "asked"})
"""Names that stay because files and databases contain them: a field of agreements, a table."""


@cache
def tracked(*suffixes: str) -> tuple[Path, ...]:
    """Return the tracked files with these suffixes, results pages left out: programs write them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name and not name.startswith("docs/results/"))
    return tuple(path for path in paths if path.suffix in suffixes and path.is_file())


@cache
def all_paths() -> frozenset[str]:
    """Return every tracked path and each of its tails, as prose may shorten it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    tails = set()
    for name in filter(None, listed.split("\0")):
        parts = name.split("/")
        tails |= {"/".join(parts[start:]) for start in range(len(parts))}
    return frozenset(tails)


@cache
def prose(path: Path) -> tuple[tuple[int, str], ...]:
    """Return line number and text of all prose in a file: Markdown whole, docstrings and comments of Python."""
    return tuple(_iter_prose(path))


def _iter_prose(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from enumerate(node.value.value.splitlines(), node.lineno)


@cache
def source_trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module below src/."""
    paths = (path for path in tracked(".py") if path.is_relative_to(ROOT / "src"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def retired_words() -> set[str]:
    """Return the words of the glossary's second table, which no name may contain."""
    table = GLOSSARY.partition("## Retired words")[2]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def words_of(name: str) -> list[str]:
    """Return the lower-case words of a snake_case or CamelCase name."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


def defined_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of every class, function, module constant, parameter and field that a module defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (
                (argument.lineno, argument.arg) for argument in ast.walk(node.args) if isinstance(argument, ast.arg)
            )
        if isinstance(node, ast.ClassDef | ast.Module):
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    yield statement.lineno, statement.target.id
                if isinstance(statement, ast.Assign):
                    yield from (
                        (n.lineno, n.id) for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)
                    )


def test_no_name_contains_a_retired_word() -> None:
    retired = retired_words()
    assert len(retired) > 20
    hits = [
        f"{path}:{line} {name}"
        for path, tree in source_trees().items()
        if "/migrations/" not in path
        for line, name in defined_names(tree)
        if retired & set(words_of(name)) and name not in WRITTEN_ON_DISK and name != Path(path).stem
    ]
    assert not hits, "\n".join(hits)


def test_modules_and_classes_have_names_of_their_own() -> None:
    trees = source_trees()
    sources = dict.fromkeys(trees, "")
    assert style_report.gerund_modules(sources) == []
    assert style_report.repeated_file_names(sources) == {}
    assert set(style_report.repeated_class_names(trees)) <= {"Checkpoint", "Receipt"}, (
        "the checker shares no code (ADR 0008)"
    )


def test_public_docstrings_start_with_a_verb() -> None:
    """A rule's docstring is its requirement, which `request lint` and the law table print, so it is left out."""
    hits = [
        f"{path} {name}: {doc.splitlines()[0]}"
        for path, tree in source_trees().items()
        for name, doc in style_report.public_docstrings(tree)
        if not style_report.starts_with_verb(doc) and not name.split(".")[-1].startswith(Path(path).stem)
    ]
    assert not hits, "\n".join(hits)


def test_sentences_are_plain() -> None:
    hits = [
        f"{path.relative_to(ROOT)}:{line} {match.group(0)}"
        for path in tracked(".py", ".md")
        if path != Path(__file__) and path.name not in {"CONTRIBUTING.md", "glossary.md"}
        for line, text in prose(path)
        for match in STALE_PHRASES.finditer(text)
    ]
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("suffix", [".py", ".md", ".yaml"])
def test_no_note_outside_the_repository_is_cited(suffix: str) -> None:
    hits = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked(suffix)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OUTSIDE_NOTES.search(line)
    ]
    assert not hits, "\n".join(hits)


def test_every_file_named_in_prose_exists() -> None:
    hits = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in tracked(".py", ".md")
        if path != Path(__file__) and "examples" not in path.parts
        for line, text in prose(path)
        for name in PATH.findall(text)
        if name.removeprefix("./") not in all_paths()
        and not WRITTEN_BY_USERS.search(name)
        and not (path.parent / name).exists()
        and not re.search(rf"(--out|out/|[A-Z]+/|> ){re.escape(name)}|{re.escape(name)} is written", text)
    ]
    assert not hits, "\n".join(hits)


def test_every_decision_cited_exists() -> None:
    decisions = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("0*.md")}
    hits = [
        f"{path.relative_to(ROOT)}:{line} ADR {number}"
        for path in tracked(".py", ".md")
        for line, text in prose(path)
        for number in ADR.findall(text)
        if number not in decisions
    ]
    assert not hits, "\n".join(hits)
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert f"- [{title[:4]}]({path.name}): {title[6:]}\n" in index, path.name


def test_every_start_at_leads_somewhere() -> None:
    hits = []
    for path, tree in source_trees().items():
        header = ast.get_docstring(tree) or ""
        names = {name for _, name in defined_names(tree)} | {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for name in re.findall(r"Start at `([^`]+)`", header):
            first = re.split(r"[.(:\s]", name.removeprefix("comity."))[0]
            if (
                first not in names
                and f"{name}.py" not in all_paths()
                and name not in all_paths()
                and f"{first}.py" not in all_paths()
            ):
                hits.append(f"{path}: Start at `{name}`")
    assert not hits, "\n".join(hits)


@cache
def identifiers() -> frozenset[str]:
    """Return every name and every word of a string that occurs in code, docstrings and comments left out."""
    seen: set[str] = set()
    for path in tracked(".py", ".yaml", ".toml", ".j2", ".csv", ".sql"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix != ".py":
            seen |= set(re.findall(r"\w+", text))
            continue
        tree = ast.parse(text)
        docstrings = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                    seen.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    seen.add(name)
                case ast.alias(name=name, asname=asname):
                    seen |= set(name.split(".")) | ({asname} if asname else set())
                case ast.ImportFrom(module=str(name)):
                    seen |= set(name.split("."))
                case ast.Constant(value=str(value)) if id(node) not in docstrings:
                    seen |= set(re.findall(r"\w+", value))
    seen |= {path.stem for path in tracked(".py", ".md", ".yaml")} | {
        part for path in tracked(".py") for part in path.parts
    }
    return frozenset(seen)


def test_every_name_in_backticks_exists() -> None:
    known = identifiers()
    hits = [
        f"{path.relative_to(ROOT)}:{line} `{name}`"
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "src") or path.is_relative_to(ROOT / "tests")
        for line, text in prose(path)
        for name in re.findall(r"(?<!`)`([A-Za-z_][\w.]*)(?:\(\))?`(?!`)", text)
        if name.split(".")[-1] not in known
    ]
    assert not hits, "\n".join(hits)
