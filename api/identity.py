"""Who asks: a bearer JWT, verified and turned into a `Viewer` of the policy (domain guide 8).

Claims: `sub` (required), `person` (UUID), `posts` ([{id, role, head, district, street, community, grid,
department}]), `grants` ([str], machine tokens). Tokens are never logged and never kept: the cache knows
them by the SHA-256 of their header.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwt import JWTClaimsRegistry

from api.errors import ErrorCode, Fault
from api.jwks import KeySource, KeysUnavailableError
from api.literals import bad_character
from models.policy.access import PUBLIC, Post, Viewer
from models.terms import Role

ALGORITHMS = ("ES256", "RS256")
LARGEST_TOKEN = 8 * 1024
LEEWAY_SECONDS = 30
CACHED_TOKENS = 4096
MOST_POSTS = 50
LONGEST_SUBJECT = 120
"""Characters; as many as the record of commands holds."""
END_OF_TIME = 2**40
"""Later than any token should last; an `exp` is any JSON number."""
UNIT_OF_ROLE: Mapping[Role, str] = {
    Role.GRID_WORKER: "grid",
    Role.COMMUNITY_CLERK: "community",
    Role.STREET_CLERK: "street",
    Role.DEPARTMENT_HANDLER: "department",
}
"""The unit without which a post of this role means nothing."""


class ClaimsError(ValueError):
    """A claim is not what it must be; the message says which and what it should be."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who somebody is, and until when that is proven (seconds since the epoch)."""

    viewer: Viewer
    until: float


NOBODY = Proof(PUBLIC, math.inf)


class Identity:
    """Verifies bearer tokens. One for the process; safe to share between requests."""

    def __init__(
        self,
        keys: KeySource,
        issuer: str,
        audience: str,
        *,
        algorithms: Sequence[str] = ALGORITHMS,
        leeway: int = LEEWAY_SECONDS,
        cached: int = CACHED_TOKENS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._algorithms = list(algorithms)
        self._clock = clock
        self._leeway = leeway
        self._most = cached
        self._verified: OrderedDict[bytes, Proof] = OrderedDict()
        self._claims = JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=leeway,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def viewer(self, authorization: str | None) -> Viewer | Fault:
        """The viewer an Authorization header proves; PUBLIC without one; a fault for a bad one."""
        proof = await self.proven(sent(authorization))
        return proof if isinstance(proof, Fault) else proof.viewer

    def known(self, authorization: bytes | None) -> Proof | None:
        """What a header proves that was verified before: as most were, without waiting."""
        if authorization is None:
            return NOBODY
        return self._cached(hashlib.sha256(authorization).digest())

    async def proven(self, authorization: bytes | None) -> Proof | Fault:
        """The same with its end, for connections that stay open; of the header as it was sent."""
        return self.known(authorization) or await self._read(authorization or b"")

    async def _read(self, sent: bytes) -> Proof | Fault:
        authorization, digest = sent.decode("latin-1"), hashlib.sha256(sent).digest()
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return Fault(ErrorCode.UNAUTHENTICATED, "token_scheme")
        if len(token) > LARGEST_TOKEN:
            return Fault(ErrorCode.UNAUTHENTICATED, "token_too_long", {"limit": LARGEST_TOKEN})
        return await self._verify(token, digest)

    def seconds_left(self, proof: Proof) -> float:
        """How long `proof` still holds; not more than 0 once it has ended."""
        return proof.until - self._clock()

    def forget(self) -> None:
        """Drops every cached token: the next request of each is verified again."""
        self._verified.clear()

    def _cached(self, digest: bytes) -> Proof | None:
        known = self._verified.get(digest)
        if known is None:
            return None
        if known.until <= self._clock():
            del self._verified[digest]
            return None
        self._verified.move_to_end(digest)
        return known

    async def _verify(self, token: str, digest: bytes) -> Proof | Fault:
        try:
            raw = token.encode("ascii")
            keys = await self._keys.keys(_key_id(raw))
            claims = jwt.decode(raw, keys, algorithms=self._algorithms).claims
            self._claims.validate(claims)
            viewer = viewer_of(claims)
        except KeysUnavailableError:
            return Fault(ErrorCode.UNAVAILABLE, "keys_unavailable")
        except ClaimsError as error:
            return _refused(str(error))
        except ExpiredTokenError:
            return Fault(ErrorCode.UNAUTHENTICATED, "token_expired")
        except MissingClaimError as error:
            return _refused(f"it is incomplete: {error.description}")
        except InvalidClaimError as error:
            return _refused(f"a claim is not accepted: {error.description}")
        except (JoseError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
            return Fault(ErrorCode.UNAUTHENTICATED, "token_malformed")
        proof = Proof(viewer, min(claims["exp"], END_OF_TIME) + self._leeway)
        self._keep(digest, proof)
        return proof

    def _keep(self, digest: bytes, verified: Proof) -> None:
        self._verified[digest] = verified
        while len(self._verified) > self._most:
            self._verified.popitem(last=False)


def sent(authorization: str | None) -> bytes | None:
    """A header known as text, as it was sent."""
    return None if authorization is None else authorization.encode("utf-8", "surrogatepass")


def _refused(detail: str) -> Fault:
    """A token of ours or of the identity provider with wrong claims: its maker reads this, in English."""
    return Fault(ErrorCode.UNAUTHENTICATED, "bad_token", {"detail": detail})


def _key_id(token: bytes) -> str | None:
    kid = jws.extract_compact(token).headers().get("kid")
    return kid if isinstance(kid, str) else None


# Claims ---------------------------------------------------------------------------------------------


def viewer_of(claims: Mapping[str, Any]) -> Viewer:
    """The viewer that verified claims describe. Raises ClaimsError where they are malformed."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT or bad_character(subject):
        raise ClaimsError(f"`sub` must be a text of 1 to {LONGEST_SUBJECT} characters")
    posts = claims.get("posts", [])
    if not isinstance(posts, list) or len(posts) > MOST_POSTS:
        raise ClaimsError(f"`posts` must be a list of at most {MOST_POSTS} posts")
    grants = claims.get("grants", [])
    if not isinstance(grants, list) or not all(isinstance(grant, str) for grant in grants):
        raise ClaimsError("`grants` must be a list of strings")
    return Viewer(
        subject=subject,
        person=_uuid(claims.get("person"), "person"),
        posts=tuple(_post(post, f"posts[{index}]") for index, post in enumerate(posts)),
        grants=frozenset(grants),
    )


def claims_of(viewer: Viewer) -> dict[str, Any]:
    """The claims that describe `viewer`: the inverse of `viewer_of`."""
    claims: dict[str, Any] = {"sub": viewer.subject}
    if viewer.person is not None:
        claims["person"] = str(viewer.person)
    if viewer.posts:
        claims["posts"] = [_post_claim(post) for post in viewer.posts]
    if viewer.grants:
        claims["grants"] = sorted(viewer.grants)
    return claims


def _post(claim: object, name: str) -> Post:
    if not isinstance(claim, dict):
        raise ClaimsError(f"`{name}` must be an object")
    try:
        role = Role(str(claim.get("role")))
    except ValueError:
        raise ClaimsError(f"`{name}.role` must be one of {', '.join(Role)}") from None
    head = claim.get("head", False)
    if not isinstance(head, bool):
        raise ClaimsError(f"`{name}.head` must be true or false")
    units = {
        unit: _uuid(claim.get(unit), f"{name}.{unit}")
        for unit in ("id", "district", "street", "community", "grid", "department")
    }
    needed = UNIT_OF_ROLE.get(role)
    if needed and units[needed] is None:
        raise ClaimsError(f"`{name}.{needed}` is needed for a {role.value}")
    district = units["district"]
    if district is None:
        raise ClaimsError(f"`{name}.district` must be a UUID")
    return Post(
        id=units["id"],
        role=role,
        head=head,
        district=district,
        street=units["street"],
        community=units["community"],
        grid=units["grid"],
        department=units["department"],
    )


def _post_claim(post: Post) -> dict[str, Any]:
    units = {
        "id": post.id,
        "district": post.district,
        "street": post.street,
        "community": post.community,
        "grid": post.grid,
        "department": post.department,
    }
    named = {name: str(value) for name, value in units.items() if value is not None}
    return {"role": post.role.value, "head": post.head, **named}


def _uuid(value: object, name: str) -> UUID | None:
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return UUID(value)
    except ValueError:
        pass
    raise ClaimsError(f"`{name}` must be a UUID")
