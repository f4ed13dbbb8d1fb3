"""The files in deploy/ and the Dockerfile hold what the guide promises; nginx is run for real where it is."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.house import House, free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
HOST = "services.example.gov.uk"
UNITS = sorted(
    path
    for path in (DEPLOY / "systemd").iterdir()
    if path.suffix in {".service", ".timer", ".target"}
)


# -- containers --


def test_the_image_is_made_of_what_is_here_and_runs_as_nobody() -> None:
    text = (ROOT / "Dockerfile").read_text()
    stages = text.split("\nFROM ")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M):
        *sources, _target = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
    assert "set_up.sh requirements.txt" in stages[-2], "packages come from the lock, with hashes"
    assert "--require-hashes" in (ROOT / "tools" / "set_up.sh").read_text()
    last = stages[-1]
    assert re.search(r"^USER (?!root)", last, re.M)
    assert "HEALTHCHECK" in last
    assert "MOOTHALL_DEMONSTRATION=no" in last
    assert not re.search(r"(SECRET|PASSWORD|KEY)=", text)


def test_nothing_private_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert not allowed & {"var", ".git", ".venv", "tests"}
    copied = {
        source.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.M)
        for source in line.split()[:-1]
    }
    assert all(any(one == keep or one.startswith(f"{keep}/") for keep in allowed) for one in copied)


def test_the_containers_are_locked_down_and_wait_for_each_other() -> None:
    whole = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())
    for name in ("prepare", "web", "worker"):
        one = whole["services"][name]
        assert one["read_only"]
        assert one["cap_drop"] == ["ALL"]
        assert one["depends_on"]
    assert whole["services"]["web"]["ports"] == ["127.0.0.1:8000:8000"], "only nginx reaches it"


# -- systemd --


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_that_systemd_understands(path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here: apt-get install systemd")
    told = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False
    )
    wrong = [
        line
        for line in told.stderr.splitlines()
        if path.name.split("@")[0].split(".")[0] in line and "is not executable" not in line
    ]
    assert not wrong


@pytest.mark.parametrize(
    "path", [one for one in UNITS if one.suffix == ".service"], ids=lambda path: path.name
)
def test_a_service_has_no_more_rights_than_it_needs(path: Path) -> None:
    text = path.read_text()
    for line in ("User=moothall", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"):
        assert line in text
    for command in re.findall(r"^ExecStart=(\S+) (\S+)", text, re.M):
        assert command[0].endswith("/moothall")


# -- nginx --


@pytest.fixture(scope="module")
def front() -> Iterator[tuple[int, House]]:
    """nginx with our file in front of a running council; gives its port for TLS."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("nginx is not here: apt-get install nginx-light")
    house = House.build(
        MOOTHALL_PUBLIC_URL=f"https://{HOST}",
        MOOTHALL_HOSTS=f"{HOST},127.0.0.1,localhost",
        MOOTHALL_TRUSTED_PROXIES="1",
    )
    port, plain = free_port(), free_port()
    folder = house.home / "nginx"
    folder.mkdir()
    _certificate(folder)
    text = (DEPLOY / "nginx" / "moothall.conf").read_text()
    # The second server is down, as in the middle of an upgrade: nobody may notice.
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{house.port}")
    text = text.replace("127.0.0.1:8002", f"127.0.0.1:{free_port()}")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen [::]:80;", "")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    text = re.sub(r"listen \[::\]:443[^;]*;", "", text)
    text = re.sub(r"/etc/letsencrypt/live/[^/]+", str(folder), text)
    text = text.replace("/var/log/nginx", str(folder)).replace("/opt/moothall", str(ROOT))
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\ninclude /etc/nginx/mime.types;\n{places}{text}\n}}\n"
    )
    command = [program, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    nginx = subprocess.Popen(command)
    try:
        _wait(port)
        yield port, house
    finally:
        nginx.terminate()
        nginx.wait(timeout=20)
        house.close()


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx did not start")


def _certificate(folder: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def ask(port: int, path: str, data: bytes | None = None, **headers: str):
    """Status, headers and body of an answer through nginx."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=trusting), _NoRedirect()
    )
    request = urllib.request.Request(
        f"https://127.0.0.1:{port}{path}", data, {"Host": HOST, **headers}
    )
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


@pytest.mark.storm
def test_a_council_behind_nginx_answers_as_the_guide_says(front: tuple[int, House]) -> None:
    port, _house = front
    for _ in range(6):  # every second request meets the server that is down
        status, headers, body = ask(port, "/")
        assert status == 200
    assert b"Wealdmere" in body
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "Content-Encoding" not in headers, "pages with tokens are not compressed"
    for hidden in ("/metrics", "/stand-ins/messages/"):
        assert ask(port, hidden)[0] == 404
    sheet = re.search(rb'href="(/static/[^"]+\.css[^"]*)"', body)
    assert sheet is not None
    status, headers, _body = ask(port, sheet.group(1).decode(), **{"Accept-Encoding": "gzip"})
    assert status == 200
    assert headers["Content-Encoding"] == "gzip"
    assert "immutable" in headers["Cache-Control"]
    status, headers, _body = ask(port, "/track/")
    assert "Secure" in headers.get("Set-Cookie", "Secure")


@pytest.mark.storm
def test_too_large_a_body_is_refused_and_a_caller_cannot_choose_their_address(
    front: tuple[int, House],
) -> None:
    port, _house = front
    status, _headers, _body = ask(port, "/track/", b"x", **{"Content-Length": str(120_000_000)})
    assert status == 413
    # Sign-in is limited by address: a made-up X-Forwarded-For must not open a new account of tries.
    seen = set()
    for number in range(60):
        seen.add(ask(port, "/desk/sign-in/", **{"X-Forwarded-For": f"203.0.113.{number}"})[0])
        if 429 in seen:
            break
    assert 429 in seen


@pytest.mark.storm
def test_when_no_server_is_there_people_are_told(front: tuple[int, House]) -> None:
    port, house = front
    house.kill()
    status, headers, body = ask(port, "/")
    assert status == 502
    assert b"What you have sent us is safe" in body
    assert headers["Retry-After"] == "60"
