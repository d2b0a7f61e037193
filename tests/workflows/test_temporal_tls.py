"""TLS to a Temporal cluster: each side proves itself, or there is no connection."""

import asyncio
import gc
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from abtpro_saas.settings import SettingError
from abtpro_saas.temporal import connect

# asyncio leaves the sockets of refused handshakes to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)


@dataclass(frozen=True)
class Proof:
    """A certificate, its key, and the files that hold them."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    cert_file: Path
    key_file: Path


def prove(folder, name, issuer=None):
    """Make a certificate for 127.0.0.1; without an issuer it is an authority's."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(
            x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
        )
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    made = Proof(certificate, key, folder / f"{name}.pem", folder / f"{name}.key")
    pem = serialization.Encoding.PEM
    made.cert_file.write_bytes(certificate.public_bytes(pem))
    made.key_file.write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


@pytest.fixture
def authority(tmp_path):
    return prove(tmp_path, "authority")


@pytest.fixture
def front(tmp_path, authority, temporal_server):
    """Return a context manager: TLS that asks for a certificate, before Temporal."""
    mine = prove(tmp_path, "server", authority)
    context = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=str(authority.cert_file)
    )
    context.load_cert_chain(mine.cert_file, mine.key_file)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])

    async def pass_on(reader, writer):
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader, writer):
        behind = await asyncio.open_connection("127.0.0.1", temporal_server.port)
        await asyncio.gather(pass_on(reader, behind[1]), pass_on(behind[0], writer))

    @asynccontextmanager
    async def run():
        await temporal_server.connect()
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        async with server:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    return run


@pytest.fixture
def count(front, settings):
    """Return a function that counts workflows through the TLS front."""

    def run(**given):
        async def go():
            async with front() as address:
                named = {f"TEMPORAL_{name}": str(text) for name, text in given.items()}
                chosen = settings(TEMPORAL_ADDRESS=address, **named)
                client = await asyncio.wait_for(connect(chosen), 10)
                return await client.count_workflows()

        try:
            return asyncio.run(go())
        finally:
            gc.collect()  # here, not in somebody else's test

    return run


def test_both_sides_prove_themselves(count, tmp_path, authority):
    me = prove(tmp_path, "worker", authority)

    found = count(
        TLS="on",
        TLS_CA=authority.cert_file,
        TLS_CERT=me.cert_file,
        TLS_KEY=me.key_file,
        API_KEY="a-key-that-this-server-ignores",
    )

    assert found.count >= 0


def test_a_server_of_another_authority_is_not_trusted(count, tmp_path, authority):
    me = prove(tmp_path, "worker", authority)
    stranger = prove(tmp_path, "stranger")

    with pytest.raises(RuntimeError):
        count(
            TLS="on",
            TLS_CA=stranger.cert_file,
            TLS_CERT=me.cert_file,
            TLS_KEY=me.key_file,
        )


def test_without_a_certificate_the_server_refuses_us(count, authority):
    with pytest.raises(RuntimeError):
        count(TLS="on", TLS_CA=authority.cert_file)


def test_without_tls_nothing_is_said_in_clear(count):
    with pytest.raises(RuntimeError):
        count(TLS="off")


def test_a_certificate_that_cannot_be_read_is_named(count, tmp_path):
    with pytest.raises(SettingError, match="TEMPORAL_TLS_CA: expected a file that"):
        count(TLS="on", TLS_CA=tmp_path / "none.pem")
