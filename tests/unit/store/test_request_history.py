"""What was asked: kept as digests, counted over the batches that are named, forgotten in time."""

from datetime import timedelta

import numpy as np

from comity.store import request_history
from comity.store.request_history import StoredRequestHistory
from tests.conftest import OpenStore
from tests.support.sample_ledger import B1, B2, B3, RECORDED_AT, insert_batch, ledger_name


def test_digests_are_counted_among_the_batches_named(opening: OpenStore) -> None:
    store = opening()
    random = np.random.default_rng(1)
    many = np.unique(random.integers(1, 2**64 - 1, 40_000, dtype=np.uint64))
    few = np.array([7, 8, 2**63], np.uint64)
    with store.begin() as tx:
        for name, digests in (("B1", many), ("B2", few), ("B3", few)):
            insert_batch(tx, name, 1)
            kept = (digests, np.arange(len(digests), dtype=np.int64) % 3 + 1)
            request_history.insert(tx, ledger_name(name), {"name": kept, "street": (digests[:1], np.ones(1, np.int64))})
    before = StoredRequestHistory(bytes(16), store.read)
    assert before.count_digests({"name": few}, {B2})["name"].tolist() == [1, 2, 3]
    assert before.count_digests({"name": few}, {B1, B2, B3})["name"].tolist() == [2, 4, 6]
    assert before.count_digests({"name": many[:2000]}, {B1})["name"].tolist() == [
        n % 3 + 1 for n in range(2000)
    ]  # many buckets
    assert before.count_digests({"name": many[[11, 30_000]]}, {B1, B2})["name"].tolist() == [3, 1]  # two buckets
    assert before.count_digests({"name": np.array([9], np.uint64)}, {B1, B2})["name"].tolist() == [0]
    assert before.count_digests({"street": few}, {B2, B3})["street"].tolist() == [2, 0, 0]
    assert before.count_digests({"name": few}, set())["name"].tolist() == [0, 0, 0]
    with store.begin() as tx:
        request_history.prune(tx, answered_before=RECORDED_AT)
    assert before.count_digests({"name": few}, {B2})["name"].tolist() == [1, 2, 3]
    with store.begin() as tx:
        request_history.prune(tx, answered_before=RECORDED_AT + timedelta(seconds=1))
    assert before.count_digests({"name": few}, {B2})["name"].tolist() == [0, 0, 0]
