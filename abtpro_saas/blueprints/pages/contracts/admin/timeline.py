"""A contract's life for the staff: each act once, with its documents and messages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.billing.words import DocumentKind
from abtpro_saas.blueprints.pages.contracts.story import Story, stories
from abtpro_saas.blueprints.pages.frame.labels import said
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.contracts.tables import Event
from abtpro_saas.contracts.words import EventKind
from abtpro_saas.money import Satang
from abtpro_saas.notifications import texts
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.tables import Notice

E, N = EventKind, NoticeKind

TELLS: Mapping[str, Collection[str]] = {
    E.STARTED: {N.CONTRACT_STARTED, N.TRIAL_STARTED},
    E.RENEWED: {N.CONTRACT_RENEWED},
    E.CHANGED: {N.CONTRACT_CHANGED},
    E.CHANGE_PLANNED: {N.CONTRACT_CHANGE_PLANNED},
    E.CHANGE_DROPPED: {N.CHANGE_DROPPED},
    E.CANCELLED: {N.CONTRACT_CANCELLED},
    E.RESUMED: {N.CONTRACT_RESUMED},
    E.EXTENDED: {N.CONTRACT_EXTENDED},
    E.BLOCKED: {N.CONTRACT_BLOCKED},
    E.UNBLOCKED: {N.CONTRACT_UNBLOCKED},
    E.REFUNDED: {N.RENTAL_REFUNDED},
    E.REMINDED: {
        N.CONTRACT_ENDS,
        N.RENEWAL_DUE,
        N.RENEWAL_SHORT,
        N.RENEWAL_COMES,
        N.CONTRACT_GRACE,
        N.GRACE_GOES_ON,
        N.GRACE_ENDS,
    },
    E.PRICE_TOLD: {N.PRICE_CHANGES},
    E.GRACE_BEGAN: {N.CONTRACT_GRACE, N.GRACE_ENDS},
    E.SUSPENDED: {N.CONTRACT_SUSPENDED},
    E.ENDED: {N.CONTRACT_ENDED},
}
"""With which message the member is told of an event."""


class Paper(NamedTuple):
    """An invoice, or a credit note, whose amount is negative; in satang."""

    document: Document
    amount: Satang


@dataclass(frozen=True)
class Entry:
    """Something that happened, what was issued for it, and what the member was told."""

    story: Story
    papers: tuple[Paper, ...] = ()
    messages: tuple[str, ...] = ()


def timeline(
    events: Sequence[Event],
    documents: Iterable[Document],
    notices: Iterable[Notice],
    names: Mapping[str, str],
) -> list[Entry]:
    """Return what happened, newest first; ``names`` are those of the plans by code.

    What one act wrote down was written at one instant. A document or a message that no
    event explains is an entry of its own.
    """
    order = sorted(events, key=lambda each: each.event_id)
    papers = {each.number: each for each in sorted(documents, key=lambda d: d.number)}
    told = {each.notice_id: each for each in sorted(notices, key=lambda n: n.notice_id)}
    found = []
    for event, story in zip(order, stories(order, names, to_staff=True), strict=True):
        messages = _messages_of(event, told)
        issued = _papers_of(event, messages, papers)
        found.append(Entry(story, issued, tuple(map(_title, messages))))
    found += [_alone(each) for each in papers.values()]
    found += [Entry(_message(each)) for each in told.values()]
    return sorted(found, key=lambda each: each.story.instant)[::-1]


def _messages_of(event: Event, left: dict[UUID, Notice]) -> list[Notice]:
    """Take the message that told of an event: of several at one instant the first."""
    kinds = TELLS.get(event.kind, ())
    for row in left.values():
        if row.kind in kinds and row.created_at == event.recorded_at:
            return [left.pop(row.notice_id)]
    return []


def _papers_of(
    event: Event, messages: Iterable[Notice], left: dict[str, Document]
) -> tuple[Paper, ...]:
    """Take what was issued for an event; a change of plan has credit notes as well."""
    numbers = {each.params.get("document") for each in messages}
    numbers.add(event.detail.get("number"))
    chosen = [
        row
        for row in left.values()
        if row.issued_at == event.recorded_at
        and (row.number in numbers or event.kind == E.CHANGED)
    ]
    return tuple(_paper(left.pop(row.number)) for row in chosen)


def _paper(row: Document) -> Paper:
    is_credit = row.kind == DocumentKind.CREDIT_NOTE
    return Paper(row, Satang(-row.total if is_credit else row.total))


def _alone(row: Document) -> Entry:
    story = Story(str(said(row.kind)), row.issued_at, "statement", "")
    return Entry(story, (_paper(row),))


def _message(row: Notice) -> Story:
    return Story(_title(row), row.created_at, "mail", "")


def _title(row: Notice) -> str:
    return texts.write(NoticeKind(row.kind), language(), row.params).title
