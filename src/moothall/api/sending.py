"""One POST to an address that somebody else chose, so that it cannot be turned against our own network.

The name is looked up once, every address that it has must be a public one (or lie in a network that the
council allows), and the connection goes to the address that was checked. Redirects are not followed,
nothing of the answer but its status is used, and the whole takes 15 seconds at most.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

SECONDS: Final = 15.0
LONGEST: Final = 500
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z|\[?[0-9A-Fa-f:.]+\]?\Z")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """We do not send there. The text says why, in words for who made the webhook."""


class Unreachable(Exception):
    """It could not be sent now; later it may be."""


@dataclass(frozen=True)
class Target:
    """Where a webhook goes."""

    secure: bool
    host: str
    port: int
    path: str


def target_of(url: str) -> Target:
    """The parts of an address that we would send to. Raises Refused."""
    if len(url) > LONGEST or not url.isascii() or any(c.isspace() or ord(c) < 32 for c in url):
        raise Refused("Give a plain web address of 500 characters at most.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("This is not a web address.") from None
    schemes = {"https", "http"} if settings.DEMONSTRATION else {"https"}
    if parts.scheme not in schemes:
        raise Refused("The address begins with https://")
    if parts.username or parts.password or "@" in parts.netloc:
        raise Refused("Leave name and password out of the address; what we send is signed.")
    if parts.fragment:
        raise Refused("Leave out what follows the # in the address.")
    host = parts.hostname or ""
    if not _HOST.match(host):
        raise Refused("The address has no host that we can find.")
    _check_literal(host)
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path)


def _check_literal(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if not may_reach(address):
        raise Refused("The address lies in a private network.")


def may_reach(address: Address) -> bool:
    """Whether we connect to this network address: a public one, or one that the council allows."""
    if any(
        address in network for network in allowed_networks() if network.version == address.version
    ):
        return True
    inner = _inside(address)
    if inner is not None:
        return may_reach(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def allowed_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks of the council's own that webhooks may go to (MOOTHALL_WEBHOOK_NETWORKS)."""
    return [ipaddress.ip_network(one) for one in settings.WEBHOOK_NETWORKS]


def _resolve(target: Target) -> str:
    """The address to connect to. Raises Refused where any that the name has is not to be reached."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("The host's name could not be found.") from error
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not addresses:
        raise Unreachable("The host's name could not be found.")
    for one in addresses:
        if not may_reach(ipaddress.ip_address(one)):
            raise Refused("The host's name leads into a private network.")
    return addresses[0]


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send and return the status of the answer. Call it OUTSIDE a transaction.

    Raises Refused and Unreachable.
    """
    target = target_of(url)
    address = _resolve(target)
    try:
        return _exchange(target, address, body, headers)
    except ssl.SSLError as error:
        raise Unreachable("The certificate or the encryption is not right.") from error
    except TimeoutError as error:
        raise Unreachable(f"No answer within {SECONDS:.0f} seconds.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable("The connection failed.") from error


def _exchange(target: Target, address: str, body: bytes, headers: dict[str, str]) -> int:
    plain = socket.create_connection((address, target.port), timeout=SECONDS / 3)
    late = threading.Event()

    def cut() -> None:
        late.set()
        try:
            plain.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    timer = threading.Timer(SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        plain.settimeout(SECONDS)
        used: socket.socket = plain
        if target.secure:
            used = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
        connection = http.client.HTTPConnection(target.host, target.port, timeout=SECONDS)
        connection.sock = used
        connection.request("POST", target.path, body=body, headers=headers)
        answer = connection.getresponse()
        status = answer.status
        connection.close()
        return status
    except (OSError, http.client.HTTPException) as error:
        if late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        plain.close()
