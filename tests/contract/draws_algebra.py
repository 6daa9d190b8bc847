"""Random uses of the tensor algebra that mostly fit, for operators whose fields alone hardly ever fit the input."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from hypothesis import strategies as st

from archc.ir.operator import Operator
from archc.ir.types import TensorType
from tests.contract.draws import DTYPE_NAMES, SIZES, Case, inputs_of, operators_of, relatives, tensor_types
from tests.contract.draws_vision import VISION


def cases_of(cls: type[Operator]) -> st.SearchStrategy[Case]:
    """An operator with random arguments, and inputs for it."""
    anything = st.tuples(operators_of(cls), inputs_of(cls))
    return st.one_of(anything, CASES[cls.name](cls)) if cls.name in CASES else anything


@st.composite
def _permutations(draw: st.DrawFn, cls: type[Operator]) -> Case:
    x = draw(tensor_types())
    order = draw(st.permutations(range(x.rank)))
    dims = tuple(dim - draw(st.sampled_from([0, x.rank])) for dim in order)
    return cls(dims=dims), (x,)


def numbers(x: TensorType) -> list[int]:
    """The sizes of a tensor without symbols."""
    return [size for size in x.shape if isinstance(size, int)]


@st.composite
def _regroupings(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Sizes whose product is the input's; one of them may be left open."""
    x = draw(tensor_types())
    dim = draw(st.integers(0, x.rank - 1)) if cls.name == "unflatten" and x.rank else 0
    shape = numbers(x)
    rest = shape[dim] if cls.name == "unflatten" and x.rank else prod(shape)
    sizes: list[int] = []
    while rest > 1 and len(sizes) < 4:
        sizes.append(draw(st.sampled_from([n for n in range(1, rest + 1) if rest % n == 0])))
        rest //= sizes[-1]
    sizes.append(rest)
    if draw(st.booleans()):
        sizes[draw(st.integers(0, len(sizes) - 1))] = -1
    fields = {"dim": dim, "sizes": tuple(sizes)} if cls.name == "unflatten" else {"shape": tuple(sizes)}
    return cls(**fields), (x,)


@st.composite
def _stretches(draw: st.DrawFn, cls: type[Operator]) -> Case:
    x = draw(tensor_types(least=1, most=4))
    kept = draw(st.sampled_from([True, True, False]))
    new = [-1 if kept and size != 1 else draw(st.sampled_from([-1, size, 3])) for size in x.shape]
    lead = draw(st.lists(SIZES, max_size=2))
    return cls(sizes=(*lead, *new)), (x,)


@st.composite
def _cuts(draw: st.DrawFn, cls: type[Operator]) -> Case:
    sizes = draw(st.lists(SIZES, min_size=1, max_size=4))
    x = draw(tensor_types(least=1))
    dim = draw(st.integers(0, x.rank - 1))
    shape = (*x.shape[:dim], sum(sizes), *x.shape[dim + 1 :])
    return cls(split_size=tuple(sizes), dim=dim), (TensorType(shape, x.dtype),)


@st.composite
def _subscripts(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Positions and slices that mostly lie within the dims."""
    x = draw(tensor_types(least=1))
    bound = st.one_of(st.none(), st.integers(-7, 7))
    items: list[Any] = []
    for size in numbers(x)[: draw(st.integers(0, x.rank))]:
        slices = st.tuples(st.just("slice"), bound, bound, st.sampled_from([None, 1, 2, 3]))
        items.append(
            draw(st.one_of(st.integers(-size, size - 1), slices, slices, st.just(("slice", None, None, None))))
        )
    for extra in draw(st.lists(st.sampled_from([None, "..."]), max_size=2)):
        items.insert(draw(st.integers(0, len(items))), extra)
    tables = draw(st.integers(0, 2))
    run = [place for place, item in enumerate(items) if isinstance(item, tuple)][:tables]
    shape = draw(tensor_types(most=2)).shape
    for place in run:
        items[place] = ("table",)
    return cls(items=tuple(items)), (x, *(TensorType(shape, "int64") for _ in run))


@st.composite
def _products(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Matrices whose inner sizes mostly agree, with leading dims that mostly broadcast."""
    m, k, n = draw(SIZES), draw(SIZES), draw(SIZES)
    lead = draw(st.lists(SIZES, max_size=2))
    other = [draw(st.sampled_from([1, size, size])) for size in lead][draw(st.integers(0, len(lead))) :]
    left = draw(st.sampled_from([(*lead, m, k), (*lead, m, k), (m, k), (k,), (m, n)]))
    right = draw(st.sampled_from([(*other, k, n), (*other, k, n), (k, n), (k,)]))
    return cls(), (TensorType(left), TensorType(right))


@st.composite
def _rolls(draw: st.DrawFn, cls: type[Operator]) -> Case:
    x = draw(tensor_types(least=1))
    dims = draw(st.lists(st.integers(0, x.rank - 1), min_size=1, max_size=3))
    shifts = tuple(draw(st.integers(-4, 4)) for _ in dims)
    return cls(shifts=shifts, dims=tuple(dims)), (x,)


@st.composite
def _copies(draw: st.DrawFn, cls: type[Operator]) -> Case:
    x = draw(tensor_types(most=3))
    count = x.rank + draw(st.integers(0, 2))
    return cls(sizes=tuple(draw(st.integers(1, 3)) for _ in range(count))), (x,)


@st.composite
def _ones(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """A tensor with a dim of size 1, to be dropped."""
    x = draw(tensor_types(least=1))
    dim = draw(st.integers(0, x.rank - 1))
    shape = [1 if i == dim else size for i, size in enumerate(x.shape)]
    return cls(dim=draw(st.sampled_from([dim, dim - x.rank, (dim,)]))), (x.with_shape(*shape),)


@st.composite
def _turns(draw: st.DrawFn, cls: type[Operator]) -> Case:
    x = draw(tensor_types(least=1))
    return cls(dims=tuple(draw(st.sets(st.integers(0, x.rank - 1))))), (x,)


@st.composite
def _gathers(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Positions with at most the input's sizes."""
    x = draw(tensor_types(least=1))
    dim = draw(st.integers(0, x.rank - 1))
    shape = [draw(st.integers(1, size if i != dim else 6)) for i, size in enumerate(numbers(x))]
    index = TensorType((shape[0],) if cls.name == "index_select" else tuple(shape), "int64")
    return cls(dim=dim), (x, index)


@st.composite
def _scatters(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Positions with at most the sizes of the input and of what is sent there."""
    x = draw(tensor_types(least=1))
    dim = draw(st.integers(0, x.rank - 1))
    shape = [draw(st.integers(1, size if i != dim else 6)) for i, size in enumerate(numbers(x))]
    wider = tuple(size + draw(st.integers(0, 1)) for size in shape)
    fields: dict[str, Any] = {"dim": dim}
    if cls.name == "scatter_reduce":
        fields |= {"reduce": draw(st.sampled_from(["sum", "mean", "amax"])), "include_self": draw(st.booleans())}
    if cls.name == "scatter" and draw(st.booleans()):
        return cls(**fields | {"value": draw(st.sampled_from([0, 2.5]))}), (
            x,
            TensorType(tuple(shape), "int64"),
        )
    return cls(**fields), (x, TensorType(tuple(shape), "int64"), TensorType(wider, x.dtype))


@st.composite
def _sends(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Slices that mostly have the input's other sizes."""
    x = draw(tensor_types(least=1))
    dim, count = draw(st.integers(0, x.rank - 1)), draw(st.integers(1, 4))
    shape = tuple(count if i == dim else size for i, size in enumerate(x.shape))
    source = TensorType(shape, x.dtype) if draw(st.integers(0, 4)) else draw(relatives(x))
    return cls(dim=dim), (x, TensorType((count,), "int64"), source)


@st.composite
def _bags(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Tables of at least two rows: the inputs that are run hold ones."""
    op = draw(operators_of(cls))
    fields = dict(op.defined()) | {
        "num_embeddings": draw(st.integers(2, 9)),
        "padding_idx": draw(st.sampled_from([None, -1])),
    }
    shape = (draw(SIZES), draw(SIZES))
    weights = draw(st.sampled_from([None, None, shape, (*shape, 1), shape[::-1]]))
    first = TensorType(shape, "int64")
    return cls(**fields), (first,) if weights is None else (first, TensorType(weights))


@st.composite
def _masks(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """A mask, and numbers or tensors of shapes like its."""
    first = draw(tensor_types())
    mask = TensorType(draw(relatives(first)).shape, "bool")
    if cls.name == "masked_fill":
        return cls(value=draw(st.sampled_from([0, 0.0, -2.5, float("-inf")]))), (first, mask)
    return cls(), (mask, first, draw(st.one_of(relatives(first), st.sampled_from([0, 0.5]))))


@st.composite
def _classes(draw: st.DrawFn, cls: type[Operator]) -> Case:
    return cls(num_classes=draw(st.integers(1, 5))), (TensorType(draw(tensor_types()).shape, "int64"),)


@st.composite
def _fills(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Sizes, all of them positive."""
    fields: dict[str, Any] = {"size": tuple(draw(st.lists(SIZES, max_size=4)))}
    if "fill_value" in cls.fields:
        fields["fill_value"] = draw(st.sampled_from([0, 7, -0.5]))
    return cls(**fields), () if not cls.inputs else (draw(tensor_types()),)


@st.composite
def _sums(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Terms of few letters, each with a size of its own."""
    sizes = {letter: draw(SIZES) for letter in "abcd"}
    term = st.lists(st.sampled_from("abcd"), max_size=4, unique=draw(st.integers(0, 3)) > 0).map("".join)
    terms = draw(st.lists(term, min_size=1, max_size=3))
    used = sorted(set("".join(terms)))
    output = "".join(draw(st.permutations(used)))[: draw(st.integers(0, len(used)))]
    lead = (2, 3) if draw(st.booleans()) else ()
    dots = "..." if lead else ""
    shapes = [(*lead, *(sizes[letter] for letter in term)) for term in terms]
    equation = f"{','.join(dots + term for term in terms)}->{dots}{output}"
    return cls(equation=equation), tuple(map(TensorType, shapes))


@st.composite
def _attentions(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Queries, keys and values that mostly fit, at times with a mask."""
    op = draw(operators_of(cls))
    lead = draw(st.lists(SIZES, min_size=1, max_size=2))
    heads = [*lead[:-1], lead[-1] * 2] if getattr(op, "enable_gqa", False) else lead
    t, s, d, v = (draw(SIZES) for _ in range(4))
    types = [TensorType((*heads, t, d)), TensorType((*lead, s, d)), TensorType((*lead, s, v))]
    mask = draw(st.sampled_from([None, (t, s), (1, s), (s,), (*heads, t, s), (1, t, s)]))
    if mask is not None:
        types.append(TensorType(mask, draw(st.sampled_from(["bool", "float"]))))
    return op, tuple(types)


@st.composite
def _along(draw: st.DrawFn, cls: type[Operator]) -> Case:
    x = TensorType(draw(tensor_types(least=1)).shape)
    return cls(dim=draw(st.integers(-x.rank, x.rank - 1))), (x,)


@st.composite
def _limits(draw: st.DrawFn, cls: type[Operator]) -> Case:
    low, high = draw(st.sampled_from([(0, 1), (-0.5, None), (None, 2.0), (0, 6.0)]))
    return cls(min=low, max=high), (draw(tensor_types()),)


PATTERNS = (
    "a b c -> c b a",
    "a b c -> a (b c)",
    "a (b d) c -> (a d) c b",
    "... c -> c ...",
    "(a b) ... -> a 1 ... b",
    "a b -> b a",
)


@st.composite
def _patterns(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Patterns on tensors of three dims, at times with the size of a name that they leave open."""
    pattern = draw(st.sampled_from(PATTERNS))
    x = TensorType(tuple(draw(st.sampled_from([2, 3, 4, 6])) for _ in range(3)), draw(st.sampled_from(DTYPE_NAMES)))
    sizes = draw(
        st.sampled_from([(), (("b", 2),), (("b", 2),), (("a", 2),), (("d", 3),), (("a", 2), ("b", 3)), (("z", 2),)])
    )
    return cls(pattern=pattern, sizes=sizes), (x,)


CASES: dict[str, Callable[[type[Operator]], st.SearchStrategy[Case]]] = {
    "expand": _stretches,
    **dict.fromkeys(("gather", "index_select"), _gathers),
    **dict.fromkeys(("scatter", "scatter_add", "scatter_reduce"), _scatters),
    "index_add": _sends,
    "embedding_bag": _bags,
    **dict.fromkeys(("where", "masked_fill"), _masks),
    **dict.fromkeys(("full", "new_full", "new_ones", "new_zeros", "ones", "zeros"), _fills),
    "one_hot": _classes,
    "einsum": _sums,
    "scaled_dot_product_attention": _attentions,
    **dict.fromkeys(("softmax", "softmin", "log_softmax", "cumsum", "cumprod", "logcumsumexp"), _along),
    "clamp": _limits,
    "rearrange": _patterns,
    "flip": _turns,
    "index": _subscripts,
    "matmul": _products,
    "permute": _permutations,
    "repeat": _copies,
    "reshape": _regroupings,
    "roll": _rolls,
    "split": _cuts,
    "squeeze": _ones,
    "unflatten": _regroupings,
    **VISION,
}
