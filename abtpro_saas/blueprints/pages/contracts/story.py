"""What happened in a contract's life, as its owner and the staff read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from abtpro_saas import formats
from abtpro_saas.blueprints.pages.contracts.wording import term
from abtpro_saas.blueprints.pages.frame.labels import said
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.contracts.tables import Event
from abtpro_saas.contracts.words import Billing, EventKind
from abtpro_saas.ids import UserId

K = EventKind


def _(text: str, **values: str) -> str:
    return str(gettext(text, **values))


@dataclass(frozen=True)
class Story:
    """One event in words, with the sign and the tone of its line."""

    text: str
    instant: datetime
    icon: str
    tone: str
    note: str | None = None
    actor_id: UserId | None = None
    waiting: bool = False


SIGNS: Mapping[str, tuple[str, str]] = {
    K.STARTED: ("check", "good"),
    K.RENEWED: ("check", "good"),
    K.RENEWAL_FAILED: ("alert", "warn"),
    K.CHANGED: ("next", "good"),
    K.CHANGE_PLANNED: ("clock", ""),
    K.CHANGE_DROPPED: ("close", ""),
    K.AUTO_RENEW_ON: ("refund", ""),
    K.AUTO_RENEW_OFF: ("refund", ""),
    K.CANCELLED: ("ban", ""),
    K.RESUMED: ("check", "good"),
    K.EXTENDED: ("plus", "good"),
    K.BLOCKED: ("lock", "bad"),
    K.UNBLOCKED: ("check", "good"),
    K.REFUNDED: ("refund", "good"),
    K.REMINDED: ("bell", ""),
    K.PRICE_TOLD: ("bell", ""),
    K.GRACE_BEGAN: ("clock", "warn"),
    K.SUSPENDED: ("ban", "bad"),
    K.ENDED: ("ban", ""),
    K.REPLACED: ("next", ""),
    K.MISSED: ("clock", "warn"),
}


def stories(
    events: Sequence[Event],
    names: Mapping[str, str],
    *,
    to_staff: bool = False,
    exact: bool = False,
) -> list[Story]:
    """Return the events in words, in the order in which they come.

    ``names`` are those of the plans by their codes; ``exact`` shows seconds. What our
    own processes were late for is nobody's business but the staff's.
    """
    shown = (each for each in events if to_staff or each.kind != K.MISSED)
    return [_story(each, _Shown(each.detail, names, exact=exact)) for each in shown]


def _story(event: Event, it: "_Shown") -> Story:
    icon, tone = SIGNS.get(event.kind, ("info", ""))
    return Story(
        text=_told(event.kind, it),
        instant=event.happened_at,
        icon=icon,
        tone=tone,
        note=event.detail.get("reason"),
        actor_id=event.actor_id,
    )


def _told(kind: str, it: "_Shown") -> str:
    """Return the sentence of an event; one without words is shown as it is."""
    writer = _WRITERS.get(kind)
    return kind if writer is None else writer(it)


class _Shown:
    """What an event noted, ready to be read."""

    def __init__(
        self, detail: Mapping[str, Any], names: Mapping[str, str], *, exact: bool
    ) -> None:
        self._detail = detail
        self._names = names
        self._exact = exact

    @property
    def plan(self) -> str:
        """The plan by its name, with how it is billed if that is not by the month."""
        name, billing = self._name("plan"), self._detail.get("billing")
        if billing != Billing.YEARLY:
            return name
        return _("%(plan)s, %(billing)s", plan=name, billing=said(billing))

    @property
    def was(self) -> str:
        """The plan before, by its name."""
        return self._name("from")

    def _name(self, field: str) -> str:
        code = str(self._detail.get(field, ""))
        return self._names.get(code, code)

    def has(self, name: str) -> bool:
        return bool(self._detail.get(name))

    def text(self, name: str) -> str:
        return str(self._detail.get(name, ""))

    def money(self, name: str) -> str:
        return formats.format_money(int(self._detail.get(name) or 0))

    def instant(self, name: str) -> str:
        at = datetime.fromisoformat(str(self._detail[name]))
        return formats.format_instant(at, language(), seconds=self._exact)


def _started(it: _Shown) -> str:
    if it.has("trial"):
        return _("The trial of %(plan)s began", plan=it.plan)
    return _("%(plan)s began; %(paid)s paid", plan=it.plan, paid=it.money("paid"))


def _renewed(it: _Shown) -> str:
    return _("Renewed: %(plan)s; %(paid)s paid", plan=it.plan, paid=it.money("paid"))


def _failed(it: _Shown) -> str:
    return _("The wallet did not hold %(price)s to renew", price=it.money("price"))


def _changed(it: _Shown) -> str:
    return _(
        "Changed from %(was)s to %(plan)s; %(paid)s paid, %(credit)s given back",
        was=it.was,
        plan=it.plan,
        paid=it.money("paid"),
        credit=it.money("credit"),
    )


def _cancelled(it: _Shown) -> str:
    return _("Cancelled; access until %(end)s", end=it.instant("ends"))


def _extended(it: _Shown) -> str:
    return _(
        "%(length)s given, until %(end)s",
        length=term(it.text("duration")),
        end=it.instant("until"),
    )


def _refunded(it: _Shown) -> str:
    return _(
        "%(amount)s refunded to the wallet, credit note %(number)s",
        amount=it.money("amount"),
        number=it.text("number"),
    )


def _price_told(it: _Shown) -> str:
    return _(
        "Told that the price changes from %(was)s to %(price)s",
        was=it.money("from"),
        price=it.money("to"),
    )


_WRITERS: Mapping[str, Callable[[_Shown], str]] = {
    K.STARTED: _started,
    K.RENEWED: _renewed,
    K.RENEWAL_FAILED: _failed,
    K.CHANGED: _changed,
    K.CHANGE_PLANNED: lambda it: _("Change to %(plan)s planned", plan=it.plan),
    K.CHANGE_DROPPED: lambda _it: _("The planned change was dropped"),
    K.AUTO_RENEW_ON: lambda _it: _("Renewal by itself switched on"),
    K.AUTO_RENEW_OFF: lambda _it: _("Renewal by itself switched off"),
    K.CANCELLED: _cancelled,
    K.RESUMED: lambda _it: _("The cancellation was taken back"),
    K.EXTENDED: _extended,
    K.BLOCKED: lambda _it: _("Suspended by an administrator"),
    K.UNBLOCKED: lambda _it: _("The suspension was lifted"),
    K.REFUNDED: _refunded,
    K.REMINDED: lambda _it: _("Reminded of the period's end"),
    K.PRICE_TOLD: _price_told,
    K.GRACE_BEGAN: lambda _it: _("The period ended unpaid; access was kept"),
    K.SUSPENDED: lambda _it: _("Suspended: the period was not paid"),
    K.ENDED: lambda _it: _("The contract ended"),
    K.REPLACED: lambda _it: _("A new contract took its place"),
    K.MISSED: lambda _it: _("Looked at late, after an outage of the processes"),
}
