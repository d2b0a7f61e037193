"""What the API answers is what its description says, whatever is sent."""

from functools import partial

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from abtpro_saas.identity.roles import Role

# A random text is a valid cursor by its schema, and refused all the same.
NOT_ASKED = [positive_data_acceptance]


@pytest.fixture
def try_all(campaign):
    """Return a function that sends valid and invalid requests to all operations."""
    examples = campaign.length(8, 300)
    seed = campaign.random.randrange(2**32)
    return partial(send_all, examples=examples, seed=seed)


def send_all(app, key, path="", **size):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for result in schema.get_all_operations():
        operation = result.ok()
        if path in operation.path and "/faults/" not in operation.path:
            send_some(operation, key, **size)


def send_some(operation, key, *, examples, seed):
    cases = hypothesis.strategies.one_of(
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=cases)
    def send(case):
        case.call_and_validate(
            headers={"Authorization": f"Bearer {key}"}, excluded_checks=NOT_ASKED
        )

    send()


@pytest.mark.timeout(3600)  # at full length
@pytest.mark.parametrize("role", [Role.TRADER, Role.ADMIN])
def test_every_answer_is_documented(try_all, app, api_key, merchant, role):
    try_all(app, api_key(role=role))


def test_the_core_answers_as_documented(try_all, probe_app, api_key):
    try_all(probe_app, api_key(), "/probe/")
