import asyncio
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from abtpro_saas.billing.messages import ReviewTopup, TopupStanding, WatchTopup
from abtpro_saas.clock import BANGKOK
from abtpro_saas.errors import ConflictError, UnavailableError
from abtpro_saas.temporal import STATE, USER
from abtpro_saas.workflows.payments import PaymentConfirmation
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS

WAITING = "Waiting for the bank"


def pending(minutes, summary=WAITING):
    """Return a look that finds a top-up to be looked at in so many minutes."""

    def look(at):
        return TopupStanding(
            "PENDING", summary, at + timedelta(minutes=minutes), "somchai", "siam"
        )

    return look


def done(status="SUCCESS"):
    return lambda _at: TopupStanding(status, "Done", None, "somchai", "siam")


class Script:
    """Stands for the rows: each look finds what was written, the last for ever."""

    def __init__(self, *looks):
        self.looks, self.at = list(looks), []

    @activity.defn(name="review_topup")
    def review_topup(self, order: ReviewTopup) -> TopupStanding:
        self.at.append(order.at)
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, Exception):
            raise found
        return found(order.at)


@pytest.fixture
def play(skipping, running, keyring):
    """Return a function that plays a scenario against a top-up's process."""

    def run(script, scenario=None):
        async def go():
            watch = WatchTopup(str(uuid4()), str(uuid4()))
            async with (
                skipping(keyring) as env,
                running(env.client, [PaymentConfirmation], [script.review_topup]),
            ):
                process = await env.client.start_workflow(
                    PaymentConfirmation.run,
                    watch,
                    id=watch.process_id,
                    task_queue=QUEUE_WORKFLOWS,
                )
                told = await scenario(env, process) if scenario else None
                result = await asyncio.wait_for(process.result(), 30)
                return result, told, await process.describe()

        return asyncio.run(go())

    return run


def test_it_looks_again_when_the_time_has_come_and_not_before(play):
    script = Script(pending(1), pending(2), done())

    state, _, _ = play(script)

    waits = [b - a for a, b in zip(script.at, script.at[1:], strict=False)]
    assert state == "SUCCESS"
    assert [round(wait.total_seconds()) for wait in waits] == [60, 120]


def test_a_signal_makes_it_look_at_once(play):
    script = Script(pending(600), done())

    async def pay(env, process):
        await env.sleep(timedelta(minutes=3))
        await process.signal("changed")

    play(script, pay)

    assert script.at[1] - script.at[0] < timedelta(minutes=4)


def test_any_number_of_signals_does_no_harm(play):
    script = Script(pending(600), pending(600), pending(600), done())

    async def shout(env, process):
        for _ in range(30):
            await process.signal("changed")

    state, _, _ = play(script, shout)

    assert state == "SUCCESS"
    assert len(script.at) >= 4


class SignalledMeanwhile(Script):
    """During its first look, the row changes and the process is signalled."""

    def __init__(self, *looks):
        super().__init__(*looks)
        self.ready = threading.Event()

    @activity.defn(name="review_topup")
    def review_topup(self, order: ReviewTopup) -> TopupStanding:
        found = super().review_topup(order)
        if len(self.at) == 1 and self.ready.wait(10):
            signal = self.process.signal("changed")
            asyncio.run_coroutine_threadsafe(signal, self.loop).result(10)
        return found


def test_a_signal_during_the_last_look_is_not_lost(play):
    script = SignalledMeanwhile(done("EXPIRED"), done("SUCCESS"))

    async def introduce(env, process):
        script.loop, script.process = asyncio.get_running_loop(), process
        script.ready.set()

    state, _, _ = play(script, introduce)

    assert (state, len(script.at)) == ("SUCCESS", 2)


def test_an_operator_reads_what_is_stuck_for_whom_since_when(play):
    script = Script(pending(5), pending(5), done())

    async def look(env, process):
        await env.sleep(timedelta(minutes=7))
        seen = await process.describe()
        metadata = await process.query(
            "__temporal_workflow_metadata", result_type=WorkflowMetadata
        )
        return seen.typed_search_attributes, metadata.current_details

    _, (attributes, details), seen = play(script, look)

    since, then = (
        f"{at.astimezone(BANGKOK):%d %b %H:%M}"
        for at in (script.at[0], script.at[0] + timedelta(minutes=10))
    )
    assert (attributes[STATE], attributes[USER]) == ("PENDING", "somchai")
    assert seen.typed_search_attributes[STATE] == "SUCCESS"
    assert details == (
        f"**PENDING** {WAITING} since {since}, next look {then} (Bangkok time)"
    )


def test_an_outside_system_that_is_away_is_asked_again(play):
    away = UnavailableError("the gateway is away")
    script = Script(away, away, RuntimeError("a bug"), done())

    state, _, _ = play(script)

    assert (state, len(script.at)) == ("SUCCESS", 4)


def test_a_broken_rule_is_final_and_keeps_its_code(play):
    script = Script(ConflictError("this cannot be"))

    with pytest.raises(WorkflowFailureError) as failure:
        play(script)

    cause = failure.value.cause.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.non_retryable, len(script.at)) == ("conflict", True, 1)


def test_a_review_time_in_the_past_does_not_spin(play):
    script = Script(pending(-10), pending(-10), done())

    play(script)

    waits = [b - a for a, b in zip(script.at, script.at[1:], strict=False)]
    assert all(wait >= timedelta(seconds=1) for wait in waits)


def test_the_instant_it_looks_at_is_the_workflows_own(play):
    script = Script(pending(60 * 24 * 40), done())

    play(script)

    assert script.at[0].tzinfo is UTC
    assert script.at[1] - datetime.now(UTC) > timedelta(days=39)
