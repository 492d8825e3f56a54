"""Choose the state of the index and the model that real records are answered with, by two persons."""

from pathlib import Path

from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.model.filing import Act


def choose_data(home_path: Path, key_file: Path, *, index: Path | None = None, model: Path | None = None) -> FiledStep:
    """Enter the choice of the index's present state, or of a model, as the first of two persons.

    Raises:
        IndexUnavailableError: the index cannot be read.
        ComityError: `model_invalid`, `key_unusable`.
        PolicyError: `filing_refused`.
    """
    from comity import match  # noqa: PLC0415  takes seconds to import, and other commands about filings do without

    if index is not None:
        content = {"fingerprint": match.Index.find_commit(index).fingerprint}
        return file_act(home_path, key_file, Act.INDEX, content)
    assert model is not None
    return file_act(home_path, key_file, Act.MODEL, {"fingerprint": match.read_model(model).fingerprint})
