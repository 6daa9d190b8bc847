"""The inverse of `str`: dims from their text, with a parser of its own (text is never evaluated as Python)."""

from __future__ import annotations

import re

from archc.ir.dims.atoms import MAX_COEFFICIENT, DimTooLarge
from archc.ir.dims.core import Dim, DimLike, add, dim_pow, multiply, symbol
from archc.ir.dims.division import floor_div
from archc.ir.dims.minmax import dim_max, dim_min

TOKEN = re.compile(r"\s*([0-9]+|\w+|\*\*|//|[-+*%(),])")
MAX_TEXT = 100_000
MAX_NESTING = 100
FUNCTIONS = {"min": dim_min, "max": dim_max}


def parse_dim(text: str) -> DimLike:
    """The dim that a text such as `(H + 1) // 2` or `min(H, 7)` stands for; `ValueError` where it stands for none."""
    if len(text) > MAX_TEXT:
        raise DimTooLarge("the text of a size is too long")
    try:
        return _Parser(text).parse()
    except ZeroDivisionError as error:
        raise ValueError(f"{error} in {text!r}") from error


class _Parser:
    """Recursive descent over the tokens, one method for each level of precedence, Python's rules."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokenize(text)
        self.position = 0
        self.nesting = 0

    def parse(self) -> DimLike:
        dim = self.sum()
        if self.peek() is not None:
            raise self.error()
        return dim

    def peek(self) -> str | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self, *wanted: str) -> str | None:
        """The next token if it is one of those wanted."""
        token = self.peek()
        if token not in wanted:
            return None
        self.position += 1
        return token

    def error(self) -> ValueError:
        found = repr(self.peek()) if self.peek() is not None else "its end"
        return ValueError(f"cannot read the size {self.text!r}: unexpected {found}")

    def sum(self) -> DimLike:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise DimTooLarge("the text of a size is nested too deeply")
        total = self.product()
        while operator := self.take("+", "-"):
            right = self.product()
            total = add(total, right if operator == "+" else -right)
        self.nesting -= 1
        return total

    def product(self) -> DimLike:
        left = self.unary()
        while operator := self.take("*", "//", "%"):
            right = self.unary()
            if operator == "*":
                left = multiply(left, right)
            else:
                quotient = floor_div(left, right)
                left = quotient if operator == "//" else add(left, -multiply(right, quotient))
        return left

    def unary(self) -> DimLike:
        negative = False
        while self.take("-"):
            negative = not negative
        value = self.power()
        return -value if negative else value

    def power(self) -> DimLike:
        base = self.primary()
        if not self.take("**"):
            return base
        exponent = self.primary()
        if isinstance(exponent, Dim):
            raise ValueError(f"cannot read the size {self.text!r}: an exponent must be a number")
        return dim_pow(base, exponent)

    def primary(self) -> DimLike:
        token = self.peek()
        if token == "(":
            arguments = self.arguments()
            if len(arguments) != 1:
                raise self.error()
            return arguments[0]
        if token is None or not (token[0].isalnum() or token[0] == "_"):
            raise self.error()
        self.position += 1
        if token[0].isdigit():
            return self.number(token)
        if token in FUNCTIONS and self.peek() == "(":
            return FUNCTIONS[token](*self.arguments())
        return symbol(token)

    def number(self, digits: str) -> int:
        if len(digits) > len(str(MAX_COEFFICIENT)):
            raise DimTooLarge("a size has a number of more than 40 digits")
        return int(digits)

    def arguments(self) -> list[DimLike]:
        """What stands in brackets, separated by commas."""
        self.position += 1
        found = [self.sum()]
        while self.take(","):
            found.append(self.sum())
        if not self.take(")"):
            raise self.error()
        return found


def _tokenize(text: str) -> list[str]:
    tokens = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"cannot read the size {text!r}: unexpected {text[position:].lstrip()[0]!r}")
        tokens.append(match[1])
        position = match.end()
    return tokens
