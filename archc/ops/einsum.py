"""Einstein's sum convention."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import WHOLE, Example, Input, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_number, product
from archc.ops._pure import Pure

DOTS = "..."


class Einsum(Pure):
    """Multiplies tensors and sums over dims, both named by letters: ``einsum(q, k, "bqhd,bkhd->bhqk")``.

    ``equation`` names the dims of each tensor, a letter each, and behind ``->`` those of the output; letters that are missing
    there are summed over. Dims of the same letter must have equal sizes. ``...`` stands for any leading dims, the same in each
    tensor that has them. The equation may also come first, as in PyTorch.
    """

    name = "einsum"
    family = "arithmetic"
    torch = ("torch.einsum",)
    inputs = ("tensors",)
    variadic = True
    examples = (
        Example('einsum("bqhd,bkhd->bhqk")', ("[B, T, 12, 64]", "[B, S, 12, 64]"), "[B, 12, T, S]"),
        Example('einsum("...i,ij->...j")', ("[B, T, 64]", "[64, 32]"), "[B, T, 32]"),
    )

    equation: str

    def infer(self, site: Site, *tensors: TensorType) -> TensorType:
        terms, output = self.parts()
        if len(terms) != len(tensors):
            message = f'the equation "{self.equation}" names {len(terms)} tensors, got {len(tensors)}'
            raise Refusal("E0309", message, argument="equation")
        for i, tensor in enumerate(tensors):
            need_number(self.name, tensor, i)
            if tensor.dtype != tensors[0].dtype:
                raise Refusal("E0306", f"einsum needs equal dtypes, got {tensors[0]} and {tensor}", inputs=(0, i))
        sizes = self._sizes(site, terms, tensors)
        self._check_output(output, sizes)
        return tensors[0].with_shape(*(sizes[letter] for letter in expand(output, sizes)))

    def parts(self) -> tuple[tuple[str, ...], str]:
        """The letters of each tensor, and of the output."""
        text = self.equation.replace(" ", "")
        if not re.fullmatch(
            r"[a-zA-Z]*(\.{3})?[a-zA-Z]*(,[a-zA-Z]*(\.{3})?[a-zA-Z]*)*->[a-zA-Z]*(\.{3})?[a-zA-Z]*", text
        ):
            message = f'the equation "{self.equation}" is not of the form "ij,jk->ik"'
            raise Refusal("E0401", message, argument="equation")
        left, _, output = text.partition("->")
        return tuple(left.split(",")), output

    def _sizes(self, site: Site, terms: tuple[str, ...], tensors: tuple[TensorType, ...]) -> dict[str, DimLike]:
        """The size of each letter; the dims of ``...`` are called by numbers, the last one 0."""
        sizes: dict[str, DimLike] = {}
        for i, (term, tensor) in enumerate(zip(terms, tensors, strict=True)):
            for letter, size in zip(self._letters(term, tensor, i), tensor.shape, strict=True):
                known = sizes.setdefault(letter, size)
                message = f'einsum "{self.equation}": dim {letter} of {tensor} is {size}, but was {known}'
                site.equal(known, size, Refusal("E0302", message, inputs=(i,)))
        return sizes

    def _letters(self, term: str, tensor: TensorType, position: int) -> list[str]:
        free = tensor.rank - len(term.replace(DOTS, ""))
        if free < 0 or (free and DOTS not in term):
            message = f'einsum "{self.equation}": {term!r} does not name the dims of {tensor}'
            raise Refusal("E0301", message, inputs=(position,), argument="equation")
        before, _, after = term.partition(DOTS)
        return [*before, *map(str, reversed(range(free))), *after]

    def _check_output(self, output: str, sizes: Mapping[str, DimLike]) -> None:
        letters = output.replace(DOTS, "")
        wrong = next((x for i, x in enumerate(letters) if x not in sizes or x in letters[:i]), None)
        if wrong is not None:
            why = "stands twice behind" if wrong in sizes else "stands only behind"
            raise Refusal("E0401", f"{wrong!r} {why} the -> of {self.equation!r}", argument="equation")
        if DOTS not in output and any(letter.isdigit() for letter in sizes):
            raise Refusal("E0401", f"the ... of {self.equation!r} is missing behind its ->", argument="equation")

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        """Tensor after tensor from the left: two for each multiply-add of a product that sums; a product that does not is free."""
        terms, result = self.parts()
        sizes: dict[str, DimLike] = {}
        letters = [self._letters(term, tensor, i) for i, (term, tensor) in enumerate(zip(terms, inputs, strict=True))]
        for names, tensor in zip(letters, inputs, strict=True):
            sizes.update(zip(names, tensor.shape, strict=True))
        total: DimLike = 0
        left = set(letters[0])
        for i, names in enumerate(letters[1:], start=1):
            kept = set(expand(result, sizes)).union(*letters[i + 1 :])
            summed = {x for x in left & set(names) if x not in kept and sizes[x] != 1}
            alone = {x for x in left ^ set(names) if x not in kept}
            joined = (left | set(names)) - alone
            total = total + (2 * product(sizes[x] for x in joined) if summed else 0)
            left = joined & kept
        return total

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("torch.einsum", (self.equation, *(Input(i) for i in range(len(inputs)))))


def expand(term: str, sizes: Mapping[str, DimLike]) -> list[str]:
    """The letters of a term, with numbers for what its ``...`` stands for."""
    before, dots, after = term.partition(DOTS)
    numbers = sorted((x for x in sizes if x.isdigit()), key=int, reverse=True) if dots else []
    return [*before, *numbers, *after]
