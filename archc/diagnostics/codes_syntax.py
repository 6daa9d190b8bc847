"""E01: text that is no archc."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

_HEADER = "net A()(x: [B, 8]) -> [B, 8]:\n"

CODES: dict[str, CodeInfo] = {
    "E0101": CodeInfo(
        "something else was expected here",
        """
        The words and signs up to the mark can be read; what stands at the mark cannot follow them. The message says what was found
        and what could have stood there. For mistakes that are often made it says what to write instead.
        """,
        _HEADER + "    retrun x -> relu\n",
        _HEADER + "    return x -> relu\n",
    ),
    "E0102": CodeInfo(
        "a character without a meaning",
        """
        Outside strings and comments a spec uses the letters, digits and signs of Python's expressions, `->` and `~`. There are no
        dictionaries, so braces stand in labels only. Arrows and quotes that a word processor made are to be typed anew.
        """,
        "sizes = {1: 64, 2: 128}\n",
        "sizes = [(1, 64), (2, 128)]\n",
    ),
    "E0103": CodeInfo(
        "wrong indentation",
        """
        The lines below a header that ends in `:` are its body. They are indented more than the header, all by the same. Other lines
        are not indented more than the line before them, but for a line that starts with `->`: it continues the one before, and may
        stand anywhere. Tabs and spaces are not mixed.
        """,
        _HEADER + "    y = x -> relu\n      return y\n",
        _HEADER + "    y = x -> relu\n    return y\n",
    ),
    "E0104": CodeInfo(
        "a bracket without its partner",
        """
        Each `(` needs a `)` and each `[` a `]`, in the right order. A line that starts with `return`, or a definition at the margin,
        cannot stand within brackets: where one does, a bracket before it was not closed.
        """,
        _HEADER + "    return x -> [linear(8), relu\n",
        _HEADER + "    return x -> [linear(8), relu]\n",
    ),
    "E0105": CodeInfo(
        "an arrow next to an operator",
        """
        `->` feeds a single value through layers. In `x + y -> f` it could be read in two ways, so that brackets have to say which is
        meant: `(x + y) -> f` or `x + (y -> f)`. For the same reason a choice that is a step of a chain, and a chain that is part of a
        sum, are put in brackets.
        """,
        _HEADER + "    y = x -> tanh\n    return x + y -> relu\n",
        _HEADER + "    y = x -> tanh\n    return (x + y) -> relu\n",
    ),
    "E0106": CodeInfo(
        "a number, string or label that cannot be read",
        """
        Numbers are decimal, as Python writes them: `64`, `1_000`, `0.5`, `1e-6`. The escapes of strings are \\n, \\t, \\\\, \\' and \\".
        A label is a path of parts with one dot between two of them; `{expression}` puts a value into a part.
        """,
        "size = 0x40\n",
        "size = 64\n",
    ),
    "E0107": CodeInfo(
        "bytes or characters that no spec may have",
        """
        A spec is UTF-8 text. Control characters (other than tabs and line ends) and marks that change the direction of text are
        refused everywhere, also in comments: with them a spec can look different from what it says.
        """,
        'name = "a\u202eb"\n',
        'name = "ab"\n',
    ),
    "E0108": CodeInfo(
        "a file is too large",
        """
        A spec has about a megabyte at most, so that no file can keep the compiler busy. What repeats is written once, as a block, a
        comprehension or a loop; what is still too long is split into files that import from each other.
        """,
        "# more than a megabyte of text\n",
        "# less\n",
    ),
    "E0109": CodeInfo(
        "nested too deep",
        """
        At most a hundred brackets may stand within each other, and the tree of a statement has at most two hundred levels. A sum of
        hundreds of terms is better a `sum([...])`; what is deep for other reasons gets easier to read when its parts get names.
        """,
        "x = " + "(" * 60 + "\n    " + "(" * 60 + "1\n    " + ")" * 60 + "\n    " + ")" * 60 + "\n",
        "x = 1\n",
    ),
    "E0110": CodeInfo(
        "a name that is not ASCII",
        """
        Names are written with the letters a to z and A to Z, digits and underscores. Other alphabets have letters that look the same
        and are not, so that two names could look like one.
        """,
        "gr\u00f6\u00dfe = 64\n",
        "groesse = 64\n",
    ),
    "E0111": CodeInfo(
        "a string without an end",
        """
        A string ends with the quote that it starts with, on the same line. Only a string in three quotes goes on over several lines.
        """,
        'mode = "fan_out\n',
        'mode = "fan_out"\n',
    ),
    "E0112": CodeInfo(
        "a statement in the wrong place",
        """
        A file holds imports, definitions, assignments and asserts. Blocks and nets hold assignments, declared layers, `return`, `if`,
        `for`, `assert`, `init`, `tie` and `freeze`; a `def` holds the first of these, but has no layers of its own. A value that
        nothing uses is a mistake as well.
        """,
        "features = [8, 16]\nreturn features\n",
        "features = [8, 16]\n",
    ),
}
