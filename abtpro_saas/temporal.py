"""The Temporal client, how values become payloads, and how payloads are sealed.

Workflow ids, search attributes and the keys of memos stay readable in Temporal;
everything else (arguments, results, signals, memos, summaries, error texts) is sealed
here before it leaves the process.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.converter import (
    AdvancedJSONEncoder,
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    JSONTypeConverter,
    PayloadCodec,
)
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import TLSConfig

from abtpro_saas.sealing import Keyring, SealError
from abtpro_saas.settings import SettingError, Settings

TENANT = SearchAttributeKey.for_keyword("TenantSlug")
USER = SearchAttributeKey.for_keyword("UserId")
PROCESS = SearchAttributeKey.for_keyword("Process")
STATE = SearchAttributeKey.for_keyword("State")
SEARCH_ATTRIBUTES = (TENANT, USER, PROCESS, STATE)
"""What every process carries; an installation defines them before its first worker."""

RPC_LIMIT = timedelta(seconds=5)
SEALED = b"binary/encrypted"
PURPOSE = "temporal payload"
NONCE = 12


class PayloadSeal(PayloadCodec):
    """Seals each payload with AES-256-GCM; the key's id is readable and authenticated.

    Payloads of another encoding pass through when read, so that what was written
    before sealing began stays readable.
    """

    def __init__(self, keyring: Keyring) -> None:
        keys = keyring.derive(PURPOSE)
        self._current = keys[0][0].encode()
        self._keys = {key_id.encode(): AESGCM(key) for key_id, key in keys}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return each payload sealed under the current key."""
        return [self.seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return each payload as it was before ``encode``."""
        return [self.open(payload) for payload in payloads]

    def seal(self, payload: Payload) -> Payload:
        """Return ``payload``, metadata and all, inside a sealed one."""
        nonce = os.urandom(NONCE)
        sealed = self._keys[self._current].encrypt(
            nonce, payload.SerializeToString(), self._current
        )
        return Payload(
            metadata={"encoding": SEALED, "key-id": self._current},
            data=nonce + sealed,
        )

    def open(self, payload: Payload) -> Payload:
        """Return what was sealed.

        Raises:
            SealError: its key is not in the ring, or it was changed on its way.
        """
        if payload.metadata.get("encoding") != SEALED:
            return payload
        key_id = payload.metadata.get("key-id", b"")
        if key_id not in self._keys:
            raise SealError("a payload needs a key that is not in ABTPRO_SEALING_KEYS")
        nonce, sealed = payload.data[:NONCE], payload.data[NONCE:]
        try:
            return Payload.FromString(self._keys[key_id].decrypt(nonce, sealed, key_id))
        except (InvalidTag, ValueError):
            raise SealError("a sealed payload was changed on its way") from None


class _ExactJSON(AdvancedJSONEncoder):
    """JSON in which a Decimal keeps its digits and a date is ISO 8601."""

    def default(self, o: Any) -> Any:  # noqa: ANN401 - the base class's signature
        if isinstance(o, Decimal):
            return str(o)
        if isinstance(o, date) and not isinstance(o, datetime):
            return o.isoformat()
        return super().default(o)


class _ExactTypes(JSONTypeConverter):
    """Reads back what ``_ExactJSON`` adds to Temporal's own converter."""

    readers: ClassVar[dict[Any, Any]] = {Decimal: Decimal, date: date.fromisoformat}

    def to_typed_value(
        self,
        hint: type,
        value: Any,  # noqa: ANN401 - the base class's signature
    ) -> Any:  # noqa: ANN401 - the same
        if hint not in self.readers or not isinstance(value, str):
            return self.Unhandled
        return self.readers[hint](value)


class ExactPayloadConverter(CompositePayloadConverter):
    """Temporal's converters, with exact Decimals and dates in JSON."""

    def __init__(self) -> None:
        plain = JSONPlainPayloadConverter(
            encoder=_ExactJSON, custom_type_converters=[_ExactTypes()]
        )
        default = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(
            *(
                plain if isinstance(each, JSONPlainPayloadConverter) else each
                for each in default
            )
        )


def data_converter(keyring: Keyring | None) -> DataConverter:
    """Return the converter that every client uses; without keys nothing is sealed."""
    plain = DataConverter(
        payload_converter_class=ExactPayloadConverter,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
    return replace(plain, payload_codec=PayloadSeal(keyring)) if keyring else plain


def make_runtime(metrics_address: str | None = None) -> Runtime:
    """Return the SDK's thread pool; its figures are served at ``metrics_address``.

    Runtimes do not survive a fork: make one in the process that uses it.
    """
    metrics = (
        PrometheusConfig(bind_address=metrics_address) if metrics_address else None
    )
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))


async def connect(settings: Settings, runtime: Runtime | None = None) -> Client:
    """Return a client of the settings' namespace, sealing with the settings' keys.

    Raises:
        RuntimeError: the server does not answer, or one side does not trust the other.
        SettingError: a certificate's file cannot be read.
    """
    return await Client.connect(
        settings.temporal_address or f"127.0.0.1:{settings.port_of('temporal')}",
        namespace=settings.temporal_namespace,
        data_converter=data_converter(Keyring(settings.sealing_keys)),
        runtime=runtime or make_runtime(),
        tls=_tls(settings),
        api_key=settings.temporal_api_key or None,
    )


async def count_started_before(client: Client, instant: datetime) -> int:
    """Return how many processes, ended ones too, the namespace holds from before."""
    began = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (await client.count_workflows(f'StartTime < "{began}"')).count


def _tls(settings: Settings) -> TLSConfig | bool:
    if not settings.temporal_tls:
        return False
    return TLSConfig(
        server_root_ca_cert=_file("TEMPORAL_TLS_CA", settings.temporal_tls_ca),
        client_cert=_file("TEMPORAL_TLS_CERT", settings.temporal_tls_cert),
        client_private_key=_file("TEMPORAL_TLS_KEY", settings.temporal_tls_key),
    )


def _file(name: str, path: str) -> bytes | None:
    try:
        return Path(path).read_bytes() if path else None
    except OSError as error:
        raise SettingError(
            f"{name}: expected a file that this process can read ({error.strerror})"
        ) from None
