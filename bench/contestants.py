"""Who is compared: how each is started, how it is asked the five questions, and what its ids stand for."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from api.ids import global_id, parsed
from bench.stage import Stage

HERE = Path(__file__).parent
QUERIES = ("Q1", "Q2", "Q3", "Q4", "Q5")
Subject = tuple[str, UUID]
"""What a question is about: its type and id."""


@dataclass(frozen=True)
class Contestant:
    """One process that answers over HTTP."""

    name: str
    title: str
    words: tuple[str, ...]
    documents: Mapping[str, str]
    arguments: Mapping[str, str]
    """By query, the variable that takes the subject; none where the question has no subject for it."""
    written: Callable[[str, Subject], str]
    """The subject of a query as this contestant's id."""
    read: Callable[[str], str]
    """This contestant's id as the text of a UUID."""
    path: str = "/graphql"

    def environment(self, stage: Stage, port: int) -> dict[str, str]:
        """What the process is told: the database's address for most, the stack's folder for ours."""
        given = {**os.environ, "PORT": str(port), "DATABASE_URL": stage.url, "NODE_ENV": "production"}
        given |= {"GRAPHILE_ENV": "production", "STATEMENTS": str(HERE / "statements.json")}
        if self.name == "huying":
            del given["DATABASE_URL"]
            given |= {"HUYING_DATA": str(stage.settings.data), "HUYING_PORT": str(port)}
            given |= {"HUYING_ENV": "production", "HUYING_LOG_LEVEL": "warning"}
            # Counted as ever; but one viewer asks here for what thousands would.
            given["HUYING_COST_PER_MINUTE"] = str(10**12)
        return given

    def request(self, stage: Stage, query: str, subject: Subject | None, port: int) -> bytes:
        """A whole HTTP request for one question."""
        variables = {}
        if subject is not None and query in self.arguments:
            variables[self.arguments[query]] = self.written(query, subject)
        body = json.dumps({"query": self.documents[query], "variables": variables}).encode()
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Content-Type: application/json",
            "Accept: application/json",
            f"Content-Length: {len(body)}",
        ]
        if self.name == "huying":
            lines.append(f"Authorization: Bearer {stage.token}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def plain_id(query: str, subject: Subject) -> str:
    return str(subject[1])


def relay_id(query: str, subject: Subject) -> str:
    return global_id(*subject)


def from_relay_id(text: str) -> str:
    found = parsed(text)
    if found is None:
        raise ValueError(f"{text!r} is no id of ours")
    return str(found[1])


def node_id(query: str, subject: Subject) -> str:
    """PostGraphile's: type and key where a node is asked for, elsewhere the key."""
    if query != "Q4":
        return str(subject[1])
    words = json.dumps([subject[0], str(subject[1])], separators=(",", ":"))
    return base64.b64encode(words.encode()).decode()


def from_node_id(text: str) -> str:
    return str(UUID(json.loads(base64.b64decode(text))[1]))


HUYING = Contestant(
    "huying",
    "Huying, with tokens and row scopes",
    (sys.executable, "-m", "infra.cli", "api"),
    {
        "Q1": """query Q1($street: ID!) {
  issues(where: {street: $street, stages: [HANDLING]}, orderBy: {field: DUE_AT}, first: 50) { nodes {
    id code title level stage dueAt
    street { id nameZh } community { id nameZh } grid { id code } department { id nameZh }
    timeline(last: 3) { nodes { id kind at note } } } } }""",
        "Q2": """query Q2($id: ID!) { issue(id: $id) {
    id code title place level stage openedAt dueAt closedAt
    timeline(first: 100) { nodes { id kind at note } }
    evidence(first: 50) { nodes { id kind contentType announcedAt } } } }""",
        "Q3": """query Q3 { streets(first: 50) { nodes { id nameZh
    communities(first: 50) { nodes { id nameZh openCount overdueCount } } } } }""",
        "Q4": "query Q4($id: ID!) { node(id: $id) { id ... on Street { code nameZh nameEn } } }",
        "Q5": """query Q5 { issues(first: 1000, orderBy: {field: OPENED_AT}) { nodes {
    id code title place level stage source openedAt dueAt closedAt } } }""",
    },
    {"Q1": "street", "Q2": "id", "Q4": "id"},
    relay_id,
    from_relay_id,
)
POSTGRAPHILE = Contestant(
    "postgraphile",
    "PostGraphile 5.1",
    ("node", str(HERE / "peers" / "postgraphile.mjs")),
    {
        "Q1": """query Q1($street: UUID!) {
  issues(condition: {streetId: $street, stage: "HANDLING"}, orderBy: [DUE_AT_ASC], first: 50) { nodes {
    id code title level stage dueAt
    street { id nameZh } community { id nameZh } grid { id code } department { id nameZh }
    timeline: timelineEntries(last: 3, orderBy: [SEQ_ASC]) { nodes { id kind at note } } } } }""",
        "Q2": """query Q2($id: UUID!) { issue(rowId: $id) {
    id code title place level stage openedAt dueAt closedAt
    timeline: timelineEntries(first: 100, orderBy: [SEQ_ASC]) { nodes { id kind at note } }
    evidence: evidences(first: 50, orderBy: [ANNOUNCED_AT_ASC]) { nodes {
      id kind contentType announcedAt } } } }""",
        "Q3": """query Q3 { streets(first: 50, orderBy: [CODE_ASC]) { nodes { id nameZh
    communities(first: 50, orderBy: [CODE_ASC]) { nodes { id nameZh openCount overdueCount } } } } }""",
        "Q4": "query Q4($id: ID!) { node(id: $id) { id ... on Street { code nameZh nameEn } } }",
        "Q5": """query Q5($district: UUID!) {
  issues(condition: {districtId: $district}, first: 1000, orderBy: [OPENED_AT_ASC]) { nodes {
    id code title place level stage source openedAt dueAt closedAt } } }""",
    },
    {"Q1": "street", "Q2": "id", "Q4": "id", "Q5": "district"},
    node_id,
    from_node_id,
)
FLAT = {
    "Q1": """query Q1($street: ID!) { handled(street: $street) {
    id code title level stage dueAt
    street { id nameZh } community { id nameZh } grid { id code } department { id nameZh }
    timeline%s { id kind at note } } }""",
    "Q2": """query Q2($id: ID!) { issue(id: $id) {
    id code title place level stage openedAt dueAt closedAt
    timeline { id kind at note } evidence { id kind contentType announcedAt } } }""",
    "Q3": """query Q3 { streets { id nameZh communities { id nameZh openCount overdueCount } } }""",
    "Q4": "query Q4($id: ID!) { street(id: $id) { id code nameZh nameEn } }",
    "Q5": """query Q5($district: ID!) { issues(district: $district) {
    id code title place level stage source openedAt dueAt closedAt } }""",
}
FLAT_ARGUMENTS = {"Q1": "street", "Q2": "id", "Q4": "id", "Q5": "district"}
MERCURIUS = Contestant(
    "mercurius",
    "Mercurius, jit, hand-written SQL, loaders",
    ("node", str(HERE / "peers" / "mercurius.mjs")),
    {**FLAT, "Q1": FLAT["Q1"] % ""},
    FLAT_ARGUMENTS,
    plain_id,
    str,
)
MERCURIUS_FLAT = replace(
    MERCURIUS,
    name="mercurius_flat",
    title="Mercurius, jit, one statement a question",
    words=("node", str(HERE / "peers" / "mercurius-flat.mjs")),
)
PLAIN = Contestant(
    "plain",
    "strawberry + tortoise, as the docs show it",
    (sys.executable, "-m", "bench.plain"),
    {**FLAT, "Q1": FLAT["Q1"] % "(last: 3)"},
    FLAT_ARGUMENTS,
    plain_id,
    str,
)
FLOOR = Contestant(
    "floor",
    "floor: bare ASGI, asyncpg, hand-written SQL",
    (sys.executable, "-m", "bench.floor"),
    {query: query for query in QUERIES},
    FLAT_ARGUMENTS,
    plain_id,
    str,
)
CONTESTANTS = (HUYING, POSTGRAPHILE, MERCURIUS, MERCURIUS_FLAT, PLAIN, FLOOR)

FUNCTIONS = """
CREATE OR REPLACE FUNCTION communities_open_count(c communities) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(t.open), 0)::integer FROM tallies t
    WHERE t.unit_id = c.id AND t.due_at = '-infinity' $$;
CREATE OR REPLACE FUNCTION communities_overdue_count(c communities) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(t.overdue), 0)::integer FROM tallies t
    WHERE t.unit_id = c.id AND t.due_at <= now() $$;
CREATE INDEX IF NOT EXISTS bench_stage_of_community ON issues (community_id, stage) INCLUDE (due_at);
"""
"""What peers need of the database beyond the product's tables and indexes: PostGraphile reads figures as
computed columns, from the same counters as everybody; plain counts live and gets an index for that."""
