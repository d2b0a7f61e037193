"""What the API answers is what its description says, whatever is sent."""

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from abtpro_saas.identity.roles import Role

EXAMPLES = 15

# A random text is a valid cursor by its schema, and refused all the same.
NOT_ASKED = [positive_data_acceptance]


def try_all(app, key, path=""):
    """Send valid and invalid requests to every operation of ``app`` under ``path``."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for result in schema.get_all_operations():
        operation = result.ok()
        if path in operation.path and "/faults/" not in operation.path:
            try_one(operation, key)


def try_one(operation, key):
    cases = hypothesis.strategies.one_of(
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )

    @hypothesis.settings(
        max_examples=EXAMPLES,
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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", [Role.TRADER, Role.ADMIN])
def test_every_answer_is_documented(app, api_key, merchant, role):
    try_all(app, api_key(role=role))


def test_the_core_answers_as_documented(probe_app, api_key):
    try_all(probe_app, api_key(), "/probe/")
