import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from abtpro_saas.sealing import Keyring, SealError
from abtpro_saas.temporal import PayloadSeal, data_converter

OLD = ("old", b"o" * 32)
NEW = ("new", b"n" * 32)


@dataclass(frozen=True)
class Order:
    at: datetime
    day: date
    amount: Decimal
    id: UUID
    parts: tuple[Decimal, ...]
    note: str | None = None


ORDER = Order(
    datetime(2026, 11, 22, 5, tzinfo=UTC),
    date(2026, 11, 22),
    Decimal("10.500"),
    uuid4(),
    (Decimal("0.10"), Decimal("-1E-8")),
)


def there_and_back(converter, value, kind):
    async def go():
        payloads = await converter.encode([value])
        return payloads, (await converter.decode(payloads, [kind]))[0]

    return asyncio.run(go())


def test_a_message_comes_back_as_it_was_to_the_last_digit():
    _, back = there_and_back(data_converter(Keyring((NEW,))), ORDER, Order)

    assert back == ORDER
    assert str(back.amount) == "10.500"


@given(st.decimals(allow_nan=False), st.datetimes(timezones=st.just(UTC)))
def test_every_decimal_and_instant_comes_back(amount, at):
    order = Order(at, at.date(), amount, UUID(int=7), (amount,))

    _, back = there_and_back(data_converter(None), order, Order)

    assert back == order


def test_what_temporal_stores_shows_nothing():
    (payload,), _ = there_and_back(
        data_converter(Keyring((NEW,))), {"secret": "mail to somchai"}, dict
    )

    assert b"somchai" not in payload.SerializeToString()
    assert payload.metadata["encoding"] == b"binary/encrypted"
    assert payload.metadata["key-id"] == b"new"


def test_an_error_text_is_sealed_too():
    converter = data_converter(Keyring((NEW,)))
    failure = Failure()

    asyncio.run(converter.encode_failure(ApplicationError("owed by somchai"), failure))

    assert b"somchai" not in failure.SerializeToString()
    opened = asyncio.run(converter.decode_failure(failure))
    assert "owed by somchai" in str(opened)


def test_one_text_sealed_twice_looks_different():
    seal = PayloadSeal(Keyring((NEW,)))

    assert seal.seal(Payload(data=b"x")) != seal.seal(Payload(data=b"x"))


def test_what_an_old_key_sealed_opens_after_a_rotation():
    sealed = PayloadSeal(Keyring((OLD,))).seal(Payload(data=b"x"))

    assert PayloadSeal(Keyring((NEW, OLD))).open(sealed).data == b"x"
    with pytest.raises(SealError, match="ABTPRO_SEALING_KEYS"):
        PayloadSeal(Keyring((NEW,))).open(sealed)


def test_a_changed_payload_does_not_open():
    seal = PayloadSeal(Keyring((NEW, OLD)))
    sealed = seal.seal(Payload(data=b"x"))
    last = bytes([sealed.data[-1] ^ 1])
    flipped = Payload(metadata=sealed.metadata, data=sealed.data[:-1] + last)
    renamed = Payload(metadata={**sealed.metadata, "key-id": b"old"}, data=sealed.data)

    for changed in (flipped, renamed, Payload(metadata=sealed.metadata, data=b"")):
        with pytest.raises(SealError):
            seal.open(changed)


def test_a_payload_of_before_sealing_passes_through():
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b"1")

    assert PayloadSeal(Keyring((NEW,))).open(plain) == plain


def test_the_sealing_of_payloads_has_a_key_of_its_own():
    sealed = PayloadSeal(Keyring((NEW,))).seal(Payload(data=b"x"))

    with pytest.raises(SealError):
        Keyring((NEW,)).open(sealed.data, "temporal payload")
