"""A token proves a viewer, or is refused as a typed 401 that does not repeat it."""

from __future__ import annotations

import base64
import hmac
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from api.errors import ErrorCode, Fault, say
from api.identity import LARGEST_TOKEN, Identity, claims_of, viewer_of
from api.jwks import FixedKeys, JwksKeys, usable_keys
from infra.keys import FILE, KeyFileError, LocalKeys
from models.policy.access import PUBLIC, Post, Viewer
from models.terms import Language, Role
from tests.api.edge import DISTRICT, STREET_CLERK, Edge, an_id, error

NOW = 1_800_000_000
MACHINE = Viewer(
    "integrator", None, (Post(None, Role.INTEGRATOR, False, DISTRICT),), frozenset({"issues:read"})
)


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> LocalKeys:
    made = LocalKeys.load(tmp_path, "huying", "api")
    return LocalKeys(made.key, "huying", "api", clock)


@pytest.fixture
def identity(keys: LocalKeys, clock: Clock) -> Identity:
    return Identity(FixedKeys(keys.public), "huying", "api", clock=clock)


async def refused(identity: Identity, token: str) -> str:
    fault = await identity.viewer(f"Bearer {token}")
    assert isinstance(fault, Fault)
    assert (fault.code, fault.status) == (ErrorCode.UNAUTHENTICATED, 401)
    return say(fault.message, Language.EN, fault.params)


@pytest.mark.parametrize("who", [STREET_CLERK, MACHINE], ids=["person", "machine"])
async def test_a_minted_token_proves_its_viewer(identity: Identity, keys: LocalKeys, who: Viewer) -> None:
    assert await identity.viewer(f"Bearer {keys.mint(who)}") == who
    assert await identity.viewer(f"bearer  {keys.mint(who)}") == who
    assert viewer_of(claims_of(who)) == who


async def test_no_token_is_the_public(identity: Identity) -> None:
    assert await identity.viewer(None) == PUBLIC


Forge = Callable[[LocalKeys], str]


def _unsigned(keys: LocalKeys) -> str:
    payload = keys.mint(STREET_CLERK).split(".")[1]
    header = b'{"alg":"none","typ":"JWT"}'
    return f"{_encoded(header)}.{payload}."


def _signed_with_the_public_key(keys: LocalKeys) -> str:
    """The old trick: our public key, which everyone has, used as an HMAC secret."""
    head = {"alg": "HS256", "kid": keys.key.kid}
    claims = {"iss": "huying", "aud": "api", "exp": NOW + 60, "sub": "x"}
    signed = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
    secret = keys.key.as_pem(private=False)
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _with_another_key(keys: LocalKeys) -> str:
    other = ECKey.generate_key("P-256", {"kid": keys.key.kid or ""}, private=True)
    return LocalKeys(other, keys.issuer, keys.audience, keys.clock).mint(STREET_CLERK)


def _tampered(keys: LocalKeys) -> str:
    head, _, tail = keys.mint(STREET_CLERK).split(".")
    body = {"iss": "huying", "aud": "api", "exp": NOW + 60, "sub": "leader"}
    return f"{head}.{_encoded(json.dumps(body).encode())}.{tail}"


def _claims(**claims: Any) -> Forge:
    return lambda keys: keys.mint(STREET_CLERK, **claims)


POST = {"role": "STREET_CLERK", "head": False, "district": str(DISTRICT), "street": str(an_id("street"))}
FORGED: dict[str, tuple[Forge, str]] = {
    "unsigned": (_unsigned, "malformed"),
    "public key as secret": (_signed_with_the_public_key, "malformed"),
    "another key": (_with_another_key, "malformed"),
    "tampered": (_tampered, "malformed"),
    "garbage": (lambda _: "garbage", "malformed"),
    "three dots": (lambda _: "a.b.c", "malformed"),
    "not ASCII": (lambda _: "é.é.é", "malformed"),
    "surrogate": (lambda _: "\ud800", "malformed"),
    "oversized": (lambda _: "a" * (LARGEST_TOKEN + 1), "longer than"),
    "expired": (_claims(exp=NOW - 31), "expired"),
    "no expiry": (_claims(exp=None), "incomplete"),
    "expiry no number": (_claims(exp="tomorrow"), "NumericDate"),
    "not yet valid": (_claims(nbf=NOW + 31), "not yet valid"),
    "wrong audience": (_claims(aud="elsewhere"), "'aud'"),
    "wrong issuer": (_claims(iss="elsewhere"), "'iss'"),
    "no subject": (_claims(sub=None), "incomplete"),
    "blank subject": (_claims(sub=""), "'sub'"),
    "posts no list": (_claims(posts={}), "`posts` must be a list"),
    "too many posts": (_claims(posts=[POST] * 51), "longer than"),
    "post no object": (_claims(posts=[1]), "`posts[0]` must be an object"),
    "unknown role": (_claims(posts=[{**POST, "role": "KING"}]), "`posts[0].role` must be one of"),
    "role a list": (_claims(posts=[{**POST, "role": ["OPERATOR"]}]), "`posts[0].role` must be one of"),
    "head no boolean": (_claims(posts=[{**POST, "head": "yes"}]), "`posts[0].head`"),
    "no district": (_claims(posts=[POST, {**POST, "district": None}]), "`posts[1].district`"),
    "unit no UUID": (_claims(posts=[{**POST, "street": "5"}]), "`posts[0].street` must be a UUID"),
    "clerk without street": (_claims(posts=[{**POST, "street": None}]), "`posts[0].street` is needed"),
    "person no UUID": (_claims(person=5), "`person` must be a UUID"),
    "grants text": (_claims(grants="issues:read"), "`grants` must be a list of strings"),
}


@pytest.mark.parametrize(("forge", "said"), FORGED.values(), ids=FORGED)
async def test_a_bad_token_is_refused(identity: Identity, keys: LocalKeys, forge: Forge, said: str) -> None:
    with capture_logs() as logs:
        token = forge(keys)
        assert said in await refused(identity, token)
    assert token not in str(logs)


async def test_an_expired_token_is_told_in_chinese_too(identity: Identity, keys: LocalKeys) -> None:
    fault = await identity.viewer(f"Bearer {keys.mint(STREET_CLERK, exp=NOW - 31)}")
    assert isinstance(fault, Fault)
    assert fault.told(Language.ZH, "r-1")["message"] == "令牌被拒绝：已过期，请重新登录。"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw", "token"])
async def test_another_scheme_is_refused(identity: Identity, header: str) -> None:
    fault = await identity.viewer(header)
    assert isinstance(fault, Fault)
    assert fault.code is ErrorCode.UNAUTHENTICATED


async def test_the_clock_may_be_a_little_off(identity: Identity, keys: LocalKeys) -> None:
    token = keys.mint(STREET_CLERK, exp=NOW - 29, nbf=NOW + 29)
    assert await identity.viewer(f"Bearer {token}") == STREET_CLERK


async def test_a_cached_token_expires_all_the_same(identity: Identity, keys: LocalKeys, clock: Clock) -> None:
    token = keys.mint(STREET_CLERK, exp=NOW + 60)
    assert await identity.viewer(f"Bearer {token}") == STREET_CLERK
    clock.now = NOW + 89
    assert await identity.viewer(f"Bearer {token}") == STREET_CLERK
    clock.now = NOW + 91
    assert "expired" in await refused(identity, token)


async def test_the_cache_is_bounded(keys: LocalKeys, clock: Clock) -> None:
    source = CountingKeys(keys.public)
    identity = Identity(source, "huying", "api", cached=2, clock=clock)
    tokens = [keys.mint(Viewer(name)) for name in "abc"]
    for token in [*tokens, tokens[2], tokens[1], tokens[0]]:
        await identity.viewer(f"Bearer {token}")
    assert source.asked == 4  # three, and the first again
    identity.forget()
    await identity.viewer(f"Bearer {tokens[0]}")
    assert source.asked == 5


class CountingKeys:
    def __init__(self, keys: KeySet) -> None:
        self._keys = keys
        self.asked = 0

    async def keys(self, kid: str | None) -> KeySet:
        self.asked += 1
        return self._keys


async def test_the_edge_answers_401_with_a_challenge(tmp_path: Path) -> None:
    edge = Edge(LocalKeys.load(tmp_path, "huying", "huying"))
    response = await edge.ask("{ me }", headers={"Authorization": "Bearer x", "Accept-Language": "zh"})
    assert response.status_code == 401
    assert error(response)["code"] == "UNAUTHENTICATED"
    assert "令牌" in error(response)["message"]
    assert response.headers["www-authenticate"].startswith("Bearer ")
    proven = await edge.ask("{ me }", viewer=STREET_CLERK)
    assert proven.json()["data"] == {"me": STREET_CLERK.subject}


# An issuer's key set --------------------------------------------------------------------------------


class Issuer:
    """A real issuer's address, served in process, that counts how often it is read."""

    def __init__(self, *keys: LocalKeys) -> None:
        self.document: Any = {"keys": [key for local in keys for key in local.jwks()["keys"]]}
        self.read = 0
        self.status = 200
        app = Starlette(routes=[Route("/jwks", self._answer)])
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app))

    async def _answer(self, _request: Request) -> Response:
        self.read += 1
        return JSONResponse(self.document, self.status)

    def keys(self, clock: Clock) -> JwksKeys:
        return JwksKeys("http://issuer/jwks", self.client, max_age=600, cool_down=30, monotonic=clock)


def another(clock: Clock) -> LocalKeys:
    made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
    return LocalKeys(made, "huying", "api", clock)


async def test_keys_are_read_once_and_again_for_an_unknown_one(keys: LocalKeys, clock: Clock) -> None:
    issuer, rotated = Issuer(keys), another(clock)
    identity = Identity(issuer.keys(clock), "huying", "api", clock=clock)
    for name in "abc":
        assert await identity.viewer(f"Bearer {keys.mint(Viewer(name))}") == Viewer(name)
    assert issuer.read == 1
    issuer.document = {"keys": rotated.jwks()["keys"]}
    await refused(identity, rotated.mint(STREET_CLERK))  # still cooling down
    assert issuer.read == 1
    clock.now += 31
    assert await identity.viewer(f"Bearer {rotated.mint(STREET_CLERK)}") == STREET_CLERK
    assert issuer.read == 2


async def test_forged_key_ids_do_not_hammer_the_issuer(keys: LocalKeys, clock: Clock) -> None:
    issuer = Issuer(keys)
    identity = Identity(issuer.keys(clock), "huying", "api", clock=clock)
    for _ in range(20):
        await refused(identity, another(clock).mint(STREET_CLERK))
    assert issuer.read == 1


async def test_known_keys_survive_an_issuer_that_is_away(keys: LocalKeys, clock: Clock) -> None:
    issuer = Issuer(keys)
    identity = Identity(issuer.keys(clock), "huying", "api", clock=clock)
    token = keys.mint(STREET_CLERK, exp=NOW + 5000)
    assert await identity.viewer(f"Bearer {token}") == STREET_CLERK
    identity.forget()
    issuer.status = 500
    clock.now += 700
    assert await identity.viewer(f"Bearer {token}") == STREET_CLERK
    assert issuer.read == 2


@pytest.mark.parametrize(
    "document", [[], {}, {"keys": 1}, {"keys": []}, {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}]
)
async def test_without_any_key_the_answer_is_unavailable(
    keys: LocalKeys, clock: Clock, document: Any
) -> None:
    issuer = Issuer()
    issuer.document = document
    identity = Identity(issuer.keys(clock), "huying", "api", clock=clock)
    fault = await identity.viewer(f"Bearer {keys.mint(STREET_CLERK)}")
    assert isinstance(fault, Fault)
    assert (fault.code, fault.status) == (ErrorCode.UNAVAILABLE, 503)


def test_symmetric_and_unknown_keys_of_an_issuer_are_skipped(keys: LocalKeys) -> None:
    listed = [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "NEW"}, {"kty": "EC"}, 5, *keys.jwks()["keys"]]
    assert [key.kid for key in usable_keys({"keys": listed}).keys] == [keys.key.kid]


# The local key --------------------------------------------------------------------------------------


def test_the_local_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = LocalKeys.load(tmp_path / "new", "huying", "api")
    second = LocalKeys.load(tmp_path / "new", "huying", "api")
    assert first.key.kid == second.key.kid
    assert stat.S_IMODE((tmp_path / "new" / FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "new").iterdir()] == [FILE]
    assert "d" not in first.jwks()["keys"][0]


def test_a_damaged_key_file_says_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{}", "utf-8")
    with pytest.raises(KeyFileError, match="delete it to get a new key"):
        LocalKeys.load(tmp_path, "huying", "api")
