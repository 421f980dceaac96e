"""The tokenizer of Abacus gives texts back, splits numbers, and agrees with its chat template."""

import random
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lessons import LESSONS
from mixture import corpus, talk
from story import stories
from tokens import PHRASES, SPECIAL, encode, mark_id, write_tokenizer
from transformers import PreTrainedTokenizerFast

unhurried = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def served(tokenizer, tmp_path_factory):
    """The tokenizer as a server reads it from the files."""
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(tokenizer, folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def back(tokenizer, text):
    return tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False)


def test_lessons_come_back(tokenizer):
    for text in islice(corpus(5, 40), 100):
        assert back(tokenizer, text) == text


@unhurried
@given(st.text())
def test_any_text_comes_back(tokenizer, text):
    assert back(tokenizer, text) == text


def test_digits_stand_alone(tokenizer):
    digits = set("0123456789")
    assert all(token in digits or not digits & set(token) for token in tokenizer.get_vocab())
    pieces = tokenizer.encode("1. 120 + 37 = 157").tokens
    assert [piece for piece in pieces if piece.isdigit()] == list("112037157")


def test_special_tokens_have_the_first_ids(tokenizer):
    assert [tokenizer.token_to_id(mark) for mark in SPECIAL] == [mark_id(m) for m in SPECIAL]
    assert mark_id(SPECIAL[0]) == 0


def test_a_judgement_is_one_token_and_a_thinking_tag_is_plain_text(tokenizer):
    assert [len(tokenizer.encode(phrase).ids) for phrase in PHRASES] == [1] * 5
    assert tokenizer.encode("<think>").ids
    assert min(tokenizer.encode("<think>").ids) >= len(SPECIAL)


@pytest.mark.parametrize("name", LESSONS)
def test_the_chat_template_says_what_was_learnt(name, tokenizer, served):
    turns, reply = talk(random.Random(1), name, next(stories("dev", 4)), ())
    ids, begin = encode(tokenizer, turns, reply)
    messages = [{"role": role, "content": content} for role, content in turns]
    asked = served.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    assert asked == ids[:begin]
    messages.append({"role": "assistant", "content": reply})
    assert served.apply_chat_template(messages, return_dict=False) == ids
    assert served.decode(ids[begin:-1]) == reply
    assert ids[-1] == served.eos_token_id
