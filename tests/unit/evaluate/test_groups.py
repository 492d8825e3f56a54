"""Groups: which columns are labels, and which differences are more than chance."""

import pyarrow as pa

from comity.evaluate.groups import break_down_by_label, label_values


def make_tables(groups: dict[str, tuple[int, int]]) -> tuple[pa.Table, pa.Table]:
    """Return determinations and truth from, for each group, how many confirmed requests were matched and missed."""
    names = [name for name, (hit, missed) in groups.items() for _ in range(hit + missed)]
    outcome = [o for hit, missed in groups.values() for o in ["match"] * hit + ["review"] * missed]
    truth = pa.table({"confirmed": [True] * len(names), "group": names, "split": ["fit", "test"] * (len(names) // 2)})
    return pa.table({"outcome": outcome}), truth


def test_a_difference_is_significant_only_with_enough_requests() -> None:
    (small,) = break_down_by_label(*make_tables({"A": (18, 2), "B": (17, 3)}))
    (large,) = break_down_by_label(*make_tables({"A": (1800, 200), "B": (1700, 300)}))
    assert small.widest_gap is not None
    assert large.widest_gap is not None
    assert (small.widest_gap.percentage_points, large.widest_gap.percentage_points) == (
        large.widest_gap.percentage_points,
        5.000000000000004,
    )
    assert not small.widest_gap.is_significant
    assert not any(g.is_miss_rate_different for g in small.groups)
    assert large.widest_gap.is_significant
    assert all(g.is_miss_rate_different for g in large.groups)
    assert (large.widest_gap.highest_group, large.widest_gap.lowest_group) == ("A", "B")
    assert not any(g.is_error_rate_different for g in large.groups)


def test_label_values_takes_text_numbers_and_flags_but_no_keys() -> None:
    count = 80
    truth = pa.table(
        {
            "request_id": [f"q{i}" for i in range(count)],
            "confirmed": [True] * count,
            "split": ["fit", "test"] * 40,
            "sex": ["f", "m"] * 40,
            "age": [str(i) for i in range(count - 1)] + ["8O"],
            "born_abroad": [True, False] * 40,
            "free_text": [f"note {i}" for i in range(count)],
            "same": ["x"] * count,
            "empty": pa.nulls(count, pa.string()),
            "sometimes": ["x", "y", None, None] * 20,
        }
    )
    labels = {c: label_values(truth, c) for c in truth.column_names}
    assert {c for c, values in labels.items() if values is not None} == {"sex", "age", "born_abroad", "sometimes"}
    ages = labels["age"]
    assert ages is not None
    names, counts = zip(*sorted((name, int((ages == name).sum())) for name in set(ages)), strict=True)
    assert names == ("(no label)", "0 to 19", "above 19 to 39", "above 39 to 58", "above 58 to 78")
    assert counts == (1, 20, 20, 19, 20)
    sometimes = labels["sometimes"]
    assert sometimes is not None
    assert (sometimes == "(no label)").sum() == 40


def test_ranges_of_numbers_are_in_order_whatever_their_sizes() -> None:
    ages = [5] * 40 + [30] * 10 + [50] * 30 + [70] * 20 + list(range(80, 100))
    truth = pa.table({"confirmed": [True] * len(ages), "age": ages})
    determinations = pa.table({"outcome": ["match"] * len(ages)})
    (label,) = break_down_by_label(determinations, truth)
    starts = [float(g.outcomes.name.removeprefix("above ").split(" to ")[0]) for g in label.groups]
    assert starts == sorted(starts)
    assert len(starts) > 2
