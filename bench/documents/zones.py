"""Measure how many passport zones (TD3) a core checks in a second, alone and in batches.

    python bench/documents/zones.py [--zones 5000000]

Every digit of every zone is checked; a tenth of the zones have one wrong character, and both ways must agree on each.
Rates are per second of processor time of one thread, so that a busy machine does not lower them by waiting.
"""

import argparse
import time

import numpy as np
from measurement import Measurement

from comity.documents.mrz import zone_batch
from comity.documents.mrz.digits import failing_digits
from comity.documents.mrz.layouts import TD3
from comity.documents.mrz.zone import parse_zone

SPECIMEN = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
ALONE = 20_000


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zones", type=int, default=5_000_000)
    print("\n".join(row.to_row() for row in measure_zones(parser.parse_args().zones)))


def measure_zones(count: int) -> list[Measurement]:
    """Return the rates of checking `count` zones in one batch, and of checking some one by one."""
    random = np.random.default_rng(7)
    zones = np.tile(np.frombuffer(SPECIMEN.encode(), np.uint8), (count, 1))
    changed = random.choice(count, count // 10, replace=False)
    zones[changed, random.integers(44, 88, len(changed))] = random.choice(
        np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<", np.uint8), len(changed)
    )
    zone_batch.check_zones(zones[:10], TD3)  # compiles
    batch_rates = []
    for _ in range(5):
        start = time.process_time()
        masks = zone_batch.check_zones(zones, TD3)
        batch_rates.append(count / (time.process_time() - start))
    texts = [row.tobytes().decode() for row in zones[:ALONE]]
    start = time.process_time()
    failing_by_zone = [parse_zone(text).failing_digits for text in texts]
    whole_rate = len(texts) / (time.process_time() - start)
    assert failing_by_zone == [zone_batch.names_of_mask(mask, TD3) for mask in masks[:ALONE].tolist()]
    lines = [(text[:44], text[44:]) for text in texts]
    start = time.process_time()
    for pair in lines:
        failing_digits(TD3, pair)
    digits_rate = len(lines) / (time.process_time() - start)
    return [
        Measurement("passport zones, five digits, in one batch", float(np.median(batch_rates)) / 1e6, "M/s", 10),
        Measurement("passport zones, five digits, one by one", digits_rate, "/s"),
        Measurement("passport zones, parsed whole, one by one", whole_rate, "/s"),
        Measurement(
            "of these, changed in one character and seen by a digit", np.count_nonzero(masks) / len(changed), "of 1"
        ),
    ]


if __name__ == "__main__":
    main()
