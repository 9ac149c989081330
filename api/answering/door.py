"""The door of an open link: a respondent who was not drawn says which group and which community."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from api.answering.look import head, of, page, tick
from api.answering.words import word
from models.queries.invitations import Named, Place
from models.terms import Language


def entry_page(
    path: str,
    title: Named,
    groups: Sequence[tuple[str, Named]],
    places: Sequence[Place],
    chosen: Mapping[str, str],
    wrong: bool,
    language: Language,
) -> str:
    """The door of an open link: which group, which community."""
    error = f'<p class="error" role="alert">{escape(word("choose_both", language))}</p>' if wrong else ""
    radios = "".join(
        tick("radio", "group", key, of(named, language), chosen.get("group") == key) for key, named in groups
    )
    body = f"""{head(of(title, language), path, language)}
<p>{escape(word("intro", language))}</p>
{error}<form method="post" action="{escape(path)}?lang={language.value}">
<fieldset><legend>{escape(word("who", language))}</legend>{radios}</fieldset>
<fieldset><legend><label for="community">{escape(word("where", language))}</label></legend>
<select id="community" name="community" required>
<option value="">{escape(word("choose", language))}</option>
{_options(places, chosen.get("community"), language)}
</select></fieldset>
<button>{escape(word("start", language))}</button>
</form>"""
    return page(of(title, language), body, language)


def _options(places: Sequence[Place], chosen: str | None, language: Language) -> str:
    by_street: dict[str, list[Place]] = {}
    for place in places:
        by_street.setdefault(of(place.street, language), []).append(place)
    return "".join(
        f'<optgroup label="{escape(street)}">'
        f"{''.join(_option(one, chosen, language) for one in found)}</optgroup>"
        for street, found in by_street.items()
    )


def _option(place: Place, chosen: str | None, language: Language) -> str:
    on = " selected" if place.code == chosen else ""
    return f'<option value="{escape(place.code)}"{on}>{escape(of(place.named, language))}</option>'
