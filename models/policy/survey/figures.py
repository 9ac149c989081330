"""Figures of a round as they are published: exact, as shown, and down to what they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from models.policy.bulletin.table import exact, figure_to_json
from models.policy.scheme.definition import Input, Scheme
from models.policy.scheme.figures import ARITHMETIC, Figure, added
from models.policy.scheme.rules import Rule
from models.policy.scheme.standings import Standing
from models.policy.survey.estimate import Estimate, Weighed
from models.policy.survey.round import Json

INDICATOR = "indicator_"


def number(value: Decimal) -> str:
    """As a text, without trailing zeros or an exponent."""
    return exact(value)


def columns(scheme: Scheme) -> list[Json]:
    """What is told of each subject: what goes in first, the score last."""
    entries: tuple[Input | Rule, ...] = (*scheme.inputs, *scheme.rules)
    return [{"key": one.key, "zh": one.zh, "en": one.en, "rule": str(scheme.ref(one.key))} for one in entries]


def figures(scheme: Scheme, standing: Standing, estimates: Mapping[str, Estimate]) -> Json:
    """By column; what is estimated says how well."""
    keys = [one["key"] for one in columns(scheme)]
    return {
        key: _figure(standing.figures[key], estimates.get(key)) for key in keys if key in standing.figures
    }


def _figure(figure: Figure, estimate: Estimate | None) -> Json:
    told = figure_to_json(figure)
    told["terms"] = [
        {"name": term.name, "value": number(term.value), "factor": number(term.factor)}
        for term in figure.terms
        if not figure.name.startswith(INDICATOR)
    ]
    if estimate is None:
        return told
    if estimate.weighed:
        told |= _of_strata(estimate.weighed)
    return told | {
        "n": estimate.n,
        "error": number(estimate.error),
        "low": number(estimate.low),
        "high": number(estimate.high),
        "df": estimate.df,
        "deff": None if estimate.deff is None else number(estimate.deff),
        "effective": number(estimate.effective),
        "own": number(estimate.own),
    }


def _of_strata(weighed: tuple[Weighed, ...]) -> Json:
    """An indicator's numerator and denominator: means of strata by their share, over the shares."""
    above = added(ARITHMETIC.multiply(one.stratum.share, one.mean) for one in weighed)
    return {
        "numerator": number(above),
        "denominator": number(added(one.stratum.share for one in weighed)),
        "strata": [
            {
                "cells": [str(cell) for cell in one.stratum.cells],
                "share": number(one.stratum.share),
                "n": one.stratum.n,
                "points": number(one.total),
                "mean": number(one.mean),
            }
            for one in weighed
        ],
    }
