"""The streets and communities that a made-up round is about: those of a rulebook's synthetic geography."""

from __future__ import annotations

from infra.demo.rounds.truth import Place, Truth
from models.rulebooks.geography import geography
from models.rulebooks.loader import load


def truth(rulebook: str, seed: int, lift: float = 0.0) -> Truth:
    """What the residents of a shipped rulebook's district think; raises ValueError where none are counted."""
    loaded = load(rulebook)
    spec = loaded.rulebook.survey
    if spec is None or not spec.residents:
        raise ValueError(f"{rulebook} does not say how satisfaction is measured, or of how many")
    ground = geography(loaded.district)
    places: dict[str, list[Place]] = {street.key: [] for street in ground.streets}
    keys = {street.id: street.key for street in ground.streets}
    for community in ground.communities:
        places[keys[community.street_id]].append(Place(community.code, community.name_zh))
    return Truth(spec, places, seed, lift)
