"""Give the people of the evaluation protocol other names: a check that matching is not tuned to the names of one town.

    python bench/renamed_people.py OUT          in an environment that has pseudopeople 1.3.1 and pandas
    PYTHONPATH=OUT python ../shared/eval/pseudopeople_protocol.py census --year 2020 --seed 301 --out RUN

OUT gets a copy of the package whose sample people bear, name by name, names drawn from the 2020 Census list; rare ones come up
more often than in life (counts to the power of 0.7). Households, moves, forms and noise stay as they are.

Guarantees: one name becomes one name, everywhere; the same list gives the same names.
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


def draw_names(kind: str, draw: np.random.Generator) -> Iterator[str]:
    """Names of a kind (first, last), one after the other."""
    table = pd.read_parquet(REFERENCE_FOLDER / f"names_{kind}.parquet")
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
    pools = {kind: draw_names(kind, draw) for kind in ("first", "last")}
    known: dict[str, dict[str, str]] = {"first": {}, "last": {}}

    def renamed(kind: str, name: Any) -> Any:
        if not isinstance(name, str) or not name:
            return name
        if name not in known[kind]:
            known[kind][name] = next(pools[kind])
        return known[kind][name]

    for file in sorted(out.glob("data/sample_datasets/*/*.parquet")):
        table = pd.read_parquet(file)
        for column in table:
            for kind in known:
                if str(column).endswith(f"{kind}_name"):
                    values = table[column].astype(object).map(lambda name, kind=kind: renamed(kind, name))
                    table[column] = values.astype(
                        table[column].dtype if table[column].dtype != "category" else "category"
                    )
        table.to_parquet(file)
    print(f"{len(known['first']):,} given names and {len(known['last']):,} surnames exchanged")


if __name__ == "__main__":
    main()
