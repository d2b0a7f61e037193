"""What the API answers is what its description says, whatever is sent."""

from dataclasses import dataclass
from uuid import uuid4

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis.strategies import composite, one_of, sampled_from
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from abtpro_saas.identity.roles import Role

# A random text is a valid cursor by its schema, and refused all the same.
NOT_ASKED = [positive_data_acceptance]


@pytest.fixture(scope="module")
def app(make_app):
    """The application, without the limit that would soon answer in its place."""
    return make_app(ABTPRO_KEY_REQUESTS_PER_MINUTE="1000000")


@dataclass(frozen=True)
class Size:
    """How much is sent to each operation, and by which random numbers."""

    examples: int
    seed: int


@pytest.fixture
def try_all(campaign):
    """Return a function that sends valid and invalid requests to all operations."""
    size = Size(campaign.length(5, 300), campaign.random.randrange(2**32))

    def send(app, key, *, path="", there=None):
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
        rejection = schema.config.checks.negative_data_rejection
        rejection.expected_statuses = [*rejection.expected_statuses, "402"]
        for result in schema.get_all_operations():
            operation = result.ok()
            if path in operation.path and "/faults/" not in operation.path:
                send_some(operation, key, size, there or {})

    return send


def send_some(operation, key, size, there):
    valid, invalid = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )

    @hypothesis.seed(size.seed)
    @hypothesis.settings(
        max_examples=size.examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=one_of(valid, invalid, aimed(valid, there)))
    def send(case):
        case.call_and_validate(
            headers={"Authorization": f"Bearer {key}"}, excluded_checks=NOT_ASKED
        )

    send()


@composite
def aimed(draw, cases, there):
    """Requests about what is there: random ids lead to 404, and no further."""
    case = draw(cases)
    for values in (case.path_parameters, case.body):
        for name in there if isinstance(values, dict) else ():
            if name in values:
                values[name] = draw(sampled_from(there[name]))
    return case


@pytest.mark.timeout(3600)  # at full length
@pytest.mark.parametrize("role", [Role.TRADER, Role.ADMIN])
def test_every_answer_is_documented(try_all, app, api_key, furnish, role):
    key = api_key(role=role)

    try_all(app, key, there=furnish(key))


@pytest.mark.timeout(3600)  # at full length
def test_every_answer_to_operators_is_documented(
    try_all, app, operator_key, new_tenant
):
    slug = f"t{uuid4().hex[:12]}"
    new_tenant(slug)

    try_all(app, operator_key, path="/operator/", there={"slug": [slug]})


def test_the_core_answers_as_documented(try_all, probe_app, api_key):
    try_all(probe_app, api_key(), path="/probe/")
