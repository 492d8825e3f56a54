"""Say what an order would stop or open, from when to when, before it is filed: now, once entered, once confirmed.

Guarantees: every period comes from `Law.find_blocking_orders`, which the gates call, asked at each time at which
anything can change; so a preview cannot say anything else than the gates will.
Does not: know requests. A batch may lie outside of an order's statutes or districts, or within a part that is open.
Start at `preview_order`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from comity.law.corpus import Law
from comity.law.court_order import CourtOrder


@dataclass(frozen=True, slots=True)
class PreviewPeriod:
    """From when on which orders stop an agreement: as on file, once the order is entered, once it is confirmed."""

    starts_at: datetime
    now: tuple[str, ...]
    entered: tuple[str, ...]
    confirmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementPreview:
    """An agreement's periods, from the last one before anything differs; none when the order changes nothing."""

    agreement: str
    periods: tuple[PreviewPeriod, ...]


def preview_order(law: Law, order: CourtOrder) -> tuple[AgreementPreview, ...]:
    """Return what an order that is not on file yet would change, agreement by agreement."""
    entered = replace(law, orders={**law.orders, order.id: order}, pending=law.pending | {order.id})
    confirmed = replace(entered, pending=law.pending)
    times = sorted({*law.list_order_change_times(), *confirmed.list_order_change_times()})
    return tuple(
        AgreementPreview(agreement, _list_periods(agreement, (law, entered, confirmed), times))
        for agreement in law.agreements
    )


def preview_confirmation(law: Law, order_id: str) -> tuple[AgreementPreview, ...]:
    """Return what a second person's confirmation of a pending order would change, agreement by agreement."""
    laws = (law, law, replace(law, pending=law.pending - {order_id}))
    times = law.list_order_change_times()
    return tuple(AgreementPreview(agreement, _list_periods(agreement, laws, times)) for agreement in law.agreements)


def _list_periods(agreement: str, laws: tuple[Law, Law, Law], times: Sequence[datetime]) -> tuple[PreviewPeriod, ...]:
    periods: list[PreviewPeriod] = []
    for time in times:
        found = [tuple(order.id for order in law.find_blocking_orders(time, agreement)) for law in laws]
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
