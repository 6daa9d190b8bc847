"""E07: files that cannot be read, and imports that are refused."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

_RIGHT = """
from zoo.resnet import Bottleneck

net A()(x: [B, 256, H, W]) -> [B, 256, H, W]:
    return x -> block: Bottleneck(64)
"""


def _wrong(imported: str) -> str:
    return f"""
{imported}

net A()(x: [B, 256, H, W]) -> [B, 256, H, W]:
    return x -> block: Bottleneck(64)
"""


CODES = {
    "E0701": CodeInfo(
        "a file cannot be read",
        """
        The file that was asked for, or that is imported, does not exist, or the system does not let it be read.
        The path of an import is read from the folder of the file that it stands in.
        """,
        _wrong('from "bottlneck.arch" import Bottleneck'),
        _RIGHT,
    ),
    "E0702": CodeInfo(
        "no ordinary file",
        """
        Specs are read from ordinary files only: a folder, a pipe, a device, or a file that the system makes up while it
        is read could give anything, for ever.
        """,
        _wrong('from "pipe.arch" import Bottleneck'),
        _RIGHT,
    ),
    "E0703": CodeInfo(
        "a file does not define a name",
        "The file that is imported from has no block, net, function, cfg or value of this name at its top level.",
        _wrong("from zoo.resnet import Botleneck as Bottleneck"),
        _RIGHT,
    ),
    "E0704": CodeInfo(
        "no such net",
        """
        A file can hold several nets: say which one is meant (`archc build vgg.arch:vgg13_bn`). A net whose arguments have no defaults is
        built by giving them: with -D, or in the file (`small = VGG([8, M])`).
        """,
        "net A(n)(x: [B, 8]) -> [B, n]:\n    return x -> fc: linear(n)\n",
        "net A(n)(x: [B, 8]) -> [B, n]:\n    return x -> fc: linear(n)\n\nsmall = A(4)\n",
    ),
    "E0705": CodeInfo(
        "an import leads out of the folder",
        """
        A spec may come from a stranger, so an import is read only from below the folder of the spec: its path is relative, is written
        with /, has no .. in it, ends in .arch, and neither links nor second names of a file lead elsewhere. What comes with
        archc is imported from zoo.
        """,
        _wrong('from "../blocks.arch" import Bottleneck'),
        _RIGHT,
    ),
    "E0706": CodeInfo(
        "a file imports itself",
        """
        Files import each other in a circle, so none of them could be read first. The note shows the chain. What they share goes
        into a file that both import.
        """,
        _wrong('from "a.arch" import Bottleneck'),
        _RIGHT,
    ),
    "E0707": CodeInfo(
        "no such file in the zoo",
        """
        After "from zoo." comes the name of one of the files that come with archc. `archc list` shows them with their nets.
        """,
        _wrong("from zoo.resnt import Bottleneck"),
        _RIGHT,
    ),
}
