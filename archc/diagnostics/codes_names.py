"""Codes of names, values and calls."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

_NET = "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4)\n"

CODES: dict[str, CodeInfo] = {
    "E0201": CodeInfo(
        "unknown name",
        "A name is looked up among the locals, then in the file and its imports, then in the library. It is in none of them. "
        "An unknown layer is never passed over.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linaer(4)\n",
        _NET,
    ),
    "E0203": CodeInfo(
        "unknown argument or input",
        "The operator, block or function has no argument of this name. Arguments carry PyTorch's names.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4, use_bias=False)\n",
        "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4, bias=False)\n",
    ),
    "E0204": CodeInfo(
        "missing argument",
        "An argument without a default is not given.",
        "net A()(x: [B, 3, 8, 8]) -> [B, 4, _, _]:\n    return x -> conv1: conv(4)\n",
        "net A()(x: [B, 3, 8, 8]) -> [B, 4, _, _]:\n    return x -> conv1: conv(4, 3)\n",
    ),
    "E0205": CodeInfo(
        "too many arguments",
        "More arguments are given by position than there are.",
        "def double(n):\n    return 2 * n\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(double(2, 3))\n",
        "def double(n):\n    return 2 * n\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(double(2))\n",
    ),
    "E0206": CodeInfo(
        "wrong kind of value",
        "The language has numbers, strings, lists, tuples, sizes, layers and tensors; here another kind is needed. In particular sizes "
        "of the input take part in integer arithmetic only, and a list never stands for several inputs: a tuple does.",
        'net A()(x: [B, 8]) -> [B, 4]:\n    return x -> "linear"\n',
        _NET,
    ),
    "E0207": CodeInfo(
        "condition not known at compile time",
        "`if`, `for` and conditional expressions are decided when the spec is compiled. A size of the input that stays a symbol has many "
        "values, so the net would be several nets. A `where` or an `assert` may compare such sizes; a size or a tensor alone says nothing.",
        "net A()(x: [B, T, 8]) -> [B, T, 8]:\n    if T > 8:\n        x = relu(x)\n    return x\n",
        "net A(T=8)(x: [B, T, 8]) -> [B, T, 8]:\n    if T > 8:\n        x = relu(x)\n    return x\n",
    ),
    "E0208": CodeInfo(
        "definition that uses itself",
        "Blocks, functions and cfgs do not recurse: a spec always comes to an end.",
        "def f(n):\n    return f(n - 1)\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(f(4))\n",
        "def f(n):\n    return n - 1\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(f(5))\n",
    ),
    "E0209": CodeInfo(
        "assertion that does not hold",
        "An `assert` of the spec is false. Both sides are shown; sizes are the example sizes.",
        _NET + "\nassert A.params == 35\n",
        _NET + "\nassert A.params == 36\n",
    ),
    "E0210": CodeInfo(
        "values that do not fit their names",
        "The number of values on the right differs from the number of names on the left.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    a, b, c = x.chunk(2, dim=1)\n    return a\n",
        "net A()(x: [B, 8]) -> [B, 4]:\n    a, b = x.chunk(2, dim=1)\n    return a\n",
    ),
    "E0211": CodeInfo(
        "index out of range",
        "A list, a tuple or a string has no item at this index.",
        "sizes = [4, 8]\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(sizes[2])\n",
        "sizes = [4, 8]\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(sizes[0])\n",
    ),
    "E0212": CodeInfo(
        "arithmetic without a result",
        "A division by zero, the logarithm of zero, or a result that is not a finite real number.",
        "net A(n=0)(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4 // n)\n",
        "net A(n=1)(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4 // n)\n",
    ),
    "E0214": CodeInfo(
        "unknown attribute or method",
        "Tensors have `shape`, `dtype` and the tensor operations as methods; nets have `params`, `buffers`, `flops` and `shape(label)`.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x.flaten(1)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x.flatten(1)\n",
    ),
    "E0215": CodeInfo(
        "entry that no row of the cfg reads",
        "Each entry of a cfg list is read by the first row that fits it: by type, by word, or by the length of a tuple.",
        "cfg mlp():\n    int n: linear(n), relu\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> body: mlp([4.5])\n",
        "cfg mlp():\n    int n: linear(n), relu\n\nnet A()(x: [B, 8]) -> [B, 4]:\n    return x -> body: mlp([4])\n",
    ),
    "E0216": CodeInfo(
        "name defined twice, or argument given twice",
        "A name of a file has one definition, and an argument one value.",
        "width = 4\nwidth = 8\n",
        "width = 4\n",
    ),
    "E0217": CodeInfo(
        "reserved name",
        "`training`, `None`, `True`, `False` and `inf` always mean the same.",
        "inf = 3\n",
        "infinite = 3\n",
    ),
    "E0218": CodeInfo(
        "body without a return",
        "A block, a net or a function gives what it returns; this one came to its end without.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    y = x -> fc: linear(4)\n",
        _NET,
    ),
    "E0219": CodeInfo(
        "init rule that selects or does nothing",
        "An init rule selects by operator and parameter (`conv.weight`, `*.bias`), or by a label path in quotes, and names a function of "
        "torch.nn.init without the closing underscore.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    init linear.weight ~ xavier\n    return x -> fc: linear(4)\n",
        "net A()(x: [B, 8]) -> [B, 4]:\n    init linear.weight ~ xavier_uniform\n    return x -> fc: linear(4)\n",
    ),
}
