"""The network of Abacus: a causal decoder, the same with a cache, and a Qwen3 once exported."""

from dataclasses import asdict

import pytest
import torch
from export import export
from network import Network, Shape
from sampling import reply
from tokens import CONTEXT, END, ROLES, mark_id
from transformers import Qwen3ForCausalLM

CLOSE = {"atol": 1e-4, "rtol": 1e-4}


@pytest.fixture
def network(tokenizer):
    """A small network whose scales and scores are far from those it starts with."""
    torch.manual_seed(0)
    made = Network(
        Shape(tokenizer.get_vocab_size(), hidden=32, layers=2, heads=3, head=8, feed_forward=48)
    )
    for weights in made.parameters():
        if weights.ndim == 1:
            torch.nn.init.uniform_(weights, 0.5, 1.5)
        else:
            torch.nn.init.normal_(weights, std=0.3)
    return made.eval()


def ids_of(rows, length):
    return torch.randint(5, 300, (rows, length), generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_a_token_sees_none_behind_it(network):
    ids = ids_of(1, 12)
    other = ids.clone()
    other[0, 7] += 1
    before, after = network(ids), network(other)
    torch.testing.assert_close(before[:, :7], after[:, :7])
    assert not torch.allclose(before[:, 7:], after[:, 7:], atol=1e-2)


@torch.no_grad()
def test_decoding_with_a_cache_and_padding_is_the_full_forward(network):
    lengths, room, more = (12, 9, 4), 12, 3
    rows = ids_of(len(lengths), room + more)
    start = torch.tensor([room - length for length in lengths])
    padded = rows.clone()
    for row, first in enumerate(start):
        padded[row, :first] = 0
    cache = network.cache(len(lengths), room + more)
    parts = [network(padded[:, :room], cache, 0, start)]
    for seen in range(room, room + more):
        parts.append(network(padded[:, seen : seen + 1], cache, seen, start))
    decoded = network.logits(torch.cat(parts, 1))
    for row, first in enumerate(start):
        alone = network.logits(network(rows[row : row + 1, first:]))
        torch.testing.assert_close(decoded[row, first:], alone[0], **CLOSE)


@torch.no_grad()
def test_an_exported_network_is_a_qwen3_of_the_same_scores(network, tokenizer, tmp_path):
    state = {"shape": asdict(network.shape), "network": network.state_dict()}
    torch.save(state, tmp_path / "checkpoint.pt")
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    export(tmp_path, tmp_path / "model")
    served = Qwen3ForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32)
    for weights in network.parameters():
        weights.copy_(weights.bfloat16())
    ids = ids_of(2, 40)
    torch.testing.assert_close(network.logits(network(ids)), served(ids).logits, **CLOSE)
    assert served.generation_config.eos_token_id[0] == mark_id(END)
    assert served.config.max_position_embeddings == CONTEXT


@torch.no_grad()
def say(network, tokenizer, ends):
    """Teach `network` by hand to reply with sevens without end, or with one, an end and eights."""
    for layer in network.layers:
        layer.out.weight.zero_()
        layer.down.weight.zero_()
    network.norm.weight.fill_(1.0)
    network.embed.weight.zero_()
    places = {mark_id(ROLES[-1]): (1.0, 0.0, 0.0), tokenizer.token_to_id("7"): (2.0, 5.0, 0.0)}
    if ends:
        places |= {mark_id(END): (0.0, 10.0, 3.0), tokenizer.token_to_id("8"): (0.0, 9.0, 12.0)}
    for token, place in places.items():
        network.embed.weight[token, :3] = torch.tensor(place)


@pytest.mark.parametrize(("ends", "expected"), [(True, "7"), (False, "777777")])
def test_a_reply_ends_where_the_network_ends_it_or_where_it_must(
    network, tokenizer, ends, expected
):
    say(network, tokenizer, ends)
    talks = [[("user", "What?")], [("user", "What is it?"), ("assistant", "1"), ("user", "No.")]]
    assert reply(network, tokenizer, talks, temperature=0.0, most=6) == [[expected], [expected]]


def test_replies_are_drawn_from_a_seed(network, tokenizer):
    def drawn(seed):
        return reply(network, tokenizer, [[("user", "What?")]] * 2, count=3, most=8, seed=seed)

    assert drawn(1) == drawn(1) != drawn(2)
    assert [len(texts) for texts in drawn(1)] == [3, 3]
