"""The picture of Abacus's training."""

import importlib.util
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "abacus" / "plot.py"
NAMES = {
    "problems solved by behaviors, temperature 1",
    "problems solved, greedy",
    "problems solved, temperature 1",
    "right drafts that the critic calls right",
    "wrong drafts that the critic calls wrong",
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def plot():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("abacus_plot", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reported(step: int, loss: float) -> dict[str, float]:
    line = {"step": step, "tokens": 12_000 * step, "loss": loss, "seconds": 90.0}
    if step % 500 == 0:
        line |= {"sampled": 0.3, "greedy": 0.4, "behaving": 0.35}
        line |= {"critic_on_right": 0.9, "critic_on_wrong": 0.2}
    return line


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """The folder of a run with ten reports."""
    lines = [reported(step, 200 / step) for step in range(100, 1100, 100)]
    (tmp_path / "curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def test_the_picture_shows_loss_and_shares_and_is_always_the_same(plot, training, capsys):
    first, again = training / "images" / "one.svg", training / "two.svg"
    for out in (first, again):
        plot.main(["--training", str(training), "--out", str(out)])
        assert capsys.readouterr().out == f"{out}\n"
    root = ET.fromstring(first.read_text(encoding="utf-8"))
    said = {text.text for text in root.iter(f"{SVG}text")}
    assert said >= NAMES | {"loss", "tokens trained on"}
    assert first.read_bytes() == again.read_bytes()
    assert first.stat().st_size < 60_000


def test_every_figure_is_drawn_where_it_was_taken(plot, training, monkeypatch):
    from matplotlib.figure import Figure

    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.extend(figure.axes))
    plot.write(plot.read(training / "curve.jsonl"), training / "out.svg")
    loss, shares = drawn
    assert list(loss.lines[0].get_xdata()) == [12_000 * step for step in range(100, 1100, 100)]
    assert loss.lines[0].get_ydata()[0] == 2.0
    assert {line.get_label(): list(line.get_ydata()) for line in shares.lines} == dict(
        zip(sorted(NAMES), ([0.35] * 2, [0.4] * 2, [0.3] * 2, [0.9] * 2, [0.2] * 2), strict=True)
    )
    assert all(list(line.get_xdata()) == [6_000_000, 12_000_000] for line in shares.lines)


def test_a_step_that_was_reported_twice_counts_once(plot, training):
    path = training / "curve.jsonl"
    with path.open("a") as file:
        file.write(json.dumps(reported(900, 0.1)) + "\n")
    curve = plot.read(path)
    assert [line["step"] for line in curve] == list(range(100, 1100, 100))
    assert curve[8]["loss"] == 0.1


@pytest.mark.parametrize(("text", "said"), [(None, "no such file"), ("", "no step")])
def test_without_a_curve_it_says_what_to_do(plot, tmp_path, text, said):
    if text is not None:
        (tmp_path / "curve.jsonl").write_text(text)
    with pytest.raises(SystemExit, match=rf"curve\.jsonl: {said}.*; "):
        plot.main(["--training", str(tmp_path), "--out", str(tmp_path / "out.svg")])
    assert not (tmp_path / "out.svg").exists()
