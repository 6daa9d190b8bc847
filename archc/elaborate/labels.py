"""Labels: what may name a submodule, and how a label's pieces become a path."""

from __future__ import annotations

import keyword
import re
from functools import lru_cache

from archc.diagnostics.model import Fix
from archc.elaborate.errors import Mistake, mistake
from archc.source import Span
from archc.syntax import ast

_ATTRIBUTES = """
    T_destination add_module append apply bfloat16 buffers call_super_init children clear compile cpu cuda double dump_patches
    eval extend extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half insert ipu items keys
    load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters pop
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
    set_submodule share_memory state_dict to to_empty train training type update values xpu zero_grad
"""
MODULE_ATTRIBUTES = frozenset(_ATTRIBUTES.split())
"""Attributes of ``nn.Module`` and its containers, which a submodule of the same name would hide or be hidden by."""


_PLAIN = re.compile("[A-Za-z0-9_-]+")

MAX_SEGMENTS = 32
MAX_SEGMENT = 100
"""Characters of one part of a label."""


@lru_cache(maxsize=1 << 10)
def fixed_path(label: ast.Label) -> tuple[str, ...] | None:
    """The path of a label without braces: it is the same whenever its body is run."""
    text = plain(label)
    return None if text is None else path_of(text, label.span)


@lru_cache(maxsize=1 << 10)
def pieces(label: ast.Label) -> tuple[str | ast.Expr, ...]:
    """What a label is joined of: text, dots among it, and the expressions in its braces."""
    found: list[str | ast.Expr] = []
    for segment in label.segments:
        found += (".", *segment)
    return tuple(found[1:])


def path_of(text: str, span: Span) -> tuple[str, ...]:
    """The path that a label stands for, split at its dots. Refuses what cannot be a path of submodules."""
    path = tuple(text.split("."))
    if len(path) > MAX_SEGMENTS:
        raise mistake(
            "E0503",
            f"a label of {len(path):,} parts is too deep",
            span,
            f"{MAX_SEGMENTS} are allowed",
            help="shorten it",
        )
    for segment in path:
        if len(segment) > MAX_SEGMENT:
            what = f"a label of {len(segment):,} characters is too long"
            raise mistake("E0503", what, span, f"{MAX_SEGMENT} are allowed between dots", help="shorten it")
        fault = _fault(segment)
        if fault is not None:
            raise bad_label(segment, span, *fault)
    return path


@lru_cache(maxsize=1 << 12)
def _fault(segment: str) -> tuple[str, str | None] | None:
    """Why a part of a label cannot name a submodule, and what could instead."""
    if segment.isdecimal() and segment.isascii():
        plain_ = str(int(segment))
        return None if segment == plain_ else ("has a leading zero", plain_)
    if not segment.isascii():
        return "has characters outside ASCII", None
    if not segment:
        return "is empty", None
    if not _PLAIN.fullmatch(segment):
        return "may hold letters, digits, _ and - only", None
    if keyword.iskeyword(segment):
        return "is a keyword of Python", f"{segment}_"
    if segment.startswith("_"):
        return "starts with an underscore, which PyTorch keeps for itself", segment.strip("_") or None
    if segment in MODULE_ATTRIBUTES:
        return "is an attribute of nn.Module, which would be returned instead of the layer", f"{segment}_"
    return None


def bad_label(segment: str, span: Span, why: str, instead: str | None) -> Mistake:
    """The mistake of a label that cannot be used."""
    return mistake(
        "E0503",
        f"{segment!r} cannot be a label: it {why}",
        span,
        "choose another label",
        help=f"for example {instead!r}" if instead else None,
        fix=Fix(span, instead) if instead and span.end - span.start == len(segment) else None,
    )


def plain(label: ast.Label) -> str | None:
    """A label as it is written, where it has no braces to fill in."""
    if any(not isinstance(piece, str) for segment in label.segments for piece in segment):
        return None
    return ".".join("".join(map(str, segment)) for segment in label.segments)
