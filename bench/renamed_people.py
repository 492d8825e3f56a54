"""Give the people of the evaluation protocol other names, to check that matching is not tuned to the names of one town.

    python bench/renamed_people.py OUT          in an environment that has pseudopeople 1.3.1 and pandas

OUT gets a copy of the package with sample people who have names drawn from the 2020 Census list, one new name for each
old one; rare names are more frequent than in life (counts to the power of 0.7). Households, moves, forms and noise stay
as they are. With PYTHONPATH=OUT the protocol then runs on the renamed people.

Guarantees: one name becomes one name, everywhere; the same list gives the same names.
Start at `main`.
"""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pseudopeople

REFERENCE_FOLDER = Path(__file__).parents[1] / "src/comity/reference"


def draw_names(name_kind: str, draw: np.random.Generator) -> Iterator[str]:
    """Draw names of one kind, first or last, one after the other."""
    table = pd.read_parquet(REFERENCE_FOLDER / f"names_{name_kind}.parquet")
    table = table[table.iloc[:, 0].str.len() > 2]
    weight = table["count"].to_numpy(float) ** 0.7
    return iter(draw.choice(table.iloc[:, 0].str.title().to_numpy(), 200_000, p=weight / weight.sum()))


def main() -> None:
    """Copy the package and rename its people."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out / "pseudopeople"
    shutil.copytree(Path(pseudopeople.__file__).parent, out, dirs_exist_ok=True)
    draw = np.random.default_rng(77)
    pools = {name_kind: draw_names(name_kind, draw) for name_kind in ("first", "last")}
    new_names: dict[str, dict[str, str]] = {"first": {}, "last": {}}

    def rename(name_kind: str, name: Any) -> Any:
        if not isinstance(name, str) or not name:
            return name
        if name not in new_names[name_kind]:
            new_names[name_kind][name] = next(pools[name_kind])
        return new_names[name_kind][name]

    for file in sorted(out.glob("data/sample_datasets/*/*.parquet")):
        table = pd.read_parquet(file)
        for column in table:
            for name_kind in new_names:
                if str(column).endswith(f"{name_kind}_name"):
                    values = table[column].astype(object).map(lambda name, name_kind=name_kind: rename(name_kind, name))
                    table[column] = values.astype(
                        table[column].dtype if table[column].dtype != "category" else "category"
                    )
        table.to_parquet(file)
    print(f"{len(new_names['first']):,} given names and {len(new_names['last']):,} surnames exchanged")


if __name__ == "__main__":
    main()
