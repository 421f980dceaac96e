"""Draws how a training run went: `python examples/abacus/plot.py` after `train.py`.

The same curve gives the same bytes.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

Line = Mapping[str, float]

SHARES = (
    ("greedy", "problems solved, greedy", "#0072b2", "o-"),
    ("sampled", "problems solved, temperature 1", "#0072b2", "o--"),
    ("behaving", "problems solved by behaviors, temperature 1", "#009e73", "o--"),
    ("critic_on_right", "right drafts that the critic calls right", "#c75000", "s-"),
    ("critic_on_wrong", "wrong drafts that the critic calls wrong", "#c75000", "s--"),
)
STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica", "sans-serif"],
    "font.size": 10,
    "grid.color": "#e8e8e8",
    "legend.frameon": False,
    "lines.markersize": 4.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "redraft",
}
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read a run's curve and write its picture."""
    options = _options(arguments)
    curve = read(options.training / "curve.jsonl")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write(curve, options.out)
    print(options.out)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    add = parser.add_argument
    add("--training", type=Path, default=Path("runs/abacus-training"), help="a run of train.py")
    add("--out", type=Path, default=Path("docs/images/abacus-curve.svg"), help="the SVG to write")
    return parser.parse_args(arguments)


def read(path: Path) -> list[Line]:
    """The figures of each reported step, in order.

    A step that was reported twice, because its checkpoint was lost, counts as it was the last time.
    """
    if not path.is_file():
        sys.exit(f"{path}: no such file; --training takes the folder that train.py wrote")
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    if not lines:
        sys.exit(f"{path}: no step has been reported yet; wait for the training's first lines")
    by_step = {line["step"]: line for line in lines}
    return [by_step[step] for step in sorted(by_step)]


def write(curve: Sequence[Line], out: Path) -> None:
    """Loss over tokens, and below it the shares where they were taken, as an SVG."""
    from matplotlib import style
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter, PercentFormatter
    from matplotlib.ticker import StrMethodFormatter as Written

    with style.context(STYLE, after_reset=True):
        figure = Figure(figsize=(7.6, 5.6))
        loss, shares = figure.subplots(2, sharex=True, height_ratios=(2, 3))
        figure.subplots_adjust(left=0.11, right=0.98, top=0.97, bottom=0.09, hspace=0.1)
        loss.loglog([line["tokens"] for line in curve], [line["loss"] for line in curve], "#222222")
        loss.set_ylabel("loss")
        loss.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        loss.yaxis.set_major_formatter(Written("{x:g}"))
        taken = [line for line in curve if SHARES[0][0] in line]
        for key, name, colour, marks in SHARES:
            known = [line for line in taken if key in line]
            places = [line["tokens"] for line in known]
            if known:
                shares.plot(places, [line[key] for line in known], marks, color=colour, label=name)
        shares.set_ylim(-0.02, 1.02)
        shares.set_ylabel("share")
        shares.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" %"))
        shares.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        shares.xaxis.set_major_formatter(EngFormatter())
        for axis in (loss.yaxis, shares.xaxis):
            axis.set_minor_formatter(NullFormatter())
        shares.set_xlabel("tokens trained on")
        shares.legend(loc="best", fontsize=9)
        figure.align_ylabels()
        figure.savefig(out, format="svg", metadata=NO_METADATA)


if __name__ == "__main__":
    main()
