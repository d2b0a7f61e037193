"""The loop that every row's process runs: look at the row, sleep, look again.

The row is the truth and the process its alarm clock: signals say "look again" and
carry no facts, so repeats, losses and wrong order do no harm.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.clock import BANGKOK
    from abtpro_saas.temporal import STATE, USER

QUEUE_WORKFLOWS = "wf"
QUEUE_OUTSIDE = "io"
"""Activities that wait for others: gateways, mail servers, exchanges."""
QUEUE_CPU = "cpu"
"""Activities that keep a processor busy; any number of machines may serve it."""

LOOK: dict[str, Any] = {
    "task_queue": QUEUE_OUTSIDE,
    "start_to_close_timeout": timedelta(minutes=2),
    # The worker beats for the activity: a killed worker is noticed in seconds.
    "heartbeat_timeout": timedelta(seconds=6),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
}
"""How a look is tried: for ever, unless the rules of the house refuse it."""


NEXT_LOOK = "Until the next look"


class Standing(Protocol):
    """What a look at a row brings back."""

    @property
    def status(self) -> str:
        """The row's state."""

    @property
    def summary(self) -> str:
        """What the process waits for, in words for an operator; the state is told."""

    @property
    def review_at(self) -> datetime | None:
        """When to look again without being asked; None ends the process."""

    @property
    def user_id(self) -> str:
        """Whose row it is."""


class Watch:
    """What a watching workflow extends; its ``run`` awaits ``watch``."""

    def __init__(self) -> None:
        self._changed = False
        self._chapter: object = None
        self._shown = ("", "")
        self._since: datetime | None = None
        self._attributes: tuple[str, str] | None = None

    @workflow.signal
    def changed(self) -> None:
        """Look again. Without content, so repeats and wrong order do no harm."""
        self._changed = True

    async def watch(
        self,
        order: object,
        look: Callable[[datetime], Awaitable[Standing]],
        known: Standing | None = None,
    ) -> str:
        """Look whenever the row changes or its time has come; return its last state.

        Where something is ``known`` already, it stands for the first look.
        """
        while True:
            if known is None:
                self._changed = False
            standing, known = known or await look(workflow.now()), None
            self._show(standing)
            if standing.review_at is None and not self._changed:
                await workflow.wait_condition(workflow.all_handlers_finished)
                return standing.status
            if self._is_over(standing):
                # Before another look, or steady signals would never let it happen: the
                # next history begins with that look, if one is due.
                await workflow.wait_condition(workflow.all_handlers_finished)
                known = None if self._is_due(standing) else standing
                workflow.continue_as_new(self.next_order(order, known))
            if self._changed or standing.review_at is None:
                continue  # what changed meanwhile must not die with this run
            await self._change_or(standing.review_at)

    def chapter(self, _standing: Any) -> object:  # noqa: ANN401 - a standing of one's own kind
        """Return what a history of its own is for; None where one serves for all."""
        return None

    def next_order(self, order: Any, _known: Any) -> object:  # noqa: ANN401 - as above
        """Return what the next history goes on with; ``known`` where nothing is due."""
        return order

    def _is_due(self, standing: Standing) -> bool:
        at = standing.review_at
        return self._changed or at is None or at <= workflow.now()

    def _is_over(self, standing: Standing) -> bool:
        """Tell whether this history is long, or the next chapter has begun."""
        last, self._chapter = self._chapter, self.chapter(standing)
        turned = last is not None and last != self._chapter
        return turned or workflow.info().is_continue_as_new_suggested()

    async def _change_or(self, instant: datetime) -> None:
        # At least a second, so that a look that is never done does not spin.
        wait = max(instant - workflow.now(), timedelta(seconds=1))
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._changed, timeout=wait, timeout_summary=NEXT_LOOK
            )

    def _show(self, standing: Standing) -> None:
        """Tell an operator what is stuck, for whom, since when."""
        shown = (standing.status, standing.summary)
        if shown != self._shown or self._since is None:
            self._shown, self._since = shown, workflow.now()
        told = f"**{standing.status}** {standing.summary}".rstrip()
        next_look = f", next look {_clock(standing.review_at)}"
        workflow.set_current_details(
            f"{told} since {_clock(self._since)}"
            f"{next_look if standing.review_at else ''} (Bangkok time)"
        )
        attributes = (standing.status, standing.user_id)
        if attributes != self._attributes:  # each upsert is an event in the history
            self._attributes = attributes
            updates: list[SearchAttributeUpdate[Any]] = [
                STATE.value_set(standing.status),
                USER.value_set(standing.user_id),
            ]
            workflow.upsert_search_attributes(updates)


def _clock(instant: datetime | None) -> str:
    return f"{instant.astimezone(BANGKOK):%d %b %H:%M}" if instant else ""
