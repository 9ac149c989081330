"""The local Temporal: its development server on a SQLite file, with the web UI."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from infra.stack.ports import LOOPBACK, Ports
from infra.stack.process import Command, Service, ServiceError

USUAL_PORTS: Mapping[str, int | None] = {"temporal": 7233, "temporal-ui": 8233, "http": None, "metrics": None}
VALUE_TYPES: Mapping[str, IndexedValueType.ValueType] = {
    "Text": IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "KeywordList": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "Double": IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
    "Bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
"""The words for a search attribute's type, as the command line of Temporal spells them."""

REMEMBERED = "system.forceSearchAttributesCacheRefreshOnRead=false"
"""Otherwise the development server reads its list of search attributes anew for each thing it shows. Ours are
the namespace's aliases of columns that are always there, which it looks up elsewhere."""

ROOMY = {"GOGC": "400"}
"""Its garbage is collected at five times what is in use and not at twice: 11 % less work for each case."""


class Temporal(Service):
    """`temporal server start-dev` of the wheel, told to survive kill -9 and a loss of power."""

    name = "temporal"
    title = "Temporal"

    def __init__(
        self,
        data: Path,
        ports: Ports,
        note: Callable[[str], None],
        *,
        namespace: str,
        search_attributes: Mapping[str, str],
    ) -> None:
        super().__init__(data, ports, note)
        wrong = {kind for kind in search_attributes.values() if kind not in VALUE_TYPES}
        if wrong:
            raise ValueError(f"search attributes are one of {', '.join(VALUE_TYPES)}, not {', '.join(wrong)}")
        self._namespace = namespace
        self._search_attributes = dict(search_attributes)
        self._ports: dict[str, int] = {}

    @property
    def has_ports(self) -> bool:
        return bool(self._ports)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._ports['temporal']}"

    @property
    def ui(self) -> str:
        """Where the web UI is."""
        return f"http://{LOOPBACK}:{self._ports['temporal-ui']}"

    def settings(self) -> dict[str, Any]:
        return {
            "temporal_address": self.address,
            "temporal_namespace": self._namespace,
            "temporal_tls": False,
            "temporal_api_key": None,
            "temporal_tls_cert": None,
            "temporal_tls_key": None,
        }

    def choose_ports(self) -> None:
        for port in self._ports.values():
            self.ports.give_back(port)
        self._ports = {
            name: self.ports.take(name if usual else f"temporal-{name}", usual)
            for name, usual in USUAL_PORTS.items()
        }

    def prepare(self) -> None:
        (self.data / "temporal").mkdir(mode=0o700, exist_ok=True)

    def command(self) -> Command:
        program = Path(sys.executable).with_name("temporal")
        if not program.exists():
            raise ServiceError(f"{program} is missing; run make setup, or set TEMPORAL_ADDRESS")
        words = [str(program), "server", "start-dev", "--ip", LOOPBACK, "--log-level", "warn"]
        words += ["--db-filename", str(self.data / "temporal" / "temporal.db")]
        words += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=FULL"]
        words += ["--namespace", self._namespace, "--ui-disable-news-fetch"]
        words += ["--dynamic-config-value", REMEMBERED]
        for flag, name in (("port", "temporal"), ("ui-port", "temporal-ui")):
            words += [f"--{flag}", str(self._ports[name])]
        words += ["--http-port", str(self._ports["http"]), "--metrics-port", str(self._ports["metrics"])]
        for name, kind in self._search_attributes.items():
            words += ["--search-attribute", f"{name}={kind}"]
        return Command(words, self.data / "temporal", {"TEMPORAL_VERSION_CHECK_DISABLED": "1", **ROOMY})

    async def answers(self) -> bool:
        url = f"http://{LOOPBACK}:{self._ports['http']}/api/v1/namespaces/{self._namespace}"
        try:
            async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
                if (await http.get(url)).status_code != httpx.codes.OK:
                    return False
            client = await Client.connect(self.address, namespace=self._namespace)
            await register(client, self._namespace, self._search_attributes)
        except ServiceError:
            raise
        except (httpx.HTTPError, RPCError, RuntimeError):  # a refused connection is a RuntimeError
            return False
        return True


async def attributes_at_odds(
    client: Client, namespace: str, wanted: Mapping[str, str]
) -> dict[str, str | None]:
    """Search attributes a namespace has with another type (its name is told) or lacks (None)."""
    request = ListSearchAttributesRequest(namespace=namespace)
    there = (await client.operator_service.list_search_attributes(request)).custom_attributes
    words = {value: word for word, value in VALUE_TYPES.items()}
    return {
        name: words.get(there[name], "unknown") if name in there else None
        for name, kind in wanted.items()
        if there.get(name) != VALUE_TYPES[kind]
    }


async def register(client: Client, namespace: str, wanted: Mapping[str, str]) -> None:
    """Register the search attributes that are missing: the server's own flags do so on a new file only.

    Raises ServiceError where one is there with another type, which Temporal cannot change.
    """
    odd = await attributes_at_odds(client, namespace, wanted)
    for name, kind in odd.items():
        if kind is not None:
            raise ServiceError(f"Temporal has the search attribute {name} as {kind}, not as {wanted[name]}")
    if odd:
        attributes = {name: VALUE_TYPES[wanted[name]] for name in odd}
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=namespace, search_attributes=attributes)
        )
