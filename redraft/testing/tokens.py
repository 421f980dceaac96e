"""The token count that all test doubles share, so that sums can be checked by hand."""


def tokens(text: str) -> int:
    """One token for every four characters begun; none for an empty text."""
    return (len(text) + 3) // 4
