"""Dims split, moved and joined by a pattern of names, as in einops."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from archc.ir.dims import DimLike, exact_div
from archc.ir.operator import WHOLE, Example, Operator, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import product
from archc.ops._pure import Pure
from archc.ops.layout import Permute
from archc.ops.reshape import Reshape

Group = tuple[str, ...]
"""The names that one dim is made of; none for a dim of size 1."""


class Rearrange(Pure):
    """Splits, moves and joins dims by names: ``rearrange(x, "b (h w) c -> b c h w", h=8)``.

    ``pattern`` names the dims before and after ``->``. Names in brackets are one dim, the last one running fastest; ``1`` or
    ``()`` is a dim of size 1; ``...`` stands for any dims. Every name stands once on each side. ``sizes`` are those of names
    that the input does not tell, given as keywords.

    It is written as ``reshape``, ``permute`` and ``reshape``, as far as each is needed. Source: einops (Rogozhnikov, ICLR 2022).
    """

    name = "rearrange"
    family = "shape"
    torch = ("torch.Tensor.reshape", "torch.Tensor.permute")
    gathers = "sizes"
    examples = (
        Example('rearrange("b (h w) c -> b c h w", h=8)', ("[B, 64, 32]",), "[B, 32, 8, 8]"),
        Example('rearrange("b t (n d) -> b n t d", n=12)', ("[B, T, 768]",), "[B, 12, T, 64]"),
    )

    pattern: str
    sizes: tuple[tuple[str, DimLike], ...] = ()

    def infer(self, site: Site, x: TensorType) -> TensorType:
        left, right = self._sides(x.rank)
        sizes = self._sizes(site, left, x)
        return x.with_shape(*(product(sizes[name] for name in group) for group in right))

    def short_for(self, site: Site, *inputs: Any) -> tuple[Operator, ...]:
        (x,) = inputs
        left, right = self._sides(x.rank)
        sizes = self._sizes(site, left, x)
        names = _names(left)
        order = tuple(names.index(name) for name in _names(right))
        split = tuple(sizes[name] for name in names)
        joined = tuple(product(sizes[name] for name in group) for group in right)
        moved = tuple(split[i] for i in order)
        steps: list[Operator] = [Reshape(shape=split)] if split != x.shape else []
        if order != tuple(range(len(order))):
            steps.append(Permute(dims=order))
        return (*steps, Reshape(shape=joined)) if joined != moved else tuple(steps)

    def _sides(self, rank: int) -> tuple[list[Group], list[Group]]:
        """Both sides of the pattern, with names instead of ``...``."""
        texts = self.pattern.split("->")
        if len(texts) != 2:
            self._refuse("is not of the form 'a b -> b a'")
        left, right = (self._groups(text) for text in texts)
        extra = rank - sum(group != ("...",) for group in left)
        if extra < 0 or (extra and ("...",) not in left):
            message = f'the pattern "{self.pattern}" names {len(left)} dims, but the input has {rank}'
            raise Refusal("E0301", message, argument="pattern", inputs=(0,))
        dots: list[Group] = [(f"...{i}",) for i in range(extra)]
        left, right = (_undotted(side, dots) for side in (left, right))
        if sorted(_names(left)) != sorted(_names(right)):
            self._refuse("does not have the same names on both sides")
        return left, right

    def _groups(self, side: str) -> list[Group]:
        if not re.fullmatch(r"\s*((\w+|\.{3}|\([\w\s]*\))\s*)*", side) or side.count("...") > 1:
            self._refuse("is made of names, brackets and one ...")
        found = [tuple(part.strip("()").split()) for part in re.findall(r"\([^)]*\)|[^\s()]+", side)]
        groups = [tuple(name for name in group if name != "1") for group in found]
        names = _names(groups)
        if any(names.count(name) > 1 for name in names):
            self._refuse("has a name twice on one side")
        if any(name[0].isdigit() for name in names):
            self._refuse("has a number; only 1 may stand for a size")
        return groups

    def _refuse(self, why: str) -> None:
        raise Refusal("E0401", f'the pattern "{self.pattern}" {why}', argument="pattern")

    def _sizes(self, site: Site, left: list[Group], x: TensorType) -> dict[str, DimLike]:
        """The size of each name: given, or what is left of its dim."""
        sizes: dict[str, DimLike] = dict(self.sizes)
        strange = next((name for name in sizes if name not in _names(left)), None)
        if strange is not None:
            self._refuse(f"has no name {strange}")
        for dim, (group, size) in enumerate(zip(left, x.shape, strict=True)):
            unknown = [name for name in group if name not in sizes]
            if len(unknown) > 1:
                message = f"rearrange needs the size of {unknown[0]} or {unknown[1]}, which share dim {dim} of {x}"
                raise Refusal("E0402", message, argument="pattern", inputs=(0,), help=f"say {unknown[0]}=...")
            rest = product(sizes[name] for name in group if name in sizes)
            site.at_least(rest, 1, partial(_impossible, dim, rest))
            for name in unknown:
                sizes[name] = self._quotient(site, size, rest, dim, x)
            if not unknown:
                site.equal(rest, size, partial(_misfit, dim, rest, x))
        return sizes

    def _quotient(self, site: Site, size: DimLike, rest: DimLike, dim: int, x: TensorType) -> DimLike:
        """The size that is left of a dim for one name."""
        exact = exact_div(size, rest)
        if exact is not None:
            return exact
        site.equal(size % rest, 0, partial(_indivisible, dim, rest, x))
        return size // rest

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None


def _impossible(dim: int, given: DimLike) -> Refusal:
    return Refusal("E0401", f"the sizes of dim {dim} give {given}", argument="sizes")


def _misfit(dim: int, given: DimLike, x: TensorType) -> Refusal:
    message = f"rearrange: the sizes of dim {dim} of {x} give {given}, not {x.shape[dim]}"
    return Refusal("E0308", message, inputs=(0,), argument="pattern")


def _indivisible(dim: int, given: DimLike, x: TensorType) -> Refusal:
    message = f"rearrange: dim {dim} of {x} is {x.shape[dim]}, no multiple of {given}"
    return Refusal("E0304", message, inputs=(0,), argument="pattern")


def _names(side: list[Group]) -> list[str]:
    return [name for group in side for name in group]


def _undotted(side: list[Group], dots: list[Group]) -> list[Group]:
    """A side of a pattern with the names of the dims that its ``...`` stands for."""
    found: list[Group] = []
    for group in side:
        found += dots if group == ("...",) else [group]
    return found
