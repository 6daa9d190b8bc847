"""Random statements of the parts of the language that go beyond layers: conditions of run time, scans, tables, own parameters, ties."""

from __future__ import annotations

from hypothesis import strategies as st

from archc.ir.types import TensorType
from tests.property.bodies import PLAIN, Body
from tests.property.layers import CHANNELS, keeping


def _widths(body: Body) -> dict[str, int]:
    """The values of the model's own dtype whose last dim has a known size."""
    fit = {name: x.shape[-1] for name, x in body.values.items() if x.dtype == "float" and x.rank > 1}
    return {name: width for name, width in fit.items() if isinstance(width, int)}


def _features(body: Body) -> tuple[str, int]:
    """One of these with its last size; none, and 0."""
    fit = _widths(body)
    return body.draw(st.sampled_from(list(fit.items()))) if fit else ("", 0)


def while_training(body: Body) -> None:
    """A layer that runs in training only, or a choice between two values."""
    source = body.pick(floats=True)
    if not source:
        return
    found = keeping(body.draw, body.values[source], body.sizes)
    layer = f"{source} -> {body.label()}: {body.place(found)}"
    if body.draw(st.booleans()):
        test = body.draw(st.sampled_from(["training", "not training"]))
        body.write(f"if {test}:")
        body.write(f"{source} = {layer}", 2)
    else:
        body.write(f"{body.bind(source, body.values[source])} = ({layer}) if training else {source}")


def shared(body: Body) -> None:
    """A layer that is declared, and applied more than once."""
    source, width = _features(body)
    if not source:
        return
    name = body.file.fresh("f")
    body.owns = True
    body.write(f"{name}: linear({width}, in_features={width})")
    body.write(f"{source} = {' -> '.join([source, name, *[name] * body.draw(st.integers(0, 2))])}")
    if body.draw(st.booleans()):
        _freeze(body, name)


def _freeze(body: Body, name: str) -> None:
    body.write(body.draw(st.sampled_from([f"freeze {name}", f'freeze "{name}.bias"', f'freeze "{name}.*"'])))


def tied(body: Body) -> None:
    """Two layers with one weight."""
    source, width = _features(body)
    if not source:
        return
    one, two = body.file.fresh("f"), body.file.fresh("f")
    body.owns = True
    for name in (one, two):
        body.write(f"{name}: linear({width}, in_features={width})")
    body.write(f"tie {two}.weight = {one}.weight")
    body.write(f"{source} = {source} -> {one} -> relu -> {two}")


def own(body: Body) -> None:
    """A parameter, or a buffer, of the body's own."""
    source, width = _features(body)
    if not source:
        return
    name = body.file.fresh("p")
    body.owns = True
    kind = body.draw(
        st.sampled_from(
            [
                "param([{0}], init=ones)",
                "param([{0}], init=normal(std=0.02))",
                "buffer([{0}], init=ones)",
                "buffer(ones({0}) * 0.5, persistent=False)",
                "buffer(arange({0}).float())",
            ]
        )
    )
    body.write(f"{name}: {body.shown(kind.format(width))}")
    old = body.values[source]
    dtype = "float32" if "arange" in kind else "float"  # positions are integers, so their floats are no model's own
    target = body.bind(source, TensorType(old.shape, dtype))  # type: ignore[arg-type]
    body.write(f"{target} = {source} {body.draw(st.sampled_from(['+', '*']))} {name}")


def initialised(body: Body) -> None:
    """A rule of initialisation, whether or not it meets a layer of this body, which then has to have a label."""
    body.owns = True
    body.write(
        body.draw(
            st.sampled_from(
                [
                    "init linear.weight ~ normal(0, 0.01)",
                    "init *.bias ~ zeros",
                    "init conv.weight ~ kaiming_normal",
                    "init linear.weight ~ uniform(-1 / sqrt(fan_in), 1 / sqrt(fan_in))",
                ]
            )
        )
    )


def table(body: Body) -> None:
    """A table of layers."""
    source, _ = _features(body)
    if not source:
        return
    name = body.file.fresh("cfg")
    rows = ["    int n: linear(n), relu", "    M: tanh", "    (n, m): linear(n), *[linear(m)] * 2"]
    body.file.definitions.append("\n".join([f"cfg {name}():", *rows, ""]))
    entries = body.draw(st.lists(st.sampled_from(["2", "4", "M", "(3, 2)"]), min_size=1, max_size=4))
    widths = [entry.strip("()").split(", ")[-1] for entry in entries if entry != "M"]
    old = body.values[source]
    output = TensorType((*old.shape[:-1], int(widths[-1])), old.dtype) if widths else old
    target = body.bind(source, output)
    body.write(f"{target} = {source} -> {body.label()}: {name}([{', '.join(entries)}])")


def function(body: Body) -> None:
    """A function over tensors."""
    source = body.pick(floats=True)
    if not source:
        return
    name = body.file.fresh("g")
    text = body.draw(st.sampled_from(["relu(x) + x", "x * sigmoid(x)", "-x", "x / 2 + 1", "abs(x) ** 2"]))
    body.file.definitions.append(f"def {name}(x):\n    return {text}\n")
    body.write(f"{body.bind(source, body.values[source])} = {name}({source})")


def scanned(body: Body) -> None:
    """A cell along an axis."""
    fit = [name for name in _widths(body) if body.values[name].rank == 3]
    if not fit:
        return
    source, hidden, name = body.draw(st.sampled_from(fit)), body.draw(CHANNELS), body.file.fresh("Step")
    type_ = body.values[source]
    lines = [
        f"block {name}(hidden)(x: [B, E], h: [B, hidden]) -> ([B, hidden], [B, hidden]):",
        body.draw(
            st.sampled_from(
                [
                    "    h = tanh((x -> input: linear(hidden)) + (h -> state: linear(hidden, bias=False)))",
                    "    h = (x, h) -> cell: gru_cell(hidden)",
                ]
            )
        ),
        "    return h, h",
        "",
    ]
    body.file.definitions.append("\n".join(lines))
    first = f"{source}[:, 0] -> {body.label()}: linear({hidden})"
    out, last, start = (body.file.fresh("v") for _ in range(3))
    body.write(f"{start} = {first}")
    body.write(f"{out}, {last} = scan({body.label()}: {name}({hidden}), over={source}, carry={start}, dim=1)")
    state = type_.with_shape(type_.shape[0], hidden)
    body.values |= {start: state, out: type_.with_shape(*type_.shape[:2], hidden), last: state}


def attended(body: Body) -> None:
    """Multi-head attention, on itself or with another sequence."""
    fit = [name for name in _widths(body) if body.values[name].rank == 3]
    if not fit:
        return
    query = body.draw(st.sampled_from(fit))
    type_ = body.values[query]
    key = body.draw(st.sampled_from([name for name in fit if body.values[name].shape[0] == type_.shape[0]]))
    heads = body.draw(st.sampled_from([n for n in (1, 2, 4) if _widths(body)[query] % n == 0]))
    target = body.bind(query, type_)
    body.write(f"{target} = ({query}, {key}, {key}) -> {body.label()}: multihead_attention({heads})")


RICH = (*PLAIN, while_training, shared, tied, own, initialised, table, function, scanned, attended, attended)
