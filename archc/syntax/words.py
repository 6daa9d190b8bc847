"""The language's words, and the names that its tokens go by in messages."""

from __future__ import annotations

# Words that start a statement, for "did you mean".
STATEMENT_WORDS = ("block", "net", "cfg", "def", "extern", "from", "return", "assert", "if", "elif", "else", "for", "init", "tie", "freeze")
