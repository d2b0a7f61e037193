import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from abtpro_saas.notifications.mail import (
    Brand,
    ClosedPostbox,
    FolderPostbox,
    Letter,
    MailRefusedError,
    MailUnavailableError,
    SmtpPostbox,
    compose,
    postbox,
)
from abtpro_saas.notifications.texts import Text

SENDER = "ABTPro <no-reply@abt.example>"
LETTER = Letter(
    name="0192-mail",
    to="somchai@example.com",
    to_name="สมชาย",
    locale="th",
    text=Text("ตั้งรหัสผ่านใหม่", "โปรด <อ่าน> & ทำ", "ตั้งรหัสผ่านใหม่"),
    link="https://siam.example/reset?token=abc&x=1",
    brand=Brand("siam", "Siam & Co", "#0b5c4d"),
    written_at=datetime(2026, 11, 22, 5, tzinfo=UTC),
)


def read(raw):
    return message_from_bytes(raw, policy=default)


def smtp(server, login="", scheme="smtp"):
    return SmtpPostbox(urlsplit(f"{scheme}://{login}127.0.0.1:{server.port}"), SENDER)


def test_a_mail_carries_the_brand_the_text_and_the_link():
    message = read(compose(LETTER, SENDER).as_bytes())
    plain = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()

    assert message["From"] == "Siam & Co <no-reply@abt.example>"
    assert message["Subject"] == LETTER.text.title
    assert "สมชาย" in plain
    assert LETTER.link in plain
    assert "&lt;อ่าน&gt; &amp;" in html
    assert 'href="https://siam.example/reset?token=abc&amp;x=1"' in html


def test_the_same_letter_always_has_the_same_id():
    ids = {compose(LETTER, SENDER)["Message-ID"] for _ in range(3)}

    assert ids == {"<0192-mail@abt.example>"}


def test_a_name_with_a_line_break_makes_no_header():
    sly = replace(
        LETTER,
        brand=replace(LETTER.brand, name="Siam\r\nBcc: all@example.com"),
        text=replace(LETTER.text, title="Hello\nBcc: all@example.com"),
    )

    message = read(compose(sly, SENDER).as_bytes())

    assert message["Bcc"] is None


def test_the_mailbox_keeps_one_file_however_often_it_is_dropped(tmp_path):
    box = FolderPostbox(tmp_path, SENDER)

    box.drop(LETTER)
    box.drop(LETTER)

    (file,) = tmp_path.rglob("*.*")
    assert file == tmp_path / "siam" / "0192-mail.eml"
    assert read(file.read_bytes())["To"] == "somchai@example.com"


def test_smtp_hands_the_mail_over(mail_server):
    smtp(mail_server).drop(LETTER)

    (raw,) = mail_server.taken
    assert read(raw)["Message-ID"] == "<0192-mail@abt.example>"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"rcpt": "450 4.2.1 mailbox busy"}, MailUnavailableError),
        ({"rcpt": "550 5.1.1 no such user"}, MailRefusedError),
        ({"data": "451 4.3.0 try later"}, MailUnavailableError),
        ({"data": "554 5.7.1 refused"}, MailRefusedError),
        ({"greeting": "421 too busy"}, MailUnavailableError),
    ],
)
def test_the_servers_no_is_for_now_or_for_good(mail_server, answer, error):
    mail_server.answers.update(answer)

    with pytest.raises(error) as refusal:
        smtp(mail_server).drop(LETTER)

    assert "somchai" not in str(refusal.value)


def test_a_server_that_is_not_there_may_come_back(mail_server):
    box = smtp(mail_server)
    mail_server.stop()

    with pytest.raises(MailUnavailableError):
        box.drop(LETTER)


def test_a_password_is_never_sent_in_the_clear(mail_server):
    with pytest.raises(MailUnavailableError, match="no TLS"):
        smtp(mail_server, "abt:s3cret@").drop(LETTER)

    assert b"s3cret" not in mail_server.heard
    assert b"AUTH" not in mail_server.heard


@pytest.fixture
def certificate(tmp_path):
    """Return a server's TLS context and the file of the certificate it shows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    file = tmp_path / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context, file


def test_a_password_goes_to_a_server_that_proves_itself(
    new_mail_server, certificate, monkeypatch
):
    context, file = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server = new_mail_server(context)

    smtp(server, "abt:s3cret@").drop(LETTER)

    assert len(server.taken) == 1
    assert b"AUTH" in server.heard


def test_a_server_with_a_strange_certificate_gets_nothing(new_mail_server, certificate):
    server = new_mail_server(certificate[0])

    with pytest.raises(MailUnavailableError, match="SSLCertVerificationError"):
        smtp(server, "abt:s3cret@").drop(LETTER)

    assert b"AUTH" not in server.heard
    assert server.taken == []


def test_settings_choose_the_postbox(settings):
    assert isinstance(postbox(settings(SMTP_URL="mailbox:")), FolderPostbox)
    assert isinstance(postbox(settings(SMTP_URL="smtps://h:465")), SmtpPostbox)
    assert isinstance(postbox(settings(SMTP_URL="")), ClosedPostbox)


def test_without_a_mail_server_mails_wait(settings):
    with pytest.raises(MailUnavailableError, match="SMTP_URL"):
        postbox(settings(SMTP_URL="")).drop(LETTER)
