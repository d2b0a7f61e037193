"""A release that stops running processes is seen here, before it goes out."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.temporal import data_converter, make_runtime
from abtpro_saas.worker import WORKFLOWS, workflow_runner
from tests.workflows.record_histories import HISTORIES

FILES = sorted(HISTORIES.glob("*.json"))


def replay(file, workflows, runner):
    history = WorkflowHistory.from_json(file.stem, file.read_text())
    replayer = Replayer(
        workflows=workflows,
        workflow_runner=runner,
        data_converter=data_converter(None),
        runtime=make_runtime(),
    )
    return asyncio.run(
        replayer.replay_workflow(history, raise_on_replay_failure=False)
    ).replay_failure


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_runs_goes_on_with_this_code(file):
    assert replay(file, WORKFLOWS, workflow_runner()) is None


def test_every_workflow_has_a_history():
    recorded = set()
    for file in FILES:
        started = json.loads(file.read_text())["events"][0]
        attributes = started["workflowExecutionStartedEventAttributes"]
        recorded.add(attributes["workflowType"]["name"])

    assert recorded == {each.__name__ for each in WORKFLOWS}


@workflow.defn(name="PaymentConfirmation")
class SleepsFirst:
    """A careless change: it waits before its first look."""

    @workflow.run
    async def run(self, _watch: WatchTopup) -> str:
        await workflow.sleep(timedelta(seconds=1))
        return "SUCCESS"


def test_a_careless_change_is_seen():
    file = next(Path(HISTORIES).glob("payment_confirmation.*.json"))

    failure = replay(file, [SleepsFirst], UnsandboxedWorkflowRunner())

    assert isinstance(failure, NondeterminismError)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_history_tells_nothing_of_the_machine_it_was_recorded_on(file):
    text = file.read_text()

    assert str(Path(__file__).parents[2]) not in text
    assert "site-packages" not in text
