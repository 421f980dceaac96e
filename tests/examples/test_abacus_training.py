"""Training Abacus: it learns, only from replies, and goes on where it was stopped."""

import json

import pytest
import torch
import train
from mixture import EASY, Example, Mixture
from network import Shape
from training import Course, Trainer, pad

from redraft.core import InputError


@pytest.fixture
def lessons(tokenizer):
    """Few lessons a step."""
    return Mixture(tokenizer, 1, tokens=512)


@pytest.fixture
def make(tokenizer):
    """Trainers of a minute network."""

    def made(steps=6, every=2, **sizes):
        shape = {"hidden": 32, "layers": 1, "heads": 2, "head": 8, "feed_forward": 32} | sizes
        course = Course(steps, more=0, every=every)
        return Trainer(Shape(tokenizer.get_vocab_size(), **shape), course, 0, "cpu")

    return made


def test_a_stopped_run_ends_where_an_unbroken_one_does(make, lessons, tmp_path):
    def stopped(step):
        if step == 3:
            raise KeyboardInterrupt
        return lessons

    whole, broken, resumed = make(), make(), make()
    (tmp_path / "whole").mkdir()
    whole.run(lambda step: lessons, tmp_path / "whole", lambda line: None)
    assert not broken.load(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        broken.run(stopped, tmp_path, lambda line: None)
    assert resumed.load(tmp_path)
    assert resumed.step == 2
    resumed.run(lambda step: lessons, tmp_path, lambda line: None)
    assert (resumed.step, resumed.tokens) == (6, whole.tokens)
    weights = resumed.network.state_dict()
    for name, value in whole.network.state_dict().items():
        assert torch.equal(weights[name], value), name


def test_the_loss_falls(make, lessons, tmp_path):
    lines = []
    make(steps=24, every=4).run(lambda step: lessons, tmp_path, lines.append)
    assert [line["step"] for line in lines] == [4, 8, 12, 16, 20, 24]
    assert lines[0]["loss"] > lines[-1]["loss"] + 1.0


def test_another_shape_is_refused(make, tmp_path):
    make().save(tmp_path)
    with pytest.raises(InputError, match=r"checkpoint\.pt: made with hidden 32, layers 1; ") as why:
        make(hidden=48, layers=2).load(tmp_path)
    assert "\n" not in str(why.value)


def test_only_the_reply_is_taught():
    ids, taught = pad([Example([5, 6, 7, 8], 2), Example([5, 6, 9], 1)])
    assert ids.shape == taught.shape == (2, 33)
    assert [row[mark].tolist() for row, mark in zip(ids, taught, strict=True)] == [[7, 8], [6, 9]]


def test_the_rate_rises_stays_and_falls_and_falls_once_more():
    course = Course(100, more=50, rate=1.0, warm=0.1, cool=0.5)
    rates = [course.rate_at(step) for step in range(course.total)]
    assert rates[:10] == sorted(rates[:10])
    assert set(rates[10:50]) == {1.0}
    for first, last in ((50, 100), (100, 150)):
        part = rates[first:last]
        assert part == sorted(part, reverse=True)
        assert part[0] == 1.0
        assert 0.01 <= part[-1] <= 0.03


def test_the_command_trains_a_sibling_and_refuses_another_in_its_folder(
    tokenizer, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(train, "Mixture", smaller)
    monkeypatch.setattr(train, "watch", lambda trainer, tokenizer: {"sampled": 0.0})
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    command = ["--out", str(tmp_path), "--steps", "3", "--more", "2", "--layers", "1", "--own", "2"]
    train.main([*command, "--hidden", "48"])
    assert "step 0 of 5" in capsys.readouterr().out
    assert len((tmp_path / "curve.jsonl").read_text().splitlines()) == 1
    drafts = {path.name: len(json.loads(path.read_text())) for path in tmp_path.glob("drafts-*")}
    assert drafts == {"drafts-1.json": 2, "drafts-3.json": 1}
    train.main([*command, "--hidden", "48"])
    assert "step 5 of 5" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"error: .*checkpoint\.pt: made with hidden 48, "):
        train.main(command)


def smaller(tokenizer, seed, levels=EASY, drafts=(), behaving=1.0):
    return Mixture(tokenizer, seed, levels, tokens=512, drafts=drafts, behaving=behaving)


def test_a_sibling_keeps_the_proportions():
    assert train.sized(640, 192, 4) == Shape(640)
    assert train.sized(640, 96, 2) == Shape(640, 96, 2, heads=2, feed_forward=320)


@pytest.mark.parametrize("width", ["100", "0", "-48", "wide"])
def test_a_width_that_no_heads_fit_is_refused(width, capsys):
    with pytest.raises(SystemExit):
        train.main(["--hidden", width])
    assert "--hidden" in capsys.readouterr().err
