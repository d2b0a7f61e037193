"""The embedded Temporal server, as the platform starts it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from abtpro_saas.runtime import programs
from abtpro_saas.runtime.embedded import temporal
from abtpro_saas.temporal import SEARCH_ATTRIBUTES
from abtpro_saas.workflows import watching


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with temporal.running(tmp_path_factory.mktemp("temporal") / "temporal.db") as made:
        yield made


@pytest.fixture
def ask(server):
    """Return a function that asks the server through a client."""

    async def connected(question):
        return await question(await Client.connect(server.address))

    return lambda question: asyncio.run(connected(question))


def test_closed_processes_are_kept_for_a_week(ask):
    request = DescribeNamespaceRequest(namespace="default")
    answer = ask(lambda client: client.workflow_service.describe_namespace(request))

    kept = answer.config.workflow_execution_retention_ttl.ToTimedelta()
    assert kept == timedelta(days=7)


def test_the_search_attributes_are_those_that_processes_carry(ask):
    request = ListSearchAttributesRequest(namespace="default")
    answer = ask(lambda client: client.operator_service.list_search_attributes(request))

    wanted = {key.name for key in SEARCH_ATTRIBUTES}
    assert wanted <= set(answer.custom_attributes)
    assert wanted == set(temporal.SEARCH_ATTRIBUTES)


def test_it_listens_on_loopback_alone(server):
    command = temporal.command_line(server, None)

    assert "--ip=127.0.0.1" in command
    assert server.address.startswith("127.0.0.1:")


def test_it_is_ready_and_nobody_works_on_its_queues_yet(server):
    assert asyncio.run(temporal.ready(server)())
    assert not asyncio.run(temporal.worked_on(server, "wf")())


def test_a_server_that_is_not_there_is_not_ready():
    nowhere = temporal.TemporalServer(1, 2, 3)

    assert not asyncio.run(temporal.ready(nowhere)())


def test_the_worker_is_ready_when_all_its_queues_are_worked_on():
    assert set(programs.QUEUES) == {
        watching.QUEUE_WORKFLOWS,
        watching.QUEUE_OUTSIDE,
        watching.QUEUE_CPU,
    }
