"""Say what an order would stop or open, from when to when, before it is filed: now, once entered, once confirmed.

Guarantees: every period comes from the functions that the gates call, asked at each time at which anything can change,
and for each kind of batch that a part on file can tell from another; so a preview cannot say anything else than the
gates will, and nothing is said to change nothing when it opens a part.
Does not: know requests. It says of which batches a part is open, and not which batches there are.
Basis: ADR 0012; ADR 0031.
Start at `preview_order`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from comity.law.corpus import Law
from comity.law.court_order import CourtOrder
from comity.law.dispositions import DispositionKind
from comity.orders.batch_kinds import BatchKind, find_orders_of_kind, is_about_authority, iterate_kinds


@dataclass(frozen=True, slots=True)
class PreviewPeriod:
    """From when on which orders stop an agreement: as on file, once the order is entered, once it is confirmed."""

    starts_at: datetime
    now: tuple[str, ...]
    entered: tuple[str, ...]
    confirmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartPreview:
    """The periods of batches that lie in one part, named by `batches`, where they are not those of every batch."""

    batches: str
    periods: tuple[PreviewPeriod, ...]
    part_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementPreview:
    """An agreement's periods, from the last one before anything differs; none when nothing changes for a batch.

    `periods` are those of a batch that lies in no part; `review_by` is when the stay opens nothing any more, unless two
    persons look at its docket. `unchanged` are the kinds of batches for which nothing changes, where something does for
    others. `concerning_all` are the orders in the periods whose statute is that under which the agreement discloses, so
    that they are about every batch, whatever statute its rows cite.
    """

    agreement: str
    periods: tuple[PreviewPeriod, ...]
    parts: tuple[PartPreview, ...] = ()
    review_by: datetime | None = None
    unchanged: tuple[str, ...] = ()
    concerning_all: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewGroup:
    """Kinds of batches for which a paper changes the same. `batches` has '' for a batch that lies in no part.

    `periods` are those of the first kind; other orders may stop the rest of them, unless `is_one_table`.
    """

    batches: tuple[str, ...]
    periods: tuple[PreviewPeriod, ...]
    is_one_table: bool


def group_kinds(agreement: AgreementPreview) -> tuple[PreviewGroup, ...]:
    """Return an agreement's kinds of batches, those for which the paper changes the same together."""
    groups: dict[tuple[Any, ...], list[PartPreview]] = {}
    for part in (PartPreview("", agreement.periods), *agreement.parts):
        if part.periods:
            groups.setdefault(_describe_change(part.periods), []).append(part)
    return tuple(
        PreviewGroup(
            _name_widest([(part.batches, part.part_of) for part in members]),
            members[0].periods,
            is_one_table=all(part.periods == members[0].periods for part in members),
        )
        for members in groups.values()
    )


def _name_widest(kinds: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """Return the words of kinds of batches, without those that are a part of another one among them."""
    named = {words for words, _ in kinds}
    return tuple(words for words, part_of in kinds if named.isdisjoint(part_of))


def _describe_change(periods: Sequence[PreviewPeriod]) -> tuple[Any, ...]:
    """Return what a paper changes: from when on which orders, apart from those that stop a batch with and without it.

    Of those it counts only whether there is one, since nothing is open then.
    """
    changes: list[tuple[datetime | None, Any]] = []
    for period in periods:
        columns = (period.now, period.entered, period.confirmed)
        common = set.intersection(*map(set, columns))
        change = (tuple(tuple(one for one in column if one not in common) for column in columns), bool(common))
        if not changes or changes[-1][1] != change:
            changes.append((period.starts_at if _is_changed(period) or changes else None, change))
    return tuple(changes)


_FindOrders = Callable[[Law, datetime], Sequence[CourtOrder]]


def preview_order(law: Law, order: CourtOrder) -> tuple[AgreementPreview, ...]:
    """Return what an order that is not on file yet would change, agreement by agreement."""
    entered = replace(law, orders={**law.orders, order.id: order}, pending=law.pending | {order.id})
    return _preview((law, entered, replace(entered, pending=law.pending)), order)


def preview_confirmation(law: Law, order_id: str) -> tuple[AgreementPreview, ...]:
    """Return what a pending order changed on entry and would change once confirmed, agreement by agreement.

    `now` of each period is what would stop the agreement without the order.
    """
    without = law.leave_out_order(order_id)
    return _preview((without, law, replace(law, pending=law.pending - {order_id})), law.orders[order_id])


def _preview(laws: tuple[Law, Law, Law], order: CourtOrder) -> tuple[AgreementPreview, ...]:
    confirmed = laws[-1]
    times = sorted({time for law in laws for time in law.list_order_change_times()})
    kinds = tuple(iterate_kinds(confirmed))
    stays = [act for act in order.acts_on if act.how is DispositionKind.STAYED]
    due = [confirmed.order_effects.find_review_due(order, act, times[-1]) for act in stays]
    review_by = min((time for time in due if time is not None), default=None)
    return tuple(_preview_agreement(agreement, laws, times, kinds, review_by) for agreement in confirmed.agreements)


def _preview_agreement(
    agreement: str,
    laws: tuple[Law, Law, Law],
    times: Sequence[datetime],
    kinds: Sequence[BatchKind],
    review_by: datetime | None,
) -> AgreementPreview:
    periods = _list_periods(laws, times, lambda law, at: law.find_blocking_orders(at, agreement))
    parts = [
        PartPreview(kind.words, _list_periods(laws, times, partial(find_orders_of_kind, kind, agreement)), kind.part_of)
        for kind in kinds
    ]
    changed = tuple(part for part in parts if part.periods and part.periods != periods)
    is_any_changed = bool(periods or changed)
    return AgreementPreview(
        agreement,
        periods,
        changed,
        review_by if is_any_changed else None,
        _name_widest([(part.batches, part.part_of) for part in parts if not part.periods and is_any_changed]),
        _list_orders_concerning_all(agreement, laws[-1], [periods, *(part.periods for part in changed)]),
    )


def _list_orders_concerning_all(
    agreement_id: str, law: Law, tables: Sequence[Sequence[PreviewPeriod]]
) -> tuple[str, ...]:
    """Return the orders in some tables that are limited to statutes among which is the agreement's own authority."""
    named = {
        order_id
        for periods in tables
        for period in periods
        for order_id in (*period.now, *period.entered, *period.confirmed)
    }
    return tuple(
        order_id
        for order_id in sorted(named)
        if law.orders[order_id].statutes and is_about_authority(law.orders[order_id].statutes, agreement_id, law)
    )


def _list_periods(
    laws: tuple[Law, Law, Law], times: Sequence[datetime], find_orders: _FindOrders
) -> tuple[PreviewPeriod, ...]:
    periods: list[PreviewPeriod] = []
    for time in times:
        found = [tuple(order.id for order in find_orders(law, time)) for law in laws]
        period = PreviewPeriod(time, *found)
        if periods and found == [periods[-1].now, periods[-1].entered, periods[-1].confirmed]:
            continue
        if not _is_changed(period) and periods and not _is_changed(periods[-1]):
            periods.pop()  # of a run without a difference, the last is shown
        periods.append(period)
    while periods and not _is_changed(periods[-1]) and len(periods) > 1 and not _is_changed(periods[-2]):
        periods.pop()
    return tuple(periods) if any(map(_is_changed, periods)) else ()


def _is_changed(period: PreviewPeriod) -> bool:
    return not period.now == period.entered == period.confirmed
