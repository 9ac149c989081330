"""How each kind of rule makes its figure. One function a kind; all of them explain themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.policy.scheme.figures import ARITHMETIC, ONE, ZERO, Figure, Gap, RuleRef, Term, added
from models.policy.scheme.rules import (
    Deduction,
    IfMissing,
    Linear,
    Mean,
    Missing,
    Parameter,
    Rate,
    Rule,
    SheetMean,
    SheetSum,
    Sum,
    Weighted,
    used,
)

Figures = Mapping[str, Figure]
Operand = tuple[str, Decimal, Figure]
"""A part's name, its weight, and its figure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule, and all it may look at: figures of its level, those of each sheet below, and the day."""

    rule: Rule
    ref: RuleRef
    known: Figures
    sheets: Mapping[str, Figures]
    on: date

    def figure(
        self,
        terms: Sequence[Term],
        basis: Sequence[Term] = (),
        scale: Decimal = ONE,
        missing: tuple[str, ...] = (),
        gap: Gap | None = None,
    ) -> Figure:
        """The figure that these terms make."""
        return Figure.of(
            self.rule.key,
            self.ref,
            tuple(terms),
            tuple(basis),
            scale=scale,
            gap=gap,
            missing=missing,
            places=self.rule.places,
        )

    def empty(self, gap: Gap, missing: Iterable[str] = ()) -> Figure:
        return self.figure((), gap=gap, missing=tuple(missing))


def made(asked: Asked) -> Figure:
    """The figure of the rule that is asked for."""
    how = asked.rule.how
    parts = used(how)
    if parts and all(asked.known[name].gap is Gap.NOT_ASKED for name in parts):
        return asked.empty(Gap.NOT_ASKED)
    match how:
        case Linear():
            return _linear(asked, how)
        case Rate():
            return _rate(asked, how)
        case Weighted():
            operands = [(part.of, part.weight, asked.known[part.of]) for part in how.parts]
            return _weighted(asked, operands, how.missing)
        case Mean():
            return _weighted(asked, [(name, ONE, asked.known[name]) for name in how.of], how.missing)
        case Sum():
            return _sum(asked, [(name, ONE, asked.known[name]) for name in how.of], how.missing, how.cap)
        case SheetMean():
            return _weighted(asked, _of_sheets(asked, how.of), how.missing)
        case SheetSum():
            return _sum(asked, _of_sheets(asked, how.of), how.missing, how.cap)
        case Deduction():
            return _deduction(asked, how)


def _of_sheets(asked: Asked, name: str) -> list[Operand]:
    found = [(sheet, ONE, figures[name]) for sheet, figures in asked.sheets.items()]
    return [operand for operand in found if operand[2].gap is not Gap.NOT_ASKED]


def _numbers(asked: Asked, **parameters: Parameter | None) -> dict[str, Decimal] | None:
    """What is in force of the parameters that the rule has; None where one of them is not yet."""
    found: dict[str, Decimal] = {}
    for name, parameter in parameters.items():
        if parameter is not None:
            value = parameter.on(asked.on)
            if value is None:
                return None
            found[name] = value
    return found


def _bounded(terms: list[Term], bounds: Mapping[str, Decimal]) -> list[Term]:
    """The terms, and what a floor adds or a cap takes away, so that they still add up to the figure."""
    total = added(term.amount for term in terms)
    floor, cap = bounds.get("floor"), bounds.get("cap")
    if floor is not None and total < floor:
        return [*terms, Term("floor", ARITHMETIC.subtract(floor, total))]
    if cap is not None and total > cap:
        return [*terms, Term("cap", ARITHMETIC.subtract(cap, total))]
    return terms


def _linear(asked: Asked, how: Linear) -> Figure:
    numbers = _numbers(asked, base=how.base, slope=how.slope, origin=how.origin, floor=how.floor, cap=how.cap)
    operand = asked.known[how.of]
    if operand.value is None:
        return asked.empty(Gap.PART_MISSING, (how.of,))
    if numbers is None:
        return asked.empty(Gap.NOT_IN_FORCE)
    away = ARITHMETIC.subtract(operand.value, numbers["origin"])
    terms = [Term("base", numbers["base"]), Term(how.of, away, numbers["slope"], operand.sources)]
    return asked.figure(_bounded(terms, numbers))


def _rate(asked: Asked, how: Rate) -> Figure:
    names = (*how.numerator, *how.denominator)
    absent = tuple(dict.fromkeys(name for name in names if asked.known[name].value is None))
    return asked.figure(
        _counted(asked, how.numerator),
        _counted(asked, how.denominator),
        how.scale,
        absent,
        Gap.PART_MISSING if absent else None,
    )


def _counted(asked: Asked, names: Iterable[str]) -> list[Term]:
    figures = [asked.known[name] for name in names]
    return [Term(f.name, f.value, ONE, f.sources) for f in figures if f.value is not None]


def _taken(operands: Iterable[Operand], rule: IfMissing) -> tuple[list[Term], list[Term], tuple[str, ...]]:
    """The parts that count, the weights they count with, and the names of those that are missing."""
    terms: list[Term] = []
    weights: list[Term] = []
    missing: list[str] = []
    for name, weight, figure in operands:
        value = figure.value
        if value is None:
            missing.append(name)
            value = rule.counts_as
        if value is not None:
            terms.append(Term(name, value, weight, figure.sources))
            weights.append(Term(name, weight))
    return terms, weights, tuple(missing)


def _gap(rule: IfMissing, operands: Sequence[Operand], missing: tuple[str, ...]) -> Gap | None:
    """Where nothing is left to count, a figure is as empty as where a part must not be missing."""
    if not operands:
        return Gap.NOT_GIVEN
    if rule.what is Missing.LEFT_OUT:
        return Gap.PART_MISSING if len(missing) == len(operands) else None
    return Gap.PART_MISSING if missing and rule.what is Missing.STAYS else None


def _weighted(asked: Asked, operands: Sequence[Operand], rule: IfMissing) -> Figure:
    terms, weights, missing = _taken(operands, rule)
    gap = _gap(rule, operands, missing)
    return asked.figure(terms, weights, missing=missing, gap=gap)


def _sum(asked: Asked, operands: Sequence[Operand], rule: IfMissing, cap: Parameter | None) -> Figure:
    numbers = _numbers(asked, cap=cap)
    if numbers is None:
        return asked.empty(Gap.NOT_IN_FORCE)
    terms, _, missing = _taken(operands, rule)
    gap = _gap(rule, operands, missing)
    return asked.figure(terms if gap else _bounded(terms, numbers), missing=missing, gap=gap)


def _deduction(asked: Asked, how: Deduction) -> Figure:
    numbers = _numbers(asked, start=how.start, floor=how.floor)
    points = [penalty.points.on(asked.on) for penalty in how.penalties]
    counts = [asked.known[penalty.of] for penalty in how.penalties]
    per = asked.known[how.per] if how.per else None
    absent = [figure.name for figure in (*counts, *([per] if per else [])) if figure.value is None]
    if absent:
        return asked.empty(Gap.PART_MISSING, absent)
    if numbers is None or None in points:
        return asked.empty(Gap.NOT_IN_FORCE)
    size = per.value if per and per.value is not None else ONE
    if size == 0:
        return asked.empty(Gap.NOTHING_TO_DIVIDE)
    share = ARITHMETIC.divide(how.each, size)
    terms = [Term("start", numbers["start"])]
    for figure, each in zip(counts, points, strict=True):
        factor = ARITHMETIC.minus(ARITHMETIC.multiply(each or ZERO, share))
        terms.append(Term(figure.name, figure.value or ZERO, factor, figure.sources))
    return asked.figure(_bounded(terms, numbers))
