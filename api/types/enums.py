"""The enums of the domain with their names in both languages, for clients that draw menus."""

from __future__ import annotations

import strawberry

from api.labels import LABELS, Label
from api.rules import default_rule
from api.types.leaves import computed, leaf
from api.types.record import Asked
from models.policy.access import Rule


@default_rule(Rule.PUBLIC)
@strawberry.type(description="What one enum member is called.")
class MemberLabel:
    value: str = leaf(description="The member, as fields and inputs name it.")
    zh: str = leaf(description="Its Chinese name.")
    en: str = leaf(description="Its English name.")
    meaning: str = leaf(description="A word more, where the name does not say enough; else empty.")
    called: strawberry.Private[Label]

    @computed("Its name in the language of the request.")
    def label(self, info: Asked) -> str:
        return self.called.told(info.context.language)


@default_rule(Rule.PUBLIC)
@strawberry.type(description="What the members of one enum are called.")
class EnumLabels:
    name: str = leaf(description="The enum, as the schema names it.")
    members: list[MemberLabel] = leaf(description="Its members, in their own order.")


def enum_labels(names: list[str] | None) -> list[EnumLabels]:
    """The enums of these names, all where none are given; unknown names are left out."""
    return [
        EnumLabels(
            name=kind.__name__,
            members=[
                MemberLabel(value=name, zh=called.zh, en=called.en, meaning=called.meaning, called=called)
                for name, called in members.items()
            ],
        )
        for kind, (_, members) in LABELS.items()
        if names is None or kind.__name__ in names
    ]
