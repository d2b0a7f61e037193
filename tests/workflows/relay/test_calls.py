"""A message that is left starts its process, or wakes it."""

from temporalio.client import WorkflowExecutionStatus

from abtpro_saas.temporal import STATE, TENANT
from tests.workflows.relay.stage import signals


def test_a_message_starts_its_process_and_is_marked(left, play, rows, tenant):
    process_id = left()

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        return await client.get_workflow_handle(process_id).describe()

    seen = play(scenario)
    assert seen.status is WorkflowExecutionStatus.RUNNING
    assert seen.workflow_type == "NoSuchWorkflow"
    assert [row.sent_at is not None for row in rows()] == [True]


def test_an_operator_reads_whose_process_it_is(left, play, engine, tenant):
    process_id = left()

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        seen = await client.get_workflow_handle(process_id).describe()
        return (
            seen.typed_search_attributes,
            await seen.memo(),
            await seen.static_summary(),
        )

    attributes, memo, summary = play(scenario)
    assert attributes[TENANT] == memo["tenant"]
    assert attributes[STATE] == "STARTING"
    assert summary == f"A test, tenant {memo['tenant']}"


def test_tenants_take_turns_in_the_queues(left, play):
    process_id = left()

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        history = await client.get_workflow_handle(process_id).fetch_history()
        started = history.events[0].workflow_execution_started_event_attributes
        seen = await client.get_workflow_handle(process_id).describe()
        return started.priority, seen.typed_search_attributes[TENANT]

    priority, slug = play(scenario)
    assert (priority.fairness_key, priority.priority_key) == (slug, 3)


def test_messages_of_one_batch_for_one_process_become_one_signal(left, play, rows):
    process_id = left(times=5)

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        return await signals(client, process_id)

    assert play(scenario) == 1
    assert all(row.sent_at for row in rows())


def test_a_later_message_wakes_the_process_that_runs(left, play):
    process_id = left("same")

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        first = await client.get_workflow_handle(process_id).describe()
        left("same")
        await relay.send_due(connection)
        second = await client.get_workflow_handle(process_id).describe()
        return first.run_id, second.run_id, await signals(client, process_id)

    first, second, count = play(scenario)
    assert (first == second, count) == (True, 2)


def test_a_message_wakes_a_process_that_had_ended(left, play):
    process_id = left("same")

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        await client.get_workflow_handle(process_id).terminate()
        left("same")
        await relay.send_due(connection)
        return (await client.get_workflow_handle(process_id).describe()).status

    assert play(scenario) is WorkflowExecutionStatus.RUNNING
