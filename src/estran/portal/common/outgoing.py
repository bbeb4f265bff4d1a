"""Requests to an address that a person typed: never to this machine, nor to what only this machine may ask.

The name is resolved once, each address that it leads to is checked, and the connection goes to the one checked: what
the name leads to a moment later does not matter. Proxies and passwords of the machine's account are not used.
"""

import ipaddress
import os
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter

from estran.common.language import _
from estran.common.problems import CannotUse, Problem

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class _Named(HTTPAdapter):
    """Connects to an address, and asks it for the certificate of a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """The connections of this adapter."""
        super().init_poolmanager(*args, server_hostname=self.name, **kwargs)


def open_session(url: str) -> tuple[requests.Session, str]:
    """A session that may ask what is under a URL, and that URL with the address in place of the name.

    Errors: CannotUse (a name that leads nowhere, or to an address that is not asked).
    """
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").encode("idna").decode(), parts.port
        answers = socket.getaddrinfo(name, port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        what = _("L’adresse « {url} » ne mène à aucune machine.").format(url=url)
        raise CannotUse(Problem(what, _("Vérifier l’adresse."))) from None
    addresses = [ipaddress.ip_address(answer[4][0]) for answer in answers]
    if any(_is_refused(address) for address in addresses):
        what = _("« {name} » mène au portail lui-même ou à une adresse réservée : elle n’est pas demandée.")
        remedy = _("Vérifier l’adresse. Si elle est voulue, l’ajouter au réglage ESTRAN_REACHABLE du portail.")
        raise CannotUse(Problem(what.format(name=name), remedy))
    http = requests.Session()
    http.trust_env, http.verify = False, os.environ.get("REQUESTS_CA_BUNDLE") or True
    http.mount("https://", _Named(name))
    suffix = f":{port}" if port else ""
    http.headers["Host"] = (f"[{name}]" if ":" in name else name) + suffix
    place = f"[{addresses[0]}]" if addresses[0].version == 6 else f"{addresses[0]}"
    return http, f"{parts.scheme}://{place}{suffix}{parts.path.rstrip('/')}"


def _is_refused(address: Address) -> bool:
    """A reserved address or one of this machine, unless the settings list it."""
    address = getattr(address, "ipv4_mapped", None) or address
    reserved = any(address in network for network in settings.UNREACHABLE) or _is_own(address)
    return reserved and not any(address in network for network in settings.REACHABLE)


def _is_own(address: Address) -> bool:
    """This machine has the address: only then can it listen there."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
        return True
