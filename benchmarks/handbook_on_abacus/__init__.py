"""What handbooks are worth on Abacus, poisoned ones among them: books, their uses, the figures."""
